import { sql } from "drizzle-orm";
import { connect, type ConnectionOptions } from "../db/client.ts";
import { startEmbeddedPostgres } from "../db/embedded.ts";
import { migrate } from "../db/migrate.ts";
import { faultCode } from "./core/faults.ts";
import type { Env } from "./env.ts";

/** The oldest Postgres whose functions Trestle uses: `pg_current_xact_id` came with 13, what is tested is 18. */
const OLDEST_POSTGRES = 14;

/** A start that cannot go on, with one sentence for whoever started it. */
export class StartError extends Error {}

export interface RunningDatabase {
  readonly connection: ConnectionOptions;
  readonly embedded: boolean;
  close(): Promise<void>;
}

/** The database that the environment names, or an embedded one; reachable and migrated. Fails with a `StartError`. */
export async function openDatabase(
  env: Pick<Env, "DATABASE_URL" | "DATA_DIR">,
  onProgress: (sentence: string) => void,
): Promise<RunningDatabase> {
  const database = await reachDatabase(env, onProgress);
  try {
    await migrate(database.connection);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The same, as it is: of an older build, or empty. */
export async function reachDatabase(
  env: Pick<Env, "DATABASE_URL" | "DATA_DIR">,
  onProgress: (sentence: string) => void,
): Promise<RunningDatabase> {
  if (env.DATABASE_URL !== undefined) {
    const connection = { url: env.DATABASE_URL };
    await requireDatabase(connection);
    return { connection, embedded: false, close: async () => {} };
  }
  const server = await startEmbeddedPostgres({ dataDir: env.DATA_DIR, onProgress });
  return {
    connection: server.connection,
    embedded: true,
    async close() {
      await server.close();
    },
  };
}

async function requireDatabase(connection: ConnectionOptions): Promise<void> {
  const { db, close } = connect(connection, { max: 1 });
  try {
    const [row] = await db.execute<{ version: number }>(
      sql`select current_setting('server_version_num')::int as version`,
    );
    const major = Math.floor((row?.version ?? 0) / 10_000);
    if (major < OLDEST_POSTGRES) {
      throw new StartError(`DATABASE_URL is a Postgres ${major}; Trestle needs ${OLDEST_POSTGRES} or later.`);
    }
  } catch (error) {
    throw error instanceof StartError ? error : new StartError(reasonOf(error), { cause: error });
  } finally {
    await close();
  }
}

/** What is wrong with a DATABASE_URL, without the password that may be in it. */
function reasonOf(error: unknown): string {
  const code = faultCode(error);
  const reasons: Record<string, string> = {
    ECONNREFUSED: "nothing listens there",
    CONNECT_TIMEOUT: "nothing answers there",
    ENOTFOUND: "there is no such host",
    EAI_AGAIN: "its host name cannot be looked up",
    "28P01": "the password is wrong",
    "28000": "this user may not sign in",
    "3D000": "there is no such database on it",
    "53300": "it has no connection to spare",
    "57P03": "it is starting up",
  };
  // What OpenSSL and Node say of certificates, for which sslmode=verify-full asks.
  if (/CERT|SELF_SIGNED|UNABLE_TO/u.test(code)) {
    return `DATABASE_URL cannot be used: its server's certificate is not of that host, or of no authority that is known here (${code}). An authority of your own is named by NODE_EXTRA_CA_CERTS.`;
  }
  return `DATABASE_URL cannot be used: ${reasons[code] ?? `the connection failed (${code || "unknown reason"})`}.`;
}

/** Why the port cannot be had. */
export function toStartError(error: unknown, env: Pick<Env, "HOST" | "PORT">): unknown {
  const reasons: Record<string, string> = {
    EADDRINUSE: "something else listens there; set PORT to another one",
    EACCES: "this user may not listen there; set PORT to 1024 or more",
    EADDRNOTAVAIL: "this machine has no such address; set HOST",
    ENOTFOUND: "there is no such host; set HOST",
  };
  const reason = reasons[faultCode(error)];
  return reason === undefined
    ? error
    : new StartError(`Cannot listen on ${env.HOST}:${env.PORT}: ${reason}.`, { cause: error });
}
