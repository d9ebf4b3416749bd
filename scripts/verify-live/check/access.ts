import { z } from "zod";
import type { BoardRole, OrgRole } from "../../../db/enums.ts";
import { BOARD_ROLES } from "../../../db/enums.ts";
import { ORG_EVENTS } from "../../../server/events.ts";
import type { LoggedEvent } from "../history.ts";
import type { FoldedBoard } from "./fold.ts";

const Change = z.union([ORG_EVENTS["member.joined"], ORG_EVENTS["member.role-changed"], ORG_EVENTS["member.removed"]]);

/** Who belonged to which organisation, by its access version, as the organisations' own streams tell. */
export class Memberships {
  /** Of `orgId userId`: since which access version they had which role, oldest first. */
  readonly #roles = new Map<string, { since: number; role: OrgRole | null }[]>();

  constructor(orgEvents: readonly LoggedEvent[]) {
    for (const { orgId, accessVersion, event } of orgEvents) {
      if (!event.type.startsWith("member.")) continue;
      const change = Change.parse(event.data);
      const key = `${orgId} ${change.userId}`;
      const roles = this.#roles.get(key) ?? [];
      roles.push({ since: accessVersion, role: "role" in change ? change.role : null });
      this.#roles.set(key, roles);
    }
  }

  roleOf(orgId: string, userId: string, accessVersion: number): OrgRole | null {
    return this.#roles.get(`${orgId} ${userId}`)?.findLast(({ since }) => since <= accessVersion)?.role ?? null;
  }
}

/** The role on a board: the higher of what is shared and what the organisation's role gives. */
export function boardRoleOf(
  orgRole: OrgRole | null,
  { board, members }: Pick<FoldedBoard, "board" | "members">,
  userId: string,
): BoardRole | null {
  if (orgRole === null) return null;
  const share = members.get(userId)?.role ?? null;
  const isOpen = board.visibility === "org";
  const given =
    orgRole === "owner" || (isOpen && orgRole === "admin")
      ? "manager"
      : isOpen && orgRole === "member"
        ? "editor"
        : null;
  return BOARD_ROLES.find((role) => role === share || role === given) ?? null;
}
