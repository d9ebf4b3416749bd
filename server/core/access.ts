import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../db/client.ts";
import { words } from "../../db/columns.ts";
import type { BoardRole, OrgRole } from "../../db/enums.ts";
import {
  type Action,
  allows,
  allowsArchived,
  type BoardAction,
  covers,
  type HeldRole,
  KEY_ACTIONS,
  type OrgAction,
  POLICY,
  reach,
} from "../policy.ts";
import { AppError } from "./app-error.ts";

/** What an API key may do: nothing outside of its organisation, and in it these actions, where its owner may. */
export interface KeyLimits {
  readonly orgId: string;
  readonly actions: ReadonlySet<Action>;
}

/** Somebody in an organisation, with what they may do there. */
export interface OrgActor extends HeldRole {
  readonly userId: string;
  readonly orgId: string;
  /** Set when it is an API key of theirs that asks. */
  readonly key?: KeyLimits | undefined;
}

/** Somebody at a board. The role is the one of `board_role()`, the only place that computes it. */
export interface BoardActor {
  readonly userId: string;
  readonly orgId: string;
  readonly boardId: string;
  readonly role: BoardRole;
  /** What a custom role in the organisation leaves of it; null: all. */
  readonly allowed: readonly string[] | null;
  /** Set when it is an API key of theirs that asks. */
  readonly key?: KeyLimits | undefined;
}

/** Whether somebody in an organisation, or at a board, may do this there. */
export function mayDo({ role, allowed, key }: OrgActor | BoardActor, action: Action): boolean {
  return allows(action, role, allowed) && keyAllows(key, action);
}

export function keyAllows(key: KeyLimits | undefined, action: Action): boolean {
  return key === undefined || key.actions.has(action);
}

/** Fails: ROLE_TOO_HIGH. Nobody gives, takes or changes what allows more than they may do, and a key no more than it may. */
export function requireCover(actor: OrgActor, theirs: HeldRole): void {
  const { key } = actor;
  const isWithinKey = reach(theirs).every((action) => !KEY_ACTIONS.includes(action) || keyAllows(key, action));
  if (!covers(actor, theirs) || !isWithinKey) throw new AppError("ROLE_TOO_HIGH");
}

/** Who asks, of an organisation, by a key if there is one. */
interface OrgAsker {
  readonly userId: string;
  readonly orgId: string;
  readonly key: KeyLimits | undefined;
}

/**
 * Whether a membership (alias `m`) is refused by now for want of a second factor, in SQL: false where there is none. By
 * the clock of the database, and at this moment: a transaction may have waited since it began.
 */
export const LACKS_FACTOR = sql`coalesce(m.factor_due_at <= clock_timestamp(), false)`;

/**
 * Who asks, of an organisation. Fails: ORG_NOT_FOUND for strangers, SECOND_FACTOR_DEMANDED, ACTION_FORBIDDEN for members
 * of another role.
 */
export async function requireOrgActor(db: Db, asker: OrgAsker, action: OrgAction): Promise<OrgActor> {
  return toOrgActor({ ...asker, ...(await findInOrg(db, asker)) }, action);
}

/** What says what somebody may do in an organisation. */
export type FoundInOrg = Pick<OrgClaimant, "held" | "lacksFactor">;

export async function findInOrg(db: Db, { userId, orgId }: Pick<OrgAsker, "userId" | "orgId">): Promise<FoundInOrg> {
  const [row] = await db.execute<{ role: OrgRole; allowed: string[] | null; lacksFactor: boolean }>(sql`
    select m.role, to_json(m.allowed) as allowed, ${LACKS_FACTOR} as "lacksFactor"
    from membership m where m.org_id = ${orgId}::uuid and m.user_id = ${userId}::uuid`);
  return { held: row && { role: row.role, allowed: row.allowed }, lacksFactor: row?.lacksFactor ?? false };
}

/**
 * Who asks, of a board. Fails: BOARD_NOT_FOUND without a role there, or with a key of another organisation;
 * SECOND_FACTOR_DEMANDED; ACTION_FORBIDDEN when the role is too low.
 */
export async function requireBoardActor(
  db: Db,
  asker: { userId: string; boardId: string; key: KeyLimits | undefined },
  action: BoardAction,
): Promise<BoardActor> {
  return toBoardActor({ ...asker, ...(await findAtBoard(db, asker)) }, action);
}

