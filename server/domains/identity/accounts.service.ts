import { sql } from "drizzle-orm";
import type { AppServices } from "../../core/context.ts";
import { FACTORS_RESET } from "./factor-mails.ts";
import { deleteFactors, hasSecondFactor, tellOwner } from "./factors.service.ts";
import { deleteSessions, endSessions } from "./session-end.ts";

export type AccountChange = "changed" | "unchanged" | "unknown";

/** Ends all sessions of an account, on every process at once, and lets nobody sign in to it (rule L15). */
export async function disableAccount(app: AppServices, email: string): Promise<AccountChange> {
  const account = await findAccount(app, email);
  if (!account) return "unknown";
  if (account.isDisabled) return "unchanged";
  await endSessions(app, account.id, async (tx) => {
    const at = sql`${app.clock.now().toISOString()}::timestamptz`;
    await tx.execute(sql`update app_user set disabled_at = ${at} where id = ${account.id}::uuid`);
    return deleteSessions(tx, account.id);
  });
  return "changed";
}

/** Lets somebody sign in again. */
export async function enableAccount(app: AppServices, email: string): Promise<AccountChange> {
  const account = await findAccount(app, email);
  if (!account) return "unknown";
  if (!account.isDisabled) return "unchanged";
  await app.db.execute(sql`update app_user set disabled_at = null where id = ${account.id}::uuid`);
  return "changed";
}

/** Removes whatever an account signs in with besides its password, for who has lost it all, and ends all its sessions. */
export async function resetFactors(app: AppServices, email: string): Promise<AccountChange> {
  const account = await findAccount(app, email);
  if (!account) return "unknown";
  if (!account.isProtected) return "unchanged";
  await endSessions(app, account.id, async (tx) => {
    await deleteFactors(tx, account.id);
    await tellOwner(app, tx, { userId: account.id, kind: FACTORS_RESET });
    return deleteSessions(tx, account.id);
  });
  return "changed";
}

async function findAccount(app: AppServices, email: string): Promise<Account | undefined> {
  const [account] = await app.db.execute<Account>(sql`
    select u.id, u.disabled_at is not null as "isDisabled", ${hasSecondFactor(sql`u.id`)} as "isProtected"
    from app_user u where u.email = ${email.trim().toLowerCase()}`);
  return account;
}

interface Account extends Record<string, unknown> {
  readonly id: string;
  readonly isDisabled: boolean;
  readonly isProtected: boolean;
}
