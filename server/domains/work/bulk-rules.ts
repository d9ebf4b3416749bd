import type { UpdateTasks } from "./bulk.contract.ts";
import type { Card } from "./tasks.contract.ts";

// What changes of many tasks come to, as server and client decide it alike.

/** The most cards that come back by one event: more come by a `board.reset`. */
export const CARDS_PER_EVENT = 200;
/** The most labels, and the most people, of a task. */
const MOST = 50;

/** The sets of a task after a change of many. Undefined: one would be too large. */
export function setsAfter(
  { labelIds, assigneeIds }: Pick<Card, "labelIds" | "assigneeIds">,
  change: Pick<UpdateTasks, "addLabelIds" | "removeLabelIds" | "addAssigneeIds" | "removeAssigneeIds">,
): Pick<Card, "labelIds" | "assigneeIds"> | undefined {
  const after = {
    labelIds: setAfter(labelIds, change.addLabelIds, change.removeLabelIds),
    assigneeIds: setAfter(assigneeIds, change.addAssigneeIds, change.removeAssigneeIds),
  };
  return Math.max(after.labelIds.length, after.assigneeIds.length) > MOST ? undefined : after;
}

/** What is both added and taken away is gone. */
function setAfter(before: readonly string[], added: readonly string[] = [], removed: readonly string[] = []): string[] {
  return [...new Set([...before, ...added])].filter((id) => !removed.includes(id)).toSorted();
}
