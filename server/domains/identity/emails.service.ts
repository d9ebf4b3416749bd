import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { AppError } from "../../core/app-error.ts";
import type { AppServices, SignedInUser } from "../../core/context.ts";
import { isUniqueViolation } from "../../core/faults.ts";
import { queueMail, SEND_MAIL } from "../../core/mail/outbox.ts";
import type { AccountEmail, ChangeEmail, ConfirmEmail } from "./emails.contract.ts";
import { EMAIL_CHANGED, EMAIL_CODE } from "./mails.ts";
import { recordOfOwner } from "./account-records.ts";
import { deleteSessions, endSessions } from "./session-end.ts";
import type { SessionOwner } from "./sessions.service.ts";
import { lockAddresses } from "./sign-ups.service.ts";

/** The address that an account has now: a socket knows the one of when it was opened. */
export async function getEmail(db: Db, { id }: { id: string }): Promise<AccountEmail> {
  const [account] = await db.execute<AccountEmail & Record<string, unknown>>(sql`
    select email, email_verified_at is not null as "isVerified" from app_user where id = ${id}::uuid`);
  if (!account) throw new AppError("SIGN_IN_REQUIRED");
  return account;
}

/** Queues a code to the address that the account has, unless it is proved. */
export async function sendEmailCode(app: AppServices, user: SignedInUser): Promise<null> {
  const { email, isVerified } = await getEmail(app.db.within({ userId: user.id }), user);
  if (!isVerified) await queueCode(app, user, email);
  return null;
}

/** Queues a code to another address. Whether it is free is looked up when it is sent, and told to its owner alone. */
export async function changeEmail(app: AppServices, user: SignedInUser, { email }: ChangeEmail): Promise<null> {
  await queueCode(app, user, email);
  return null;
}

/**
 * Proves the address that the code was sent to. When it is not the account's, it becomes so: announces
 * `account.changed`, ends all other sessions, and says so to the address of before, under the locks of sign-ups with
 * both. Each try is counted before the code is looked at. Fails: EMAIL_CODE_WRONG, EMAIL_TAKEN, SERVER_UNAVAILABLE.
 */
export async function confirmEmail(
  app: AppServices,
  owner: SessionOwner,
  { code }: ConfirmEmail,
): Promise<AccountEmail> {
  const proof = await tryCode(app, owner.user.id, code);
  const { email } = await getEmail(app.db.within({ userId: owner.user.id }), owner.user);
  if (proof.email === email) await setVerified(app, owner, proof);
  else await moveAccount(app, owner, { ...proof, from: email });
  await app.jobs.wake(SEND_MAIL);
  return { email: proof.email, isVerified: true };
}

/** What a code that was right proves, as long as it is stored. */
interface Proof {
  readonly email: string;
  readonly codeHash: string;
}

async function queueCode(app: AppServices, { id }: SignedInUser, email: string): Promise<void> {
  await app.db.transaction((tx) => queueMail(app, tx, { kind: EMAIL_CODE, recipient: email, userId: id }));
  await app.jobs.wake(SEND_MAIL);
}

async function tryCode(app: AppServices, userId: string, code: string): Promise<Proof> {
  const [proof] = await app.db.within({ userId }).execute<{ email: string; codeHash: string }>(sql`
    update email_code set tries_left = tries_left - 1
    where user_id = ${userId}::uuid and tries_left > 0 and expires_at > ${now(app)}
    returning email, code_hash as "codeHash"`);
  const isRight = proof !== undefined && (await app.passwords.verify(proof.codeHash, code, { key: userId }));
  if (!isRight) throw new AppError("EMAIL_CODE_WRONG");
  return proof;
}

/** Of several who have the same code at the same time one gets past here. */
async function useCode(tx: Db, userId: string, { email, codeHash }: Proof): Promise<void> {
  const used = await tx.execute(sql`
    delete from email_code where user_id = ${userId}::uuid and email = ${email} and code_hash = ${codeHash}
    returning user_id`);
  if (used.length === 0) throw new AppError("EMAIL_CODE_WRONG");
}

async function setVerified(app: AppServices, owner: SessionOwner, proof: Proof): Promise<void> {
  const userId = owner.user.id;
  await app.db.within({ userId }).transaction(async (tx) => {
    await useCode(tx, userId, proof);
    await tx.execute(sql`
      update app_user set email_verified_at = ${now(app)} where id = ${userId}::uuid and email = ${proof.email}`);
    await recordConfirmed(app, tx, owner, { from: proof.email, to: proof.email });
  });
}

function recordConfirmed(app: AppServices, tx: Db, owner: SessionOwner, { from, to }: { from: string; to: string }) {
  return recordOfOwner(app, tx, owner, { action: "emails.confirm", before: { email: from }, after: { email: to } });
}

async function moveAccount(
  app: AppServices,
  owner: SessionOwner,
  { from, ...proof }: Proof & { from: string },
): Promise<void> {
  const { user, session } = owner;
  const move = async (tx: Db): Promise<void> => {
    await lockAddresses(tx, [from, proof.email]);
    await useCode(tx, user.id, proof);
    const moved = await tx.execute(sql`
      update app_user set email = ${proof.email}, email_verified_at = ${now(app)}
      where id = ${user.id}::uuid and email = ${from} returning id`);
    if (moved.length === 0) throw new AppError("EMAIL_CODE_WRONG");
    await queueMail(app, tx, { kind: EMAIL_CHANGED, recipient: from, userId: user.id });
  };
  try {
    await endSessions(
      app,
      user.id,
      async (tx, announce) => {
        await move(tx);
        await recordConfirmed(app, tx, owner, { from, to: proof.email });
        announce({ type: "account.changed", data: {} });
        return deleteSessions(tx, user.id, session.id);
      },
      { tells: true },
    );
  } catch (error) {
    // They read mail to it, so they may know.
    if (isUniqueViolation(error)) throw new AppError("EMAIL_TAKEN", { cause: error });
    throw error;
  }
}

function now({ clock }: AppServices) {
  return sql`${clock.now().toISOString()}::timestamptz`;
}
