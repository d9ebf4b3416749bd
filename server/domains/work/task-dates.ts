import { instantsOfDay } from "../../days.ts";

/** When a task begins and is due; what each means stands in `Card`. The same code in server and client. */
export interface TaskDates {
  readonly startAt: string | null;
  readonly startOn: string | null;
  readonly dueAt: string | null;
  readonly dueOn: string | null;
  readonly timeZone: string | null;
}

/** What a call says of them: what is absent stays. */
export type DatesPatch = { readonly [Name in keyof TaskDates]?: TaskDates[Name] | undefined };

/** Why dates are refused, and which of those that were said is to blame. */
export interface WrongDates {
  readonly kind: "INPUT_INVALID" | "TIME_ZONE_REQUIRED" | "DATES_REVERSED";
  readonly field: keyof TaskDates;
  readonly says: string;
}

export const NO_DATES: TaskDates = { startAt: null, startOn: null, dueAt: null, dueOn: null, timeZone: null };

/** The dates after a call. An instant and a day take the place of each other; null is neither of them. */
export function patchDates(before: TaskDates, patch: DatesPatch): { dates: TaskDates } | { wrong: WrongDates } {
  const { timeZone = before.timeZone } = patch;
  const start = dateAfter({ at: "startAt", on: "startOn", edge: "first" }, { before, patch, timeZone });
  if ("wrong" in start) return start;
  const due = dateAfter({ at: "dueAt", on: "dueOn", edge: "last" }, { before, patch, timeZone });
  if ("wrong" in due) return due;
  if (start.at !== null && due.at !== null && start.at > due.at) {
    const says = "A task begins before it is due.";
    return { wrong: { kind: "DATES_REVERSED", field: saidOf(patch), says } };
  }
  return { dates: { startAt: start.at, startOn: start.on, dueAt: due.at, dueOn: due.on, timeZone } };
}

/** The one to blame when both ends of a task do not fit: the first that was said. */
function saidOf(patch: DatesPatch): keyof TaskDates {
  const said = (["startAt", "startOn", "dueAt", "dueOn"] as const).find((name) => typeof patch[name] === "string");
  return said ?? "timeZone";
}

interface DateNames {
  readonly at: "startAt" | "dueAt";
  readonly on: "startOn" | "dueOn";
  /** Which instant of a whole day counts. */
  readonly edge: "first" | "last";
}

interface Said {
  readonly before: TaskDates;
  readonly patch: DatesPatch;
  readonly timeZone: string | null;
}

function dateAfter(
  names: DateNames,
  { before, patch, timeZone }: Said,
): { at: string | null; on: string | null } | { wrong: WrongDates } {
  const [at, on] = [patch[names.at], patch[names.on]];
  if (typeof at === "string" && typeof on === "string") {
    return wrong("INPUT_INVALID", names.on, "This is an instant or a whole day, not both.");
  }
  if (typeof at === "string") return { at, on: null };
  const day = at === undefined && on === undefined ? before[names.on] : (on ?? null);
  if (day === null) return { at: at === undefined && on === undefined ? before[names.at] : null, on: null };
  if (timeZone === null) return wrong("TIME_ZONE_REQUIRED", "timeZone", "A whole day is one of a time zone.");
  // What stays is not made anew: the rules of a zone may have changed since.
  if (day === before[names.on] && timeZone === before.timeZone) return { at: before[names.at], on: day };
  const instants = instantsOfDay(day, timeZone);
  if (!instants) return wrong("INPUT_INVALID", names.on, "There is no such day in that time zone.");
  return { at: instants[names.edge], on: day };
}

function wrong(kind: WrongDates["kind"], field: keyof TaskDates, says: string): { wrong: WrongDates } {
  return { wrong: { kind, field, says } };
}
