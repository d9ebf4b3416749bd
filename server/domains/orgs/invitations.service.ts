import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import { type OrgActor, requireCover } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { requireRoom } from "../../core/room.ts";
import { newSecret, sha256 } from "../../core/secrets.ts";
import { tidy, type TransactionServices } from "../../core/transaction.ts";
import { announceToInbox, announceToOrg, note, type Tx, type UserActor, type WriteScope } from "../../core/tx.ts";
import { Id, Instant } from "../../fields.contract.ts";
import type {
  Invitation,
  InvitationIssued,
  InvitationPage,
  ListInvitations,
  RevokeInvitation,
} from "./invitations.contract.ts";
import { holdAccounts } from "../identity/sign-ups.service.ts";
import { announceToAccounts } from "./inboxes.service.ts";
import { AcceptInvitation, type InviteMember } from "./members.contract.ts";
import type { Org } from "./orgs.contract.ts";
import type { HeldCustomRole } from "./roles.contract.ts";
import { heldRoleJson } from "./rows.ts";
import { getGivenRole, type GivenRole, toHeld } from "./roles.service.ts";
import { addMember, bumpAccess, getOrg, getUserName, lockOrg } from "./orgs.service.ts";

const KEPT_DAYS = 7;
/** Of an organisation, at a time. */
const MOST_INVITATIONS = 1_000;
const DAY_MS = 86_400_000;

/** The one way a row (alias `i`) becomes an `Invitation`. */
const invitationJson = sql<Invitation>`json_build_object('id', i.id, 'email', i.email, 'role', i.role,
  'roleId', i.role_id, 'invitedBy', i.invited_by, 'createdAt', iso(i.created_at), 'expiresAt', iso(i.expires_at))`;
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
 * invitation of the same address. Announces `invitation.created`, and `invitation.received` to whoever has the address.
 * Locks out sign-ups with it. Fails: ROLE_NOT_FOUND, ROLE_TOO_HIGH, MEMBER_EXISTS,
 * INVITATIONS_TOO_MANY.
 */
export async function inviteMember(tx: Tx, actor: OrgActor, input: InviteMember): Promise<InvitationIssued> {
  const [given, isMember, earlier, org, accounts] = await Promise.all([
    getGivenRole(tx.db, actor, input.role),
    hasMember(tx.db, actor, input.email),
    findInvitation(tx.db, actor, sql`i.email = ${input.email}`),
    getOrg(tx.db, actor),
    holdAccounts(tx.db, [input.email]),
    requireRoom(tx.db, "INVITATIONS_TOO_MANY", {
      most: MOST_INVITATIONS,
      rows: sql`select from invitation where org_id = ${actor.orgId}::uuid and email <> ${input.email}`,
    }),
  ]);
  requireCover(actor, toHeld(given));
  if (isMember) throw new AppError("MEMBER_EXISTS");
  if (earlier) requireCover(actor, earlier.held);
  const token = newSecret();
  const { email } = input;
  const { role, customRole } = given;
  const times = { createdAt: tx.now.toISOString(), expiresAt: expiryOf(tx.now) };
  const invitation = {
    id: earlier?.invitation.id ?? newId(),
    email,
    role,
    roleId: customRole?.id ?? null,
    invitedBy: actor.userId,
    ...times,
  };
  note(tx, { id: invitation.id, after: invitation });
  saveInvitation(tx, actor, invitation, token);
  const { id, expiresAt } = invitation;
  announceToOrg(tx, actor, { type: "invitation.created", data: { invitationId: id, role } });
  const received = { id, orgId: actor.orgId, orgName: org.name, role, expiresAt };
  announceToAccounts(tx, actor, { accounts, news: { type: "invitation.received", data: { invitation: received } } });
  return { invitation, token };
}

