import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import { words } from "../../../db/columns.ts";
import { type BoardActor, mayDo } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import type { Tx } from "../../core/tx.ts";
import { BOARD_EVENTS, type BoardNews } from "../../events.ts";
import { Version } from "../../fields.contract.ts";
import type { BoardAction } from "../../policy.ts";
import type { BulkDone } from "./bulk.contract.ts";
import { archiveTasks } from "./bulk.service.ts";
import { type ListChanges, type OwnChange, type OwnChangePage, Replaced, type UndoChange } from "./changes.contract.ts";
import { revertArchiving, revertEdits, revertMoves } from "./revert.service.ts";
import { deleteTasks, recoverTasks } from "./trash.service.ts";

/** What can be undone, and what that is. */
const UNDONE_BY = {
  "task.created": "task:delete",
  "task.updated": "task:update",
  "tasks.updated": "task:update",
  "task.moved": "task:move",
  "tasks.moved": "task:move",
  "task.archived": "task:restore",
  "tasks.archived": "task:restore",
  "task.restored": "task:archive",
  "tasks.restored": "task:archive",
  "tasks.deleted": "trash:restore",
  "tasks.recovered": "task:delete",
} as const satisfies Partial<Record<BoardNews["type"], BoardAction>>;
type UndoableType = keyof typeof UNDONE_BY;
type Undoable = Extract<BoardNews, { type: UndoableType }>;

/** For how long. */
const UNDO_DAYS = 7;
/** How far back of the board's latest a list looks: others' changes stand between. */
const MOST_LOOKED_AT = 5_000;

const ListKey = z.tuple([Version]);

/** One's own latest changes of tasks, the newest first: of the last 7 days, and of the board's latest 5,000 events. */
export async function listChanges(db: Db, actor: BoardActor, input: ListChanges): Promise<OwnChangePage> {
  const before = decodeCursor(ListKey, input.cursor)?.[0] ?? Number.MAX_SAFE_INTEGER;
  const rows = await db.execute<{ event: Omit<OwnChange, "taskIds"> & { data: unknown } }>(sql`
    select json_build_object('version', e.version, 'at', iso(e.at), 'type', e.type, 'data', e.data) as event
    from stream s join event e on e.stream_id = s.id and e.version > s.version - ${MOST_LOOKED_AT}::bigint
    where s.id = ${actor.boardId}::uuid and e.actor_id = ${actor.userId}::uuid and e.version < ${before}::bigint
      and e.type = any(${words(Object.keys(UNDONE_BY))}) and e.at > now() - make_interval(days => ${UNDO_DAYS}::int)
      and (e.type not in ('task.updated', 'tasks.updated', 'task.moved', 'tasks.moved') or e.replaced is not null)
    order by e.version desc limit ${input.limit + 1}::int`);
  const changes = rows.map(({ event: { version, at, type, data } }) => {
    const news = toUndoable(type, data);
    return { version, at, type, taskIds: news ? taskIdsOf(news) : [] };
  });
  return toPage(changes, input.limit, ({ version }) => [version]);
}

/**
 * Undoes a change of one's own, as long as what it has changed is as it has left it; to undo that is to redo. Announces,
 * as the change that it is, `task.updated`, `tasks.updated`, `tasks.moved`, `tasks.archived`, `tasks.restored`,
 * `board.reset`, `tasks.deleted` or `tasks.recovered`.
 * Fails: CHANGE_NOT_FOUND, ACTION_FORBIDDEN, TASK_CHANGED (`conflicts` says what was changed since), TASK_ARCHIVED,
 * TASK_TRASHED, TASK_NOT_FOUND, COLUMN_ARCHIVED, COLUMN_NOT_FOUND, WIP_LIMIT_REACHED, LABEL_NOT_FOUND,
 * ASSIGNEE_NOT_FOUND, PARENT_NOT_FOUND, PARENT_CYCLE, SUBTASKS_TOO_DEEP, SUBTASKS_TOO_MANY, FIELD_NOT_FOUND,
 * FIELD_VALUE_INVALID, DATES_REVERSED, TIME_ZONE_REQUIRED.
 */
