import { once } from "../texts/once.ts";
import { taskTexts } from "../texts/task.ts";
import { shownDay } from "../texts.ts";

export const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
type Weekday = (typeof WEEKDAYS)[number];
export const RHYTHMS = ["daily", "weekly", "monthly", "monthly-last", "yearly"] as const;
type Rhythm = (typeof RHYTHMS)[number];

/** When something recurs, as people choose it: a part of the rules that there are. */
export interface Rhythmic {
  readonly rhythm: Rhythm;
  readonly every: number;
  /** Of weekly ones alone; none: the weekday of the first day. */
  readonly weekdays: readonly Weekday[];
  readonly ends: "never" | "after" | "on";
  readonly count: number;
  /** A day, or nothing. */
  readonly until: string;
}

export const EVERY_WEEK: Rhythmic = { rhythm: "weekly", every: 1, weekdays: [], ends: "never", count: 10, until: "" };

const FREQUENCIES = {
  daily: "DAILY",
  weekly: "WEEKLY",
  monthly: "MONTHLY",
  "monthly-last": "MONTHLY",
  yearly: "YEARLY",
} as const satisfies Record<Rhythm, string>;

/** The rule of RFC 5545 for that. */
export function toRule({ rhythm, every, weekdays, ends, count, until }: Rhythmic): string {
  const parts = [`FREQ=${FREQUENCIES[rhythm]}`];
  if (every !== 1) parts.push(`INTERVAL=${String(every)}`);
  if (rhythm === "weekly" && weekdays.length > 0) parts.push(`BYDAY=${weekdays.join(",")}`);
  if (rhythm === "monthly-last") parts.push("BYMONTHDAY=-1");
  if (ends === "after") parts.push(`COUNT=${String(count)}`);
  if (ends === "on") parts.push(`UNTIL=${until.replaceAll("-", "")}`);
  return parts.join(";");
}

/** What a rule means of what can be chosen here; undefined: it means more. */
export function toRhythm(rule: string): Rhythmic | undefined {
  const parts = new Map(rule.split(";").map((part) => [part.split("=")[0] ?? "", part.split("=")[1] ?? ""]));
  const isLast = parts.get("BYMONTHDAY") === "-1";
  const rhythm = RHYTHMS.find((one) => FREQUENCIES[one] === parts.get("FREQ") && isLast === (one === "monthly-last"));
  if (rhythm === undefined) return undefined;
  const weekdays = WEEKDAYS.filter((day) => (parts.get("BYDAY") ?? "").split(",").includes(day));
  const until = parts.get("UNTIL") ?? "";
  const read: Rhythmic = {
    rhythm,
    every: Number(parts.get("INTERVAL") ?? 1),
    weekdays,
    ends: parts.has("COUNT") ? "after" : parts.has("UNTIL") ? "on" : "never",
    count: Number(parts.get("COUNT") ?? EVERY_WEEK.count),
    until: until === "" ? "" : `${until.slice(0, 4)}-${until.slice(4, 6)}-${until.slice(6, 8)}`,
  };
  const known = ["FREQ", "INTERVAL", "COUNT", "UNTIL", ...(rhythm === "weekly" ? ["BYDAY"] : [])];
  if (isLast) known.push("BYMONTHDAY");
  const isAll = [...parts.keys()].every((name) => known.includes(name));
  return isAll && weekdays.length === (parts.get("BYDAY")?.split(",").length ?? 0) ? read : undefined;
}

/** The rule in words. */
export function inWords(rule: string): string {
  const read = toRhythm(rule);
  if (!read) return taskTexts.byRule(rule);
  const days = new Intl.ListFormat("en").format(read.weekdays.map(weekdayName));
  const on = read.weekdays.length > 0 ? taskTexts.onDays(days) : "";
  const end =
    read.ends === "after"
      ? taskTexts.endsAfter(read.count)
      : read.ends === "on"
        ? taskTexts.endsOn(shownDay(read.until))
        : "";
  return `${taskTexts.everyRhythm[read.rhythm](read.every)}${on}${end}`;
}

const weekdayNames = once(() => new Intl.DateTimeFormat("en", { weekday: "long", timeZone: "UTC" }));

/** Its name; the first of 2024 was a Monday. */
export function weekdayName(day: Weekday): string {
  return weekdayNames().format(new Date(Date.UTC(2024, 0, 1 + WEEKDAYS.indexOf(day))));
}
