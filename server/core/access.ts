import { sql } from "drizzle-orm";
import type { Db } from "../../db/client.ts";
import type { BoardRole, OrgRole } from "../../db/enums.ts";
import { type Action, allows, type BoardAction, type OrgAction } from "../policy.ts";
import { AppError } from "./app-error.ts";

/** What an API key may do: nothing outside of its organisation, and in it these actions, where its owner may. */
export interface KeyLimits {
  readonly orgId: string;
  readonly actions: ReadonlySet<Action>;
}

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
  /** Set when it is an API key of theirs that asks. */
  readonly key?: KeyLimits | undefined;
}

/** Whether somebody at a board may do this there. */
export function mayDo({ role, key }: BoardActor, action: BoardAction): boolean {
  return allows(action, role) && (key === undefined || key.actions.has(action));
}

/** Who asks, of an organisation. Fails: ORG_NOT_FOUND for strangers, ACTION_FORBIDDEN for members of another role. */
export async function requireOrgActor(db: Db, userId: string, orgId: string, action: OrgAction): Promise<OrgActor> {
  const [row] = await db.execute<{ role: OrgRole }>(
    sql`select role from membership where org_id = ${orgId}::uuid and user_id = ${userId}::uuid`,
  );
  return toOrgActor(userId, orgId, row?.role ?? null, action);
}

/**
 * Who asks, of a board. Fails: BOARD_NOT_FOUND without a role there, or with a key of another organisation;
 * ACTION_FORBIDDEN when the role is too low.
 */
export async function requireBoardActor(
  db: Db,
  { userId, boardId, key }: { userId: string; boardId: string; key: KeyLimits | undefined },
  action: BoardAction,
): Promise<BoardActor> {
  const [row] = await db.execute<{ orgId: string; role: BoardRole | null }>(sql`
    select b.org_id as "orgId", board_role(m.role, b.visibility, bm.role) as role
    from board b
    left join membership m on m.org_id = b.org_id and m.user_id = ${userId}::uuid
    left join board_member bm on bm.board_id = b.id and bm.user_id = ${userId}::uuid
    where b.id = ${boardId}::uuid`);
  return toBoardActor({ userId, orgId: row?.orgId ?? "", boardId, role: row?.role ?? null, key }, action);
}

export function toOrgActor(userId: string, orgId: string, role: OrgRole | null, action: OrgAction): OrgActor {
  if (role === null) throw new AppError("ORG_NOT_FOUND");
  if (!allows(action, role)) throw new AppError("ACTION_FORBIDDEN");
  return { userId, orgId, role };
}

export function toBoardActor(
  { role, ...who }: Omit<BoardActor, "role"> & { role: BoardRole | null },
  action: BoardAction,
): BoardActor {
  if (role === null || (who.key && who.key.orgId !== who.orgId)) throw new AppError("BOARD_NOT_FOUND");
  if (!allows(action, role)) throw new AppError("ACTION_FORBIDDEN");
  return { ...who, role };
}

/** Whether somebody was refused because of who they are, in whatever scope. */
export function isAccessRefusal(error: unknown): boolean {
  return error instanceof AppError && /^(ORG_NOT_FOUND|BOARD_NOT_FOUND|ACTION_FORBIDDEN)$/u.test(error.kind);
}
