import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { RANK_LIMIT, freshRanks, rankBetween } from "../../core/rank.ts";
import { announce, type Tx } from "../../core/tx.ts";
import { Id } from "../../fields.contract.ts";
import type {
  Column,
  ColumnPage,
  ColumnTarget,
  CreateColumn,
  ListColumns,
  MoveColumn,
  UpdateColumn,
} from "./columns.contract.ts";
import { cardJson, columnJson, taskSource } from "./rows.ts";
import type { Card } from "./tasks.contract.ts";

/** The most columns, archived ones included, that a board may have. */
export const COLUMNS_PER_BOARD = 500;
/** A column with more tasks than this comes back by a `board.reset`, not in one event. */
const CARDS_PER_EVENT = 200;

/** All columns of a board by rank, archived ones included: a board has few. */
async function loadColumns(db: Db, actor: BoardActor): Promise<Column[]> {
  const rows = await db.execute<{ column: Column }>(sql`
    select ${columnJson} as column from board_column c
    where c.org_id = ${actor.orgId}::uuid and c.board_id = ${actor.boardId}::uuid order by c.rank, c.id`);
  return rows.map((row) => row.column);
}

/** The rank and id of a list's last row. */
const ListKey = z.tuple([z.string().regex(/^[0-9A-Za-z]{1,100}$/u), Id]);

/** The columns of a board by rank, page by page. */
export async function listColumns(db: Db, actor: BoardActor, input: ListColumns): Promise<ColumnPage> {
  const after = decodeCursor(ListKey, input.cursor);
  const rows = await db.execute<{ column: Column }>(sql`
    select ${columnJson} as column from board_column c
    where c.org_id = ${actor.orgId}::uuid and c.board_id = ${actor.boardId}::uuid
      and (${input.state ?? null}::text is null or c.state = ${input.state ?? null})
      and (${after?.[0] ?? null}::text is null
        or (c.rank, c.id) > (${after?.[0] ?? null}::text collate "C", ${after?.[1] ?? null}::uuid))
    order by c.rank, c.id limit ${input.limit + 1}::int`);
  const columns = rows.map((row) => row.column);
  return toPage(columns, input.limit, (column) => [column.rank, column.id]);
}

/** Creates a column behind `after`. Announces `column.created`. Fails: COLUMN_NOT_FOUND, ID_TAKEN, BOARD_FULL. */
export async function createColumn(tx: Tx, actor: BoardActor, input: CreateColumn): Promise<Column> {
  const id = input.id ?? newId();
  const [columns, taken] = await Promise.all([
    loadColumns(tx.db, actor),
    tx.db.execute(sql`select 1 from board_column where id = ${id}::uuid`),
  ]);
  if (taken.length > 0) throw new AppError("ID_TAKEN");
  if (columns.length >= COLUMNS_PER_BOARD) throw new AppError("BOARD_FULL");
  const rank = rankFor(tx, actor, columns, input.after, id);
  const column: Column = {
    id,
    boardId: actor.boardId,
    name: input.name,
    rank,
    wipLimit: input.wipLimit ?? null,
    state: "open",
    version: tx.nextVersion(actor.boardId),
  };
  tx.send(
    tx.db.execute(sql`
      insert into board_column (id, org_id, board_id, name, rank, wip_limit, state, version)
      values (${id}::uuid, ${actor.orgId}::uuid, ${actor.boardId}::uuid, ${column.name}, ${rank},
        ${column.wipLimit}::int, 'open', ${column.version}::bigint)`),
  );
  announce(tx, actor, { type: "column.created", data: { column } });
  return column;
}

/**
 * Renames a column or sets its limit; tasks above a new limit stay. Announces `column.updated`, and nothing when
 * nothing changed. Fails: COLUMN_NOT_FOUND, COLUMN_ARCHIVED.
 */
export async function updateColumn(tx: Tx, actor: BoardActor, input: UpdateColumn): Promise<Column> {
  const before = requireOpenColumn(await loadColumns(tx.db, actor), input.columnId);
  const name = input.name ?? before.name;
  const wipLimit = input.wipLimit === undefined ? before.wipLimit : input.wipLimit;
  if (name === before.name && wipLimit === before.wipLimit) return before;
  const column: Column = { ...before, name, wipLimit, version: tx.nextVersion(actor.boardId) };
  saveColumn(tx, actor, column);
  announce(tx, actor, { type: "column.updated", data: { columnId: column.id, name, wipLimit } });
  return column;
}

/** Moves a column behind another. Announces `column.moved`, and nothing when it stands there already. */
export async function moveColumn(tx: Tx, actor: BoardActor, input: MoveColumn): Promise<Column> {
  const columns = await loadColumns(tx.db, actor);
  const before = requireOpenColumn(columns, input.columnId);
  const { lower, upper } = gapFor(columns, input.after, before.id);
  const stands = (lower === null || lower < before.rank) && (upper === null || before.rank < upper);
  if (input.after === before.id || stands) return before;
  const rank = rankFor(tx, actor, columns, input.after, before.id);
  const column: Column = { ...before, rank, version: tx.nextVersion(actor.boardId) };
  saveColumn(tx, actor, column);
  announce(tx, actor, { type: "column.moved", data: { columnId: column.id, rank } });
  return column;
}

