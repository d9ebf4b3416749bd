import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import type { OrgRole } from "../../../db/enums.ts";
import type { OrgActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { lockStreams } from "../../core/event-log.ts";
import { OvertakenError } from "../../core/faults.ts";
import { newId } from "../../core/ids.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { newSecret, sha256 } from "../../core/secrets.ts";
import { announceToOrg, type Tx, type UserActor } from "../../core/write.ts";
import { Id, Instant } from "../../fields.contract.ts";
import type {
  Invitation,
  InvitationIssued,
  InvitationPage,
  ListInvitations,
  RevokeInvitation,
} from "./invitations.contract.ts";
import type { AcceptInvitation, InviteMember } from "./members.contract.ts";
import { requireRankOf } from "./members.service.ts";
import type { Org } from "./orgs.contract.ts";
import { addMember, bumpAccess, getOrg, lockOrg } from "./orgs.service.ts";

const KEPT_DAYS = 7;
const DAY_MS = 86_400_000;

/** The one way a row (alias `i`) becomes an `Invitation`. */
const invitationJson = sql<Invitation>`json_build_object('id', i.id, 'email', i.email, 'role', i.role,
  'invitedBy', i.invited_by, 'createdAt', iso(i.created_at), 'expiresAt', iso(i.expires_at))`;
const InvitationKey = z.tuple([Instant, Id]);

/** The invitations that were neither accepted nor revoked, newest first; those that have expired, too. */
export async function listInvitations(db: Db, actor: OrgActor, input: ListInvitations): Promise<InvitationPage> {
  const after = decodeCursor(InvitationKey, input.cursor);
  const rows = await db.execute<{ invitation: Invitation }>(sql`
    select ${invitationJson} as invitation from invitation i
    where i.org_id = ${actor.orgId}::uuid
      ${after ? sql`and (i.created_at, i.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)` : sql``}
    order by i.created_at desc, i.id desc limit ${input.limit + 1}`);
  const invitations = rows.map(({ invitation }) => invitation);
  return toPage(invitations, input.limit, (invitation) => [invitation.createdAt, invitation.id]);
}

/**
 * Invites an e-mail address for seven days and answers the token, of which only the hash is kept. Replaces an
 * invitation of the same address. Announces `invitation.created`. Fails: ROLE_TOO_HIGH, MEMBER_EXISTS.
 */
export async function inviteMember(tx: Tx, actor: OrgActor, input: InviteMember): Promise<InvitationIssued> {
  requireRankOf(actor, input.role);
  await requireStranger(tx.db, actor, input.email);
  const earlier = await findInvitation(tx.db, actor, sql`i.email = ${input.email}`);
  if (earlier) requireRankOf(actor, earlier.role);
  const token = newSecret();
  const [row] = await tx.db.execute<{ invitation: Invitation }>(sql`
    insert into invitation as i (id, org_id, email, role, token_hash, invited_by, created_at, expires_at)
    values (${newId()}::uuid, ${actor.orgId}::uuid, ${input.email}, ${input.role}, ${sha256(token)},
      ${actor.userId}::uuid, ${tx.now.toISOString()}::timestamptz, ${expiryOf(tx.now)}::timestamptz)
    on conflict (org_id, email) do update set role = excluded.role, token_hash = excluded.token_hash,
      invited_by = excluded.invited_by, created_at = excluded.created_at, expires_at = excluded.expires_at
    returning ${invitationJson} as invitation`);
  if (!row) throw new AppError("INTERNAL");
  const { invitation } = row;
  announceToOrg(tx, actor, {
    type: "invitation.created",
    data: { invitationId: invitation.id, role: invitation.role },
  });
  return { invitation, token };
}

/**
 * Takes an invitation back: its token is worth nothing any more. Announces `invitation.revoked`.
 * Fails: INVITATION_NOT_FOUND, ROLE_TOO_HIGH.
 */
export async function revokeInvitation(tx: Tx, actor: OrgActor, input: RevokeInvitation): Promise<null> {
  const invitation = await findInvitation(tx.db, actor, sql`i.id = ${input.invitationId}::uuid`);
  if (!invitation) throw new AppError("INVITATION_NOT_FOUND");
  requireRankOf(actor, invitation.role);
  await tx.db.execute(
    sql`delete from invitation where org_id = ${actor.orgId}::uuid and id = ${input.invitationId}::uuid`,
  );
  announceToOrg(tx, actor, { type: "invitation.revoked", data: { invitationId: input.invitationId } });
  return null;
}

/**
 * Joins the organisation that invited the actor's e-mail address. Locks its stream and row, which the token alone names.
 * Announces `member.joined`. Fails: INVITATION_NOT_FOUND (unknown, used, expired, of another address), MEMBER_EXISTS.
 */
export async function acceptInvitation(tx: Tx, actor: UserActor, input: AcceptInvitation): Promise<Org> {
  const tokenHash = sha256(input.token);
  const [named] = await tx.db.execute<{ orgId: string }>(
    sql`select org_id as "orgId" from invitation where token_hash = ${tokenHash}`,
  );
  if (!named) throw new AppError("INVITATION_NOT_FOUND");
  const { orgId } = named;
  for (const [id, stream] of await lockStreams(tx.db, [orgId])) tx.streams.set(id, stream);
  await lockOrg(tx, orgId);
  const { invitationId, role } = await getOffer(tx, actor, tokenHash);
  await bumpAccess(tx, orgId);
  await addMember(tx, { orgId, userId: actor.userId, role });
  await tx.db.execute(sql`delete from invitation where org_id = ${orgId}::uuid and id = ${invitationId}::uuid`);
  return getOrg(tx.db, { userId: actor.userId, orgId, role });
}

interface Offer extends Record<string, unknown> {
  invitationId: string;
  role: OrgRole;
  isTheirs: boolean;
  isMember: boolean;
}

/** What a token offers the actor, read under the lock. */
async function getOffer(tx: Tx, actor: UserActor, tokenHash: string): Promise<Offer> {
  const [offer] = await tx.db.execute<Offer>(sql`
    select i.id as "invitationId", i.role, m.user_id is not null as "isMember",
      i.email = u.email and i.expires_at > ${tx.now.toISOString()}::timestamptz as "isTheirs"
    from invitation i
    join app_user u on u.id = ${actor.userId}::uuid
    left join membership m on m.org_id = i.org_id and m.user_id = u.id
    where i.token_hash = ${tokenHash}`);
  // Gone since the look before the lock: a second look finds no token, or the answer to an earlier try of this call.
  if (!offer) throw new OvertakenError();
  if (!offer.isTheirs) throw new AppError("INVITATION_NOT_FOUND");
  if (offer.isMember) throw new AppError("MEMBER_EXISTS");
  return offer;
}

/** Invitations change under the lock of the organisation's stream only, which every caller holds. */
async function findInvitation(db: Db, actor: OrgActor, which: SQL): Promise<Invitation | undefined> {
  const [row] = await db.execute<{ invitation: Invitation }>(sql`
    select ${invitationJson} as invitation from invitation i
    where i.org_id = ${actor.orgId}::uuid and ${which}`);
  return row?.invitation;
}

async function requireStranger(db: Db, actor: OrgActor, email: string): Promise<void> {
  const members = await db.execute(sql`
    select 1 from membership m join app_user u on u.id = m.user_id
    where m.org_id = ${actor.orgId}::uuid and u.email = ${email}`);
  if (members.length > 0) throw new AppError("MEMBER_EXISTS");
}

function expiryOf(now: Date): string {
  return new Date(now.getTime() + KEPT_DAYS * DAY_MS).toISOString();
}
