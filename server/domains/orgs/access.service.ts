import { sql } from "drizzle-orm";
import type { Database, Db } from "../../../db/client.ts";
import { BOARD_ROLES, type BoardRole, type OrgRole } from "../../../db/enums.ts";
import {
  boardRefusal,
  keyAllows,
  type KeyLimits,
  LACKS_FACTOR,
  mayDo,
  orgRefusal,
  requireBoardActor,
  requireOrgActor,
} from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { type Action, isBoardAction, isOrgAction } from "../../policy.ts";
import type { AccessExplanation, ExplainAccess } from "./access.contract.ts";
import type { HeldCustomRole } from "./roles.contract.ts";
import { heldRoleJson } from "./rows.ts";

/** Who asks. */
interface Asker {
  readonly userId: string;
  readonly key: KeyLimits | undefined;
}

/** What is known of somebody whose access is asked about. */
interface Facts extends Record<string, unknown> {
  orgId: string;
  isDisabled: boolean | null;
  role: OrgRole | null;
  allowed: string[] | null;
  lacksFactor: boolean;
  customRole: HeldCustomRole | null;
  board: AccessExplanation["board"];
}

/**
 * Which rule allows or refuses an action: to everybody for themselves, for others to the board's managers, and to those
 * of the organisation who may `access:explain` and see the board. Decided by what decides calls.
 * Fails: ORG_NOT_FOUND, BOARD_NOT_FOUND, ACTION_FORBIDDEN.
 */
export async function explainAccess(db: Database, asker: Asker, input: ExplainAccess): Promise<AccessExplanation> {
  const { action, userId = asker.userId } = input;
  const isOwn = userId === asker.userId;
  const orgId = await requireMayAsk(db, asker, input, isOwn);
  const facts = await readFacts(db.within({ orgId }), { orgId, boardId: input.boardId ?? null, userId });
  const key = isOwn ? asker.key : undefined;
  const refusal = refusalOf(facts, { userId, key, boardId: input.boardId ?? "" }, action);
  const { isDisabled, role, board } = facts;
  const customRole = facts.customRole && { id: facts.customRole.id, name: facts.customRole.name };
  return {
    allowed: refusal === undefined,
    refusal: refusal ?? null,
    rule: ruleOf(facts, action, refusal),
    member: role && { account: isDisabled === true ? "disabled" : "active", role, customRole },
    board,
    keyAllows: key ? keyAllows(key, action) : null,
  };
}

/** Answers the organisation that is asked about. */
async function requireMayAsk(db: Database, asker: Asker, input: ExplainAccess, isOwn: boolean): Promise<string> {
  if (input.boardId === undefined) {
    const who = { ...asker, orgId: input.orgId ?? "" };
    const actor = await requireOrgActor(db.within({ orgId: who.orgId }), who, isOwn ? "org:read" : "access:explain");
    if (!isOwn && !mayDo(actor, "access:explain")) throw new AppError("KEY_FORBIDDEN");
    return actor.orgId;
  }
  const { boardId } = input;
  const atBoard = db.within({ streamId: boardId });
  const { orgId, ...at } = await requireBoardActor(atBoard, { ...asker, boardId }, "board:read");
  if (isOwn || mayDo({ orgId, ...at }, "board:share")) return orgId;
  return requireMayAsk(db, asker, { action: input.action, orgId }, false);
}

/** One statement, so that all of it is of one moment. */
async function readFacts(
  db: Db,
  { orgId, boardId, userId }: { orgId: string; boardId: string | null; userId: string },
): Promise<Facts> {
  const [row] = await db.execute<Facts>(sql`
    select o.id as "orgId", u.disabled_at is not null as "isDisabled", m.role, to_json(m.allowed) as allowed,
      ${LACKS_FACTOR} as "lacksFactor",
      ${heldRoleJson} as "customRole",
      case when b.id is not null then json_build_object('visibility', b.visibility, 'state', b.state,
        'roleByOrg', board_role(m.role, b.visibility, null), 'share', case when m.role is not null then bm.role end,
        'role', board_role(m.role, b.visibility, bm.role)) end as board
    from org o
    left join membership m on m.org_id = o.id and m.user_id = ${userId}::uuid
    left join app_user u on u.id = m.user_id
    left join org_role r on r.org_id = m.org_id and r.id = m.role_id
    left join board b on b.org_id = o.id and b.id = ${boardId}::uuid
    left join board_member bm on bm.board_id = b.id and bm.user_id = ${userId}::uuid
    where o.id = ${orgId}::uuid`);
  if (!row) throw new AppError("ORG_NOT_FOUND");
  return row;
}

/** Why a call would be refused; undefined: it would not. */
type Refusal = ReturnType<typeof orgRefusal> | ReturnType<typeof boardRefusal> | "SIGN_IN_REQUIRED" | "KEY_FORBIDDEN";

/** As a call goes: who signs in, what the key allows, and then what they are in the organisation and on the board. */
function refusalOf(
  { orgId, isDisabled, role, allowed, lacksFactor, board }: Facts,
  who: { userId: string; key: KeyLimits | undefined; boardId: string },
  action: Action,
): Refusal {
  if (role !== null && isDisabled === true) return "SIGN_IN_REQUIRED";
  if (!keyAllows(who.key, action)) return "KEY_FORBIDDEN";
  const held = role === null ? undefined : { role, allowed };
  if (isOrgAction(action)) return orgRefusal({ ...who, orgId, held, lacksFactor }, action);
  if (!isBoardAction(action) || !board) return "BOARD_NOT_FOUND";
  return boardRefusal({ ...who, orgId, role: board.role, allowed, lacksFactor, state: board.state }, action);
}

function ruleOf({ role, allowed, board }: Facts, action: Action, refusal: Refusal): AccessExplanation["rule"] {
  if (role === null) return "membership";
  switch (refusal) {
    case "SIGN_IN_REQUIRED":
      return "account";
    case "KEY_FORBIDDEN":
      return "key";
    case "SECOND_FACTOR_DEMANDED":
      return "secondFactor";
    case "BOARD_ARCHIVED":
      return "archived";
    case undefined:
      if (board) return isHigher(board.share, board.roleByOrg) ? "share" : "role";
      return allowed === null ? "role" : "customRole";
    case "ORG_NOT_FOUND":
    case "BOARD_NOT_FOUND":
    case "ACTION_FORBIDDEN":
      if (allowed !== null && !allowed.includes(action)) return "customRole";
      return board ? "boardRole" : "role";
  }
}

function isHigher(share: BoardRole | null, other: BoardRole | null): boolean {
  return share !== null && (other === null || BOARD_ROLES.indexOf(share) < BOARD_ROLES.indexOf(other));
}
