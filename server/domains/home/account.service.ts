import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import type { AppServices, Context } from "../../core/context.ts";
import { AppError } from "../../core/app-error.ts";
import { write } from "../../core/write.ts";
import { closeAccount, findAccount } from "../identity/accounts.service.ts";
import { requirePassword } from "../identity/auth.service.ts";
import { deleteOrgOfOne, streamsOfOrg } from "../orgs/orgs.service.ts";
import type { DeleteAccount } from "./account.contract.ts";
import { ERASE_ACCOUNT, eraseAccount } from "./account-erasure.ts";

/** Deletes the account of the caller. Fails: PASSWORD_WRONG, ACCOUNT_OWNS_ORG. */
export async function deleteOwnAccount(
  { app, user, request }: Pick<Context, "app" | "request"> & { user: { id: string } },
  { password }: DeleteAccount,
): Promise<null> {
  await requirePassword(app, user.id, password);
  await deleteAccount(app, user.id);
  request.setCookie(app.sessions.blankCookie);
  return null;
}

/** The same by whoever runs the server. Fails: ACCOUNT_OWNS_ORG. */
export async function deleteAccountOf(app: AppServices, email: string): Promise<"changed" | "unknown"> {
  const account = await findAccount(app, email);
  if (!account) return "unknown";
  await deleteAccount(app, account.id);
  return "changed";
}

/**
 * From the second step on nobody signs in to it any more; the third is finished by a job if this process is ended.
 */
async function deleteAccount(app: AppServices, userId: string): Promise<void> {
  for (const orgId of await orgsOfNobodyElse(app.db, userId)) {
    const scope = { on: "org", userId, orgId, action: "org:delete" } as const;
    const call = { scope, procedure: "account.delete", alsoLocks: streamsOfOrg };
    await write(app, call, { service: deleteOrgOfOne, input: {} });
  }
  await closeAccount(app, userId, async (tx) => {
    await requireSuccessors(tx, userId);
    await app.jobs.enqueue(tx, ERASE_ACCOUNT, { userId });
  });
  await eraseAccount(app, userId).catch((error: unknown) => {
    app.log.warn({ err: error }, "an account was deleted, and a job takes it out of its organisations");
  });
}

/** The organisations to which nobody else belongs. Fails when one with other people has no other owner. */
async function orgsOfNobodyElse(db: Db, userId: string): Promise<string[]> {
  const orphans = await db.execute<{ id: string; hasOthers: boolean }>(orphaned(userId));
  if (orphans.some(({ hasOthers }) => hasOthers)) throw new AppError("ACCOUNT_OWNS_ORG");
  return orphans.map(({ id }) => id);
}

/** Holds the rows of the organisations that somebody owns: who owns them does not change until the commit. */
async function requireSuccessors(tx: Db, userId: string): Promise<void> {
  await tx.execute(sql`
    select 1 from org o join membership m on m.org_id = o.id and m.user_id = ${userId}::uuid and m.role = 'owner'
    order by o.id for update of o`);
  const orphans = await tx.execute(orphaned(userId));
  if (orphans.length > 0) throw new AppError("ACCOUNT_OWNS_ORG");
}

/** Selects the organisations that would be nobody's without them. */
function orphaned(userId: string) {
  return sql`
    select m.org_id as id, exists (
      select 1 from membership o where o.org_id = m.org_id and o.user_id <> m.user_id) as "hasOthers"
    from membership m where m.user_id = ${userId}::uuid and m.role = 'owner' and not exists (
      select 1 from membership o join app_user u on u.id = o.user_id and u.deleted_at is null
      where o.org_id = m.org_id and o.role = 'owner' and o.user_id <> m.user_id)
    order by 1`;
}
