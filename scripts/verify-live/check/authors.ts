import type { BoardRole } from "../../../db/enums.ts";
import type { LoggedEvent } from "../history.ts";
import type { Memberships } from "./access.ts";
import type { Violations } from "./violation.ts";

const MANAGERS = /^(?:board\.(?!reset$)|transition\.|tasks\.purged$)/u;
const COMMENTERS = /^(?:comment|time)\./u;

/** Whoever wrote an event was allowed to under the access of its version and the board of right before (L4). */
export function checkAuthor(
  logged: LoggedEvent,
  role: BoardRole | null,
  memberships: Memberships,
  violations: Violations,
): void {
  const { type } = logged.event;
  if (role === "manager" || (role === "editor" && !MANAGERS.test(type))) return;
  if (role === "commenter" && COMMENTERS.test(type)) return;
  if (isWhatever(logged, memberships)) return;
  const says = `${type} at version ${logged.version} of board ${logged.streamId} was written by somebody whose role there was ${role ?? "none"}`;
  violations.add("L4", says, logged);
}

/** What follows of itself from what somebody did, whatever they may do by now. */
function isWhatever({ event, orgId, accessVersion }: LoggedEvent, memberships: Memberships): boolean {
  switch (event.type) {
    case "board.unshared": {
      // A removal from the organisation, by an admin or the person.
      const before = memberships.roleOf(orgId, event.actorId, accessVersion - 1);
      return before === "owner" || before === "admin" || event.data.userId === event.actorId;
    }
    // What blocks tasks from another board has changed there.
    case "task.blockers-counted":
      return true;
    // A timer that ran here stops when its owner starts another one.
    case "time.changed":
      return event.data.change === "stopped";
    // It waits or is paused, because its owner may not make its tasks.
    case "recurrence.updated":
      return event.data.recurrence.problem !== null;
    default:
      return false;
  }
}
