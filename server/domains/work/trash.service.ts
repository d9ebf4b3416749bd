import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import type { BoardActor } from "../../core/access.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { announce } from "../../core/tx.ts";
import { Id, Instant } from "../../fields.contract.ts";
import { boardService } from "./board-service.ts";
import { done, eachOf } from "./bulk.service.ts";
import type { BulkDone, TasksTarget } from "./bulk.contract.ts";
import { CARDS_PER_EVENT } from "./bulk-rules.ts";
import { ranksAt } from "./own-places.ts";
import { taskJson, taskSource } from "./rows.ts";
import { requireAny, requireRoom } from "./task-grounds.ts";
import type { Task } from "./tasks.contract.ts";
import { stamp, toCard } from "./tasks.service.ts";
import type { ListTrash, TrashedTask, TrashPage } from "./trash.contract.ts";

/** How long a deleted task can be restored. */
export const TRASH_DAYS = 30;

/** Where a list goes on: behind this instant and id. */
const ListKey = z.tuple([Instant, Id]);

/** What was deleted on a board, the newest first. What has had its time is not shown, though it may still be there. */
export async function listTrash(db: Db, actor: BoardActor, input: ListTrash): Promise<TrashPage> {
  const [at = null, id = null] = decodeCursor(ListKey, input.cursor) ?? [];
  const rows = await db.execute<{ trashed: TrashedTask }>(sql`
    select json_build_object('task', ${taskJson}, 'trashedAt', iso(t.trashed_at), 'trashedBy', t.trashed_by,
      'stateBefore', t.state_before, 'keptUntil', iso(t.trashed_at + make_interval(days => ${TRASH_DAYS}::int))) as trashed
    from ${taskSource}
    where t.org_id = ${actor.orgId}::uuid and t.board_id = ${actor.boardId}::uuid and t.state = 'trashed'
      and (${at}::timestamptz is null or (t.trashed_at, t.id) < (${at}::timestamptz, ${id}::uuid))
    order by t.trashed_at desc, t.id desc limit ${input.limit + 1}::int`);
  const trashed = rows.map((row) => row.trashed);
  return toPage(trashed, input.limit, ({ trashedAt, task }) => [trashedAt, task.id]);
}

/**
 * Deletes tasks, open and archived ones: for 30 days they are in the trash, with all that is on them. Announces
 * `tasks.deleted` with those that were not there yet. Fails: TASK_NOT_FOUND.
 */
export const deleteTasks = boardService<TasksTarget, BulkDone>(
  ({ taskIds }) => ({ cards: taskIds }),
  (picture, actor, input) => {
    const tasks = eachOf(input, (taskId) => requireAny(picture, actor, taskId).task);
    const there = tasks.filter(({ state }) => state !== "trashed");
    if (there.length === 0) return done(picture, actor, there);
    for (const task of there) picture.order.trash({ ...task, ...stamp(picture.tx, actor) }, actor.userId);
    announce(picture.tx, actor, { type: "tasks.deleted", data: { taskIds: there.map(({ id }) => id) } });
    return done(picture, actor, there);
  },
  ({ taskIds }) => taskIds.length,
);

/**
 * Puts deleted tasks back where they were, as they were: archived ones into the archive. Announces `tasks.recovered`, or
 * `board.reset` when they are many. Fails: TASK_NOT_FOUND, WIP_LIMIT_REACHED.
 */
export const recoverTasks = boardService<TasksTarget, BulkDone>(
  ({ taskIds }) => ({ cards: taskIds, restored: taskIds, recovered: taskIds }),
  (picture, actor, input) => {
    const found = eachOf(input, (taskId) => requireAny(picture, actor, taskId));
    const trashed = found.filter(({ task }) => task.state === "trashed");
    if (trashed.length === 0) return done(picture, actor, trashed);
    const open = trashed.filter(({ trash }) => trash?.stateBefore === "open");
    for (const [columnId, back] of Map.groupBy(open, ({ task }) => task.columnId)) {
      requireRoom(picture.order.findColumn(actor.boardId, columnId), back.length);
    }
    const places = open.map(({ task: { id, columnId, rank } }) => ({ taskId: id, columnId, rank }));
    const ranks = ranksAt(picture, actor, places);
    const back = trashed.map(({ task, trash }): Task => {
      const state = trash?.stateBefore ?? "open";
      return { ...task, state, rank: ranks.get(task.id) ?? task.rank, ...stamp(picture.tx, actor) };
    });
    for (const task of back) picture.order.put(task);
    const cardsOf = (state: Task["state"]) => back.filter((task) => task.state === state).map(toCard);
    if (back.length > CARDS_PER_EVENT) announce(picture.tx, actor, { type: "board.reset", data: {} });
    else {
      const data = { tasks: cardsOf("open"), archived: cardsOf("archived") };
      announce(picture.tx, actor, { type: "tasks.recovered", data });
    }
    return done(picture, actor, trashed);
  },
  ({ taskIds }) => taskIds.length,
);
