import { type Card, daysOf, type TaskDays } from "../../../client/index.ts";
import { ownTimeZone } from "../ui/time-zone.ts";

/** A card on the days from the first to the last of it, both included. */
export interface Entry {
  readonly id: string;
  readonly card: Card;
  readonly first: string;
  readonly last: string;
}

const DAY_MS = 86_400_000;
// A card is another object once it has changed: its days are looked up once.
const known = new WeakMap<Card, TaskDays>();

/** On which days a card begins and is due, as who looks has them. */
export function cardDays(card: Card): TaskDays {
  const before = known.get(card);
  if (before) return before;
  const days = daysOf(card, ownTimeZone());
  known.set(card, days);
  return days;
}

/** Those that have a date, from when on they may be worked at to when they are due; earlier ones, and of those longer ones, first. */
export function entriesOf(cards: readonly Card[]): Entry[] {
  const entries = cards.flatMap((card) => {
    const { start, due } = cardDays(card);
    const [first, last] = [start ?? due, due ?? start];
    return first === null || last === null ? [] : [{ id: card.id, card, first: first > last ? last : first, last }];
  });
  return entries.toSorted((a, b) => compare(a.first, b.first) || compare(b.last, a.last));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

export function addDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10);
}

/** How many days `to` is after `from`. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}

/** The first day of the week of a day; `firstDay` is 1 for Monday to 7 for Sunday. */
export function weekBegin(day: string, firstDay: number): string {
  return addDays(day, -((new Date(day).getUTCDay() - firstDay + 7) % 7));
}

/** The same day of another month, or its last one; `count` months later. */
export function addMonths(day: string, count: number): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const last = new Date(Date.UTC(year, month + count, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + count, Math.min(date, last))).toISOString().slice(0, 10);
}

/** A day, whatever was said: such as one of an address. */
export function isDay(text: string): boolean {
  if (!/^(?:19|20)\d\d-\d\d-\d\d$/u.test(text)) return false;
  const at = Date.parse(text);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}
