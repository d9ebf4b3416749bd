import { addDays, daysBetween, type Entry, weekBegin } from "../days.ts";

export type Span = "month" | "week";

/** Seven days, one after the other. */
export type Week = readonly string[];

/** The part of an entry that lies in a week. */
export interface Segment {
  readonly entry: Entry;
  /** Its first day in the week, from 0, and how many it has there. */
  readonly at: number;
  readonly length: number;
  /** In which line of the week it is drawn, from 0. */
  readonly line: number;
}

interface LaidWeek {
  readonly segments: readonly Segment[];
  /** How many of each day found no line. */
  readonly hidden: readonly number[];
}

/** The weeks that show a day: its month, with the days of others that fill the first and the last, or its week. */
export function weeksAround(day: string, span: Span, firstDay: number): Week[] {
  const isMonth = span === "month";
  const begin = weekBegin(isMonth ? `${day.slice(0, 7)}-01` : day, firstDay);
  const weeks: Week[] = [];
  for (let at = begin; at.slice(0, 7) <= day.slice(0, 7) && weeks.length < (isMonth ? 6 : 1); at = addDays(at, 7)) {
    weeks.push(Array.from({ length: 7 }, (_, index) => addDays(at, index)));
  }
  return weeks;
}

/** Puts entries, in their order, into the first line of a week that has room for them. */
export function layWeek(week: Week, entries: readonly Entry[], mostLines: number): LaidWeek {
  const [monday = "", sunday = ""] = [week[0], week[6]];
  const lines: boolean[][] = [];
  const hidden = week.map(() => 0);
  const segments: Segment[] = [];
  for (const entry of entries) {
    if (entry.first > sunday || entry.last < monday) continue;
    const at = Math.max(0, daysBetween(monday, entry.first));
    const end = Math.min(6, daysBetween(monday, entry.last));
    const isFree = (taken: readonly boolean[]) => !taken.slice(at, end + 1).includes(true);
    const found = lines.findIndex(isFree);
    const line = found === -1 ? lines.length : found;
    const isShown = line < mostLines;
    if (isShown) segments.push({ entry, at, length: end - at + 1, line });
    const taken = isShown ? (lines[line] ??= week.map(() => false)) : undefined;
    for (let day = at; day <= end; day += 1) {
      if (taken) taken[day] = true;
      else hidden[day] = (hidden[day] ?? 0) + 1;
    }
  }
  return { segments, hidden };
}
