import { toTimeZone } from "../server/days.ts";
import { hardLimitOf } from "../server/domains/work/column-settings.ts";
import type { Column } from "../server/domains/work/columns.contract.ts";
import { type DatesPatch, patchDates, type TaskDates } from "../server/domains/work/task-dates.ts";
import type { Card } from "../server/domains/work/tasks.contract.ts";
import { closedTransition } from "../server/domains/work/transition-rules.ts";
import type { Sight } from "./out-of-sight.ts";
import { type Gap, gapIn } from "./place.ts";

// What predictions about tasks look at.

export function openColumn({ state }: Sight, id: string): Column | undefined {
  return state.columns.find((column) => column.id === id);
}

export function openTask({ state, hidden }: Sight, id: string): Card | undefined {
  return state.tasks.find((task) => task.id === id) ?? hidden.tasks.find((task) => task.id === id);
}

export function isTaken({ state, hidden }: Sight, id: string): boolean {
  return [state.tasks, hidden.tasks, hidden.archived].some((tasks) => tasks.some((task) => task.id === id));
}

function tasksIn({ state, hidden }: Sight, columnId: string): Card[] {
  return [...state.tasks, ...hidden.tasks].filter((task) => task.columnId === columnId);
}

/** There is room in a column for so many more, or for none of them. */
export function hasRoom(sight: Sight, column: Column, newcomers = 1): boolean {
  const limit = hardLimitOf(column);
  return limit === null || newcomers === 0 || tasksIn(sight, column.id).length + newcomers <= limit;
}

/** Who looks may have a role at the board that it does not know of: then the server refuses what is shown. */
export function isClosed({ state }: Sight, { id }: Column, task: Card, fromColumnId: string | null): boolean {
  const into = state.transitions.filter(({ toColumnId }) => toColumnId === id);
  return closedTransition(into, { fromColumnId, task, role: undefined }) !== undefined;
}

export function areKnown({ state }: Sight, labelIds: readonly string[]): boolean {
  return labelIds.every((id) => state.labels.some((label) => label.id === id));
}

/** An anchor that was archived, deleted or has left the column counts as the place that it had there. */
export function gapFor(
  sight: Sight,
  columnId: string,
  after: string | null | undefined,
  ...moving: readonly string[]
): Gap {
  const going = new Set(moving);
  const others = tasksIn(sight, columnId).filter((task) => !going.has(task.id));
  return gapIn(others, after, (id) => {
    const { archived, deleted } = sight.hidden;
    const anchor = openTask(sight, id) ?? [...archived, ...deleted].find((task) => task.id === id);
    const place = anchor?.columnId === columnId ? anchor : sight.hidden.left.get(id);
    return place?.columnId === columnId ? place.rank : undefined;
  });
}

/** The dates after a change; undefined for those that the server will refuse. */
export function datesAfter(
  before: TaskDates,
  { startAt, startOn, dueAt, dueOn, timeZone }: DatesPatch,
): TaskDates | undefined {
  try {
    const patch = { startAt: utc(startAt), startOn, dueAt: utc(dueAt), dueOn, timeZone: written(timeZone) };
    const after = patchDates(before, patch);
    return "dates" in after ? after.dates : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** As the server writes it. Throws a RangeError for a text that is no instant. */
function utc(instant: string | null | undefined): string | null | undefined {
  return typeof instant === "string" ? new Date(instant).toISOString() : instant;
}

/** As the server writes it. Throws a RangeError for what is no time zone. */
function written(timeZone: string | null | undefined): string | null | undefined {
  if (typeof timeZone !== "string") return timeZone;
  const name = toTimeZone(timeZone);
  if (name === undefined) throw new RangeError("there is no time zone of that name");
  return name;
}

/** Sets travel sorted. */
export function sortedSet(ids: readonly string[]): string[] {
  return [...new Set(ids)].toSorted();
}
