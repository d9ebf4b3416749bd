import { sql } from "drizzle-orm";
import type { Db } from "../../db/client.ts";
import type { BoardRole, OrgRole } from "../../db/enums.ts";
import { allows, type BoardAction, type OrgAction } from "../policy.ts";
import { AppError } from "./app-error.ts";

/** Somebody in an organisation, with what they may do there. */
export interface OrgActor {
  readonly userId: string;
  readonly orgId: string;
  readonly role: OrgRole;
}

/** Somebody at a board. The role is the one of `board_role()`, the only place that computes it. */
export interface BoardActor {
  readonly userId: string;
  readonly orgId: string;
  readonly boardId: string;
  readonly role: BoardRole;
}

/** Who asks, of an organisation. Fails: ORG_NOT_FOUND for strangers, ACTION_FORBIDDEN for members of another role. */
export async function requireOrgActor(db: Db, userId: string, orgId: string, action: OrgAction): Promise<OrgActor> {
  const [row] = await db.execute<{ role: OrgRole }>(
    sql`select role from membership where org_id = ${orgId}::uuid and user_id = ${userId}::uuid`,
  );
  return toOrgActor(userId, orgId, row?.role ?? null, action);
}

/** Who asks, of a board. Fails: BOARD_NOT_FOUND without a role there, ACTION_FORBIDDEN when the role is too low. */
export async function requireBoardActor(
  db: Db,
  userId: string,
  boardId: string,
  action: BoardAction,
): Promise<BoardActor> {
  const [row] = await db.execute<{ orgId: string; role: BoardRole | null }>(sql`
    select b.org_id as "orgId", board_role(m.role, b.visibility, bm.role) as role
    from board b
    left join membership m on m.org_id = b.org_id and m.user_id = ${userId}::uuid
    left join board_member bm on bm.board_id = b.id and bm.user_id = ${userId}::uuid
    where b.id = ${boardId}::uuid`);
  return toBoardActor(userId, row?.orgId ?? "", boardId, row?.role ?? null, action);
}

export function toOrgActor(userId: string, orgId: string, role: OrgRole | null, action: OrgAction): OrgActor {
  if (role === null) throw new AppError("ORG_NOT_FOUND");
  if (!allows(action, role)) throw new AppError("ACTION_FORBIDDEN");
  return { userId, orgId, role };
}

export function toBoardActor(
  userId: string,
  orgId: string,
  boardId: string,
  role: BoardRole | null,
  action: BoardAction,
): BoardActor {
  if (role === null) throw new AppError("BOARD_NOT_FOUND");
  if (!allows(action, role)) throw new AppError("ACTION_FORBIDDEN");
  return { userId, orgId, boardId, role };
}

/** Whether somebody was refused because of who they are, in whatever scope. */
export function isAccessRefusal(error: unknown): boolean {
  return error instanceof AppError && /^(ORG_NOT_FOUND|BOARD_NOT_FOUND|ACTION_FORBIDDEN)$/u.test(error.kind);
}