export async function undoChange(tx: Tx, actor: BoardActor, { version }: UndoChange): Promise<BulkDone> {
  const { boardId } = actor;
  const [row] = await tx.db.execute<{ type: string; data: unknown; replaced: unknown }>(sql`
    select type, data, replaced from event
    where stream_id = ${boardId}::uuid and version = ${version}::bigint and actor_id = ${actor.userId}::uuid
      and at > ${tx.now.toISOString()}::timestamptz - make_interval(days => ${UNDO_DAYS}::int)`);
  const news = row && toUndoable(row.type, row.data);
  if (!news) throw new AppError("CHANGE_NOT_FOUND");
  if (!mayDo(actor, UNDONE_BY[news.type])) throw new AppError("ACTION_FORBIDDEN");
  const replaced = Replaced.safeParse(row.replaced).data;
  const at = { boardId, version };
  switch (news.type) {
    case "task.updated":
    case "tasks.updated":
      if (!replaced) throw new AppError("CHANGE_NOT_FOUND");
      return revertEdits.run(tx, actor, { ...at, ...replaced });
    case "task.moved":
    case "tasks.moved":
      if (!replaced) throw new AppError("CHANGE_NOT_FOUND");
      return revertMoves.run(tx, actor, { ...at, moved: movesOf(news, replaced) });
    case "task.archived":
    case "tasks.archived":
      return revertArchiving.run(tx, actor, { ...at, taskIds: taskIdsOf(news) });
    case "task.restored":
    case "tasks.restored":
      return archiveTasks.run(tx, actor, { ...at, taskIds: taskIdsOf(news) });
    case "tasks.deleted":
      return recoverTasks.run(tx, actor, { ...at, taskIds: taskIdsOf(news) });
    case "task.created":
    case "tasks.recovered":
      return deleteTasks.run(tx, actor, { ...at, taskIds: taskIdsOf(news) });
  }
}

/** An event of the log as what it is; undefined: nobody undoes it. */
function toUndoable(type: string, data: unknown): Undoable | undefined;
function toUndoable(type: string, data: unknown): unknown {
  if (!isUndoable(type)) return undefined;
  // Cards of older events lack what has come since.
  const parsed = BOARD_EVENTS[type].safeParse(data);
  return parsed.success ? { type, data: parsed.data } : undefined;
}

function isUndoable(type: string): type is UndoableType {
  return Object.hasOwn(UNDONE_BY, type);
}

function taskIdsOf(news: Undoable): string[] {
  switch (news.type) {
    case "task.created":
    case "task.restored":
      return [news.data.task.id];
    case "task.updated":
    case "task.moved":
    case "task.archived":
      return [news.data.taskId];
    case "tasks.updated":
      return news.data.changes.flatMap(({ taskIds }) => taskIds);
    case "tasks.moved":
      return news.data.to.flatMap(({ ranks }) => ranks.map(({ taskId }) => taskId));
    case "tasks.archived":
    case "tasks.deleted":
      return news.data.taskIds;
    case "tasks.restored":
      return news.data.tasks.map(({ id }) => id);
    case "tasks.recovered":
      return [...news.data.tasks, ...news.data.archived].map(({ id }) => id);
  }
}

/** From where tasks were moved, and where to. */
function movesOf(news: Extract<Undoable, { type: "task.moved" | "tasks.moved" }>, { tasks }: Replaced) {
  const to = news.type === "task.moved" ? [{ columnId: news.data.columnId, ranks: [news.data] }] : news.data.to;
  const was = new Map(tasks.map((task) => [task.taskId, task.was]));
  return to.flatMap(({ columnId, ranks }) =>
    ranks.map(({ taskId, rank }) => {
      const { columnId: fromColumnId = columnId, rank: fromRank = rank } = was.get(taskId) ?? {};
      return { taskId, from: { columnId: fromColumnId, rank: fromRank }, to: { columnId, rank } };
    }),
  );
}
