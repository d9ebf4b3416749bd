import type { Column, Snapshot } from "../../../client/index.ts";

type Columns = Snapshot["columns"];

/** Where a new part of a task begins: the first column of what is not begun, else the first one. */
export function columnOfNewParts(columns: Columns): string | undefined {
  return firstOf(columns, ["unstarted", "backlog", "started"]) ?? columns[0]?.id;
}

/** Where a part goes when somebody checks that it is done, or that it is not. Undefined: the board has no such column. */
export function columnWhen(columns: Columns, isDone: boolean): string | undefined {
  return isDone ? firstOf(columns, ["completed"]) : firstOf(columns, ["started", "unstarted", "backlog"]);
}

/** The first column of the first of these groups that has one. */
function firstOf(columns: Columns, groups: readonly Column["stateGroup"][]): string | undefined {
  return groups.map((group) => columns.find(({ stateGroup }) => stateGroup === group)?.id).find(Boolean);
}
