import { dayAt } from "../../../client/index.ts";
import { addDays } from "../board/days.ts";
import { ownTimeZone } from "../ui/time-zone.ts";

/** So many days up to today. */
export const PERIODS = [14, 30, 90, 365] as const;
export type Period = (typeof PERIODS)[number];

export interface Place {
  readonly orgId: string;
  readonly projectId: string;
  /** Only there. */
  readonly boardId?: string;
}

/** What a report is asked for. */
export interface Asked extends Place {
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
}

const DAY_MS = 86_400_000;

/** The days up to today, as it is where one looks. */
export function periodOf(days: Period): Pick<Asked, "from" | "to" | "timeZone"> {
  const timeZone = ownTimeZone();
  const to = dayAt(new Date(), timeZone);
  return { from: addDays(to, 1 - days), to, timeZone };
}

/** Every day of a period. */
export function daysBetween({ from, to }: Pick<Asked, "from" | "to">): string[] {
  const count = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  return Array.from({ length: count }, (_, index) => addDays(to, index + 1 - count));
}
