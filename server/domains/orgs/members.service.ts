import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import { mayDo, type OrgActor, requireCover } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { requireLocked } from "../../core/event-log.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { announceToInbox, announceToOrg, note, type Tx, type WriteScope } from "../../core/tx.ts";
import { Id, line } from "../../fields.contract.ts";
import type { HeldRole } from "../../policy.ts";
import { boardsSharedWith, endShares, listShares } from "../work/shares.service.ts";
import { announceEnded, controlStreamOfUser, requireControlOf } from "../identity/session-end.ts";
import { inboxOfMember } from "./inboxes.service.ts";
import { type ListMembers, type Member, type MemberPage, RemoveMember, SetMemberRole } from "./members.contract.ts";
import { allowedOf, bumpAccess, lockOrg } from "./orgs.service.ts";
import { getGivenRole, toHeld } from "./roles.service.ts";

/** The one way rows (`membership m`, `app_user u`) become a `Member`. */
const memberJson = sql<Member>`json_build_object('userId', m.user_id, 'name', u.name, 'kind', u.kind, 'email', u.email,
  'role', m.role, 'roleId', m.role_id, 'createdAt', iso(m.created_at))`;
/** The same for whoever may demand second factors. */
const memberJsonWithFactor = sql<Member>`(${memberJson}::jsonb || jsonb_build_object('hasSecondFactor', has_second_factor(m.user_id)))`;
const MemberKey = z.tuple([line(100), Id]);

/** The members of an organisation, by name; for whoever may demand second factors, who has one. */
export async function listMembers(db: Db, actor: OrgActor, input: ListMembers): Promise<MemberPage> {
  const after = decodeCursor(MemberKey, input.cursor);
  const shown = mayDo(actor, "org:demand-factor") ? memberJsonWithFactor : memberJson;
  const rows = await db.execute<{ member: Member }>(sql`
    select ${shown} as member
    from membership m join app_user u on u.id = m.user_id
    where m.org_id = ${actor.orgId}::uuid
      ${after ? sql`and (u.name collate "C", m.user_id) > (${after[0]}, ${after[1]}::uuid)` : sql``}
    order by u.name collate "C", m.user_id limit ${input.limit + 1}`);
  const members = rows.map(({ member }) => member);
  return toPage(members, input.limit, (member) => [member.name, member.userId]);
}

/** Whether a call makes somebody an owner, or is about one: whoever makes it has to prove first who they are. */
export async function concernsOwner(db: Db, input: unknown): Promise<boolean> {
  if (GivesOwner.safeParse(input).success) return true;
  const about = OfMember.safeParse(input);
  // What is not valid is refused later.
  if (!about.success) return false;
  const { orgId, userId } = about.data;
  const owners = await db.execute(sql`
    select 1 from membership where org_id = ${orgId}::uuid and user_id = ${userId}::uuid and role = 'owner'`);
  return owners.length > 0;
}
const GivesOwner = z.object({ role: z.literal("owner") });
const OfMember = z.object({ orgId: Id, userId: Id });

/** The inbox of the member who is to have another role. */
export function inboxOfPromoted(scope: WriteScope & { on: "org" }, input: unknown): SQL {
  return inboxOfMember(scope, SetMemberRole.parse(input).userId);
}

/**
 * Gives a member another role; both of them, the old one too, allow no more than the actor may do. Locks the organisation's row, the membership and the inbox.
 * Announces `member.role-changed`, and to them `org.role-changed`. Fails: MEMBER_NOT_FOUND, ROLE_NOT_FOUND, ROLE_TOO_HIGH,
 * OWNER_REQUIRED, OWNER_IS_PERSON.
 */
export async function setMemberRole(tx: Tx, actor: OrgActor, input: SetMemberRole): Promise<Member> {
  const [{ member, held, accessVersion, hasOtherOwner }, given] = await Promise.all([
    lockMember(tx, actor, input.userId),
    getGivenRole(tx.db, actor, input.role),
  ]);
  note(tx, { id: member.userId, before: member });
  const { role, customRole } = given;
  const roleId = customRole?.id ?? null;
  requireCover(actor, held);
  requireCover(actor, toHeld(given));
  if (member.role === role && member.roleId === roleId) return member;
  if (role === "owner" && member.kind === "service") throw new AppError("OWNER_IS_PERSON");
  if (member.role === "owner" && !hasOtherOwner) throw new AppError("OWNER_REQUIRED");
  bumpAccess(tx, actor.orgId, accessVersion);
  tx.send(
    tx.db.execute(sql`
      update membership set role = ${role}, role_id = ${roleId}::uuid, allowed = ${allowedOf(given)},
        access_version = ${tx.accessVersion}::bigint
      where org_id = ${actor.orgId}::uuid and user_id = ${member.userId}::uuid`),
  );
  tx.aftermath.recheckOrgs.add(actor.orgId);
  const { userId } = member;
  const { orgId } = actor;
  announceToOrg(tx, actor, { type: "member.role-changed", data: { userId, role, roleId } });
  announceToInbox(tx, { ...actor, inboxId: userId }, { type: "org.role-changed", data: { orgId, role, customRole } });
  return { ...member, role, roleId };
}

