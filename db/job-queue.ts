import type { ConstructorOptions } from "pg-boss";
import type { ConnectionOptions } from "./client.ts";

/** The schema of the queue of jobs, which is pg-boss's own. */
const SCHEMA = "pgboss";
/** One for fetching and settling, one for what looks after the queues. */
const CONNECTIONS = 2;

/** What pg-boss and its driver are told of a database. It never changes tables by itself: the server owns none. */
export function queueSettings(connection: ConnectionOptions): ConstructorOptions {
  const common = {
    schema: SCHEMA,
    migrate: false,
    schedule: false,
    max: CONNECTIONS,
    application_name: "trestle jobs",
    connectionTimeoutMillis: 5_000,
  };
  return "url" in connection ? { ...common, connectionString: asLibpq(connection.url) } : { ...common, ...connection };
}

/** Makes the tables of the queue, or brings them up to date. */
export async function migrateQueue(connection: ConnectionOptions): Promise<void> {
  const { PgBoss } = await import("pg-boss");
  const boss = new PgBoss({ ...queueSettings(connection), migrate: true, supervise: false });
  boss.on("error", () => {});
  await boss.start();
  await boss.stop({ graceful: false });
}

/** `sslmode=require` means to it what it means to libpq and to postgres.js, and not `verify-full`. */
function asLibpq(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  if (parsed.searchParams.has("sslmode")) parsed.searchParams.set("uselibpqcompat", "true");
  return parsed.href;
}
