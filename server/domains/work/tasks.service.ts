import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { announce, type Tx } from "../../core/tx.ts";
import type { BoardMember } from "./boards.contract.ts";
import type { BoardPicture } from "./board-picture.ts";
import { cardChanges } from "./card-changes.ts";
import { boardService } from "./board-service.ts";
import { mergeValues } from "./field-values.ts";
import type { FieldPatch, FieldValues } from "./fields.contract.ts";
import { type Needs, newThings } from "./needs.ts";
import { isBetween, rankInColumn } from "./place.ts";
import { replacedBy } from "./replaced.ts";
import { taskJson, taskSource } from "./rows.ts";
import { NO_DATES, type TaskDates } from "./task-dates.ts";
import {
  named,
  peopleIn,
  requireDates,
  requireFields,
  requireGap,
  requireLabels,
  requireOpen,
  requireOpenColumn,
  requireParent,
  requirePeople,
  requireRoom,
  requireTask,
  requireUntouched,
  requireWay,
} from "./task-grounds.ts";
import type {
  Card,
  CreateTask,
  GetTask,
  ListTasks,
  MoveTask,
  Task,
  TaskPage,
  TaskTarget,
  UpdateTask,
} from "./tasks.contract.ts";

/** A task with its details. Fails: TASK_NOT_FOUND. */
export async function getTask(db: Db, actor: BoardActor, { taskId }: GetTask): Promise<Task> {
  const [row] = await db.execute<{ task: Task }>(sql`
    select ${taskJson} as task from ${taskSource}
    where t.org_id = ${actor.orgId}::uuid and t.board_id = ${actor.boardId}::uuid and t.id = ${taskId}::uuid`);
  if (!row) throw new AppError("TASK_NOT_FOUND");
  return row.task;
}

/** Where a list goes on: behind this number. */
const ListKey = z.tuple([z.int32()]);

/** The tasks of a board by number, archived ones and those of archived columns included, but none that was deleted. */
export async function listTasks(db: Db, actor: BoardActor, input: ListTasks): Promise<TaskPage> {
  const after = decodeCursor(ListKey, input.cursor)?.[0] ?? 0;
  const rows = await db.execute<{ task: Task }>(sql`
    select ${taskJson} as task from ${taskSource}
    where t.org_id = ${actor.orgId}::uuid and t.board_id = ${actor.boardId}::uuid and t.number > ${after}::int
      and t.state <> 'trashed'
      and (${input.state ?? null}::text is null or t.state = ${input.state ?? null})
      and (${input.columnId ?? null}::uuid is null or t.column_id = ${input.columnId ?? null}::uuid)
      and (${input.parentId ?? null}::uuid is null or t.parent_id = ${input.parentId ?? null}::uuid)
    order by t.number limit ${input.limit + 1}::int`);
  const tasks = rows.map((row) => row.task);
  return toPage(tasks, input.limit, (task) => [task.number]);
}

/**
 * Creates a task with the next number of its project. Locks the project's row. Announces `task.created`.
 * Fails: COLUMN_NOT_FOUND, COLUMN_ARCHIVED, WIP_LIMIT_REACHED, TRANSITION_REFUSED, TASK_NOT_FOUND (an unknown
 * `after`), LABEL_NOT_FOUND, ASSIGNEE_NOT_FOUND, DATES_REVERSED, TIME_ZONE_REQUIRED, ID_TAKEN, PARENT_NOT_FOUND,
 * SUBTASKS_TOO_DEEP, SUBTASKS_TOO_MANY, FIELD_NOT_FOUND, FIELD_VALUE_INVALID.
 */
export const createTask = boardService<CreateTask, Task>(
  ({ id, labelIds, assigneeIds, parentId, fields, ...to }) => ({
    created: newThings("task", id),
    numbered: true,
    to,
    labelIds,
    assigneeIds,
    parents: given(parentId),
    ...needsOfFields(fields),
  }),
  (picture, actor, input) => {
    const members = requirePeople(picture, actor, input.assigneeIds);
    return addTask(picture, actor, input, { members });
  },
);

/** What a new task has from the first. */
interface Begun {
  /** The people who are assigned to something of it. */
  readonly members: readonly BoardMember[];
  readonly counts?: Pick<Task, "itemsDone" | "itemsTotal" | "attachmentCount">;
}

