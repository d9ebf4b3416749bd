import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { migrate as applyMigrations } from "drizzle-orm/postgres-js/migrator";
import { connect, type ConnectionOptions, type Database } from "./client.ts";

const migrationsFolder = fileURLToPath(new URL("./migrations", import.meta.url));
/** Any fixed number: processes that start together take turns on it. */
const MIGRATION_LOCK = 7_283_645;

/** Brings the schema up to date. One process at a time: the others wait, then find nothing to do. */
export async function migrate(connection: ConnectionOptions): Promise<void> {
  // One connection, so that the lock and the migrations share a session.
  const { db, close } = connect(connection, { max: 1 });
  try {
    await db.execute(sql`set lock_timeout = 0`);
    await db.execute(sql`select pg_advisory_lock(${MIGRATION_LOCK}::bigint)`);
    await applyMigrations(db, { migrationsFolder });
  } finally {
    await close();
  }
}

/** Whether the database has every migration of this build. */
export async function isMigrated(db: Database): Promise<boolean> {
  const newest = readMigrationFiles({ migrationsFolder }).at(-1);
  const rows = await db.execute<{ current: boolean }>(
    sql`select max(created_at) >= ${newest?.folderMillis ?? 0}::bigint as current from drizzle.__drizzle_migrations`,
  );
  return rows[0]?.current ?? false;
}
