import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { announce } from "../../core/tx.ts";
import type { BoardPicture } from "./board-picture.ts";
import { boardService } from "./board-service.ts";
import {
  gapAmong,
  needsOf,
  rankAmong,
  recount,
  requireChecklist,
  requireItem,
  requireOpenTask,
} from "./checklist-grounds.ts";
import type {
  CheckItem,
  ConvertCheckItem,
  CreateCheckItem,
  DeleteCheckItem,
  MoveCheckItem,
  UpdateCheckItem,
} from "./checklists.contract.ts";
import { newThings } from "./needs.ts";
import { isBetween } from "./place.ts";
import { requirePeople } from "./task-grounds.ts";
import type { Task } from "./tasks.contract.ts";
import { addTask } from "./tasks.service.ts";

/** The most items that the checklists of a task may have, all together. */
export const ITEMS_PER_TASK = 500;

/**
 * Adds an item to a checklist. Announces `check-item.created`.
 * Fails: TASK_NOT_FOUND, TASK_ARCHIVED, CHECKLIST_NOT_FOUND, TASK_FULL, ASSIGNEE_NOT_FOUND, ID_TAKEN.
 */
export const createCheckItem = boardService<CreateCheckItem, CheckItem>(
  ({ id, taskId, assigneeId }) => ({
    ...needsOf({ taskId }),
    created: newThings("check-item", id),
    assigneeIds: idsOf(assigneeId),
  }),
  (picture, actor, { id = newId(), taskId, checklistId, text, state, assigneeId, dueAt, after }) => {
    const task = requireOpenTask(picture, actor, taskId);
    requireChecklist(picture, task, checklistId);
    if (picture.isTaken({ kind: "check-item", id })) throw new AppError("ID_TAKEN");
    if (picture.checklists.count(taskId).itemsTotal >= ITEMS_PER_TASK) throw new AppError("TASK_FULL");
    const members = requirePeople(picture, actor, idsOf(assigneeId));
    const rank = rankIn(picture, actor, { taskId, checklistId, after });
    const { boardId } = actor;
    const version = picture.tx.nextVersion(boardId);
    const item: CheckItem = { id, boardId, taskId, checklistId, text, state, assigneeId, dueAt, rank, version };
    picture.checklists.items.put(item);
    const counts = recount(picture, actor, task);
    announce(picture.tx, actor, { type: "check-item.created", data: { item, members, ...counts } });
    return item;
  },
);

/**
 * Changes what an item says, or whether it is done. Announces `check-item.updated`, and nothing when nothing changed.
 * Fails: TASK_NOT_FOUND, TASK_ARCHIVED, CHECK_ITEM_NOT_FOUND, ASSIGNEE_NOT_FOUND.
 */
export const updateCheckItem = boardService<UpdateCheckItem, CheckItem>(
  ({ taskId, assigneeId }) => ({ ...needsOf({ taskId }), assigneeIds: idsOf(assigneeId) }),
  (picture, actor, input) => {
    const task = requireOpenTask(picture, actor, input.taskId);
    const before = requireItem(picture, task, input.itemId);
    const { text = before.text, state = before.state, assigneeId = before.assigneeId, dueAt = before.dueAt } = input;
    const newcomers = assigneeId === before.assigneeId ? [] : idsOf(assigneeId);
    const members = requirePeople(picture, actor, newcomers);
    const isSame = text === before.text && state === before.state && dueAt === before.dueAt;
    if (isSame && assigneeId === before.assigneeId) return before;
    const version = picture.tx.nextVersion(actor.boardId);
    const item: CheckItem = { ...before, text, state, assigneeId, dueAt, version };
    picture.checklists.items.put(item);
    const counts = recount(picture, actor, task);
    const [assignedId] = newcomers;
    const data = { item, members, ...(assignedId !== undefined && { assignedId }), ...counts };
    announce(picture.tx, actor, { type: "check-item.updated", data });
    return item;
  },
);

/**
 * Moves an item within its checklist, or to another one of its task. Announces `check-item.moved`, and nothing when it
 * stands there already. Fails: TASK_NOT_FOUND, TASK_ARCHIVED, CHECK_ITEM_NOT_FOUND, CHECKLIST_NOT_FOUND.
 */