/** In place of an earlier one of the same address. */
function saveInvitation(tx: Tx, { orgId }: OrgActor, invitation: Invitation, token: string): void {
  const { id, email, role, roleId, invitedBy, createdAt, expiresAt } = invitation;
  tx.send(
    tx.db.execute(sql`
      insert into invitation (id, org_id, email, role, role_id, token_hash, invited_by, created_at, expires_at)
      values (${id}::uuid, ${orgId}::uuid, ${email}, ${role}, ${roleId}::uuid, ${sha256(token)}, ${invitedBy}::uuid,
        ${createdAt}::timestamptz, ${expiresAt}::timestamptz)
      on conflict (org_id, email) do update set role = excluded.role, role_id = excluded.role_id, token_hash = excluded.token_hash,
        invited_by = excluded.invited_by, created_at = excluded.created_at, expires_at = excluded.expires_at`),
  );
}

/**
 * Takes an invitation back: its token is worth nothing any more. Announces `invitation.revoked`, and
 * `invitation.withdrawn` to whoever has the address. Locks out sign-ups with it. Fails: INVITATION_NOT_FOUND, ROLE_TOO_HIGH.
 */
export async function revokeInvitation(tx: Tx, actor: OrgActor, input: RevokeInvitation): Promise<null> {
  const which = sql`i.id = ${input.invitationId}::uuid`;
  const [found, accounts] = await Promise.all([
    findInvitation(tx.db, actor, which),
    holdAccounts(tx.db, sql`select i.email from invitation i where i.org_id = ${actor.orgId}::uuid and ${which}`),
  ]);
  if (!found) throw new AppError("INVITATION_NOT_FOUND");
  requireCover(actor, found.held);
  note(tx, { id: found.invitation.id, before: found.invitation });
  const { id: invitationId } = found.invitation;
  deleteInvitation(tx, { orgId: actor.orgId, invitationId });
  announceToOrg(tx, actor, { type: "invitation.revoked", data: { invitationId } });
  announceToAccounts(tx, actor, { accounts, news: { type: "invitation.withdrawn", data: { invitationId } } });
  return null;
}

function deleteInvitation(tx: Tx, { orgId, invitationId }: { orgId: string; invitationId: string }): void {
  tx.send(tx.db.execute(sql`delete from invitation where org_id = ${orgId}::uuid and id = ${invitationId}::uuid`));
}

/** The organisation that a token names: nothing else in the input does. */
export function orgOfToken(_scope: WriteScope, input: unknown): SQL {
  return sql`select org_of_invitation(${sha256(AcceptInvitation.parse(input).token)})`;
}

/**
 * Joins the organisation that invited the actor's e-mail address. Locks its row. Announces `member.joined`, and to the
 * actor `invitation.withdrawn` and `org.joined`.
 * Fails: INVITATION_NOT_FOUND (unknown, used, expired, of another address), MEMBER_EXISTS.
 */
export async function acceptInvitation(tx: Tx, actor: UserActor, input: AcceptInvitation): Promise<Org> {
  const { orgId, invitationId, role, customRole } = await getOffer(tx, actor, sha256(input.token));
  const { userId } = actor;
  const [accessVersion, org, userName] = await Promise.all([
    lockOrg(tx, orgId),
    getOrg(tx.db, { orgId, role }),
    getUserName(tx.db, userId),
  ]);
  note(tx, { id: userId, orgId });
  bumpAccess(tx, orgId, accessVersion);
  deleteInvitation(tx, { orgId, invitationId });
  announceToInbox(tx, { userId, inboxId: userId }, { type: "invitation.withdrawn", data: { invitationId } });
  addMember(tx, { userId, userName }, { ...org, customRole });
  return org;
}

interface Offer extends GivenRole, Record<string, unknown> {
  orgId: string;
  invitationId: string;
  isTheirs: boolean;
  isMember: boolean;
}

/**
 * What a token offers the actor, read under the lock of the organisation's stream. Holds their account, before anything
 * of the organisation: none of their factors goes while it is decided whether one is demanded.
 */
