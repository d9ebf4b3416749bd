import { instantAt } from "../../../days.ts";
import type { ImportMapping } from "./import-tables.contract.ts";
import type { RowProblem } from "./row-problems.contract.ts";

/** What a cell says of a date: a whole day, or an instant. */
export type When = { readonly day: string } | { readonly at: string };

/** Of what says a date. */
const LONGEST = 60;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/** A time behind a day. */
const TIME = /[T\s,]+(?<hour>\d{1,2})[:.](?<minute>\d\d)(?::\d\d(?:\.\d+)?)?\s*(?<half>[ap]\.?m\.?)?$/iu;
/** With a zone: an instant by itself. */
const ISO_INSTANT = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)$/u;
const ISO_DAY = /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)$/u;
/** 12/Mar/24, 12 March 2024, Mar 12, 2024: the month says which number is the day. */
const NAMED = [
  /^(?<day>\d{1,2})[\s./-]+(?<name>[a-z]{3,9})\.?[\s,./-]+(?<year>\d{4}|\d\d)$/iu,
  /^(?<name>[a-z]{3,9})\.?\s+(?<day>\d{1,2}),?\s+(?<year>\d{4})$/iu,
];
const NUMBERS = /^(?<first>\d{1,2})[./-](?<second>\d{1,2})[./-](?<year>\d{4}|\d\d)$/u;

/**
 * Reads a date: ISO 8601, one whose month is named, or, when the mapping says which number is the day, three numbers.
 * A time without a zone is one of `timeZone`; midnight in a form that people write stands for the whole day.
 */
export function readWhen(
  text: string,
  { dates, timeZone }: Pick<ImportMapping, "dates" | "timeZone">,
): When | { readonly wrong: RowProblem } {
  if (text.length > LONGEST) return { wrong: "DATE_INVALID" };
  if (ISO_INSTANT.test(text)) return toInstant(Date.parse(text.replace(" ", "T")));
  const time = TIME.exec(text);
  const day = time ? text.slice(0, time.index) : text;
  const iso = ISO_DAY.exec(day)?.groups;
  if (iso) return toWhen({ ...iso, ...time?.groups }, timeZone);
  for (const form of NAMED) {
    const named = form.exec(day)?.groups;
    if (named) return toWhen({ ...named, ...time?.groups, month: String(monthOf(named["name"])) }, timeZone, "people");
  }
  const numbers = NUMBERS.exec(day)?.groups;
  if (!numbers) return { wrong: "DATE_INVALID" };
  if (dates === "iso") return { wrong: "DATE_AMBIGUOUS" };
  const { first, second } = numbers;
  const named = dates === "dmy" ? { day: first, month: second } : { day: second, month: first };
  return toWhen({ ...numbers, ...time?.groups, ...named }, timeZone, "people");
}

type Parts = Readonly<Record<string, string | undefined>>;

function toWhen(parts: Parts | undefined, timeZone: string, writtenBy?: "people"): When | { wrong: RowProblem } {
  const { year = "", month = "", day = "", hour, minute = "0", half } = parts ?? {};
  const on = [year.length === 2 ? `20${year}` : year, month.padStart(2, "0"), day.padStart(2, "0")].join("-");
  const midnight = Date.parse(`${on}T00:00:00.000Z`);
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(on)) return { wrong: "DATE_INVALID" };
  if (hour === undefined) return { day: on };
  const minutes = hourOf(Number(hour), half) * 60 + Number(minute);
  if (minutes >= 1_440 || Number(minute) > 59) return { wrong: "DATE_INVALID" };
  if (minutes === 0 && writtenBy === "people") return { day: on };
  return toInstant(instantAt(on, minutes, timeZone)?.getTime());
}

function hourOf(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  if (hour < 1 || hour > 12) return 24;
  return (hour % 12) + (half.toLowerCase().startsWith("p") ? 12 : 0);
}

/** Of the years 1 to 9999. */
function toInstant(ms: number | undefined): When | { wrong: RowProblem } {
  const at = new Date(ms ?? Number.NaN);
  if (Number.isNaN(at.getTime())) return { wrong: "DATE_INVALID" };
  const iso = at.toISOString();
  return iso.length === 24 && !iso.startsWith("0000") ? { at: iso } : { wrong: "DATE_INVALID" };
}

function monthOf(name: string | undefined): number {
  return MONTHS.indexOf((name ?? "").slice(0, 3).toLowerCase()) + 1;
}
