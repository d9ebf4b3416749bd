import type { ChangeInput } from "../server/domains/work/apply.contract.ts";
import { hardLimitOf } from "../server/domains/work/column-settings.ts";
import type { Column } from "../server/domains/work/columns.contract.ts";
import type { Card } from "../server/domains/work/tasks.contract.ts";
import { closedTransition, type Passage } from "../server/domains/work/transition-rules.ts";
import type { BoardNews } from "../server/events.ts";
import type { Sight } from "./out-of-sight.ts";
import { type Gap, gapIn, isBetween } from "./place.ts";
import { rankWithin } from "./rank.ts";

/** What a change is expected to announce: rows keep the version that the server gave them last. */
export type Expected = BoardNews & { readonly version: number };
type Of<Procedure extends ChangeInput["procedure"]> = Extract<ChangeInput, { procedure: Procedure }>;

export function taskCreated(sight: Sight, change: Of<"tasks.create">, at: string): Expected | undefined {
  const { id, columnId, title, description = "", priority = "none", assigneeIds = [], labelIds = [] } = change;
  const column = openColumn(sight, columnId);
  const dueAt = instantOf(change.dueAt ?? null);
  if (id === undefined || dueAt === undefined || !column || isFull(sight, column)) return undefined;
  if (isTaken(sight, id) || !areKnown(sight, labelIds)) return undefined;
  const task: Card = {
    id,
    number: 0,
    key: "",
    columnId,
    rank: rankWithin(gapFor(sight, columnId, change.after, id)),
    title: title.trim(),
    hasDescription: description !== "",
    priority,
    dueAt,
    assigneeIds: sortedSet(assigneeIds),
    assigneeNames: [],
    labelIds: sortedSet(labelIds),
    commentCount: 0,
    version: 0,
    createdAt: at,
    updatedAt: at,
  };
  if (isClosed(sight, column, { fromColumnId: null, task })) return undefined;
  return { type: "task.created", data: { task, description, members: [] }, version: 0 };
}

export function taskUpdated(sight: Sight, change: Of<"tasks.update">): Expected | undefined {
  const before = openTask(sight, change.taskId);
  const dueAt = change.dueAt === undefined ? undefined : instantOf(change.dueAt);
  if (!before || (change.dueAt !== undefined && dueAt === undefined)) return undefined;
  if (change.ifVersion !== undefined && change.ifVersion !== before.version) return undefined;
  if (change.labelIds && !areKnown(sight, change.labelIds)) return undefined;
  const { description, assigneeNames } = change;
  const changes = {
    ...changed("title", before.title, change.title?.trim()),
    ...changed("priority", before.priority, change.priority),
    ...changed("dueAt", before.dueAt, dueAt),
    ...changed("assigneeIds", before.assigneeIds, change.assigneeIds && sortedSet(change.assigneeIds)),
    ...changed(
      "assigneeNames",
      before.assigneeNames,
      assigneeNames && before.assigneeNames.filter((name) => assigneeNames.includes(name)),
    ),
    ...changed("labelIds", before.labelIds, change.labelIds && sortedSet(change.labelIds)),
    ...changed("hasDescription", before.hasDescription, description === undefined ? undefined : description !== ""),
  };
  if (Object.keys(changes).length === 0) return undefined;
  return { type: "task.updated", data: { taskId: before.id, changes, members: [] }, version: before.version };
}

export function taskMoved(sight: Sight, { taskId, columnId, after }: Of<"tasks.move">): Expected | undefined {
  const before = openTask(sight, taskId);
  const column = openColumn(sight, columnId);
  if (!before || !column) return undefined;
  const gap = gapFor(sight, columnId, after, taskId);
  const stays = before.columnId === columnId;
  if (stays ? after === taskId || isBetween(before.rank, gap) : isFull(sight, column)) return undefined;
  if (!stays && isClosed(sight, column, { fromColumnId: before.columnId, task: before })) return undefined;
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
  if (!before || !column || isFull({ state, hidden }, column)) return undefined;
  const task = { ...before, rank: rankWithin(gapFor({ state, hidden }, column.id, undefined, taskId)) };
  return { type: "task.restored", data: { task }, version: task.version };
}

function openColumn({ state }: Sight, id: string): Column | undefined {
  return state.columns.find((column) => column.id === id);
}

function openTask({ state, hidden }: Sight, id: string): Card | undefined {
  return state.tasks.find((task) => task.id === id) ?? hidden.tasks.find((task) => task.id === id);
}

function isTaken({ state, hidden }: Sight, id: string): boolean {
  return [state.tasks, hidden.tasks, hidden.archived].some((tasks) => tasks.some((task) => task.id === id));
}

function tasksIn({ state, hidden }: Sight, columnId: string): Card[] {
  return [...state.tasks, ...hidden.tasks].filter((task) => task.columnId === columnId);
}

function isFull(sight: Sight, column: Column): boolean {
  const limit = hardLimitOf(column);
  return limit !== null && tasksIn(sight, column.id).length >= limit;
}

/** Who looks may have a role at the board that it does not know of: then the server refuses what is shown. */
function isClosed({ state }: Sight, { id }: Column, passage: Omit<Passage, "role">): boolean {
  const into = state.transitions.filter(({ toColumnId }) => toColumnId === id);
  return closedTransition(into, { ...passage, role: undefined }) !== undefined;
}

function areKnown({ state }: Sight, labelIds: readonly string[]): boolean {
  return labelIds.every((id) => state.labels.some((label) => label.id === id));
}

/** An anchor that was archived or has left the column counts as the place that it had there. */
function gapFor(sight: Sight, columnId: string, after: string | null | undefined, moving: string): Gap {
  const others = tasksIn(sight, columnId).filter((task) => task.id !== moving);
  return gapIn(others, after, (id) => {
    const anchor = openTask(sight, id) ?? sight.hidden.archived.find((task) => task.id === id);
    const place = anchor?.columnId === columnId ? anchor : sight.hidden.left.get(id);
    return place?.columnId === columnId ? place.rank : undefined;
  });
}

/** As the server writes it; undefined for a text that it will refuse. */
function instantOf(text: string | null): string | null | undefined {
  if (text === null) return null;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** Sets travel sorted. */
function sortedSet(ids: readonly string[]): string[] {
  return [...new Set(ids)].toSorted();
}

/** `{name: value}` when a value was given and differs, else nothing. */
function changed<Name extends string, Value>(
  name: Name,
  before: Value,
  value: Value | undefined,
): { [N in Name]?: Value };
function changed(name: string, before: unknown, value: unknown): object {
  return value === undefined || JSON.stringify(value) === JSON.stringify(before) ? {} : { [name]: value };
}
