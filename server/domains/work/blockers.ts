import type { Snapshot } from "./boards.contract.ts";

/**
 * How many tasks that are not done block each card of a board; what nothing blocks is not in it. The same code wherever a
 * board is shown: what becomes of a task needs no event for those that it blocks.
 */
export function countBlockers({ columns, tasks }: Pick<Snapshot, "columns" | "tasks">): Map<string, number> {
  const ended = new Set(
    columns.filter(({ stateGroup }) => stateGroup === "completed" || stateGroup === "cancelled").map(({ id }) => id),
  );
  const open = new Set(tasks.filter(({ columnId }) => !ended.has(columnId)).map(({ id }) => id));
  const counts = new Map<string, number>();
  for (const { id, blockerIds, blockersElsewhere } of tasks) {
    const count = blockersElsewhere + blockerIds.filter((blockerId) => open.has(blockerId)).length;
    if (count > 0) counts.set(id, count);
  }
  return counts;
}
