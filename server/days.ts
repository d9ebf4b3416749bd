/**
 * Whole days in time zones, by what the runtime knows of them: the same code in server and client, so that both make the
 * same instants of a day.
 */

const DAY_MS = 24 * 60 * 60 * 1_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** The IANA name of a time zone as it is written, whatever its case; undefined when there is no such zone. */
export function toTimeZone(name: string): string | undefined {
  // `Intl` takes offsets such as +02:00, too: they know no summer time.
  if (!/^[a-z]/iu.test(name)) return undefined;
  const known = formatOf(name)?.resolvedOptions().timeZone;
  if (known === undefined) return undefined;
  // Of an alias, such as Asia/Kolkata, some runtimes answer what it stands for.
  return known.toLowerCase() === name.toLowerCase() ? known : name;
}

/**
 * The first and the last instant of a day (`2026-03-01`), as ISO 8601 UTC text. Undefined for what is no day there: one
 * that a zone skipped when it crossed the date line, one of which a part lies outside the years 1 to 9999, and no date.
 */
export function instantsOfDay(day: string, timeZone: string): { first: string; last: string } | undefined {
  const format = formatOf(timeZone);
  const midnight = Date.parse(`${day}T00:00:00.000Z`);
  if (!format || !/^\d{4}-\d\d-\d\d$/u.test(day) || Number.isNaN(midnight)) return undefined;
  if (!new Date(midnight).toISOString().startsWith(day)) return undefined;
  const first = beginningOf(midnight, format);
  const last = beginningOf(midnight + DAY_MS, format) - 1;
  if (last < first) return undefined;
  const instants = { first: new Date(first).toISOString(), last: new Date(last).toISOString() };
  return isOurs(instants.first) && isOurs(instants.last) ? instants : undefined;
}

/**
 * The instant at which clocks of a zone show a time of a day, in minutes since midnight (which may lie on another day):
 * the first one when they show it twice, and the one at which they jump when they never do.
 */
export function instantAt(day: string, minutes: number, timeZone: string): Date | undefined {
  const format = formatOf(timeZone);
  const midnight = Date.parse(`${day}T00:00:00.000Z`);
  if (!format || Number.isNaN(midnight)) return undefined;
  return new Date(beginningOf(midnight + minutes * 60_000, format));
}

/** Which day it is in a time zone, as `2026-03-01`. */
export function dayAt(instant: Date, timeZone: string): string {
  const format = formatOf(timeZone);
  const offset = format ? offsetMs(instant.getTime(), format) : 0;
  return new Date(instant.getTime() + offset).toISOString().slice(0, 10);
}

/** What clocks of a zone show at an instant, in minutes since midnight, with parts of a minute. */
export function minutesAt(instant: Date, timeZone: string): number {
  const format = formatOf(timeZone);
  const shown = instant.getTime() + (format ? offsetMs(instant.getTime(), format) : 0);
  return (shown - Math.floor(shown / DAY_MS) * DAY_MS) / 60_000;
}

/** Years 1 to 9999. */
function isOurs(instant: string): boolean {
  return instant.length === 24 && !instant.startsWith("0000");
}

/** The first instant at which clocks of a zone show a time, such as midnight, which is given as if it were one of UTC. */
function beginningOf(midnight: number, format: Intl.DateTimeFormat): number {
  const offsets = [midnight - DAY_MS, midnight + DAY_MS].map((near) => offsetMs(near, format));
  const midnights = offsets.map((offset) => midnight - offset).filter((at) => at + offsetMs(at, format) === midnight);
  if (midnights.length > 0) return Math.min(...midnights);
  // Clocks were put forward over it: a day whose midnight it was begins at that instant.
  let [before, since] = [midnight - DAY_MS, midnight + DAY_MS];
  while (since - before > 1) {
    const middle = Math.floor((before + since) / 2);
    if (middle + offsetMs(middle, format) < midnight) before = middle;
    else since = middle;
  }
  return since;
}

/** How much clocks are ahead of UTC: with seconds, as they were before there were time zones. */
function offsetMs(at: number, format: Intl.DateTimeFormat): number {
  const name = format.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign, hours = 0, minutes = 0, seconds = 0] = /([+-])(\d+):(\d+)(?::(\d+))?/u.exec(name) ?? [];
  const offset = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
  return sign === "-" ? -offset : offset;
}

/** Kept: making one takes a hundred times as long as using it. There are some six hundred names of zones. */
function formatOf(timeZone: string): Intl.DateTimeFormat | undefined {
  const name = timeZone.toLowerCase();
  const known = formats.get(name);
  if (known) return known;
  try {
    const format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
    formats.set(name, format);
    return format;
  } catch {
    return undefined;
  }
}
