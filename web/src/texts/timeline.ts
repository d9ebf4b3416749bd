import { counted } from "./counted.ts";
import { once } from "./once.ts";

/** What the timeline says. */
export const timelineTexts = {
  scale: "Scale",
  scales: { day: "Days", week: "Weeks", month: "Months" },
  today: "Today",
  keys: "Up and down go from card to card. With Alt, left and right move a card by a day; with Shift they move its end, with both its beginning. Enter opens it.",
  nothing: "No card has a date. What is given one, in the calendar or when it is open, stands here.",
  undated: (count: number) => `${counted(count, "card has", "cards have")} no date`,
  days: (first: string, last: string) => (first === last ? first : `${first} to ${last}`),
} as const;

const format = (options: Intl.DateTimeFormatOptions) =>
  once(() => new Intl.DateTimeFormat(undefined, { ...options, timeZone: "UTC" }));
const FORMATS = {
  day: format({ day: "numeric", month: "short" }),
  week: format({ day: "numeric", month: "short" }),
  month: format({ month: "short", year: "numeric" }),
} as const;

/** What stands above the first day of a week, or of a month. */
export function shownMark(day: string, scale: keyof typeof FORMATS): string {
  return FORMATS[scale]().format(new Date(day));
}