/** Takes a column and its tasks out of sight, unchanged. Announces `column.archived`. Fails: COLUMN_NOT_FOUND. */
export async function archiveColumn(tx: Tx, actor: BoardActor, input: ColumnTarget): Promise<Column> {
  const before = findColumn(await loadColumns(tx.db, actor), input.columnId);
  if (before.state === "archived") return before;
  const column: Column = { ...before, state: "archived", version: tx.nextVersion(actor.boardId) };
  saveColumn(tx, actor, column);
  announce(tx, actor, { type: "column.archived", data: { columnId: column.id } });
  return column;
}

/**
 * Puts a column back with its tasks, last on the board. Announces `column.restored` with its cards, or `board.reset`
 * when they are many. Fails: COLUMN_NOT_FOUND.
 */
export async function restoreColumn(tx: Tx, actor: BoardActor, input: ColumnTarget): Promise<Column> {
  const columns = await loadColumns(tx.db, actor);
  const before = findColumn(columns, input.columnId);
  if (before.state === "open") return before;
  const rank = rankFor(tx, actor, columns, undefined, before.id);
  const column: Column = { ...before, state: "open", rank, version: tx.nextVersion(actor.boardId) };
  saveColumn(tx, actor, column);
  const rows = await tx.db.execute<{ card: Card }>(sql`
    select ${cardJson} as card from ${taskSource}
    where t.org_id = ${actor.orgId}::uuid and t.column_id = ${column.id}::uuid and t.state = 'open'
    order by t.rank limit ${CARDS_PER_EVENT + 1}::int`);
  const tasks = rows.map((row) => row.card);
  if (tasks.length > CARDS_PER_EVENT) announce(tx, actor, { type: "board.reset", data: {} });
  else announce(tx, actor, { type: "column.restored", data: { column, tasks } });
  return column;
}

function findColumn(columns: readonly Column[], id: string): Column {
  const column = columns.find((known) => known.id === id);
  if (!column) throw new AppError("COLUMN_NOT_FOUND");
  return column;
}

function requireOpenColumn(columns: readonly Column[], id: string): Column {
  const column = findColumn(columns, id);
  if (column.state === "archived") throw new AppError("COLUMN_ARCHIVED");
  return column;
}

/** The ranks around a place among the open columns. An archived anchor counts as the place that it had. */
function gapFor(columns: readonly Column[], after: string | null | undefined, moving: string) {
  const others = columns.filter((column) => column.state === "open" && column.id !== moving);
  const lower =
    after === null ? null : after === undefined ? (others.at(-1)?.rank ?? null) : findColumn(columns, after).rank;
  const upper = others.find((column) => lower === null || column.rank > lower)?.rank ?? null;
  return { lower, upper };
}

/** A rank for the place; one past the limit renumbers the board's columns, which is a `board.reset`. */
function rankFor(
  tx: Tx,
  actor: BoardActor,
  columns: readonly Column[],
  after: string | null | undefined,
  moving: string,
): string {
  const { lower, upper } = gapFor(columns, after, moving);
  const rank = rankBetween(lower, upper);
  if (rank.length <= RANK_LIMIT) return rank;
  const others = columns.filter((column) => column.id !== moving);
  const ranks = freshRanks(others.length + 1);
  const own = ranks.splice(others.filter((column) => lower !== null && column.rank <= lower).length, 1)[0];
  if (own === undefined) throw new Error("one rank more was made than there are columns");
  const renumbered = others.map((column, index) => ({ id: column.id, rank: ranks[index] ?? column.rank }));
  // Two steps, as for tasks: a new rank could meet the old one of a row that is not yet renumbered.
  tx.send(
    tx.db.execute(
      sql`update board_column set rank = '~' || rank where board_id = ${actor.boardId}::uuid and state = 'open'`,
    ),
  );
  tx.send(
    tx.db.execute(sql`
      update board_column c set rank = n.rank
      from json_to_recordset(${JSON.stringify(renumbered)}::json) as n(id uuid, rank text)
      where c.board_id = ${actor.boardId}::uuid and c.id = n.id`),
  );
  announce(tx, actor, { type: "board.reset", data: {} });
  return own;
}

function saveColumn(tx: Tx, actor: BoardActor, column: Column): void {
  tx.send(
    tx.db.execute(sql`
      update board_column set name = ${column.name}, rank = ${column.rank}, wip_limit = ${column.wipLimit}::int,
        state = ${column.state}, version = ${column.version}::bigint
      where org_id = ${actor.orgId}::uuid and board_id = ${actor.boardId}::uuid and id = ${column.id}::uuid`),
  );
}
