import { dayAt, instantsOfDay } from "../../../days.ts";
import type { Asker, Comparison, FilterDate } from "./filter.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Where a span begins or ends: an instant, and the day that it is the first one of, where days are compared. */
interface Edge {
  readonly at: string;
  readonly day: string | null;
}

/** From `from` on, and before `to`; null: without that end. */
export interface Span {
  readonly from: Edge | null;
  readonly to: Edge | null;
}

/** When something is: an instant, and the day where it is a whole one. */
export interface Moment {
  readonly at: string;
  readonly on: string | null;
}

/**
 * What a comparison with a date means to somebody: days begin and end in their time zone. What is a whole day itself is
 * compared by the day, wherever it is meant, and all else by the instant.
 */
export function spanOf(by: Comparison, date: FilterDate, asker: Asker): Span {
  const [first, behind] = edgesOf(date, asker);
  if (by === "<") return { from: null, to: first };
  if (by === "<=") return { from: null, to: behind };
  if (by === ">") return { from: behind, to: null };
  return by === ">=" ? { from: first, to: null } : { from: first, to: behind };
}

export function isWithin({ at, on }: Moment, { from, to }: Span): boolean {
  const isBefore = (edge: Edge) => (on !== null && edge.day !== null ? on < edge.day : at < edge.at);
  return (from === null || !isBefore(from)) && (to === null || isBefore(to));
}

function edgesOf(date: FilterDate, asker: Asker): [Edge, Edge] {
  if (date.unit === "hours") {
    const edge = { at: new Date(asker.now.getTime() + date.count * HOUR_MS).toISOString(), day: null };
    return [edge, edge];
  }
  const [first, behind] = daysOf(date, dayAt(asker.now, asker.timeZone));
  return [edgeOf(first, asker.timeZone), edgeOf(behind, asker.timeZone)];
}

/** The first day, and the one behind the last. */
function daysOf(date: Exclude<FilterDate, { unit: "hours" }>, today: string): [string, string] {
  if (date.unit === "week") {
    // Monday is the first day of a week.
    const monday = plusDays(today, -((new Date(today).getUTCDay() + 6) % 7) + 7 * date.ahead);
    return [monday, plusDays(monday, 7)];
  }
  if (date.unit === "month") {
    const first = plusMonths(`${today.slice(0, 8)}01`, date.ahead);
    return [first, plusMonths(first, 1)];
  }
  if (date.unit === "day") return [date.day, plusDays(date.day, 1)];
  const day = date.unit === "days" ? plusDays(today, date.count) : plusMonths(today, date.count);
  return [day, plusDays(day, 1)];
}

function plusDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10);
}

/** The same day of another month, or its last one. */
function plusMonths(day: string, count: number): string {
  const [year = 0, month = 0, date = 0] = day.split("-").map(Number);
  const last = new Date(Date.UTC(year, month + count, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + count, Math.min(date, last))).toISOString().slice(0, 10);
}

/** A day that a zone skipped begins when the next one does. */
function edgeOf(day: string, timeZone: string): Edge {
  const found = instantsOfDay(day, timeZone) ?? instantsOfDay(plusDays(day, 1), timeZone);
  return { at: found?.first ?? `${day}T00:00:00.000Z`, day };
}
