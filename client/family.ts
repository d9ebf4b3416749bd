import type { Snapshot } from "../server/domains/work/boards.contract.ts";
import * as family from "../server/domains/work/family.ts";

/** How much of a task is done, by its parts. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** The progress of each task that has parts on the board, by its id; what was cancelled or archived is not counted. */
export function countSubtasks(board: Pick<Snapshot, "columns" | "tasks">): Map<string, Progress> {
  return family.countSubtasks(board);
}