/** What tells that a member is gone: the boards that were shared with them, and their inbox. */
export function streamsOfRemoved(scope: WriteScope & { on: "org" }, input: unknown): SQL {
  return streamsOfMember(scope, RemoveMember.parse(input).userId);
}

/** The same for a member who leaves. */
export function streamsOfLeaver(scope: WriteScope & { on: "org" }): SQL {
  return streamsOfMember(scope, scope.userId);
}

/** What tells that a member is gone. */
export function streamsOfMember(scope: WriteScope & { on: "org" }, userId: string): SQL {
  const inbox = inboxOfMember(scope, userId);
  return sql`
    ${boardsSharedWith(scope, userId)} union all ${inbox}
    union all select ${controlStreamOfUser(sql`i.id`)} from (${inbox}) i`;
}

/**
 * Removes a member, with their shares of boards and API keys, which end on every process; their assignments stay. Locks
 * the organisation's row, the membership, the streams of those boards, the inbox and the control stream. Announces `member.removed`, `board.unshared`, and to them `org.left`.
 * Fails: MEMBER_NOT_FOUND, ROLE_TOO_HIGH, OWNER_REQUIRED.
 */
export async function removeMember(tx: Tx, actor: OrgActor, input: { userId: string }): Promise<null> {
  const [{ member, held, accessVersion, hasOtherOwner }, shares] = await Promise.all([
    lockMember(tx, actor, input.userId),
    listShares(tx, actor, input.userId),
  ]);
  note(tx, { id: member.userId, before: member });
  requireCover(actor, held);
  if (member.role === "owner" && !hasOtherOwner) throw new AppError("OWNER_REQUIRED");
  bumpAccess(tx, actor.orgId, accessVersion);
  endShares(tx, actor, { ...member, shares });
  tx.send(
    tx.db.execute(sql`delete from membership where org_id = ${actor.orgId}::uuid and user_id = ${member.userId}::uuid`),
  );
  tx.aftermath.recheckOrgs.add(actor.orgId);
  announceToOrg(tx, actor, { type: "member.removed", data: { userId: member.userId } });
  const theirs = { ...actor, inboxId: member.userId };
  announceToInbox(tx, theirs, { type: "org.left", data: { orgId: actor.orgId } });
  requireControlOf(tx, member.userId);
  announceEnded(tx, actor, member.userId);
  return null;
}

/**
 * Ends the actor's own membership, as `removeMember` does. Announces `member.removed`, `board.unshared`, and to them
 * `org.left`. Fails: OWNER_REQUIRED.
 */
export function leaveOrg(tx: Tx, actor: OrgActor): Promise<null> {
  return removeMember(tx, actor, { userId: actor.userId });
}

interface HeldMember {
  readonly member: Member;
  readonly held: HeldRole;
  readonly accessVersion: number;
  readonly hasOtherOwner: boolean;
}

/**
 * Holds the organisation's row, then the membership, whose inbox must be locked: board writes hold both too, and come
 * before or find it changed. All changes of members hold the organisation's row: two owners cannot both be the other's
 * successor.
 */
async function lockMember(tx: Tx, actor: OrgActor, userId: string): Promise<HeldMember> {
  const [accessVersion, [row], otherOwners] = await Promise.all([
    lockOrg(tx, actor.orgId),
    tx.db.execute<{ member: Member; allowed: string[] | null }>(sql`
      select ${memberJson} as member, to_json(m.allowed) as allowed
      from membership m join app_user u on u.id = m.user_id
      where m.org_id = ${actor.orgId}::uuid and m.user_id = ${userId}::uuid for update of m`),
    tx.db.execute(sql`
      select 1 from membership o join app_user u on u.id = o.user_id and u.deleted_at is null
      where o.org_id = ${actor.orgId}::uuid and o.role = 'owner' and o.user_id <> ${userId}::uuid limit 1`),
  ]);
  if (!row) throw new AppError("MEMBER_NOT_FOUND");
  requireLocked(tx.streams, [userId]);
  const { member, allowed } = row;
  return { member, held: { role: member.role, allowed }, accessVersion, hasOtherOwner: otherOwners.length > 0 };
}
