import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { whoseIs } from "../../../db/tenant.ts";
import { AppError } from "../../core/app-error.ts";
import { sourceOfRequest } from "../../core/audit/source.ts";
import type { AppServices, RequestContext } from "../../core/context.ts";
import { queueMail, SEND_MAIL } from "../../core/mail/outbox.ts";
import { sha256 } from "../../core/secrets.ts";
import type { Renewed } from "./auth.contract.ts";
import { recordOfAccount, recordOfOwner } from "./account-records.ts";
import { requirePassword } from "./auth.service.ts";
import { requireUnguessable } from "./guessable.ts";
import { rememberDevice } from "./known-devices.ts";
import { PASSWORD_CHANGED, PASSWORD_RESET } from "./mails.ts";
import type { ChangePassword, RequestPasswordReset, ResetPassword } from "./passwords.contract.ts";
import { deleteSessions, endSessions } from "./session-end.ts";
import { handOver, requireRenewable } from "./session-start.ts";
import type { SessionOwner } from "./sessions.service.ts";
import { countMail, countSecret, partyOf } from "./tries.service.ts";

/**
 * Queues the mail with the link. Whether there is an account is looked up when it is sent: the caller gets the same
 * answer, and waits for the same work, with every address. Fails: TRIES_TOO_MANY.
 */
export async function requestPasswordReset(
  app: AppServices,
  request: RequestContext,
  { email }: RequestPasswordReset,
): Promise<null> {
  await countMail(app, request);
  await app.db.transaction((tx) => queueMail(app, tx, { kind: PASSWORD_RESET, recipient: email }));
  await app.jobs.wake(SEND_MAIL);
  return null;
}

/**
 * Sets the password of the account whose token this is, ends all its sessions on every process, and says so by mail.
 * Who can read the account's mail has proved its address, too. The token is used by the one commit that sets the
 * password; nobody is signed in, but the device is known from here on: who is kept from signing in by the tries of
 * others gets in this way. Fails: RESET_TOKEN_WRONG, PASSWORD_GUESSABLE, TRIES_TOO_MANY, SERVER_UNAVAILABLE.
 */
export async function resetPassword(
  app: AppServices,
  request: RequestContext,
  { token, password }: ResetPassword,
): Promise<null> {
  await countSecret(app, request);
  const tokenHash = sha256(token);
  const account = await findByToken(app, tokenHash);
  if (!account) throw new AppError("RESET_TOKEN_WRONG");
  await requireUnguessable(password, account);
  const passwordHash = await app.passwords.hash(password, partyOf(request));
  await endSessions(app, account.id, async (tx) => {
    await useToken(app, tx, tokenHash);
    await setPassword(app, tx, { account, passwordHash });
    await tx.execute(sql`
      update app_user set email_verified_at = coalesce(email_verified_at, ${now(app)}) where id = ${account.id}::uuid`);
    const source = sourceOfRequest(request);
    await recordOfAccount(app, tx, { action: "passwords.reset", accountId: account.id, source });
    return deleteSessions(tx, account.id);
  });
  await rememberDevice(app, request, { userId: account.id, transport: "cookie" });
  await app.jobs.wake(SEND_MAIL);
  return null;
}

/**
 * Changes the password of who asks, ends all their sessions but this one, gives that another token, and says so by mail.
 * Fails: TRANSPORT_UNSUPPORTED, PASSWORD_WRONG, PASSWORD_GUESSABLE, TRIES_TOO_MANY, SERVER_UNAVAILABLE.
 */
export async function changePassword(app: AppServices, owner: SessionOwner, input: ChangePassword): Promise<Renewed> {
  const { session } = owner;
  requireRenewable(owner.request);
  const { email } = owner.user;
  // A service account has none, and no session to call this with.
  if (email === null) throw new AppError("PASSWORD_WRONG");
  const account = { ...owner.user, email };
  const currentHash = await requirePassword(app, owner, input.currentPassword);
  await requireUnguessable(input.newPassword, account);
  const passwordHash = await app.passwords.hash(input.newPassword, { key: account.id });
  await endSessions(app, account.id, async (tx) => {
    await setPassword(app, tx, { account, passwordHash, currentHash });
    await recordOfOwner(app, tx, owner, { action: "passwords.change" });
    return deleteSessions(tx, account.id, session.id);
  });
  const renewed = await app.sessions.renew({ id: session.id, userId: account.id });
  await app.jobs.wake(SEND_MAIL);
  return handOver(owner.request, renewed);
}

interface Account {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

async function findByToken(app: AppServices, tokenHash: string): Promise<Account | undefined> {
  const owner = app.db.within(whoseIs("password-reset", tokenHash));
  const [account] = await owner.execute<{ id: string; email: string; name: string }>(sql`
    select u.id, u.email, u.name from password_reset r
    join app_user u on u.id = r.user_id and u.email = r.email and u.disabled_at is null
    where r.token_hash = ${tokenHash} and r.expires_at > ${now(app)}`);
  return account;
}

/** Of several who have the same token at the same time one gets past here. */
async function useToken(app: AppServices, tx: Db, tokenHash: string): Promise<void> {
  const used = await tx.execute(sql`
    delete from password_reset r using app_user u
    where r.token_hash = ${tokenHash} and r.expires_at > ${now(app)} and u.id = r.user_id and u.email = r.email
      and u.disabled_at is null
    returning r.user_id`);
  if (used.length === 0) throw new AppError("RESET_TOKEN_WRONG");
}

/**
 * What was sent to get into the account by other ways is worth nothing any more. With `currentHash`: unless the password
 * was changed since that was found right. Fails: PASSWORD_WRONG.
 */
async function setPassword(
  app: AppServices,
  tx: Db,
  { account, passwordHash, currentHash }: { account: Account; passwordHash: string; currentHash?: string },
): Promise<void> {
  const set = await tx.execute(sql`
    update app_user set password_hash = ${passwordHash}
    where id = ${account.id}::uuid and (${currentHash ?? null}::text is null or password_hash = ${currentHash ?? null})
    returning id`);
  if (set.length === 0) throw new AppError("PASSWORD_WRONG");
  await tx.execute(sql`delete from password_reset where user_id = ${account.id}::uuid`);
  await queueMail(app, tx, { kind: PASSWORD_CHANGED, recipient: account.email, userId: account.id });
}

function now({ clock }: AppServices) {
  return sql`${clock.now().toISOString()}::timestamptz`;
}