export const moveCheckItem = boardService<MoveCheckItem, CheckItem>(
  needsOf,
  (picture, actor, { taskId, itemId, checklistId, after }) => {
    const task = requireOpenTask(picture, actor, taskId);
    const before = requireItem(picture, task, itemId);
    requireChecklist(picture, task, checklistId);
    const others = picture.checklists.itemsOf(checklistId).filter(({ id }) => id !== itemId);
    const stays = before.checklistId === checklistId;
    if (stays && (after === itemId || isBetween(before.rank, gapAmong(others, after)))) return before;
    const rank = rankIn(picture, actor, { taskId, checklistId, after }, itemId);
    const item: CheckItem = { ...before, checklistId, rank, version: picture.tx.nextVersion(actor.boardId) };
    picture.checklists.items.put(item);
    announce(picture.tx, actor, { type: "check-item.moved", data: { item, ...recount(picture, actor, task) } });
    return item;
  },
);

/** Deletes an item. Announces `check-item.deleted`. Fails: TASK_NOT_FOUND, TASK_ARCHIVED, CHECK_ITEM_NOT_FOUND. */
export const deleteCheckItem = boardService<DeleteCheckItem, null>(needsOf, (picture, actor, { taskId, itemId }) => {
  const task = requireOpenTask(picture, actor, taskId);
  picture.deleteCheckItem(requireItem(picture, task, itemId));
  announce(picture.tx, actor, { type: "check-item.deleted", data: { itemId, ...recount(picture, actor, task) } });
  return null;
});

/**
 * Makes a task of an item, with its text, assignee and due date; it is a part of the task that the item was on. Announces
 * `task.created` and `check-item.deleted`. Fails: TASK_NOT_FOUND (also an unknown `after`), TASK_ARCHIVED,
 * CHECK_ITEM_NOT_FOUND, COLUMN_NOT_FOUND, COLUMN_ARCHIVED, WIP_LIMIT_REACHED, TRANSITION_REFUSED, ID_TAKEN,
 * SUBTASKS_TOO_DEEP, SUBTASKS_TOO_MANY.
 */
export const convertCheckItem = boardService<ConvertCheckItem, Task>(
  ({ taskId, id, ...to }) => ({
    ...needsOf({ taskId }),
    created: newThings("task", id),
    numbered: true,
    to,
    parents: [taskId],
  }),
  async (picture, actor, { boardId, taskId, itemId, ...to }) => {
    const item = requireItem(picture, requireOpenTask(picture, actor, taskId), itemId);
    const { dueAt, assigneeId } = item;
    const words = { ...wordsOf(item.text), priority: "none", labelIds: [], dueAt } as const;
    // Whoever is assigned to the item is known to the board.
    const made = { boardId, ...to, ...words, labelIds: [], assigneeIds: idsOf(assigneeId), parentId: taskId };
    const task = await addTask(picture, actor, made, { members: [] });
    picture.deleteCheckItem(item);
    const counts = recount(picture, actor, requireOpenTask(picture, actor, taskId));
    announce(picture.tx, actor, { type: "check-item.deleted", data: { itemId, ...counts } });
    return task;
  },
);

/** The longest title, in code points. */
const TITLE_LENGTH = 500;

/** An item may be longer than a title: then the whole of it is the description. */
function wordsOf(text: string): { title: string; description: string } {
  const points = Array.from(text);
  if (points.length <= TITLE_LENGTH) return { title: text, description: "" };
  return {
    title: `${points
      .slice(0, TITLE_LENGTH - 1)
      .join("")
      .trimEnd()}…`,
    description: text,
  };
}

interface Place {
  readonly taskId: string;
  readonly checklistId: string;
  readonly after: string | null | undefined;
}

function rankIn(picture: BoardPicture, actor: BoardActor, place: Place, moving?: string): string {
  const { taskId, checklistId, after } = place;
  const others = picture.checklists.itemsOf(checklistId).filter(({ id }) => id !== moving);
  const rows = picture.checklists.items;
  return rankAmong(picture, actor, { gap: gapAmong(others, after), others, rows, taskId });
}

function idsOf(id: string | null | undefined): string[] {
  return typeof id === "string" ? [id] : [];
}
