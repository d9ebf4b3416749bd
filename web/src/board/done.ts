import type { Snapshot } from "../../../client/index.ts";

/** Whether what stands in a column is done, or given up. */
export function doneIn(columns: Snapshot["columns"]): (columnId: string) => boolean {
  const done = columns.filter(({ stateGroup }) => stateGroup === "completed" || stateGroup === "cancelled");
  const ids = new Set(done.map(({ id }) => id));
  return (columnId) => ids.has(columnId);
}