async function getOffer(tx: Tx, actor: UserActor, tokenHash: string): Promise<Offer> {
  // The organisation that `orgOfToken` has found is the one whose stream is held.
  const held = [...tx.streams.values()].find(({ kind }) => kind === "org");
  if (!held) throw new AppError("INVITATION_NOT_FOUND");
  tx.enterOrg(held.id);
  const [offer] = await tx.db.execute<Offer>(sql`
    select i.org_id as "orgId", i.id as "invitationId", i.role, ${heldRoleJson} as "customRole", m.user_id is not null as "isMember",
      i.email = u.email and i.expires_at > ${tx.now.toISOString()}::timestamptz as "isTheirs"
    from invitation i
    join app_user u on u.id = ${actor.userId}::uuid
    left join membership m on m.org_id = i.org_id and m.user_id = u.id
    left join org_role r on r.org_id = i.org_id and r.id = i.role_id
    where i.token_hash = ${tokenHash} for share of u`);
  if (!offer) throw new AppError("INVITATION_NOT_FOUND");
  if (!offer.isTheirs) throw new AppError("INVITATION_NOT_FOUND");
  if (offer.isMember) throw new AppError("MEMBER_EXISTS");
  return offer;
}

/** Invitations change under the lock of the organisation's stream only, which every caller holds. */
async function findInvitation(db: Db, actor: OrgActor, which: SQL) {
  const [row] = await db.execute<{ invitation: Invitation; customRole: HeldCustomRole | null }>(sql`
    select ${invitationJson} as invitation, ${heldRoleJson} as "customRole" from invitation i
    left join org_role r on r.org_id = i.org_id and r.id = i.role_id
    where i.org_id = ${actor.orgId}::uuid and ${which}`);
  if (!row) return undefined;
  const { invitation, customRole } = row;
  return { invitation, held: toHeld({ role: invitation.role, customRole }) };
}

/** How many invitations that have expired are looked up at once. */
const EXPIRED_PAGE = 100;

/**
 * Deletes invitations that have expired, each under the locks of its organisation's stream and its inbox. Announces
 * `invitation.withdrawn`, signed by who invited, to whoever has the address.
 */
export async function deleteExpiredInvitations(services: TransactionServices): Promise<void> {
  const now = services.clock.now().toISOString();
  const expired = sql`i.expires_at < ${now}::timestamptz`;
  let page: readonly Expired[];
  do {
    page = await services.db.execute<Expired>(sql`
      select i.id, i.org_id as "orgId", i.invited_by as "invitedBy", account_of('address', i.email) as "inboxId"
      from expired_invitations(${now}::timestamptz, ${EXPIRED_PAGE}::int) i`);
    for (const { id, orgId, invitedBy, inboxId } of page) {
      const locks = { orgId, streamIds: inboxId === null ? [orgId] : [orgId, inboxId], signedBy: invitedBy };
      await tidy(services, locks, async (tx, actor) => {
        // A second invitation of the address may have taken its place, with a time of its own.
        const [gone] = await tx.db.execute<{ email: string }>(
          sql`delete from invitation i where i.id = ${id}::uuid and ${expired} returning email`,
        );
        const news = { type: "invitation.withdrawn", data: { invitationId: id } } as const;
        if (gone) announceToAccounts(tx, actor, { accounts: await holdAccounts(tx.db, [gone.email]), news });
      });
    }
  } while (page.length === EXPIRED_PAGE);
}

interface Expired extends Record<string, unknown> {
  id: string;
  orgId: string;
  invitedBy: string;
  inboxId: string | null;
}

async function hasMember(db: Db, actor: OrgActor, email: string): Promise<boolean> {
  const members = await db.execute(sql`
    select 1 from membership m join app_user u on u.id = m.user_id
    where m.org_id = ${actor.orgId}::uuid and u.email = ${email}`);
  return members.length > 0;
}

function expiryOf(now: Date): string {
  return new Date(now.getTime() + KEPT_DAYS * DAY_MS).toISOString();
}
