import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { migrate as applyMigrations } from "drizzle-orm/postgres-js/migrator";
import { z } from "zod";
import { connect, type ConnectionOptions, type Database } from "./client.ts";
import { migrateQueue } from "./job-queue.ts";
import { forceWalls, grantToServer } from "./rights.ts";
import { prepareTypos } from "./typos.ts";

const migrationsFolder = fileURLToPath(new URL("./migrations", import.meta.url));
/** Any fixed number: processes that start together take turns on it. */
export const MIGRATION_LOCK = 7_283_645;

/**
 * Brings the schema up to date, as its owner, and gives the server's role its rights. One process at a time: the others
 * wait, then find nothing to do. Answers whether misspelt words are found.
 */
export async function migrate(owner: ConnectionOptions, serverRole?: string): Promise<{ findsTypos: boolean }> {
  return underLock(owner, async (db) => {
    await applyMigrations(db, { migrationsFolder });
    await migrateQueue(owner);
    const findsTypos = await prepareTypos(db);
    await forceWalls(db);
    if (serverRole !== undefined) await grantToServer(db, serverRole);
    return { findsTypos };
  });
}

/**
 * Brings an older schema to where it was after the migration that was made at `until` (milliseconds). Answers whether
 * there is such a migration.
 */
export async function migrateUntil(connection: ConnectionOptions, until: number): Promise<boolean> {
  const journal = Journal.parse(JSON.parse(await readFile(join(migrationsFolder, "meta/_journal.json"), "utf8")));
  const entries = journal.entries.filter(({ when }) => when <= until);
  if (entries.at(-1)?.when !== until) return false;
  const folder = await mkdtemp(join(tmpdir(), "trestle-migrations-"));
  try {
    await mkdir(join(folder, "meta"));
    await writeFile(join(folder, "meta/_journal.json"), JSON.stringify({ ...journal, entries }));
    for (const { tag } of entries) await copyFile(join(migrationsFolder, `${tag}.sql`), join(folder, `${tag}.sql`));
    await underLock(connection, (db) => applyMigrations(db, { migrationsFolder: folder }));
  } finally {
    await rm(folder, { recursive: true });
  }
  return true;
}

/** The list of migrations, as drizzle-kit keeps it. */
const Journal = z.looseObject({ entries: z.array(z.looseObject({ when: z.number(), tag: z.string() })) });

async function underLock<T>(connection: ConnectionOptions, work: (db: Database) => Promise<T>): Promise<T> {
  // One connection, so that the lock and the migrations share a session.
  const { db, close } = connect(connection, { max: 1 });
  try {
    await db.execute(sql`set lock_timeout = 0`);
    await db.execute(sql`select pg_advisory_lock(${MIGRATION_LOCK}::bigint)`);
    return await work(db);
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
