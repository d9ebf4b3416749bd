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
  // The calendar of Canada writes a day as ISO 8601 does.
  const to = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format();
  return { from: daysBefore(to, days - 1), to, timeZone };
}

/** Every day of a period. */
export function daysBetween({ from, to }: Pick<Asked, "from" | "to">): string[] {
  const count = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  return Array.from({ length: count }, (_, index) => daysBefore(to, count - 1 - index));
}

function daysBefore(day: string, days: number): string {
  return new Date(Date.parse(day) - days * DAY_MS).toISOString().slice(0, 10);
}