/** Puts a new task into its column, as `createTask` does; its assigned people are known to be at the board. */
export async function addTask(
  picture: BoardPicture,
  actor: BoardActor,
  input: CreateTask,
  { members, counts }: Begun,
): Promise<Task> {
  const id = input.id ?? newId();
  picture.requireProject(actor.boardId);
  if (picture.isTaken({ kind: "task", id })) throw new AppError("ID_TAKEN");
  const column = requireOpenColumn(picture, actor, input.columnId);
  requireRoom(column);
  requireLabels(picture, actor, input.labelIds);
  requireParent(picture, actor, { parentId: input.parentId });
  const values = requireFields(picture, actor, { before: {}, patch: input.fields });
  const dates = requireDates(NO_DATES, input);
  const { estimate = null, description: text } = input;
  const fields = mergeValues({}, values.changes);
  const made = { ...input, ...dates, estimate, fields, assigneeNames: [], hasDescription: text !== "" };
  requireWay(column, { fromColumnId: null, task: made, role: actor.role });
  const rank = await rankInColumn(picture, actor, input.columnId, requireGap(picture, actor, input, id), id);
  const task = { ...newTask(picture, actor, input, { id, rank, dates, fields }), ...counts };
  picture.order.put(task, [], values.members);
  const known = [...members, ...values.members];
  const { description } = task;
  announce(picture.tx, actor, { type: "task.created", data: { task: toCard(task), description, members: known } });
  return task;
}

/** Who is named in the fields that a call sets has to be known to the board. */
export function needsOfFields(patch: FieldPatch | undefined): Needs {
  return patch ? { fields: true, people: peopleIn(patch) } : {};
}

function given(id: string | null | undefined): string[] {
  return typeof id === "string" ? [id] : [];
}

/** With its fields in the order in which a snapshot shows them. */
function newTask(
  picture: BoardPicture,
  actor: BoardActor,
  input: CreateTask,
  { id, rank, dates, fields }: { id: string; rank: string; dates: TaskDates; fields: FieldValues },
): Task {
  const { version, updatedAt } = stamp(picture.tx, actor);
  return {
    id,
    ...picture.takeNumber(actor.boardId),
    columnId: input.columnId,
    rank,
    parentId: input.parentId ?? null,
    title: input.title,
    hasDescription: input.description !== "",
    priority: input.priority,
    ...dates,
    estimate: input.estimate ?? null,
    coverColor: input.coverColor ?? null,
    itemsDone: 0,
    itemsTotal: 0,
    blockerIds: [],
    blockersElsewhere: 0,
    assigneeIds: input.assigneeIds,
    assigneeNames: [],
    labelIds: input.labelIds,
    fields,
    commentCount: 0,
    attachmentCount: 0,
    version,
    createdAt: updatedAt,
    updatedAt,
    boardId: actor.boardId,
    description: input.description,
    state: "open",
    createdBy: actor.userId,
  };
}

/**
 * Changes what a task says; what is absent stays. Announces `task.updated` with what changed, and nothing when nothing
 * did. Fails: TASK_NOT_FOUND, TASK_ARCHIVED, TASK_CHANGED (by `ifVersion`, with both values), LABEL_NOT_FOUND, ASSIGNEE_NOT_FOUND,
 * DATES_REVERSED, TIME_ZONE_REQUIRED, PARENT_NOT_FOUND, PARENT_CYCLE, SUBTASKS_TOO_DEEP, SUBTASKS_TOO_MANY,
 * FIELD_NOT_FOUND, FIELD_VALUE_INVALID.
 */
export const updateTask = boardService<UpdateTask, Task>(
  ({ taskId, labelIds, assigneeIds, parentId, fields }) => ({
    tasks: [taskId],
    labelIds,
    assigneeIds,
    parents: given(parentId),
    parts: given(parentId).map(() => taskId),
    ...needsOfFields(fields),
  }),
  (picture, actor, input) => {
    const { taskId } = input;
    const found = requireOpen(picture, actor, taskId);
    const before = found.task;
    if (input.parentId !== before.parentId) requireParent(picture, actor, { taskId, parentId: input.parentId });
    requireLabels(picture, actor, input.labelIds);
    const newcomers = input.assigneeIds?.filter((userId) => !before.assigneeIds.includes(userId));
    const members = requirePeople(picture, actor, newcomers);
    const { changes, description } = changesOf(before, input);
    const { hasDescription: _, ...shown } = changes;
    const values = requireFields(picture, actor, { before: before.fields, patch: input.fields });
    const checked = { ...shown, ...description, ...named(values.changes) };
    if (input.ifVersion !== undefined) requireUntouched(found, checked, input.ifVersion);
    if (Object.keys(checked).length === 0) return before;
    const hasValues = Object.keys(values.changes).length > 0;
    const fields = hasValues ? mergeValues(before.fields, values.changes) : before.fields;
    const after: Task = { ...before, ...changes, ...description, fields, ...stamp(picture.tx, actor) };
    picture.order.put(after, Object.keys(checked), values.members);
    const known = { members: [...members, ...values.members], ...(hasValues && { fields: values.changes }) };
    const data = { taskId: after.id, changes, ...description, ...known, ...comingsAndGoings(before, changes) };
    const replaced = replacedBy([{ task: before, changes: { ...shown, ...description }, values: values.changes }]);
    announce(picture.tx, actor, { type: "task.updated", data }, replaced);
    return after;
  },
);

