import { counted } from "./counted.ts";
import { once } from "./once.ts";

/** What the calendar says. */
export const calendarTexts = {
  spans: { month: "Month", week: "Week" },
  span: "How much of it",
  earlier: "Earlier",
  later: "Later",
  today: "Today",
  keys: "Arrow keys go from card to card. With Alt, left and right move a card by a day, up and down by a week. Enter opens it.",
  movedTo: (title: string, due: string, start: string | undefined) =>
    start === undefined ? `${title}: due ${due}` : `${title}: from ${start} to ${due}`,
  moreOn: (count: number, day: string) => `${counted(count, "more card", "more cards")} on ${day}`,
  more: (count: number) => `+${String(count)}`,
  addOn: (day: string) => `Add a card on ${day}`,
  cardsOn: (day: string) => `Cards on ${day}`,
  nothingOn: "Nothing is due.",
  nothing: "Nothing is due in these days.",
  undated: "Without a due date",
  noUndated: "Every card has a due date.",
  dueOf: (title: string) => `Due date of ${title}`,
  from: (day: string) => `since ${day}`,
  until: (day: string) => `until ${day}`,
} as const;

const format = (options: Intl.DateTimeFormatOptions) =>
  once(() => new Intl.DateTimeFormat(undefined, { ...options, timeZone: "UTC" }));
const months = format({ month: "long", year: "numeric" });
const weekdays = format({ weekday: "short" });
const wholeDays = format({ weekday: "long", day: "numeric", month: "long" });
const times = once(() => new Intl.DateTimeFormat(undefined, { timeStyle: "short" }));

export function shownMonth(day: string): string {
  return months().format(new Date(day));
}

export function shownWeekday(day: string): string {
  return weekdays().format(new Date(day));
}

/** A day with its weekday, without the year. */
export function shownWholeDay(day: string): string {
  return wholeDays().format(new Date(day));
}

/** The time of an instant, where the reader is. */
export function shownTime(instant: string): string {
  return times().format(new Date(instant));
}

/** The first day of the week where the reader is: 1 for Monday to 7 for Sunday. */
export const firstWeekday = once(() => {
  // Browsers have one or the other, or none yet.
  const locale: Intl.Locale & { getWeekInfo?(): { firstDay: number }; weekInfo?: { firstDay: number } } =
    new Intl.Locale(navigator.language);
  return (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1;
});
