import { RRuleTemporal } from "rrule-temporal";
import { dayAt, instantAt } from "../../days.ts";
import { partsOf } from "./recurrence-rule.ts";

/** When something recurs: on days of a rule that begins at one, at a time by the clocks of a zone. */
export interface Schedule {
  readonly rule: string;
  readonly startsOn: string;
  /** `09:00` */
  readonly time: string;
  readonly timeZone: string;
}

const DAY_MS = 86_400_000;
/** Periods in which a rule has to have a date: eleven years of days. One that has none is found out in some 20 ms. */
const MOST_PERIODS = 4_000;

/**
 * The instant of a day. A time that clocks show twice is the first one, and one that they skip is when they jump: no day
 * is lost, as it would be if the rule were about times.
 */
export function instantOn(on: string, { time, timeZone }: Pick<Schedule, "time" | "timeZone">): Date {
  const at = instantAt(on, minutesOf(time), timeZone);
  if (!at) throw new Error(`${on} is no day`);
  return at;
}

/** The days of a rule. It is about days alone, in no time zone, so that no change of clocks is in its way. */
export class Days {
  readonly #rule: RRuleTemporal;
  readonly #schedule: Schedule;

  constructor(schedule: Schedule) {
    const rule = withDayOfUntil(schedule);
    const start = schedule.startsOn.replaceAll("-", "");
    this.#schedule = schedule;
    this.#rule = new RRuleTemporal({
      rruleString: `DTSTART;VALUE=DATE:${start}\nRRULE:${rule}`,
      maxIterations: MOST_PERIODS,
      strict: true,
    });
  }

  /** The first one behind a day; undefined: there is none, or none within reach. */
  after(day: string): string | undefined {
    return found(() => this.#rule.next(new Date(day))?.toPlainDate().toString());
  }

  /** Those from one day to another. */
  between(from: string, to: string): string[] {
    return (
      found(() => this.#rule.between(new Date(from), new Date(to), true).map((at) => at.toPlainDate().toString())) ?? []
    );
  }

  /** The first one whose time is to come. */
  from(instant: Date): string | undefined {
    const today = dayAt(instant, this.#schedule.timeZone);
    const first = this.after(plusDays(today, -1));
    if (first === undefined || instantOn(first, this.#schedule) > instant) return first;
    return this.after(first);
  }
}

/**
 * The day of what follows a completion: the rule begins anew on the day of that, so that it says how long after it. How
 * many there are, whoever asks counts.
 */
export function dayAfterCompletion(schedule: Schedule, completedOn: string): string | undefined {
  const rule = [...partsOf(schedule.rule)].filter(([name]) => name !== "COUNT").map((part) => part.join("="));
  const days = new Days({ ...schedule, rule: rule.join(";"), startsOn: completedOn });
  const eve = plusDays(schedule.startsOn, -1);
  return days.after(eve > completedOn ? eve : completedOn);
}

/** How often a rule recurs at most; undefined: as often as it has dates. */
export function countOf(rule: string): number | undefined {
  const count = partsOf(rule).get("COUNT");
  return count === undefined ? undefined : Number(count);
}

export function plusDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10);
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

/** An `UNTIL` that is an instant is the last day whose time is not behind it. */
function withDayOfUntil({ rule, ...times }: Schedule): string {
  return rule.replace(/UNTIL=(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/u, (_, y, mo, d, h, mi, s) => {
    const until = new Date(`${y}-${mo}-${d}T${h}:${mi}:${s}.000Z`);
    const day = dayAt(until, times.timeZone);
    const last = instantOn(day, times) <= until ? day : plusDays(day, -1);
    return `UNTIL=${last.replaceAll("-", "")}`;
  });
}

/** The library throws when it has looked far enough. */
function found<Found>(look: () => Found): Found | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("Maximum ")) return undefined;
    throw error;
  }
}
