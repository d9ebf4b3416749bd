import type { StateGroup } from "../../../../db/enums.ts";

/** What columns are often called. */
const NAMES: readonly (readonly [RegExp, StateGroup])[] = [
  [/backlog|icebox|someday/u, "backlog"],
  [/^(?:done|closed|complete|completed|resolved|finished|released|shipped)$/u, "completed"],
  [/^(?:cancelled|canceled|not planned|won't do|won't fix|wontfix|rejected|duplicate)$/u, "cancelled"],
  [/progress|doing|review|testing|started|active|development|blocked/u, "started"],
];

/** What the tasks of a column are, by its name, where the file does not say it. */
export function groupOfColumn(name: string): StateGroup {
  return NAMES.find(([names]) => names.test(name.toLowerCase()))?.[1] ?? "unstarted";
}
