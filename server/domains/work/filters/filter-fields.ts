import { PRIORITIES, STATE_GROUPS } from "../../../../db/enums.ts";
import {
  type Comparison,
  DATE_FIELDS,
  type DateField,
  type Filter,
  type FilterDate,
  FLAGS,
  type Name,
  NAMED_FIELDS,
  type NamedField,
  NUMBER_FIELDS,
  type NumberField,
  type Thing,
  THINGS,
} from "./filter.ts";

/** What stands behind a field. `isQuoted`: it is a name, and no word of the language. */
interface Value {
  readonly text: string;
  readonly isQuoted: boolean;
}

type Parsed = { readonly filter: Filter } | Wrong;
interface Wrong {
  readonly says: string;
  /** Not the value is to blame, but the field. */
  readonly ofField?: true;
}

/** How the value of a field is read. Fields of projects are others than these: their names have a prefix. */
const FIELDS: Readonly<Record<string, (value: Value) => Parsed>> = {
  ...Object.fromEntries(NAMED_FIELDS.map((field) => [field, named(field)])),
  ...Object.fromEntries(NUMBER_FIELDS.map((field) => [field, numbered(field)])),
  ...Object.fromEntries(DATE_FIELDS.map((field) => [field, dated(field)])),
  state: word("state", STATE_GROUPS, (group) => ({ is: "state", group })),
  has: word("has", THINGS, (what) => ({ is: "has", what })),
  is: word("is", [...FLAGS, "open"], (flag) =>
    flag === "open" ? not({ is: "flag", flag: "archived" }) : { is: "flag", flag },
  ),
  priority,
  parent,
};

/** What a field with one value asks for. */
export function parseTest(field: string, value: Value): Parsed {
  if (field.startsWith(CUSTOM)) return custom(field.slice(CUSTOM.length), value);
  const parse = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
  if (!parse) {
    const known = Object.keys(FIELDS).toSorted().join(", ");
    return {
      says: `There is no field "${field}": there are ${known}. Put text with a colon into quotes.`,
      ofField: true,
    };
  }
  return parse(value);
}

/** What stands before the name of a field of a project. */
export const CUSTOM = "cf.";

function custom(field: string, { text, isQuoted }: Value): Parsed {
  const lower = text.toLowerCase();
  if (text.trim() === "") return { says: `"${CUSTOM}${field}:" wants a value.` };
  const any: Filter = { is: "custom", field, value: null };
  if (!isQuoted && lower === "any") return { filter: any };
  if (!isQuoted && lower === "none") return { filter: not(any) };
  const toNumber = (digits: string) => (/^-?\d{1,12}(?:\.\d{1,6})?$/u.test(digits) ? Number(digits) : undefined);
  const numbers = isQuoted ? undefined : limits(text, toNumber);
  const toDay = (words: string) => (/^[+-]?\d+h$|^now$/u.test(words) ? undefined : toDate(words));
  const dates = isQuoted ? undefined : limits(lower, toDay);
  const isChecked = isQuoted ? undefined : { yes: true, true: true, no: false, false: false }[lower];
  const value = {
    name: nameOf({ text, isQuoted }, true),
    ...(numbers && { numbers: numbers.map(({ by, of }) => ({ by, value: of })) }),
    ...(dates && { dates: dates.map(({ by, of }) => ({ by, date: of })) }),
    ...(isChecked !== undefined && { isChecked }),
  };
  return { filter: { is: "custom", field, value } };
}

/** `PRJ-12`, an id, `none` or `any`. */
function parent({ text, isQuoted }: Value): Parsed {
  const lower = text.toLowerCase();
  if (!isQuoted && (lower === "none" || lower === "any")) return presence("parent", lower);
  if (ID.test(lower)) return { filter: { is: "parent", name: { kind: "id", text: lower } } };
  if (!/^[a-z][a-z0-9]*-\d{1,9}$/u.test(lower)) return { says: '"parent:" wants the key of a task, such as PRJ-12.' };
  return { filter: { is: "parent", name: { kind: "key", text: lower } } };
}

function not(of: Filter): Filter {
  return { is: "not", of };
}

function word<Word extends string>(field: string, words: readonly Word[], toFilter: (found: Word) => Filter) {
  return ({ text }: Value): Parsed => {
    const found = words.find((each) => each === text.toLowerCase());
    return found === undefined ? { says: `"${field}:" is one of ${words.join(", ")}.` } : { filter: toFilter(found) };
  };
}

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u;

function named(field: NamedField) {
  const isPerson = field === "assignee" || field === "creator";
  return ({ text, isQuoted }: Value): Parsed => {
    if (text.trim() === "") return { says: `"${field}:" wants a name.` };
    const lower = text.toLowerCase();
    if (!isQuoted && isSet(field) && (lower === "none" || lower === "any")) {
      return presence(field, lower);
    }
    return { filter: { is: "named", field, name: nameOf({ text, isQuoted }, isPerson) } };
  };
}

/** A task may have none of it. */
function isSet(field: NamedField): field is NamedField & Thing {
  return THINGS.some((what) => what === field);
}

/** In quotes it is a name, whatever it says. */
function nameOf({ text, isQuoted }: Value, isPerson: boolean): Name {
  const lower = text.toLowerCase();
  if (isQuoted) return { kind: "name", text };
  if (isPerson && lower === "me") return { kind: "me" };
  if (ID.test(lower)) return { kind: "id", id: lower };
  return text.endsWith("*") && text !== "*" ? { kind: "beginning", text: text.slice(0, -1) } : { kind: "name", text };
}

