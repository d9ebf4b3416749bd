import * as days from "../server/days.ts";
import type { Card } from "../server/domains/work/tasks.contract.ts";

/** On which days a task begins and is due, as `2026-03-01`; null: on none. */
export interface TaskDays {
  readonly start: string | null;
  readonly due: string | null;
}

/** What `updateTask` takes to change dates. */
export interface DatesChange {
  startAt?: string | null;
  startOn?: string | null;
  dueAt?: string | null;
  dueOn?: string | null;
  timeZone?: string;
}

type Dated = Pick<Card, "startAt" | "startOn" | "dueAt" | "dueOn" | "timeZone">;

/** Which day it is in a time zone, as `2026-03-01`. */
export function dayAt(instant: Date, timeZone: string): string {
  return days.dayAt(instant, timeZone);
}

/** The days of a task: whole days as they are, instants in `timeZone`. */
export function daysOf({ startAt, startOn, dueAt, dueOn }: Dated, timeZone: string): TaskDays {
  const dayOf = (at: string | null) => (at === null ? null : days.dayAt(new Date(at), timeZone));
  return { start: startOn ?? dayOf(startAt), due: dueOn ?? dayOf(dueAt) };
}

/**
 * What puts a task on other days: whole days stay whole ones of their own time zone, an instant keeps its time of the
 * day in `timeZone`, and where there was none it is a whole day of it. Null takes a date away; what is absent stays.
 */
export function datesOn(task: Dated, { start, due }: Partial<TaskDays>, timeZone: string): DatesChange {
  const said = {
    ...(start !== undefined && dateOn(start, { at: task.startAt, on: task.startOn, names: ["startAt", "startOn"] })),
    ...(due !== undefined && dateOn(due, { at: task.dueAt, on: task.dueOn, names: ["dueAt", "dueOn"] })),
  };
  const { startOn, dueOn }: DatesChange = said;
  const isOfDays = typeof startOn === "string" || typeof dueOn === "string";
  return isOfDays && task.timeZone === null ? { ...said, timeZone } : said;

  function dateOn(day: string | null, { at, on, names: [atName, onName] }: DateOf): DatesChange {
    if (day === null) return { [atName]: null, [onName]: null };
    if (at === null || on !== null) return { [onName]: day };
    const instant = days.instantAt(day, days.minutesAt(new Date(at), timeZone), timeZone);
    return { [atName]: instant?.toISOString() ?? at };
  }
}

interface DateOf {
  readonly at: string | null;
  readonly on: string | null;
  readonly names: readonly ["startAt", "startOn"] | readonly ["dueAt", "dueOn"];
}
