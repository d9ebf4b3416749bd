import { sql } from "drizzle-orm";
import { connect, type ConnectionOptions } from "../db/client.ts";
import { startEmbeddedPostgres } from "../db/embedded.ts";
import { isMigrated, migrate } from "../db/migrate.ts";
import { NO_TYPOS } from "../db/typos.ts";
import { readStanding, SERVER_ROLE, type Standing } from "../db/rights.ts";
import { faultCode } from "./core/faults.ts";
import type { Env } from "./env.ts";

/** The oldest Postgres whose functions Trestle uses: `pg_current_xact_id` came with 13, what is tested is 18. */
const OLDEST_POSTGRES = 14;

/** A start that cannot go on, with one sentence for whoever started it. */
export class StartError extends Error {}

export interface RunningDatabase {
  /** As the server connects. */
  readonly connection: ConnectionOptions;
  /** As the owner of the tables, who migrates and backs up. Undefined: only the server's role is known. */
  readonly owner: ConnectionOptions | undefined;
  /** The role that gets the server's rights; undefined: the owner's own, which has no wall around it. */
  readonly serverRole: string | undefined;
  readonly embedded: boolean;
  close(): Promise<void>;
}

type DatabaseEnv = Pick<Env, "DATABASE_URL" | "MIGRATION_DATABASE_URL" | "DATA_DIR" | "NODE_ENV">;

/** The database that the environment names, or an embedded one; reachable and migrated. Fails with a `StartError`. */
export async function openDatabase(env: DatabaseEnv, onProgress: (sentence: string) => void): Promise<RunningDatabase> {
  const database = await reachDatabase(env, onProgress);
  try {
    if (database.owner) {
      requireWall(database, env, onProgress);
      const { findsTypos } = await migrate(database.owner, database.serverRole);
      if (!findsTypos) onProgress(NO_TYPOS);
    } else await requireMigrated(database.connection);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The same, as it is: of an older build, or empty. */
export async function reachDatabase(
  env: DatabaseEnv,
  onProgress: (sentence: string) => void,
): Promise<RunningDatabase> {
  if (env.DATABASE_URL !== undefined) return reachOwn(env.DATABASE_URL, env.MIGRATION_DATABASE_URL);
  const server = await startEmbeddedPostgres({ dataDir: env.DATA_DIR, onProgress });
  return {
    connection: { ...server.connection, user: SERVER_ROLE },
    owner: server.connection,
    serverRole: SERVER_ROLE,
    embedded: true,
    async close() {
      await server.close();
    },
  };
}

/** A Postgres of the operator's own, by one address or by one for each role. */
async function reachOwn(url: string, ownerUrl: string | undefined): Promise<RunningDatabase> {
  const connection = { url };
  const own = { connection, embedded: false, close: async () => {} };
  const standing = await requireDatabase(connection, "DATABASE_URL");
  if (ownerUrl === undefined) {
    const isOwner = standing.isAbove || standing.isEmpty;
    return { ...own, owner: isOwner ? connection : undefined, serverRole: undefined };
  }
  const owner = { url: ownerUrl };
  await requireDatabase(owner, "MIGRATION_DATABASE_URL");
  if (standing.isAbove) {
    throw new StartError(
      `DATABASE_URL's role, ${standing.role}, owns tables or bypasses row-level security, so nothing would be between organisations but the server's own code. Give it a role of its own: create role trestle_server login password '…'.`,
    );
  }
  return { ...own, owner, serverRole: standing.role };
}

/** Refuses, or says outside of production, that the server is to be the owner of the tables. */
function requireWall(
  { serverRole }: RunningDatabase,
  { NODE_ENV }: DatabaseEnv,
  onProgress: (sentence: string) => void,
): void {
  if (serverRole !== undefined) return;
  const problem =
    "DATABASE_URL is the owner of the tables, whom row-level security does not stop. Put the owner into MIGRATION_DATABASE_URL, and a role without tables into DATABASE_URL: create role trestle_server login password '…'.";
  if (NODE_ENV === "production") throw new StartError(problem);
  onProgress(`${problem} In production this is refused.`);
}

/** Who sees the rows of all organisations, for what an operator does with all of them. Fails with a `StartError`. */
export function requireOwner({ owner }: RunningDatabase): ConnectionOptions {
  if (owner) return owner;
  throw new StartError(
    "DATABASE_URL's role does not see the rows of all organisations: put the owner of the tables into MIGRATION_DATABASE_URL.",
  );
}

/** For a role that may not migrate. */
async function requireMigrated(connection: ConnectionOptions): Promise<void> {
  const { db, close } = connect(connection, { max: 1 });
  try {
    if (await isMigrated(db)) return;
    throw new StartError(
      "The database is of another build, and DATABASE_URL's role may not migrate it: set MIGRATION_DATABASE_URL, or run npm run db:migrate with it.",
    );
  } finally {
    await close();
  }
}

/** Fails with a sentence unless a server of a known kind answers at the address that this variable holds. */
async function requireDatabase(connection: ConnectionOptions, variable: string): Promise<Standing> {
  const { db, close } = connect(connection, { max: 1 });
  try {
    const [row] = await db.execute<{ version: number }>(
      sql`select current_setting('server_version_num')::int as version`,
    );
    const major = Math.floor((row?.version ?? 0) / 10_000);
    if (major < OLDEST_POSTGRES) {
      throw new StartError(`${variable} is a Postgres ${major}; Trestle needs ${OLDEST_POSTGRES} or later.`);
    }
    return await readStanding(db);
  } catch (error) {
    throw error instanceof StartError ? error : new StartError(reasonOf(error, variable), { cause: error });
  } finally {
    await close();
  }
}

/** What is wrong with the address of a database, without the password that may be in it. */
function reasonOf(error: unknown, variable: string): string {
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
    return `${variable} cannot be used: its server's certificate is not of that host, or of no authority that is known here (${code}). An authority of your own is named by NODE_EXTRA_CA_CERTS.`;
  }
  return `${variable} cannot be used: ${reasons[code] ?? `the connection failed (${code || "unknown reason"})`}.`;
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
