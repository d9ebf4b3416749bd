import type { OrgEvent } from "../../events.ts";
import { newerThanThis, put } from "../../ordered-rows.ts";
import type { OrgSnapshot } from "./orgs.contract.ts";

const PERSON = { kind: "person", roleId: null } as const;

/**
 * The state of an organisation after an event; pure, the same code in server, client and tests (rule L9):
 * `evolveOrg(snapshot(v), events v+1…w) = snapshot(w)`, to the letter but for the cursor, which only a stream knows.
 * Answers "unknown" for a type of a newer server (L21).
 */
export function evolveOrg(state: OrgSnapshot, event: OrgEvent): OrgSnapshot | "unknown" {
  switch (event.type) {
    case "org.updated":
    case "org.factor-demanded":
      return { ...state, org: { ...state.org, ...event.data } };
    case "member.joined":
      // Events from before there were roles of one's own, and service accounts, say nothing of them.
      return { ...state, members: put(state.members, { ...PERSON, ...event.data }, ({ userId }) => userId) };
    case "member.role-changed": {
      const { userId, role, roleId = null } = event.data;
      const members = state.members.map((member) => (member.userId === userId ? { ...member, role, roleId } : member));
      return { ...state, members };
    }
    case "member.renamed": {
      const { userId, name } = event.data;
      return {
        ...state,
        members: state.members.map((member) => (member.userId === userId ? { ...member, name } : member)),
      };
    }
    case "member.removed":
      return { ...state, members: state.members.filter(({ userId }) => userId !== event.data.userId) };
    case "role.created":
    case "role.updated":
      return { ...state, roles: put(state.roles, event.data.role, ({ id }) => id) };
    case "role.deleted":
      return { ...state, roles: state.roles.filter(({ id }) => id !== event.data.roleId) };
    // Invitations are for those to see who may invite: `invitations.list` has them. So has `rules.list` rules.
    case "invitation.created":
    case "invitation.revoked":
    case "rule.created":
    case "rule.updated":
    case "rule.deleted":
      return state;
    // Views are in a list of their own.
    case "view.created":
    case "view.updated":
    case "view.deleted":
      return state;
    case "project.created":
    case "project.updated":
    case "project.archived":
      return { ...state, projects: put(state.projects, event.data.project, ({ id }) => id) };
    case "project.deleted":
      return { ...state, projects: state.projects.filter(({ id }) => id !== event.data.projectId) };
    case "board.created":
    case "board.changed":
      return { ...state, boards: put(state.boards, event.data.board, ({ id }) => id) };
    case "board.hidden":
      return { ...state, boards: state.boards.filter(({ id }) => id !== event.data.boardId) };
    default:
      return newerThanThis(event);
  }
}
