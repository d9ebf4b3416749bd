import type { Card, TaskDays } from "../../../../client/index.ts";
import { addDays, cardDays } from "../days.ts";
import { shifted } from "../use-rescheduling.ts";

/** What of a bar is moved: all of it, where it begins, or where it ends. */
export type Part = "all" | "first" | "last";

/** The days of a card once a part of its bar was moved: its end does not come before its beginning. */
export function bent(card: Card, part: Part, count: number): Partial<TaskDays> {
  if (part === "all") return shifted(card, count);
  const days = cardDays(card);
  const [first, last] = [days.start ?? days.due, days.due ?? days.start];
  if (first === null || last === null) return {};
  if (part === "first") {
    const start = addDays(first, count);
    return { start: start > last ? last : start, due: last };
  }
  const due = addDays(last, count);
  return { start: first, due: due < first ? first : due };
}
