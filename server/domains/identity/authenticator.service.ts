import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { AppError } from "../../core/app-error.ts";
import type { AppServices, SignedInUser } from "../../core/context.ts";
import type { AuthenticatorConfirmed, AuthenticatorSecret, ConfirmAuthenticator } from "./authenticator.contract.ts";
import { AUTHENTICATOR_ADDED, AUTHENTICATOR_REMOVED } from "./factor-mails.ts";
import { addFactor, removeFactor } from "./factors.service.ts";
import type { SessionOwner } from "./sessions.service.ts";
import { newTotpSecret, stepOfCode, totpUri } from "./totp.ts";

/** Wrong codes in a row before there is a pause, which doubles with each more. */
const FREE_TRIES = 5;
const FIRST_PAUSE_SECONDS = 30;
/** At this pace half a million codes, of which one or two are right, take fourteen years. */
const LONGEST_PAUSE_SECONDS = 900;

/**
 * Makes a secret in place of one that was never confirmed. It is answered this once, and kept encrypted.
 * Fails: AUTHENTICATOR_EXISTS.
 */
export async function createAuthenticator(app: AppServices, user: SignedInUser): Promise<AuthenticatorSecret> {
  const secret = newTotpSecret();
  const sealed = await app.encryption.seal("authenticator.secret", { id: user.id, userId: user.id }, secret);
  const made = await app.db.within({ userId: user.id }).execute(sql`
    insert into authenticator (user_id, secret, created_at, last_step)
    values (${user.id}::uuid, ${sealed}, ${now(app)}, 0)
    on conflict (user_id) do update set secret = excluded.secret, created_at = excluded.created_at
    where authenticator.confirmed_at is null
    returning user_id`);
  if (made.length === 0) throw new AppError("AUTHENTICATOR_EXISTS");
  return { secret, uri: totpUri(secret, user.email ?? user.name) };
}

/**
 * Makes the authenticator count, by a code that shows that it knows the secret. The account's first second factor ends
 * its other sessions, and comes with recovery codes. Fails: AUTHENTICATOR_NOT_FOUND, CODE_WRONG.
 */
export async function confirmAuthenticator(
  app: AppServices,
  owner: SessionOwner,
  { code }: ConfirmAuthenticator,
): Promise<AuthenticatorConfirmed> {
  const userId = owner.user.id;
  const [waiting] = await app.db.within({ userId }).execute<{ secret: string }>(sql`
    select secret from authenticator where user_id = ${userId}::uuid and confirmed_at is null`);
  if (!waiting) throw new AppError("AUTHENTICATOR_NOT_FOUND");
  const step = await findStep(app, { userId, code, sealed: waiting.secret });
  const recoveryCodes = await addFactor(app, owner, {
    action: "authenticator.confirm",
    mail: AUTHENTICATOR_ADDED,
    async change(tx) {
      const confirmed = await tx.execute(sql`
        update authenticator set confirmed_at = ${now(app)}, last_step = ${step}::bigint
        where user_id = ${userId}::uuid and confirmed_at is null and secret = ${waiting.secret} returning user_id`);
      if (confirmed.length === 0) throw new AppError("AUTHENTICATOR_NOT_FOUND");
    },
  });
  return { recoveryCodes };
}

/** Removes the caller's authenticator, ends all their sessions but this one, and says so by mail. Fails: AUTHENTICATOR_NOT_FOUND. */
export async function deleteAuthenticator(app: AppServices, owner: SessionOwner): Promise<null> {
  await removeFactor(app, owner, {
    action: "authenticator.delete",
    mail: AUTHENTICATOR_REMOVED,
    async change(tx) {
      const removed = await tx.execute(sql`
        delete from authenticator where user_id = ${owner.user.id}::uuid and confirmed_at is not null returning user_id`);
      if (removed.length === 0) throw new AppError("AUTHENTICATOR_NOT_FOUND");
    },
  });
  return null;
}

/**
 * The step of a code of an account's authenticator; `useStep` makes it count. Tries are counted before the code is looked
 * at, and after some wrong ones there is a pause: it holds up nobody but those who know the password, and neither
 * passkeys nor recovery codes. Fails: CODE_WRONG, CODES_TOO_MANY.
 */
export async function tryStep(app: AppServices, { userId, code }: { userId: string; code: string }): Promise<number> {
  const pause = sql`least(${LONGEST_PAUSE_SECONDS}::float8,
    ${FIRST_PAUSE_SECONDS}::float8 * 2 ^ least(failures + 1 - ${FREE_TRIES}::int, 10))`;
  const own = app.db.within({ userId });
  const [tried] = await own.execute<{ secret: string }>(sql`
    update authenticator set failures = failures + 1,
      not_before = case when failures + 1 >= ${FREE_TRIES}::int then ${now(app)} + make_interval(secs => ${pause}) end
    where user_id = ${userId}::uuid and confirmed_at is not null and coalesce(not_before <= ${now(app)}, true)
    returning secret`);
  if (!tried) throw new AppError((await hasOne(own, userId)) ? "CODES_TOO_MANY" : "CODE_WRONG");
  return findStep(app, { userId, code, sealed: tried.secret });
}

async function hasOne(db: Db, userId: string): Promise<boolean> {
  const rows = await db.execute(
    sql`select from authenticator where user_id = ${userId}::uuid and confirmed_at is not null`,
  );
  return rows.length > 0;
}

/** Of several who have the same code at the same time one uses it, and no earlier one is good any more. Fails: CODE_WRONG. */
export async function useStep(
  app: AppServices,
  tx: Db,
  { userId, step }: { userId: string; step: number },
): Promise<void> {
  const used = await tx.execute(sql`
    update authenticator set last_step = ${step}::bigint, last_used_at = ${now(app)}, failures = 0, not_before = null
    where user_id = ${userId}::uuid and confirmed_at is not null and last_step < ${step}::bigint returning user_id`);
  if (used.length === 0) throw new AppError("CODE_WRONG");
}

async function findStep(
  app: AppServices,
  { userId, code, sealed }: { userId: string; code: string; sealed: string },
): Promise<number> {
  const secret = await app.encryption.open("authenticator.secret", { id: userId, userId }, sealed);
  const step = stepOfCode(secret, { code, now: app.clock.now() });
  if (step === undefined) throw new AppError("CODE_WRONG");
  return step;
}

function now({ clock }: AppServices) {
  return sql`${clock.now().toISOString()}::timestamptz`;
}
