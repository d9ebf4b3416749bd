import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../../../db/client.ts";
import { uuids } from "../../../../db/columns.ts";
import type { LineOf, Table } from "./archive-format.ts";
import type { RowNumbers } from "./row-numbers.ts";

/** What an archive is of, as its maker sees it. */
export interface ArchiveScope {
  readonly of: "board" | "project" | "org";
  readonly orgId: string;
  readonly projectIds: readonly string[];
  /** In the order in which they are written. */
  readonly boardIds: readonly string[];
  /** Addresses of e-mail, and rules: what members see of their organisation. */
  readonly seesMembers: boolean;
}

/** Reads the lines of a table, all of them as they are at one moment. */
export type TableReader<T extends Table> = (
  db: Db,
  scope: ArchiveScope,
  numbers: RowNumbers,
) => AsyncGenerator<LineOf<T>>;

/**
 * A table of an archive: rows in JSON (`row`), in an order that an import keeps, and the line that each of them becomes;
 * undefined, when what it is about is not in the archive.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what the JSON is of, its statement says
export function table<T extends Table, Row>(
  rows: (scope: ArchiveScope) => SQL,
  toLine: (row: Row, numbers: RowNumbers) => LineOf<T> | undefined,
): TableReader<T> {
  return async function* read(db, scope, numbers) {
    for await (const row of rowsOf<Row>(db, rows(scope))) {
      const line = toLine(row, numbers);
      if (line) yield line;
    }
  };
}

/** Rows by a cursor of the transaction, 200 in memory at once: however many there are, they are sorted once. */
export async function* rowsOf<Row>(db: Db, query: SQL): AsyncGenerator<Row> {
  await db.execute(sql`declare archive_rows no scroll cursor for ${query}`);
  try {
    for (;;) {
      const rows = await db.execute<{ row: Row }>(sql`fetch forward 200 from archive_rows`);
      for (const { row } of rows) yield row;
      if (rows.length === 0) return;
    }
  } finally {
    await db.execute(sql`close archive_rows`);
  }
}

/** The boards of an archive by their order (`w.id`, `w.at`). */
export function boardsOf({ boardIds }: ArchiveScope): SQL {
  return sql`unnest(${uuids(boardIds)}) with ordinality w(id, at)`;
}

/** The tasks of an archive, `t` with their projects `p`: without what is in the trash. */
export function tasksOf({ orgId, boardIds }: ArchiveScope): SQL {
  return sql`task t join project p on p.org_id = t.org_id and p.id = t.project_id
    and t.org_id = ${orgId}::uuid and t.board_id = any(${uuids(boardIds)}) and t.state <> 'trashed'`;
}

/** What a task is called, and what orders those that belong to one. */
export const taskKey = sql`p.key || '-' || t.number`;
export const byTask = sql`p.key collate "C", t.number`;
