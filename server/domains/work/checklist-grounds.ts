import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { freshRanks, RANK_LIMIT, rankBetween } from "../../core/rank.ts";
import { announce } from "../../core/tx.ts";
import type { BoardPicture } from "./board-picture.ts";
import type { ChangedRows } from "./changed-rows.ts";
import type { CheckItem, Checklist } from "./checklists.contract.ts";
import type { Gap, Needs } from "./needs.ts";
import { requireOpen } from "./task-grounds.ts";
import type { Task } from "./tasks.contract.ts";

/** What all that is done to checklists looks at. */
export function needsOf({ taskId }: { taskId: string }): Needs {
  return { tasks: [taskId], checklistsOf: [taskId] };
}

export function requireChecklist(picture: BoardPicture, task: Task, checklistId: string): Checklist {
  const checklist = picture.checklists.checklists.get(checklistId);
  if (checklist?.taskId !== task.id) throw new AppError("CHECKLIST_NOT_FOUND");
  return checklist;
}

export function requireItem(picture: BoardPicture, task: Task, itemId: string): CheckItem {
  const item = picture.checklists.items.get(itemId);
  if (item?.taskId !== task.id) throw new AppError("CHECK_ITEM_NOT_FOUND");
  return item;
}

export function requireOpenTask(picture: BoardPicture, actor: BoardActor, taskId: string): Task {
  return requireOpen(picture, actor, taskId).task;
}

interface Ranked {
  readonly id: string;
  readonly rank: string;
}

/** The place behind `after` among others in their order: null is first; absent, or gone by now, is last. */
export function gapAmong(others: readonly Ranked[], after: string | null | undefined): Gap {
  const at = after === null ? -1 : others.findIndex(({ id }) => id === after);
  const before = after === null || at >= 0 ? at : others.length - 1;
  return { before: others[before]?.rank ?? null, after: others[before + 1]?.rank ?? null };
}

/**
 * The rank for a gap among others. One that grew past its limit renumbers them, with one `checklist.reranked`; nothing
 * may be refused behind it.
 */
export function rankAmong<Row extends Ranked>(
  picture: BoardPicture,
  actor: BoardActor,
  { gap, others, rows, taskId }: { gap: Gap; others: readonly Row[]; rows: ChangedRows<Row>; taskId: string },
): string {
  const rank = rankBetween(gap.before, gap.after);
  if (rank.length <= RANK_LIMIT) return rank;
  const ranks = freshRanks(others.length + 1);
  const at = others.filter((other) => gap.before !== null && other.rank <= gap.before).length;
  const own = ranks.splice(at, 1)[0] ?? rank;
  const renumbered = others.map((other, index) => ({ ...other, rank: ranks[index] ?? other.rank }));
  for (const row of renumbered) rows.put(row);
  const shown = renumbered.map((row) => ({ id: row.id, rank: row.rank }));
  announce(picture.tx, actor, { type: "checklist.reranked", data: { taskId, ranks: shown } });
  return own;
}

/** Counts the items of a task that was changed by its checklists, and gives it the version of the event to come. */
export function recount(picture: BoardPicture, actor: BoardActor, task: Task) {
  const counts = picture.checklists.count(task.id);
  const { tx } = picture;
  const version = tx.nextVersion(actor.boardId);
  picture.order.put({ ...task, ...counts, version, updatedAt: tx.now.toISOString() });
  return { taskId: task.id, ...counts };
}
