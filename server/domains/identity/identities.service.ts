import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { words } from "../../../db/columns.ts";
import { AppError } from "../../core/app-error.ts";
import type { AuditSource } from "../../core/audit/record.ts";
import type { AppServices, SignedInUser } from "../../core/context.ts";
import type { ProvedIdentity } from "../../core/identity-providers.ts";
import { newId } from "../../core/ids.ts";
import { SEND_MAIL } from "../../core/mail/outbox.ts";
import { recordOfAccount } from "./account-records.ts";
import { removeFactor, tellOwner } from "./factors.service.ts";
import type { Identities, Identity, UnlinkIdentity } from "./identities.contract.ts";
import { IDENTITY_LINKED, IDENTITY_UNLINKED } from "./link-mails.ts";
import type { SessionOwner } from "./sessions.service.ts";

/** More than there are providers that somebody would have. */
const MOST_IDENTITIES = 20;

/** The identities of an account, newest first. */
export async function listIdentities({ db, providers }: AppServices, { id }: SignedInUser): Promise<Identities> {
  const [row] = await db.within({ userId: id }).execute<{
    hasPassword: boolean;
    items: Omit<Identity, "provider">[];
  }>(sql`
    select u.password_hash is not null as "hasPassword",
      (select coalesce(json_agg(json_build_object('id', i.id, 'issuer', i.issuer, 'email', i.email,
        'createdAt', iso(i.created_at), 'lastUsedAt', iso(i.last_used_at)) order by i.created_at desc, i.id desc),
        '[]'::json) from identity i where i.user_id = u.id) as items
    from app_user u where u.id = ${id}::uuid`);
  if (!row) throw new AppError("SIGN_IN_REQUIRED");
  const items = row.items.map((item) => {
    const provider = providers.find(({ issuer }) => issuer === item.issuer);
    return { ...item, provider: provider ? { id: provider.id, name: provider.name } : null };
  });
  return { items, hasPassword: row.hasPassword };
}

/**
 * Links an identity to an account whose owner has just proved both, and says so by mail. One that is linked already
 * stays so. Fails: IDENTITY_TAKEN, IDENTITIES_TOO_MANY.
 */
export async function linkIdentity(
  app: AppServices,
  { userId, source }: { userId: string; source: AuditSource },
  proved: ProvedIdentity,
): Promise<void> {
  const { email = null } = await proved.profile();
  await app.db.within({ userId }).transaction(async (tx) => {
    const [account] = await tx.execute<{ count: number }>(sql`
      select (select count(*)::int from identity i where i.user_id = u.id) as count
      from app_user u where u.id = ${userId}::uuid for update`);
    const linked = await insertIdentity(app, tx, { ...proved, userId, email });
    if (!linked) await requireOwn(tx, userId, proved);
    else if ((account?.count ?? 0) >= MOST_IDENTITIES) throw new AppError("IDENTITIES_TOO_MANY");
    else await noteLink(app, tx, { userId, source });
  });
  await app.jobs.wake(SEND_MAIL);
}

/** Records that an identity was linked, and says so to the account's owner. */
export async function noteLink(
  app: AppServices,
  tx: Db,
  { userId, source }: { userId: string; source: AuditSource },
): Promise<void> {
  await recordOfAccount(app, tx, { action: "identities.link", accountId: userId, source });
  await tellOwner(app, tx, { userId, kind: IDENTITY_LINKED });
}

/** Fails when the identity is another account's: IDENTITY_TAKEN. */
async function requireOwn(db: Db, userId: string, { issuer, subject }: ProvedIdentity): Promise<void> {
  const own = await db.execute(sql`
    select 1 from identity where issuer = ${issuer} and subject = ${subject} and user_id = ${userId}::uuid`);
  if (own.length === 0) throw new AppError("IDENTITY_TAKEN");
}

/** False: it is linked already. */
export async function insertIdentity(
  { clock }: AppServices,
  tx: Db,
  {
    issuer,
    subject,
    userId,
    email,
  }: Pick<ProvedIdentity, "issuer" | "subject"> & { userId: string; email: string | null },
): Promise<boolean> {
  const inserted = await tx.execute(sql`
    insert into identity (id, user_id, issuer, subject, email, created_at)
    values (${newId()}::uuid, ${userId}::uuid, ${issuer}, ${subject}, ${email},
      ${clock.now().toISOString()}::timestamptz)
    on conflict (issuer, subject) do nothing returning id`);
  return inserted.length > 0;
}

/**
 * Unlinks an identity of who asks, ends all their sessions but this one, and says so by mail. What is left has to let
 * them in: a password, or an identity at a provider that is configured. Fails: IDENTITY_NOT_FOUND, LAST_WAY_IN.
 */
export async function unlinkIdentity(
  app: AppServices,
  owner: SessionOwner,
  { identityId }: UnlinkIdentity,
): Promise<null> {
  const issuers = words(app.providers.map(({ issuer }) => issuer));
  await removeFactor(app, owner, {
    action: "identities.unlink",
    mail: IDENTITY_UNLINKED,
    async change(tx) {
      const unlinked = await tx.execute(sql`
        delete from identity where id = ${identityId}::uuid and user_id = ${owner.user.id}::uuid returning id`);
      if (unlinked.length === 0) throw new AppError("IDENTITY_NOT_FOUND");
      const left = await tx.execute(sql`
        select 1 from app_user u where u.id = ${owner.user.id}::uuid and (u.password_hash is not null
          or exists (select from identity i where i.user_id = u.id and i.issuer = any(${issuers})))`);
      if (left.length === 0) throw new AppError("LAST_WAY_IN");
    },
  });
  return null;
}
