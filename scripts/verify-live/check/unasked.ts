import type { BoardLog, LoggedEvent, Timeline } from "../history.ts";
import type { Violations } from "./violation.ts";

/** Who did something, and under which id. */
export function keyOf({ userId, id }: { userId: string; id: string }): string {
  return `${userId} ${id}`;
}

/**
 * Nothing is in the log that nobody asked for, but what follows of itself: what recurs, and what other boards block (L1).
 * Who sets the scene is not asked for what they asked for.
 */
export function checkUnasked(
  { boards }: Timeline,
  asked: ReadonlySet<string>,
  sceneryIds: ReadonlySet<string>,
  violations: Violations,
): void {
  for (const [boardId, log] of boards) {
    const recurring = recurringIn(log);
    const isKnown = ({ event, txId }: LoggedEvent) =>
      asked.has(keyOf({ userId: event.actorId, id: event.mutationId })) ||
      sceneryIds.has(event.actorId) ||
      event.type === "task.blockers-counted" ||
      recurring.has(txId);
    for (const logged of log.events) {
      if (isKnown(logged)) continue;
      const { version, type } = logged.event;
      violations.add("L1", `nobody asked for version ${version} of board ${boardId} (${type})`, logged);
    }
  }
}

/** The transactions that made a task of what recurs, or said why not. */
function recurringIn({ events }: BoardLog): ReadonlySet<string> {
  return new Set(events.flatMap(({ event, txId }) => (event.type === "recurrence.updated" ? [txId] : [])));
}
