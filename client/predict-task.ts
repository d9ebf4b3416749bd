import type { ChangeInput } from "../server/domains/work/apply.contract.ts";
import { cardChanges } from "../server/domains/work/card-changes.ts";
import { checkValues, mergeValues } from "../server/domains/work/field-values.ts";
import type { FieldPatch, FieldValues } from "../server/domains/work/fields.contract.ts";
import { parentRefusal } from "../server/domains/work/family.ts";
import { NO_DATES } from "../server/domains/work/task-dates.ts";
import type { Card } from "../server/domains/work/tasks.contract.ts";
import type { BoardNews } from "../server/events.ts";
import type { Sight } from "./out-of-sight.ts";
import { isBetween } from "./place.ts";
import {
  areKnown,
  datesAfter,
  gapFor,
  hasRoom,
  isClosed,
  isTaken,
  openColumn,
  openTask,
  sortedSet,
} from "./predict-grounds.ts";
import { rankWithin } from "./rank.ts";

/** What a change is expected to announce: rows keep the version that the server gave them last. */
export type Expected = BoardNews & { readonly version: number };
type Of<Procedure extends ChangeInput["procedure"]> = Extract<ChangeInput, { procedure: Procedure }>;

export function taskCreated(sight: Sight, change: Of<"tasks.create">, at: string): Expected | undefined {
  const { id, columnId, title, description = "", priority = "none", assigneeIds = [], labelIds = [] } = change;
  const { estimate = null, coverColor = null } = change;
  const column = openColumn(sight, columnId);
  const dates = datesAfter(NO_DATES, change);
  if (id === undefined || !dates || !column || !hasRoom(sight, column)) return undefined;
  if (isTaken(sight, id) || !areKnown(sight, labelIds)) return undefined;
  if (isNoParent(sight, undefined, change.parentId)) return undefined;
  const values = valuesOf(sight, {}, change.fields);
  if (!values) return undefined;
  const task: Card = {
    id,
    number: 0,
    key: "",
    columnId,
    rank: rankWithin(gapFor(sight, columnId, change.after, id)),
    parentId: change.parentId ?? null,
    title: title.trim(),
    hasDescription: description !== "",
    priority,
    ...dates,
    estimate,
    coverColor,
    itemsDone: 0,
    itemsTotal: 0,
    blockerIds: [],
    blockersElsewhere: 0,
    assigneeIds: sortedSet(assigneeIds),
    assigneeNames: [],
    labelIds: sortedSet(labelIds),
    fields: mergeValues({}, values),
    commentCount: 0,
    attachmentCount: 0,
    version: 0,
    createdAt: at,
    updatedAt: at,
  };
  if (isClosed(sight, column, task, null)) return undefined;
  return { type: "task.created", data: { task, description, members: [] }, version: 0 };
}

export function taskUpdated(sight: Sight, change: Of<"tasks.update">): Expected | undefined {
  const before = openTask(sight, change.taskId);
  const dates = before && datesAfter(before, change);
  if (!before || !dates) return undefined;
  if (change.labelIds && !areKnown(sight, change.labelIds)) return undefined;
  if (change.parentId !== before.parentId && isNoParent(sight, before.id, change.parentId)) return undefined;
  const { parentId, description, priority, estimate, coverColor, assigneeNames } = change;
  const changes = cardChanges(before, {
    parentId,
    title: change.title?.trim(),
    hasDescription: description === undefined ? undefined : description !== "",
    priority,
    ...dates,
    estimate,
    coverColor,
    assigneeIds: change.assigneeIds && sortedSet(change.assigneeIds),
    assigneeNames: assigneeNames && before.assigneeNames.filter((name) => assigneeNames.includes(name)),
    labelIds: change.labelIds && sortedSet(change.labelIds),
  });
  const fields = valuesOf(sight, before.fields, change.fields);
  if (!fields || Object.keys({ ...changes, ...fields }).length === 0) return undefined;
  const data = { taskId: before.id, changes, fields, members: [] };
  return { type: "task.updated", data, version: before.version };
}

export function taskMoved(sight: Sight, { taskId, columnId, after }: Of<"tasks.move">): Expected | undefined {
  const before = openTask(sight, taskId);
  const column = openColumn(sight, columnId);
  if (!before || !column) return undefined;
  const gap = gapFor(sight, columnId, after, taskId);
  const stays = before.columnId === columnId;
  if (stays ? after === taskId || isBetween(before.rank, gap) : !hasRoom(sight, column)) return undefined;
  if (!stays && isClosed(sight, column, before, before.columnId)) return undefined;
  const rank = rankWithin(gap);
  const { version } = before;
  if (sight.state.tasks.includes(before)) return { type: "task.moved", data: { taskId, columnId, rank }, version };
  return { type: "task.restored", data: { task: { ...before, columnId, rank } }, version };
}

export function taskArchived(sight: Sight, { taskId }: Of<"tasks.archive">): Expected | undefined {
  const before = openTask(sight, taskId);
  return before && { type: "task.archived", data: { taskId }, version: before.version };
}

export function taskRestored({ state, hidden }: Sight, { taskId }: Of<"tasks.restore">): Expected | undefined {
  const before = hidden.archived.find((task) => task.id === taskId);
  const column = [...state.columns, ...hidden.columns].find(({ id }) => id === before?.columnId);
  if (!before || !column || !hasRoom({ state, hidden }, column)) return undefined;
  const task = { ...before, rank: rankWithin(gapFor({ state, hidden }, column.id, undefined, taskId)) };
  return { type: "task.restored", data: { task }, version: task.version };
}

/** Whether the server will refuse that as what a task is a part of. */
function isNoParent(sight: Sight, taskId: string | undefined, parentId: string | null | undefined): boolean {
  if (parentId === null || parentId === undefined) return false;
  const { state, hidden } = sight;
  const kin = new Map([...state.tasks, ...hidden.tasks, ...hidden.archived].map((task) => [task.id, task]));
  return openTask(sight, parentId) === undefined || parentRefusal(kin, { taskId, parentId }) !== undefined;
}

/** What a task gets of the fields of its project; undefined for what the server will refuse. */
export function valuesOf({ state }: Sight, before: FieldValues, patch: FieldPatch | undefined) {
  const checked = checkValues(state.fields, before, patch);
  return "changes" in checked ? checked.changes : undefined;
}
