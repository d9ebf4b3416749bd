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
  const { type, data } = event;
  if (type === "board.unshared") {
    // A removal from the organisation, by an admin or the person.
    const before = memberships.roleOf(orgId, event.actorId, accessVersion - 1);
    return before === "owner" || before === "admin" || data.userId === event.actorId;
  }
  // Boards are told what those whom they know are called.
  if (type === "board.member-renamed") return data.userId === event.actorId;
  // A timer that ran here stops when its owner starts another one.
  if (type === "time.changed") return data.change === "stopped";
  // It waits or is paused, because its owner may not make its tasks.
  if (type === "recurrence.updated") return data.recurrence.problem !== null;
  // What blocks tasks from another board has changed there.
  return type === "task.blockers-counted";
}
