import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import type { AppServices, Context } from "../../core/context.ts";
import { AppError } from "../../core/app-error.ts";
import { type AuditSource, NO_SOURCE } from "../../core/audit/record.ts";
import { sourceOf } from "../../core/audit/source.ts";
import { write } from "../../core/write.ts";
import { closeAccount, findAccount } from "../identity/accounts.service.ts";
import { requirePassword } from "../identity/auth.service.ts";
import type { SessionOwner } from "../identity/sessions.service.ts";
import { deleteOrgOfOne, streamsOfOrg } from "../orgs/orgs.service.ts";
import type { DeleteAccount } from "./account.contract.ts";
import { ERASE_ACCOUNT, eraseAccount } from "./account-erasure.ts";

/** Deletes the account of the caller. Fails: PASSWORD_WRONG, TRIES_TOO_MANY, ACCOUNT_OWNS_ORG. */
export async function deleteOwnAccount(
  { app, user, session, request }: Pick<Context, "app"> & SessionOwner,
  { password }: DeleteAccount,
): Promise<null> {
  const owner = { user, session, request };
  await requirePassword(app, owner, password);
  await deleteAccount(app, user.id, { action: "account.delete", source: sourceOf(owner) });
  request.setCookie(app.sessions.blankCookie);
  return null;
}

/** The same by whoever runs the server. Fails: ACCOUNT_OWNS_ORG. */
export async function deleteAccountOf(app: AppServices, email: string): Promise<"changed" | "unknown"> {
  const account = await findAccount(app, email);
  if (!account) return "unknown";
  await deleteAccount(app, account.id, { action: "accounts.delete", source: NO_SOURCE });
  return "changed";
}

/**
 * From the second step on nobody signs in to it any more; the third is finished by a job if this process is ended.
 */
async function deleteAccount(
  app: AppServices,
  userId: string,
  deed: { action: "account.delete" | "accounts.delete"; source: AuditSource },
): Promise<void> {
  for (const orgId of await orgsOfNobodyElse(app.db.within({ userId }))) {
    const scope = { on: "org", userId, orgId, action: "org:delete" } as const;
    const call = { scope, procedure: "orgs.delete", source: deed.source, alsoLocks: streamsOfOrg };
    await write(app, call, { service: deleteOrgOfOne, input: {} });
  }
  await closeAccount(app, { ...deed, accountId: userId }, async (tx) => {
    await requireSuccessors(tx);
    await app.jobs.enqueue(tx, ERASE_ACCOUNT, { userId });
  });
  await eraseAccount(app, userId).catch((error: unknown) => {
    app.log.warn({ err: error }, "an account was deleted, and a job takes it out of its organisations");
  });
}

/** The organisations to which nobody else belongs. Fails when one with other people has no other owner. */
async function orgsOfNobodyElse(db: Db): Promise<string[]> {
  const orphans = await db.execute<{ id: string; hasOthers: boolean }>(
    sql`select id, has_others as "hasOthers" from own_orphans()`,
  );
  if (orphans.some(({ hasOthers }) => hasOthers)) throw new AppError("ACCOUNT_OWNS_ORG");
  return orphans.map(({ id }) => id);
}

/** Holds the rows of the organisations that somebody owns: who owns them does not change until the commit. */
async function requireSuccessors(tx: Db): Promise<void> {
  await tx.execute(sql`select lock_owned_orgs()`);
  const orphans = await tx.execute(sql`select 1 from own_orphans()`);
  if (orphans.length > 0) throw new AppError("ACCOUNT_OWNS_ORG");
}
