// Which rules of RFC 5545 a recurrence may have: days only, so that there is one at most of each, and each part once.

/** What each part of a rule holds: a value, or a list of values. */
const VALUES: Readonly<Record<string, RegExp>> = {
  FREQ: /^(?:DAILY|WEEKLY|MONTHLY|YEARLY)$/u,
  INTERVAL: /^[1-9]\d{0,2}$/u,
  COUNT: /^[1-9]\d{0,2}$/u,
  UNTIL: /^(?:19|2\d)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:T(?:[01]\d|2[0-3])[0-5]\d[0-5]\dZ)?$/u,
  WKST: /^(?:MO|TU|WE|TH|FR|SA|SU)$/u,
};
const LISTS: Readonly<Record<string, RegExp>> = {
  BYDAY: /^(?:[+-]?(?:[1-9]|[1-4]\d|5[0-3]))?(?:MO|TU|WE|TH|FR|SA|SU)$/u,
  BYMONTH: /^(?:[1-9]|1[0-2])$/u,
  BYMONTHDAY: /^[+-]?(?:[1-9]|[12]\d|3[01])$/u,
  BYYEARDAY: /^[+-]?(?:[1-9]\d?|[12]\d\d|3[0-5]\d|36[0-6])$/u,
  BYWEEKNO: /^[+-]?(?:[1-9]|[1-4]\d|5[0-3])$/u,
  BYSETPOS: /^[+-]?(?:[1-9]\d?|[12]\d\d|3[0-5]\d|36[0-6])$/u,
};
const NAMES = [...Object.keys(VALUES), ...Object.keys(LISTS)];

/** As it is kept: in capitals, without the name of the property. */
export function normalRule(text: string): string {
  return text
    .trim()
    .toUpperCase()
    .replace(/^RRULE:/u, "");
}

/** The parts of a rule by their names. */
export function partsOf(rule: string): Map<string, string> {
  return new Map(
    rule.split(";").map((part) => {
      const at = part.indexOf("=");
      return [part.slice(0, at), part.slice(at + 1)];
    }),
  );
}

/** What is wrong with a rule, as a sentence; undefined: nothing. */
export function faultOf(rule: string): string | undefined {
  const parts = partsOf(rule);
  if (parts.size < rule.split(";").length) return "A rule has each part once.";
  for (const [name, value] of parts) {
    if (!NAMES.includes(name)) return `A rule is made of ${NAMES.join(", ")}: a time of the day is said beside it.`;
    const isGood = VALUES[name]?.test(value) ?? value.split(",").every((entry) => LISTS[name]?.test(entry) === true);
    if (!isGood && name === "FREQ") return "Tasks recur daily, weekly, monthly or yearly.";
    if (!isGood) return `"${name}" does not hold that.`;
  }
  return faultOfParts(parts);
}

/** Parts that do not go together. */
function faultOfParts(parts: ReadonlyMap<string, string>): string | undefined {
  const frequency = parts.get("FREQ");
  const has = (name: string) => parts.has(name);
  if (frequency === undefined) return "A rule says how often: FREQ=WEEKLY.";
  if (has("COUNT") && has("UNTIL")) return "A rule has a COUNT or an UNTIL, not both.";
  if (has("BYWEEKNO") && frequency !== "YEARLY") return "BYWEEKNO is for yearly rules.";
  if (has("BYYEARDAY") && frequency !== "YEARLY") return "BYYEARDAY is for yearly rules.";
  if (has("BYMONTHDAY") && frequency === "WEEKLY") return "BYMONTHDAY is not for weekly rules.";
  const isNumbered = /\d/u.test(parts.get("BYDAY") ?? "");
  if (isNumbered && (!["MONTHLY", "YEARLY"].includes(frequency) || has("BYWEEKNO"))) {
    return "Weekdays with a number are for monthly and yearly rules.";
  }
  const others = ["BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"];
  return has("BYSETPOS") && !others.some(has) ? "BYSETPOS chooses among what another BY gives." : undefined;
}