/** What says what somebody may do at a board. */
export type FoundAtBoard = Pick<BoardClaimant, "orgId" | "role" | "allowed" | "lacksFactor">;

export async function findAtBoard(
  db: Db,
  { userId, boardId }: Pick<BoardActor, "userId" | "boardId">,
): Promise<FoundAtBoard> {
  const [row] = await db.execute<FoundAtBoard & Record<string, unknown>>(sql`
    select b.org_id as "orgId", board_role(m.role, b.visibility, bm.role) as role, to_json(m.allowed) as allowed,
      ${LACKS_FACTOR} as "lacksFactor"
    from board b
    left join membership m on m.org_id = b.org_id and m.user_id = ${userId}::uuid
    left join board_member bm on bm.board_id = b.id and bm.user_id = ${userId}::uuid
    where b.id = ${boardId}::uuid`);
  return row ?? NOWHERE;
}

/** Of a board that is not there. */
export const NOWHERE = { orgId: "", role: null, allowed: null, lacksFactor: false };

/** Somebody who asks of an organisation, with what was found of them there. */
export interface OrgClaimant extends OrgAsker {
  readonly held: HeldRole | undefined;
  /** Their organisation demands a second factor by now, and they have none. */
  readonly lacksFactor: boolean;
}

/** Somebody who asks of a board, with what was found of them and it. `state` matters to who changes it. */
export type BoardClaimant = Omit<BoardActor, "role"> & {
  role: BoardRole | null;
  lacksFactor: boolean;
  state?: string | null;
};

/** What whoever has no second factor may do where one is demanded. */
const NEEDS_NO_FACTOR: readonly OrgAction[] = ["member:leave"];

/** Why somebody may not do this in an organisation; undefined: they may. */
export function orgRefusal({ held, lacksFactor, orgId, key }: OrgClaimant, action: OrgAction) {
  if (!held || (key && key.orgId !== orgId)) return "ORG_NOT_FOUND";
  if (lacksFactor && !NEEDS_NO_FACTOR.includes(action)) return "SECOND_FACTOR_DEMANDED";
  return allows(action, held.role, held.allowed) ? undefined : "ACTION_FORBIDDEN";
}

/** Why somebody may not do this at a board; undefined: they may. */
export function boardRefusal({ role, allowed, lacksFactor, key, orgId, state }: BoardClaimant, action: BoardAction) {
  if (role === null || (key && key.orgId !== orgId)) return "BOARD_NOT_FOUND";
  if (lacksFactor) return "SECOND_FACTOR_DEMANDED";
  if (!allows(action, role, allowed)) return "ACTION_FORBIDDEN";
  return state === "archived" && !allowsArchived(action) ? "BOARD_ARCHIVED" : undefined;
}

export function toOrgActor({ held, lacksFactor, ...who }: OrgClaimant, action: OrgAction): OrgActor {
  const refusal = orgRefusal({ held, lacksFactor, ...who }, action);
  if (refusal || !held) throw new AppError(refusal ?? "ORG_NOT_FOUND");
  return { ...who, role: held.role, allowed: held.allowed };
}

export function toBoardActor({ role, state, lacksFactor, ...who }: BoardClaimant, action: BoardAction): BoardActor {
  const refusal = boardRefusal({ role, state: state ?? null, lacksFactor, ...who }, action);
  if (refusal || role === null) throw new AppError(refusal ?? "BOARD_NOT_FOUND");
  return { ...who, role };
}

/** Whether a membership (alias `m`) allows an action in its organisation: what `orgRefusal` says, in SQL. */
export function membershipAllows(action: OrgAction): SQL {
  const isLet = NEEDS_NO_FACTOR.includes(action) ? sql`true` : sql`not ${LACKS_FACTOR}`;
  return sql`(${isLet} and case when m.allowed is null then m.role = any(${words(POLICY[action].roles)})
    else ${action}::text = any(m.allowed) end)`;
}

/** Whether somebody was refused because of who they are, in whatever scope. */
export function isAccessRefusal(error: unknown): boolean {
  return (
    error instanceof AppError &&
    /^(ORG_NOT_FOUND|BOARD_NOT_FOUND|SECOND_FACTOR_DEMANDED|ACTION_FORBIDDEN)$/u.test(error.kind)
  );
}
