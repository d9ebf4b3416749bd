import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { Id } from "../../fields.contract.ts";
import type { Conflicts } from "../../errors.ts";
import type { BoardMember } from "./boards.contract.ts";
import type { BoardPicture } from "./board-picture.ts";
import type { Destination, Gap } from "./needs.ts";
import { checkValues } from "./field-values.ts";
import type { FieldPatch, FieldValue, FieldValues } from "./fields.contract.ts";
import { parentRefusal } from "./family.ts";
import { closedTransition, type Passage } from "./transition-rules.ts";
import { type DatesPatch, patchDates, type TaskDates } from "./task-dates.ts";
import type { PicturedColumn, PicturedTask } from "./task-order.ts";

/** The refusals of what is done to tasks. */

/** Also one in the trash. */
export function requireAny({ order }: BoardPicture, actor: BoardActor, taskId: string): PicturedTask {
  const found = order.find(actor.boardId, taskId);
  if (!found) throw new AppError("TASK_NOT_FOUND");
  return found;
}

export function requireTask(picture: BoardPicture, actor: BoardActor, taskId: string): PicturedTask {
  const found = requireAny(picture, actor, taskId);
  if (found.task.state === "trashed") throw new AppError("TASK_TRASHED");
  return found;
}

export function requireOpen(picture: BoardPicture, actor: BoardActor, taskId: string): PicturedTask {
  const found = requireTask(picture, actor, taskId);
  if (found.task.state === "archived") throw new AppError("TASK_ARCHIVED");
  return found;
}

export function requireOpenColumn({ order }: BoardPicture, actor: BoardActor, columnId: string): PicturedColumn {
  const column = order.findColumn(actor.boardId, columnId);
  if (!column) throw new AppError("COLUMN_NOT_FOUND");
  if (column.state === "archived") throw new AppError("COLUMN_ARCHIVED");
  return column;
}

/** There is room for so many more, or for none of them. */
export function requireRoom(column: PicturedColumn | undefined, newcomers = 1): void {
  if (!column || column.hardLimit === null || newcomers === 0) return;
  if (column.open + newcomers > column.hardLimit) throw new AppError("WIP_LIMIT_REACHED");
}

/** Fails: TRANSITION_REFUSED, with the way into the column that is closed. */
export function requireWay(column: PicturedColumn, passage: Passage): void {
  const transition = closedTransition(column.transitions ?? [], passage);
  if (transition) throw new AppError("TRANSITION_REFUSED", { transition });
}

export function requireGap(
  { order }: BoardPicture,
  actor: BoardActor,
  to: Destination,
  ...moving: readonly string[]
): Gap {
  const gap = order.gap(actor.boardId, to, new Set(moving));
  if (!gap) throw new AppError("TASK_NOT_FOUND", { fields: { after: "No such task was ever on this board." } });
  return gap;
}

export function requireLabels(picture: BoardPicture, actor: BoardActor, labelIds: readonly string[] = []): void {
  if (labelIds.some((id) => !picture.labels.get(actor.boardId, id))) throw new AppError("LABEL_NOT_FOUND");
}

/** Nobody has changed, since a version that was seen, what a call changes. */
export function requireUntouched(
  { task, fieldVersions }: PicturedTask,
  changes: Readonly<Record<string, unknown>>,
  seen: number,
): void {
  if (task.version <= seen) return;
  const theirs = new Map<string, unknown>([...Object.entries(task), ...Object.entries(named(task.fields))]);
  const conflicts: Conflicts = {};
  for (const [name, yours] of Object.entries(changes)) {
    const version = fieldVersions ? (fieldVersions[name] ?? fieldVersions["*"] ?? 0) : task.version;
    if (version > seen) conflicts[name] = { yours, theirs: theirs.get(name) ?? null, version };
  }
  if (Object.keys(conflicts).length > 0) throw new AppError("TASK_CHANGED", { conflicts });
}

/** Values of fields by the names under which they are version-checked. */
export function named<Value>(values: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).map(([id, value]) => [`fields.${id}`, value]));
}

/** Its dates as a call leaves them. */
export function requireDates(before: TaskDates, patch: DatesPatch): TaskDates {
  const after = patchDates(before, patch);
  if ("dates" in after) return after.dates;
  const { kind, field, says } = after.wrong;
  throw new AppError(kind, { fields: { [field]: says } });
}

/** What it gets of the fields of its project: those of them that change, and the people who are named there. */
export function requireFields(
  picture: BoardPicture,
  actor: BoardActor,
  { before, patch }: { before: FieldValues; patch: FieldPatch | undefined },
): { changes: Readonly<Record<string, FieldValue | null>>; members: BoardMember[] } {
  const fields = picture.fields(actor.boardId);
  const checked = checkValues(fields, before, patch);
  if ("unknown" in checked) {
    throw new AppError("FIELD_NOT_FOUND", { fields: { [`fields.${checked.unknown}`]: "No such field." } });
  }
  if ("wrong" in checked) {
    const { fieldId, says } = checked.wrong;
    throw new AppError("FIELD_VALUE_INVALID", { fields: { [`fields.${fieldId}`]: says } });
  }
  const { changes } = checked;
  const people = fields.flatMap(({ id, kind }) => (kind === "person" ? textsOf(changes[id]) : []));
  return { changes, members: requirePeople(picture, actor, people) };
}

/** Whoever may be named in the fields that a call sets: of which kind these are is known under the lock. */
export function peopleIn(patch: FieldPatch | undefined): string[] {
  return Object.values(patch ?? {})
    .flatMap(textsOf)
    .filter((text) => Id.safeParse(text).success);
}

function textsOf(value: FieldValue | null | undefined): string[] {
  return typeof value === "string" ? [value] : [];
}

/** What it is to be a part of. Fails: PARENT_NOT_FOUND, PARENT_CYCLE, SUBTASKS_TOO_DEEP, SUBTASKS_TOO_MANY. */
export function requireParent(
  { order: { families } }: BoardPicture,
  { boardId }: BoardActor,
  { taskId, parentId }: { taskId?: string; parentId: string | null | undefined },
): void {
  if (parentId === null || parentId === undefined) return;
  const parent = families.get(parentId);
  if (parent?.boardId !== boardId || parent.state !== "open") throw new AppError("PARENT_NOT_FOUND");
  const refusal = parentRefusal(families, { taskId, parentId });
  if (refusal) throw new AppError(refusal);
}

/** Whoever is assigned can see the board. */
export function requirePeople(
  picture: BoardPicture,
  actor: BoardActor,
  assigneeIds: readonly string[] = [],
): BoardMember[] {
  return assigneeIds.map((userId) => {
    const person = picture.person(actor.boardId, userId);
    if (!person) throw new AppError("ASSIGNEE_NOT_FOUND");
    return person;
  });
}
