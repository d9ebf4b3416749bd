import { sql } from "drizzle-orm";
import type { AuditAction } from "../../audited.ts";
import type { AuditSource } from "../../core/audit/record.ts";
import type { AppServices } from "../../core/context.ts";
import type { Db } from "../../../db/client.ts";
import { whoseIs } from "../../../db/tenant.ts";
import { settleDemands } from "../orgs/second-factor.service.ts";
import { recordOfAccount } from "./account-records.ts";
import { FACTORS_RESET } from "./factor-mails.ts";
import { deleteFactors, hasSecondFactor, tellOwner } from "./factors.service.ts";
import { deleteSessions, endSessions } from "./session-end.ts";
import { lockAddresses } from "./sign-ups.service.ts";

export type AccountChange = "changed" | "unchanged" | "unknown";

/** Ends all sessions of an account, on every process at once, and lets nobody sign in to it (rule L15). */
export async function disableAccount(app: AppServices, email: string): Promise<AccountChange> {
  const account = await findAccount(app, email);
  if (!account) return "unknown";
  if (account.isDisabled) return "unchanged";
  await endSessions(app, account.id, async (tx) => {
    const at = sql`${app.clock.now().toISOString()}::timestamptz`;
    await tx.execute(sql`update app_user set disabled_at = ${at} where id = ${account.id}::uuid`);
    await recordOfAccount(app, tx, { action: "accounts.disable", accountId: account.id });
    return endEverything(tx, account.id);
  });
  return "changed";
}

/** What somebody is called whose account is gone. */
export const DELETED_NAME = "Deleted account";

/**
 * Makes an account nobody's: ends its sessions and keys on every process at once (rule L15), and takes everything
 * personal from its row, which stays for what it did. `also` runs first in the same transaction, and may refuse.
 * Answers false when it was so before.
 */
export async function closeAccount(
  app: AppServices,
  deed: { action: AuditAction; accountId: string; source: AuditSource },
  also: (tx: Db) => Promise<void>,
): Promise<boolean> {
  const { accountId: userId } = deed;
  const now = sql`${app.clock.now().toISOString()}::timestamptz`;
  let isClosed = false;
  await endSessions(app, userId, async (tx) => {
    await also(tx);
    const [account] = await tx.execute<{ email: string }>(
      sql`select email from app_user where id = ${userId}::uuid and deleted_at is null for update`,
    );
    if (!account) return [];
    await recordOfAccount(app, tx, deed);
    const { email } = account;
    await lockAddresses(tx, [email]);
    await tx.execute(sql`
      update app_user set email = 'deleted-' || id || '@account.invalid', name = ${DELETED_NAME}, password_hash = '',
        email_verified_at = null, disabled_at = coalesce(disabled_at, ${now}), deleted_at = ${now}
      where id = ${userId}::uuid`);
    await deleteFactors(tx, userId);
    await tx.execute(sql`delete from identity where user_id = ${userId}::uuid`);
    await tx.execute(sql`delete from provider_trip where user_id = ${userId}::uuid`);
    await tx.execute(sql`delete from password_reset where user_id = ${userId}::uuid`);
    await tx.execute(sql`delete from email_code where user_id = ${userId}::uuid`);
    await tx.execute(sql`delete from sign_up_code where email = ${email}`);
    await tx.execute(sql`delete from mail where user_id = ${userId}::uuid or recipient = ${email}`);
    isClosed = true;
    return endEverything(tx, userId);
  });
  return isClosed;
}

/** Deletes the sessions of the account that the transaction is in, and answers what does not count any more: these and its keys. */
async function endEverything(tx: Db, userId: string): Promise<string[]> {
  const keys = await tx.execute<{ id: string }>(sql`select id from own_keys()`);
  return [...(await deleteSessions(tx, userId)), ...keys.map(({ id }) => id)];
}

/** Lets somebody sign in again. */
export async function enableAccount(app: AppServices, email: string): Promise<AccountChange> {
  const account = await findAccount(app, email);
  if (!account) return "unknown";
  if (!account.isDisabled) return "unchanged";
  await app.db.within({ userId: account.id }).transaction(async (tx) => {
    await tx.execute(sql`update app_user set disabled_at = null where id = ${account.id}::uuid`);
    await recordOfAccount(app, tx, { action: "accounts.enable", accountId: account.id });
  });
  return "changed";
}

/**
 * Removes whatever an account signs in with besides its password, for who has lost it all, and ends all its sessions.
 * Organisations that demand a second factor refuse it, and its API keys, until it has another one.
 */
export async function resetFactors(app: AppServices, email: string): Promise<AccountChange> {
  const account = await findAccount(app, email);
  if (!account) return "unknown";
  if (!account.isProtected) return "unchanged";
  await endSessions(app, account.id, async (tx) => {
    await deleteFactors(tx, account.id);
    await settleDemands(tx, account.id);
    await recordOfAccount(app, tx, { action: "accounts.resetFactors", accountId: account.id });
    await tellOwner(app, tx, { userId: account.id, kind: FACTORS_RESET });
    return deleteSessions(tx, account.id);
  });
  return "changed";
}

/** Ends all sessions of an account, and sign-ins that have begun, on every process at once (rule L15); API keys stay. */
export async function endSessionsOf(app: AppServices, email: string): Promise<AccountChange> {
  const account = await findAccount(app, email);
  if (!account) return "unknown";
  return (await endAll(app, account.id)) > 0 ? "changed" : "unchanged";
}

/** The same for every account that has one. Answers how many sessions ended. */
export async function endAllSessions(app: AppServices): Promise<number> {
  let ended = 0;
  let after: string | undefined;
  for (;;) {
    const accounts = await app.db.execute<{ id: string }>(
      sql`select id from accounts_with_sessions(${after ?? null}::uuid, ${ACCOUNTS_PAGE}::int) as id`,
    );
    for (const { id } of accounts) ended += await endAll(app, id);
    after = accounts.at(-1)?.id;
    if (after === undefined) return ended;
  }
}

/** How many accounts are looked up at once. */
const ACCOUNTS_PAGE = 100;

async function endAll(app: AppServices, accountId: string): Promise<number> {
  const ended = await endSessions(app, accountId, async (tx) => {
    const sessions = await deleteSessions(tx, accountId);
    await recordOfAccount(app, tx, { action: "accounts.endSessions", accountId });
    return sessions;
  });
  return ended.length;
}

export async function findAccount(app: AppServices, email: string): Promise<Account | undefined> {
  const address = email.trim().toLowerCase();
  const [account] = await app.db.within(whoseIs("address", address)).execute<Account>(sql`
    select u.id, u.disabled_at is not null as "isDisabled", ${hasSecondFactor(sql`u.id`)} as "isProtected"
    from app_user u where u.email = ${address}`);
  return account;
}

interface Account extends Record<string, unknown> {
  readonly id: string;
  readonly isDisabled: boolean;
  readonly isProtected: boolean;
}
