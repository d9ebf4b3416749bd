import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { words } from "../../../db/columns.ts";
import { requireLocked } from "../../core/event-log.ts";
import { announceToInbox, type Tx, type WriteScope } from "../../core/tx.ts";
import type { InboxNews } from "../../events.ts";
import { POLICY } from "../../policy.ts";
import { holdAccounts } from "../identity/sign-ups.service.ts";
import { InviteMember } from "./members.contract.ts";
import { RevokeInvitation } from "./invitations.contract.ts";

// Whose inboxes hear of what happens to an organisation. Inboxes are looked up before the locks, for callers who may do
// what they ask for (none for anybody else), and again under them: whoever came up meanwhile makes the write begin again.

type OrgScope = WriteScope & { on: "org" };

/** The caller's membership if it allows what they ask for, as a table to join. */
function allowed({ orgId, userId, action }: OrgScope): SQL {
  return sql`(select org_id from membership where org_id = ${orgId}::uuid and user_id = ${userId}::uuid
    and role = any(${words(POLICY[action].roles)})) mine`;
}

/** The inbox of a member. */
export async function inboxOfMember(db: Db, scope: OrgScope, memberId: string): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    select m.user_id as id from ${allowed(scope)}
    join membership m on m.org_id = mine.org_id and m.user_id = ${memberId}::uuid`);
  return rows.map(({ id }) => id);
}

/** The inbox of whoever has the address that is to be invited. */
export async function inboxOfInvited(db: Db, scope: OrgScope, input: unknown): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    select u.id from ${allowed(scope)} join app_user u on u.email = ${InviteMember.parse(input).email}`);
  return rows.map(({ id }) => id);
}

/** The inbox of whoever has the address of an invitation. */
export async function inboxOfInvitation(db: Db, scope: OrgScope, input: unknown): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    select u.id from ${allowed(scope)}
    join invitation i on i.org_id = mine.org_id and i.id = ${RevokeInvitation.parse(input).invitationId}::uuid
    join app_user u on u.email = i.email`);
  return rows.map(({ id }) => id);
}

/** The inboxes of all members, and of all who are invited. */
export async function inboxesOfOrg(db: Db, scope: OrgScope): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    select m.user_id as id from ${allowed(scope)} join membership m on m.org_id = mine.org_id
    union
    select u.id from ${allowed(scope)}
    join invitation i on i.org_id = mine.org_id join app_user u on u.email = i.email`);
  return rows.map(({ id }) => id);
}

/** Tells whoever has an e-mail address, if there is an account with it; no sign-up comes between. */
export async function announceToEmail(
  tx: Tx,
  actor: { userId: string },
  { email, news }: { email: string; news: InboxNews },
): Promise<void> {
  for (const inboxId of (await holdAccounts(tx.db, [email])).values()) {
    requireLocked(tx.streams, [inboxId]);
    announceToInbox(tx, { userId: actor.userId, inboxId }, news);
  }
}

/** Everybody who hears of an organisation as a whole. Runs under the lock of its stream, and locks out sign-ups. */
export async function listConcerned(
  tx: Tx,
  orgId: string,
): Promise<{ members: string[]; invited: { invitationId: string; inboxId: string }[] }> {
  const [members, invitations] = await Promise.all([
    tx.db.execute<{ id: string }>(sql`select user_id as id from membership where org_id = ${orgId}::uuid`),
    tx.db.execute<{ id: string; email: string }>(sql`select id, email from invitation where org_id = ${orgId}::uuid`),
  ]);
  const accounts = await holdAccounts(
    tx.db,
    invitations.map(({ email }) => email),
  );
  const invited = invitations.flatMap(({ id, email }) => {
    const inboxId = accounts.get(email);
    return inboxId === undefined ? [] : [{ invitationId: id, inboxId }];
  });
  const concerned = { members: members.map(({ id }) => id), invited };
  requireLocked(tx.streams, [...concerned.members, ...invited.map(({ inboxId }) => inboxId)]);
  return concerned;
}
