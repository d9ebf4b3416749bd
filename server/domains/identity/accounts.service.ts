import { sql } from "drizzle-orm";
import type { AppServices } from "../../core/context.ts";
import { recordOfAccount } from "./account-records.ts";
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
    await recordOfAccount(app, tx, { action: "accounts.disable", accountId: account.id });
    return deleteSessions(tx, account.id);
  });
  return "changed";
}

/** Lets somebody sign in again. */
export async function enableAccount(app: AppServices, email: string): Promise<AccountChange> {
  const account = await findAccount(app, email);
  if (!account) return "unknown";
  if (!account.isDisabled) return "unchanged";
  await app.db.transaction(async (tx) => {
    await tx.execute(sql`update app_user set disabled_at = null where id = ${account.id}::uuid`);
    await recordOfAccount(app, tx, { action: "accounts.enable", accountId: account.id });
  });
  return "changed";
}

async function findAccount(app: AppServices, email: string): Promise<{ id: string; isDisabled: boolean } | undefined> {
  const [account] = await app.db.execute<{ id: string; isDisabled: boolean }>(
    sql`select id, disabled_at is not null as "isDisabled" from app_user where email = ${email.trim().toLowerCase()}`,
  );
  return account;
}
