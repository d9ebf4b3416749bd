import type { Writable } from "node:stream";
import { setImmediate as immediate } from "node:timers/promises";
import type { Sql } from "postgres";
import { type ConnectionOptions, opener } from "../client.ts";
import { migrate, MIGRATION_LOCK, migrateUntil } from "../migrate.ts";
import { type BackupEnd, BackupError, type Part, type TableHead } from "./parts.ts";
import { readHeads, readMigration, readTables, type Table } from "./tables.ts";

/**
 * Puts a backup into a database that has nothing in it: all of it, or nothing. Then brings the schema up to date. Nonces
 * stay, so that whoever watched goes on where the histories agree and begins again where they do not (rule L8).
 * Fails with a BackupError, and leaves the database as it was but for empty tables.
 */
export async function load(connection: ConnectionOptions, parts: AsyncIterable<Part>): Promise<BackupEnd> {
  const reader = parts[Symbol.asyncIterator]();
  try {
    const first = await reader.next();
    if (first.done === true || first.value.is !== "head") throw new BackupError("This is no backup of Trestle.");
    const { migration } = first.value.head;
    if (!(await migrateUntil(connection, migration))) {
      throw new BackupError("The backup was made by a newer Trestle than this one: update first.");
    }
    const end = await inTransaction(connection, async (sql) => {
      const tables = await emptyTables(sql, migration);
      return fill(sql, tables, { [Symbol.asyncIterator]: () => reader });
    });
    await migrate(connection);
    return end;
  } finally {
    await reader.return?.();
  }
}

async function inTransaction<T>(connection: ConnectionOptions, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = opener(connection)({ max: 1 });
  try {
    await sql.unsafe("begin");
    // The backup may come slowly.
    await sql.unsafe("set local idle_in_transaction_session_timeout = 0; set local lock_timeout = '30s'");
    const result = await work(sql);
    await sql.unsafe("commit");
    return result;
  } finally {
    // Without a commit it is rolled back.
    await sql.end({ timeout: 5 });
  }
}

/** The tables, in which nobody has made anything; what a start of the server leaves there goes. Nobody else writes. */
async function emptyTables(sql: Sql, migration: number): Promise<Table[]> {
  await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK}::bigint)`;
  if ((await readMigration(sql)) !== migration) {
    throw new BackupError("This database has newer tables than the backup: take one in which nothing was made yet.");
  }
  const tables = await readTables(sql);
  const names = tables.map(({ name }) => `public."${name}"`).join(", ");
  await sql.unsafe(`lock table ${names} in access exclusive mode`);
  const [found] = await sql<{ isUsed: boolean }[]>`
    select exists (select from app_user) or exists (select from org) as "isUsed"`;
  if (found?.isUsed === true) {
    throw new BackupError("This database is not empty: a backup is put into an empty one, and nothing was changed.");
  }
  // What a trigger would add is in the backup, too; and those of the audit log refuse the next statement.
  for (const { name } of tables) await sql.unsafe(`alter table public."${name}" disable trigger user`);
  await sql.unsafe(`truncate ${names}`);
  // Postgres copies into no table whose wall holds for who does it. What follows, the migration, forces them again.
  for (const { name } of tables) await sql.unsafe(`alter table public."${name}" no force row level security`);
  return tables;
}

async function fill(sql: Sql, tables: readonly Table[], parts: AsyncIterable<Part>): Promise<BackupEnd> {
  let copying: Copying | undefined;
  for await (const part of parts) {
    if (part.is === "table") {
      await copying?.end();
      copying = await Copying.begin(sql, tables, part.table);
    } else if (part.is === "rows" && copying) {
      await copying.write(part.bytes);
    } else if (part.is === "end") {
      await copying?.end();
      // What a part of the rows had to wait for is there: no table is altered while something waits.
      await sql.unsafe("set constraints all immediate");
      for (const { name } of tables) await sql.unsafe(`alter table public."${name}" enable trigger user`);
      await verify(sql, tables, part.end);
      return part.end;
    } else {
      throw new BackupError("The backup is damaged: its parts are in no order.");
    }
  }
  throw new BackupError("The backup is not whole: it ends in the middle.");
}

/** A table while its rows come. */
class Copying {
  readonly #sql: Sql;
  readonly #name: string;
  readonly #copy: Writable;
  #failure: Error | undefined;

  private constructor(sql: Sql, name: string, copy: Writable) {
    this.#sql = sql;
    this.#name = name;
    this.#copy = copy;
    copy.on("error", (error) => {
      this.#failure ??= error;
    });
  }

  static async begin(sql: Sql, tables: readonly Table[], { name, columns }: TableHead): Promise<Copying> {
    const known = tables.find((table) => table.name === name);
    if (!known || columns.some((column) => !known.columns.includes(column))) {
      throw new BackupError(`The backup is damaged: there is no table ${name} with such columns.`);
    }
    const list = columns.map((column) => `"${column}"`).join(", ");
    return new Copying(sql, name, await sql.unsafe(`copy public."${name}" (${list}) from stdin`).writable());
  }

  async write(bytes: Buffer): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#copy.write(bytes, () => resolve());
    });
    if (this.#failure) throw this.#refusal();
  }

  /**
   * postgres.js says nothing of rows that are refused at the end of all (those that refer to rows which are not there):
   * the next statement of the transaction fails then.
   */
  async end(): Promise<void> {
    this.#copy.end();
    await immediate();
    await this.#sql.unsafe("select").catch((error: unknown) => {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
    });
    if (this.#failure) throw this.#refusal();
  }

  #refusal(): BackupError {
    return new BackupError(`The backup is damaged: the rows of ${this.#name} do not fit.`, { cause: this.#failure });
  }
}

/** Whether the database has what the backup says that it should have. */
async function verify(sql: Sql, tables: readonly Table[], end: BackupEnd): Promise<void> {
  for (const { name } of tables) {
    const [row] = await sql.unsafe<{ count: string }[]>(`select count(*) as count from public."${name}"`);
    const [is, was] = [Number(row?.count), end.rows[name] ?? 0];
    if (is !== was) throw new BackupError(`The backup is damaged: it has ${is} rows of ${name}, where ${was} were.`);
  }
  if ((await readHeads(sql)) !== end.heads) throw new BackupError("The backup is damaged: its streams end elsewhere.");
}