function presence(what: Thing, word: "none" | "any"): Parsed {
  return { filter: word === "any" ? { is: "has", what } : not({ is: "has", what }) };
}

/** `<7`, `>=7`, `7`, and `3..7`, which is from 3 to 7. */
function compared<Of>(
  text: string,
  parse: (text: string) => Of | undefined,
  toFilter: (by: Comparison, of: Of) => Filter,
) {
  const of = limits(text, parse)?.map(({ by, of: value }) => toFilter(by, value));
  return of?.length === 1 ? of[0] : of && ({ is: "all", of } as const);
}

/** What a text says of something that is compared: of a range both ends. */
function limits<Of>(text: string, parse: (text: string) => Of | undefined): { by: Comparison; of: Of }[] | undefined {
  const [from, to, ...more] = text.split("..").map(parse);
  if (text.includes("..")) {
    if (from === undefined || to === undefined || more.length > 0) return undefined;
    return [
      { by: ">=", of: from },
      { by: "<=", of: to },
    ];
  }
  const [, by = "", rest = ""] = /^(<=|>=|<|>|=)?(.*)$/su.exec(text) ?? [];
  const value = parse(rest);
  return value === undefined ? undefined : [{ by: COMPARISONS.find((each) => each === by) ?? "=", of: value }];
}

const COMPARISONS: readonly Comparison[] = ["<", "<=", "=", ">=", ">"];

function numbered(field: NumberField) {
  return ({ text }: Value): Parsed => {
    const lower = text.toLowerCase();
    if (field === "estimate" && (lower === "none" || lower === "any")) return presence(field, lower);
    // As many digits as Postgres and JavaScript compare alike.
    const toNumber = (digits: string) => (/^\d{1,9}(?:\.\d{1,2})?$/u.test(digits) ? Number(digits) : undefined);
    const filter = compared(text, toNumber, (by, value) => ({ is: "number", field, by, value }));
    return filter ? { filter } : { says: `"${field}:" wants a number, such as 3, <3, >=3 or 3..8.` };
  };
}

function dated(field: DateField) {
  return ({ text }: Value): Parsed => {
    const lower = text.toLowerCase();
    if ((field === "due" || field === "start" || field === "completed") && (lower === "none" || lower === "any")) {
      return presence(field, lower);
    }
    if (field === "due" && lower === "overdue") return { filter: { is: "flag", flag: "overdue" } };
    const isHour = /^[=]?[+-]?\d+h$/u.test(lower);
    const filter = isHour ? undefined : compared(lower, toDate, (by, date) => ({ is: "date", field, by, date }));
    const says = isHour
      ? "Hours are compared with <, >, or a range: there is no task at just that instant."
      : `"${field}:" wants a date, such as today, <7d, >=-2w, 2026-03-01, this-week, or 2026-03-01..2026-03-31.`;
    return filter ? { filter } : { says };
  };
}

const DAYS: Readonly<Record<string, FilterDate>> = {
  now: { unit: "hours", count: 0 },
  yesterday: { unit: "days", count: -1 },
  today: { unit: "days", count: 0 },
  tomorrow: { unit: "days", count: 1 },
  "last-week": { unit: "week", ahead: -1 },
  "this-week": { unit: "week", ahead: 0 },
  "next-week": { unit: "week", ahead: 1 },
  "last-month": { unit: "month", ahead: -1 },
  "this-month": { unit: "month", ahead: 0 },
  "next-month": { unit: "month", ahead: 1 },
};

const UNITS = {
  h: { unit: "hours", each: 1 },
  d: { unit: "days", each: 1 },
  w: { unit: "days", each: 7 },
  m: { unit: "months", each: 1 },
  y: { unit: "months", each: 12 },
} as const;

/** Dates that everything can compare: years of four digits, also after what is added. */
function toDate(text: string): FilterDate | undefined {
  if (Object.hasOwn(DAYS, text)) return DAYS[text];
  if (/^(?:19|2\d)\d\d-\d\d-\d\d$/u.test(text)) return isDay(text) ? { unit: "day", day: text } : undefined;
  const [, digits = "", letter = ""] = /^([+-]?\d{1,3})([hdwmy])$/u.exec(text) ?? [];
  const entry = Object.entries(UNITS).find(([name]) => name === letter)?.[1];
  return entry && { unit: entry.unit, count: Number(digits) * entry.each };
}

function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00.000Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** By their order: none, low, medium, high, urgent. */
function priority({ text }: Value): Parsed {
  const lower = text.toLowerCase();
  if (lower === "any") return presence("priority", lower);
  const among = (by: Comparison, than: (typeof PRIORITIES)[number]): Filter => {
    const place = PRIORITIES.indexOf(than);
    return { is: "priority", among: PRIORITIES.filter((_, index) => compare(index, by, place)) };
  };
  const filter = compared(lower, (name) => PRIORITIES.find((each) => each === name), among);
  return filter ? { filter } : { says: `"priority:" is one of ${PRIORITIES.join(", ")}, also compared: >=high.` };
}

export function compare(a: number, by: Comparison, b: number): boolean {
  if (by === "=") return a === b;
  if (by === "<") return a < b;
  if (by === "<=") return a <= b;
  return by === ">" ? a > b : a >= b;
}
