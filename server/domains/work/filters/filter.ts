import type { Priority, StateGroup } from "../../../../db/enums.ts";

/**
 * What a filter says, as a tree: what its text was parsed to, and what SQL (`filter-sql.ts`) and `matches` are made of.
 * Nothing in it is resolved: `me`, and dates from today, are those of whoever asks, when they ask.
 */
export type Filter =
  | { readonly is: "all" | "any"; readonly of: readonly Filter[] }
  | { readonly is: "not"; readonly of: Filter }
  /** `isExact`: it stood in quotes. */
  | { readonly is: "text"; readonly text: string; readonly isExact: boolean }
  | { readonly is: "named"; readonly field: NamedField; readonly name: Name }
  | { readonly is: "state"; readonly group: StateGroup }
  | { readonly is: "priority"; readonly among: readonly Priority[] }
  | { readonly is: "number"; readonly field: NumberField; readonly by: Comparison; readonly value: number }
  | { readonly is: "date"; readonly field: DateField; readonly by: Comparison; readonly date: FilterDate }
  /** A field of the task's project, by its name in small letters; null: whatever it has there. */
  | { readonly is: "custom"; readonly field: string; readonly value: CustomValue | null }
  /** What it is a part of, by id or key. */
  | { readonly is: "parent"; readonly name: { readonly kind: "id" | "key"; readonly text: string } }
  | { readonly is: "has"; readonly what: Thing }
  | { readonly is: "flag"; readonly flag: Flag };

export type Comparison = "<" | "<=" | "=" | ">=" | ">";

/** Fields whose value is something with an id and a name. */
export const NAMED_FIELDS = [
  "assignee",
  "creator",
  "label",
  "column",
  "board",
  "project",
  "milestone",
  "sprint",
] as const;
export type NamedField = (typeof NAMED_FIELDS)[number];
export const NUMBER_FIELDS = ["estimate", "number", "comments", "items"] as const;
export type NumberField = (typeof NUMBER_FIELDS)[number];
export const DATE_FIELDS = ["due", "start", "created", "updated", "completed"] as const;
export type DateField = (typeof DATE_FIELDS)[number];
/** What a task may have or lack. */
export const THINGS = [
  "assignee",
  "label",
  "description",
  "due",
  "start",
  "estimate",
  "checklist",
  "comment",
  "cover",
  "priority",
  "parent",
  "subtasks",
  "completed",
  "milestone",
  "sprint",
] as const;
export type Thing = (typeof THINGS)[number];
/** `archived`: it is, or its column: it is not on its board. `done`: completed or cancelled. `blocked`: by what is not done. */
export const FLAGS = ["archived", "blocked", "overdue", "done", "subtask"] as const;
export type Flag = (typeof FLAGS)[number];

export type Name =
  | { readonly kind: "me" }
  | { readonly kind: "id"; readonly id: string }
  /** Whole, whatever the case; or how it begins. */
  | { readonly kind: "name" | "beginning"; readonly text: string };

/**
 * What a field of a project is compared with. Of which kind the field is, its project says: of what the text may mean, that
 * counts.
 */
export interface CustomValue {
  /** A part of text, how it begins when there is an asterisk, or an option or person by name. */
  readonly name: Name;
  /** All of them hold of a number; undefined: it says none. */
  readonly numbers?: readonly { readonly by: Comparison; readonly value: number }[];
  /** The same of a day. */
  readonly dates?: readonly { readonly by: Comparison; readonly date: FilterDate }[];
  readonly isChecked?: boolean;
}

/** Counted from now, or from today in the asker's time zone; or days of a calendar: of a week or month, ahead or ago. */
export type FilterDate =
  | { readonly unit: "hours"; readonly count: number }
  | { readonly unit: "days"; readonly count: number }
  | { readonly unit: "months"; readonly count: number }
  | { readonly unit: "day"; readonly day: string }
  | { readonly unit: "week"; readonly ahead: number }
  | { readonly unit: "month"; readonly ahead: number };

/** Who asks, when and where: what a filter means depends on it. */
export interface Asker {
  readonly userId: string;
  readonly now: Date;
  readonly timeZone: string;
}

/** Whether a filter says anything about archived tasks. */
function speaksOfArchived(filter: Filter): boolean {
  if (filter.is === "all" || filter.is === "any") return filter.of.some(speaksOfArchived);
  if (filter.is === "not") return speaksOfArchived(filter.of);
  return filter.is === "flag" && filter.flag === "archived";
}

/** The filter as it is meant: what says nothing of archived tasks means none of them. */
export function asMeant(filter: Filter): Filter {
  if (speaksOfArchived(filter)) return filter;
  return { is: "all", of: [filter, { is: "not", of: { is: "flag", flag: "archived" } }] };
}

/** So many words are looked for at once; what comes behind them has to be a part of a text. */
const MOST_WORDS = 10;

/**
 * What a filter looks for by words, as a search does: those that all of it depends on, and that stand in no quotes; and
 * the rest of the filter.
 */
export function wordsOf(filter: Filter): { words: string[]; rest: Filter } {
  const words: string[] = [];
  const rest: Filter[] = [];
  for (const each of filter.is === "all" ? filter.of : [filter]) {
    const found = each.is === "text" && !each.isExact ? wordsIn(each.text) : [];
    if (found.length === 0 || words.length + found.length > MOST_WORDS) rest.push(each);
    else words.push(...found);
  }
  return { words, rest: { is: "all", of: rest } };
}

/** The words of a text; the key of a task is one. */
function wordsIn(text: string): string[] {
  if (/^[a-z][a-z0-9]*-\d{1,9}$/iu.test(text)) return [text];
  return text.split(/[^\p{L}\p{N}\p{M}]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
}
