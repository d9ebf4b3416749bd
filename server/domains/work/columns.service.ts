import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { RANK_LIMIT, freshRanks, rankBetween } from "../../core/rank.ts";
import { announce } from "../../core/tx.ts";
import { Id } from "../../fields.contract.ts";
import { compare } from "../../ordered-rows.ts";
import type { BoardPicture } from "./board-picture.ts";
import { boardService } from "./board-service.ts";
import { CARDS_PER_EVENT } from "./bulk-rules.ts";
import type {
  Column,
  ColumnPage,
  ColumnTarget,
  CreateColumn,
  ListColumns,
  MoveColumn,
  UpdateColumn,
} from "./columns.contract.ts";
import { isSame, settingsAfter, withDefaults } from "./column-settings.ts";
import { newThings } from "./needs.ts";
import { columnJson } from "./rows.ts";
import { toCard } from "./tasks.service.ts";

/** The most columns, archived ones included, that a board may have. */
export const COLUMNS_PER_BOARD = 500;
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
export const createColumn = boardService<CreateColumn, Column>(
  ({ id }) => ({ columns: true, created: newThings("column", id) }),
  (picture, actor, { id = newId(), name, after, ...settings }) => {
    const { boardId } = actor;
    if (picture.isTaken({ kind: "column", id })) throw new AppError("ID_TAKEN");
    if (picture.columns.list(boardId).length >= COLUMNS_PER_BOARD) throw new AppError("BOARD_FULL");
    const rank = rankFor(picture, actor, after, id);
    const column: Column = {
      id,
      boardId,
      name,
      rank,
      ...withDefaults(settings),
      state: "open",
      version: picture.tx.nextVersion(boardId),
    };
    picture.putColumn(column);
    announce(picture.tx, actor, { type: "column.created", data: { column } });
    return column;
  },
);

/**
 * Renames a column, or sets its limit or state group; tasks above a new limit stay. Announces `column.updated`, and nothing when
 * nothing changed. Fails: COLUMN_NOT_FOUND, COLUMN_ARCHIVED.
 */
export const updateColumn = boardService<UpdateColumn, Column>(
  ({ columnId }) => ({ columns: true, limited: [columnId] }),
  (picture, actor, input) => {
    const before = requireOpenColumn(picture, actor, input.columnId);
    const settings = settingsAfter(before, input);
    if (isSame(before, settings)) return before;
    const column = changed(picture, actor, { ...before, ...settings });
    announce(picture.tx, actor, { type: "column.updated", data: { columnId: column.id, ...settings } });
    return column;
  },
);

/**
 * Moves a column behind another. Announces `column.moved`, and nothing when it stands there already. Fails:
 * COLUMN_NOT_FOUND, COLUMN_ARCHIVED.
 */
export const moveColumn = boardService<MoveColumn, Column>(
  () => ({ columns: true }),
  (picture, actor, { columnId, after }) => {
    const before = requireOpenColumn(picture, actor, columnId);
    const { lower, upper } = gapFor(picture.columns.list(actor.boardId), after, before.id);
    const stands = (lower === null || lower < before.rank) && (upper === null || before.rank < upper);
    if (after === before.id || stands) return before;
    const rank = rankFor(picture, actor, after, before.id);
    const column = changed(picture, actor, { ...before, rank });
    announce(picture.tx, actor, { type: "column.moved", data: { columnId, rank } });
    return column;
  },
);

/** Takes a column and its tasks out of sight, unchanged. Announces `column.archived`. Fails: COLUMN_NOT_FOUND. */
export const archiveColumn = boardService<ColumnTarget, Column>(
  () => ({ columns: true }),
  (picture, actor, { columnId }) => {
    const before = findColumn(picture.columns.list(actor.boardId), columnId);
    if (before.state === "archived") return before;
    const column = changed(picture, actor, { ...before, state: "archived" });
    announce(picture.tx, actor, { type: "column.archived", data: { columnId } });
    return column;
  },
);

/**
 * Puts a column back with its tasks, last on the board. Announces `column.restored` with its cards, or `board.reset`
 * when they are many. Fails: COLUMN_NOT_FOUND.
 */
export const restoreColumn = boardService<ColumnTarget, Column>(
  ({ columnId }) => ({ columns: true, returning: [columnId] }),
  (picture, actor, { columnId }) => {
    const before = findColumn(picture.columns.list(actor.boardId), columnId);
    if (before.state === "open") return before;
    const rank = rankFor(picture, actor, undefined, before.id);
    const column = changed(picture, actor, { ...before, state: "open", rank });
    const changing = picture.order.standing(columnId).map(toCard);
    const tasks = [...picture.returning(columnId), ...changing].toSorted((a, b) => compare(a.rank, b.rank));
    if (tasks.length > CARDS_PER_EVENT) {
      announce(picture.tx, actor, { type: "board.reset", data: { restoredColumnId: column.id } });
    } else announce(picture.tx, actor, { type: "column.restored", data: { column, tasks } });
    return column;
  },
);

/** Takes the new state of a column, with the board's next version. */
function changed(picture: BoardPicture, actor: BoardActor, after: Column): Column {
  const column = { ...after, version: picture.tx.nextVersion(actor.boardId) };
  picture.putColumn(column);
  return column;
}

function findColumn(columns: readonly Column[], id: string): Column {
  const column = columns.find((known) => known.id === id);
  if (!column) throw new AppError("COLUMN_NOT_FOUND");
  return column;
}

function requireOpenColumn(picture: BoardPicture, actor: BoardActor, id: string): Column {
  const column = findColumn(picture.columns.list(actor.boardId), id);
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
function rankFor(picture: BoardPicture, actor: BoardActor, after: string | null | undefined, moving: string): string {
  const columns = picture.columns.list(actor.boardId);
  const { lower, upper } = gapFor(columns, after, moving);
  const rank = rankBetween(lower, upper);
  if (rank.length <= RANK_LIMIT) return rank;
  const others = columns.filter((column) => column.id !== moving);
  const ranks = freshRanks(others.length + 1);
  const own = ranks.splice(others.filter((column) => lower !== null && column.rank <= lower).length, 1)[0];
  if (own === undefined) throw new Error("one rank more was made than there are columns");
  for (const [index, column] of others.entries()) picture.putColumn({ ...column, rank: ranks[index] ?? column.rank });
  announce(picture.tx, actor, { type: "board.reset", data: {} });
  return own;
}