/** Who is newly assigned, and who is no more: what an update tells those whom it concerns. */
export function comingsAndGoings({ assigneeIds: before }: Task, { assigneeIds: after }: Partial<Card>) {
  if (after === undefined) return {};
  return {
    assignedIds: after.filter((id) => !before.includes(id)),
    unassignedIds: before.filter((id) => !after.includes(id)),
  };
}

/** What an update changes of the card, and of what a card does not show. */
function changesOf(before: Task, input: UpdateTask) {
  const { parentId, title, description, priority, estimate, coverColor, assigneeIds, labelIds } = input;
  const changes = cardChanges(before, {
    parentId,
    title,
    hasDescription: description === undefined ? undefined : description !== "",
    priority,
    ...requireDates(before, input),
    estimate,
    coverColor,
    assigneeIds,
    assigneeNames: input.assigneeNames && before.assigneeNames.filter((name) => input.assigneeNames?.includes(name)),
    labelIds,
  });
  const hasOther = description !== undefined && description !== before.description;
  return { changes, description: hasOther ? { description } : {} };
}

/**
 * Moves a task behind `after` in a column. Announces `task.moved`, or `task.restored` when it came out of an archived
 * column, and nothing when it stands there already.
 * Fails: TASK_NOT_FOUND, TASK_ARCHIVED, COLUMN_NOT_FOUND, COLUMN_ARCHIVED, WIP_LIMIT_REACHED, TRANSITION_REFUSED.
 */
export const moveTask = boardService<MoveTask, Task>(
  ({ taskId, ...to }) => ({ tasks: [taskId], to }),
  async (picture, actor, input) => {
    const { task: before, hidden } = requireOpen(picture, actor, input.taskId);
    const column = requireOpenColumn(picture, actor, input.columnId);
    const gap = requireGap(picture, actor, input, before.id);
    const stays = before.columnId === input.columnId;
    if (stays && (input.after === before.id || isBetween(before.rank, gap))) return before;
    if (!stays) {
      requireRoom(column);
      requireWay(column, { fromColumnId: before.columnId, task: before, role: actor.role });
    }
    const rank = await rankInColumn(picture, actor, input.columnId, gap, before.id);
    const moved: Task = { ...before, columnId: input.columnId, rank, ...stamp(picture.tx, actor) };
    picture.order.put(moved);
    if (hidden) announce(picture.tx, actor, { type: "task.restored", data: { task: toCard(moved) } });
    else {
      const data = { taskId: before.id, columnId: column.id, rank, fromColumnId: before.columnId };
      const replaced = replacedBy([{ task: before, changes: { columnId: column.id, rank } }]);
      announce(picture.tx, actor, { type: "task.moved", data }, replaced);
    }
    return moved;
  },
);

/**
 * Takes a task off the board. Announces `task.archived`; archiving an archived task changes nothing. Fails:
 * TASK_NOT_FOUND.
 */
export const archiveTask = boardService<TaskTarget, Task>(
  ({ taskId }) => ({ tasks: [taskId] }),
  (picture, actor, input) => {
    const { task: before } = requireTask(picture, actor, input.taskId);
    if (before.state === "archived") return before;
    const archived: Task = { ...before, state: "archived", ...stamp(picture.tx, actor) };
    picture.order.put(archived);
    announce(picture.tx, actor, { type: "task.archived", data: { taskId: archived.id } });
    return archived;
  },
);

/**
 * Puts an archived task back, last in its column; in an archived column it stays out of sight with it. Announces
 * `task.restored`; restoring an open task changes nothing. Fails: TASK_NOT_FOUND, WIP_LIMIT_REACHED.
 */
export const restoreTask = boardService<TaskTarget, Task>(
  ({ taskId }) => ({ tasks: [taskId], restored: [taskId] }),
  async (picture, actor, input) => {
    const { task: before } = requireTask(picture, actor, input.taskId);
    if (before.state === "open") return before;
    const { columnId } = before;
    requireRoom(picture.order.findColumn(actor.boardId, columnId));
    const gap = requireGap(picture, actor, { columnId }, before.id);
    const rank = await rankInColumn(picture, actor, columnId, gap, before.id);
    const restored: Task = { ...before, state: "open", rank, ...stamp(picture.tx, actor) };
    picture.order.put(restored);
    announce(picture.tx, actor, { type: "task.restored", data: { task: toCard(restored) } });
    return restored;
  },
);

/** What a change writes on a task beside what it changes: the version of the event to come. */
export function stamp(tx: Tx, actor: BoardActor): { version: number; updatedAt: string } {
  return { version: tx.nextVersion(actor.boardId), updatedAt: tx.now.toISOString() };
}

/** A task as the board shows it. */
export function toCard({ boardId: _b, description: _d, state: _s, createdBy: _c, ...card }: Task): Card {
  return card;
}
