import { type SQL, sql } from "drizzle-orm";
import { membershipAllows } from "../../core/access.ts";
import { requireLocked } from "../../core/event-log.ts";
import { announceToInbox, type Tx, type WriteScope } from "../../core/tx.ts";
import type { InboxNews } from "../../events.ts";
import { holdAccounts } from "../identity/sign-ups.service.ts";
import { InviteMember } from "./members.contract.ts";
import { UpdateRole } from "./roles.contract.ts";
import { RevokeInvitation } from "./invitations.contract.ts";

// Whose inboxes hear of what happens to an organisation. Inboxes are looked up as they are locked, for callers who may
// do what they ask for (none for anybody else), and again under the locks: whoever came up meanwhile makes the write
// begin again.

type OrgScope = WriteScope & { on: "org" };

/** The caller's membership if it allows what they ask for, as a table to join. */
function allowed({ orgId, userId, action }: OrgScope): SQL {
  return sql`(select m.org_id from membership m where m.org_id = ${orgId}::uuid and m.user_id = ${userId}::uuid
    and ${membershipAllows(action)}) mine`;
}

/** The inbox of a member. */
export function inboxOfMember(scope: OrgScope, memberId: string): SQL {
  return sql`
    select m.user_id as id from ${allowed(scope)}
    join membership m on m.org_id = mine.org_id and m.user_id = ${memberId}::uuid`;
}

/** The inboxes of all who hold a custom role. */
export function inboxesOfRole(scope: OrgScope, input: unknown): SQL {
  return sql`
    select m.user_id as id from ${allowed(scope)}
    join membership m on m.org_id = mine.org_id and m.role_id = ${UpdateRole.parse(input).roleId}::uuid`;
}

/** The inbox of whoever has the address that is to be invited. */
export function inboxOfInvited(scope: OrgScope, input: unknown): SQL {
  return sql`
    select account_of('address', ${InviteMember.parse(input).email}) as id from ${allowed(scope)}`;
}

/** The inbox of whoever has the address of an invitation. */
export function inboxOfInvitation(scope: OrgScope, input: unknown): SQL {
  return sql`
    select account_of('address', i.email) as id from ${allowed(scope)}
    join invitation i on i.org_id = mine.org_id and i.id = ${RevokeInvitation.parse(input).invitationId}::uuid`;
}

/** The inboxes of all members, and of all who are invited. */
export function inboxesOfOrg(scope: OrgScope): SQL {
  return sql`
    select m.user_id as id from ${allowed(scope)} join membership m on m.org_id = mine.org_id
    union
    select account_of('address', i.email) from ${allowed(scope)} join invitation i on i.org_id = mine.org_id`;
}

/** Tells those whose accounts are held (`holdAccounts`): no sign-up comes between. */
export function announceToAccounts(
  tx: Tx,
  actor: { userId: string },
  { accounts, news }: { accounts: ReadonlyMap<string, string>; news: InboxNews },
): void {
  for (const inboxId of accounts.values()) {
    requireLocked(tx.streams, [inboxId]);
    announceToInbox(tx, { userId: actor.userId, inboxId }, news);
  }
}

/** Everybody who hears of an organisation as a whole. Runs under the lock of its stream, and locks out sign-ups. */
export async function listConcerned(
  tx: Tx,
  orgId: string,
): Promise<{ members: string[]; invited: { invitationId: string; inboxId: string }[] }> {
  const [members, invitations, accounts] = await Promise.all([
    tx.db.execute<{ id: string }>(sql`select user_id as id from membership where org_id = ${orgId}::uuid`),
    tx.db.execute<{ id: string; email: string }>(sql`select id, email from invitation where org_id = ${orgId}::uuid`),
    holdAccounts(tx.db, sql`select i.email from invitation i where i.org_id = ${orgId}::uuid`),
  ]);
  const invited = invitations.flatMap(({ id, email }) => {
    const inboxId = accounts.get(email);
    return inboxId === undefined ? [] : [{ invitationId: id, inboxId }];
  });
  const concerned = { members: members.map(({ id }) => id), invited };
  requireLocked(tx.streams, [...concerned.members, ...invited.map(({ inboxId }) => inboxId)]);
  return concerned;
}
