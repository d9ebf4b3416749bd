import * as blockers from "../server/domains/work/blockers.ts";
import type { Snapshot } from "../server/domains/work/boards.contract.ts";

/** How many tasks that are not done block each card, by its id; what nothing blocks is not in it. */
export function countBlockers(board: Pick<Snapshot, "columns" | "tasks">): Map<string, number> {
  return blockers.countBlockers(board);
}
