import type { InboxEvent } from "../../events.ts";
import { newerThanThis, put } from "../../ordered-rows.ts";
import type { Home } from "./me.contract.ts";

/** Of those that have ended, `me.live` shows so many: what ended last. */
export const ENDED_SHOWN = 20;

/**
 * What concerns somebody after an event of their inbox; pure, the same code in server, client and tests (rule L9):
 * `evolveInbox(snapshot(v), events v+1…w) = snapshot(w)`, to the letter but for the cursor, which only a stream knows.
 * Answers "unknown" where only a snapshot tells: for a change of the account, and for a type of a newer server (L21).
 */
export function evolveInbox(state: Home, event: InboxEvent): Home | "unknown" {
  switch (event.type) {
    case "invitation.received":
      return { ...state, invitations: put(state.invitations, event.data.invitation, ({ id }) => id) };
    case "invitation.withdrawn": {
      const { invitationId } = event.data;
      return { ...state, invitations: state.invitations.filter(({ id }) => id !== invitationId) };
    }
    case "org.joined": {
      // Older events do not say everything.
      const { customRole = null, factorDueAt = null, ...org } = event.data.org;
      return { ...state, orgs: put(state.orgs, { ...org, customRole, factorDueAt }, ({ id }) => id) };
    }
    case "org.renamed": {
      const { orgId, name, slug } = event.data;
      const invitations = state.invitations.map((known) =>
        known.orgId === orgId ? { ...known, orgName: name } : known,
      );
      return { ...state, orgs: changeOrg(state, orgId, { name, slug }), invitations };
    }
    case "org.factor-demanded": {
      const { orgId, factorDueAt } = event.data;
      return { ...state, orgs: changeOrg(state, orgId, { factorDueAt }) };
    }
    case "org.role-changed":
      return { ...state, orgs: changeOrg(state, event.data.orgId, roleOf(event.data)) };
    case "org.left": {
      const { orgId } = event.data;
      const boards = state.boards.filter(({ board }) => board.orgId !== orgId);
      const rest = withoutOperations(state, (operation) => operation.orgId === orgId);
      if (rest === "unknown") return rest;
      return { ...rest, orgs: state.orgs.filter(({ id }) => id !== orgId), boards };
    }
    case "share.received":
      return { ...state, boards: put(state.boards, event.data, ({ board }) => board.id) };
    case "board.changed": {
      const { board } = event.data;
      return {
        ...state,
        boards: state.boards.map((shared) => (shared.board.id === board.id ? { ...shared, board } : shared)),
      };
    }
    case "share.withdrawn":
    case "board.deleted":
      return { ...state, boards: state.boards.filter(({ board }) => board.id !== event.data.boardId) };
    case "notification.received":
    case "notification.changed":
    case "notification.all-read":
    case "digest.changed":
    case "reminders.changed":
    case "watch.changed":
    case "timer.changed":
    case "view.saved":
    case "view.deleted":
      // In lists of their own.
      return state;
    case "operation.changed":
      return { ...state, operations: shown(put(state.operations, event.data.operation, ({ id }) => id)) };
    case "operation.forgotten": {
      const gone = new Set(event.data.operationIds);
      return withoutOperations(state, ({ id }) => gone.has(id));
    }
    case "account.changed":
      return "unknown";
    default:
      return newerThanThis(event);
  }
}

/** All that have not ended, and those that ended last. */
function shown(operations: Home["operations"]): Home["operations"] {
  const ended = operations.flatMap(({ id, finishedAt }) => (finishedAt === null ? [] : [{ id, at: finishedAt }]));
  if (ended.length <= ENDED_SHOWN) return operations;
  // Instants and ids are of the same length each.
  const newest = ended.toSorted((one, other) => (one.at + one.id < other.at + other.id ? 1 : -1)).slice(0, ENDED_SHOWN);
  const kept = new Set(newest.map(({ id }) => id));
  return operations.filter(({ id, finishedAt }) => finishedAt === null || kept.has(id));
}

/** Where as many are shown as may be, there may be others that take the place of what goes. */
function withoutOperations(state: Home, isGone: (operation: Home["operations"][number]) => boolean): Home | "unknown" {
  const operations = state.operations.filter((operation) => !isGone(operation));
  const ended = state.operations.filter(({ finishedAt }) => finishedAt !== null).length;
  if (operations.length < state.operations.length && ended === ENDED_SHOWN) return "unknown";
  return { ...state, operations };
}

function roleOf({ role, customRole = null }: Pick<Home["orgs"][number], "role"> & Partial<Home["orgs"][number]>) {
  return { role, customRole };
}

function changeOrg({ orgs }: Home, orgId: string, changes: Partial<Home["orgs"][number]>): Home["orgs"] {
  return orgs.map((org) => (org.id === orgId ? { ...org, ...changes } : org));
}
