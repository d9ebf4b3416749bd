import { addDays, addMonths, daysBetween, type Entry, weekBegin } from "../days.ts";

export const SCALES = ["day", "week", "month"] as const;
export type Scale = (typeof SCALES)[number];

/** How wide a day is, in pixels. */
export const DAY_PX: Readonly<Record<Scale, number>> = { day: 36, week: 14, month: 5 };

/** Around what is shown, in pixels, and how far from today it goes at the most. */
const MARGIN_PX = 1_000;
const MOST_DAYS = 5 * 366;

/** The days of a timeline, from its first to its last. */
export interface Range {
  readonly first: string;
  readonly last: string;
}

/** Every day that an entry has, with some around, and today. */
export function rangeOf(entries: readonly Entry[], today: string, dayPx: number): Range {
  let [first, last] = [today, today];
  for (const entry of entries) {
    if (entry.first < first) ({ first } = entry);
    if (entry.last > last) ({ last } = entry);
  }
  const margin = Math.ceil(MARGIN_PX / dayPx);
  const [least, most] = [addDays(today, -MOST_DAYS), addDays(today, MOST_DAYS)];
  return {
    first: addDays(first < least ? least : first, -margin),
    last: addDays(last > most ? most : last, margin),
  };
}

/** Where a bar begins and how wide it is, in pixels; what lies outside of the range is cut. */
export function barOf({ first, last }: Range, range: Range, dayPx: number): { left: number; width: number } {
  const all = daysBetween(range.first, range.last) + 1;
  const from = clamp(daysBetween(range.first, first), all);
  const to = clamp(daysBetween(range.first, last) + 1, all);
  return { left: from * dayPx, width: Math.max(to - from, 1) * dayPx };
}

function clamp(days: number, most: number): number {
  return Math.min(Math.max(days, 0), most);
}

/** What is written above a timeline, and where: weeks, or months. */
export interface Mark {
  readonly day: string;
  readonly left: number;
}

/** The marks between two places, in pixels from the beginning of the range. */
export function marksBetween(
  range: Range,
  scale: Scale,
  firstDay: number,
  { from, to }: { from: number; to: number },
): Mark[] {
  const dayPx = DAY_PX[scale];
  const [begin, end] = [addDays(range.first, Math.floor(from / dayPx)), addDays(range.first, Math.ceil(to / dayPx))];
  const next = scale === "month" ? (day: string) => addMonths(day, 1) : (day: string) => addDays(day, 7);
  const marks: Mark[] = [];
  let day = scale === "month" ? `${begin.slice(0, 7)}-01` : weekBegin(begin, firstDay);
  for (; day <= end && day <= range.last; day = next(day)) {
    if (day >= range.first) marks.push({ day, left: daysBetween(range.first, day) * dayPx });
  }
  return marks;
}
