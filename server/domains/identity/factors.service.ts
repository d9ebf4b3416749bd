import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import type { SecondFactor } from "../../../db/enums.ts";
import { AppError } from "../../core/app-error.ts";
import type { AuditAction } from "../../audited.ts";
import type { AppServices } from "../../core/context.ts";
import type { MailKind } from "../../core/mail/outbox.ts";
import { queueMail, SEND_MAIL } from "../../core/mail/outbox.ts";
import { settleDemands } from "../orgs/second-factor.service.ts";
import { recordOfOwner } from "./account-records.ts";
import type { Factors, RecoveryCodes } from "./factors.contract.ts";
import { RECOVERY_CODES_RENEWED } from "./factor-mails.ts";
import type { Passkey } from "./passkeys.contract.ts";
import { renewRecoveryCodes } from "./recovery-codes.ts";
import { deleteSessions, endSessions } from "./session-end.ts";
import type { SessionOwner } from "./sessions.service.ts";

/** The one way a row (alias `p`) becomes a `Passkey`. */
export const passkeyJson = sql<Passkey>`json_build_object('id', p.id, 'name', p.name, 'createdAt', iso(p.created_at),
  'lastUsedAt', iso(p.last_used_at))`;

/** Whether an account has more to prove than its password. */
export function hasSecondFactor(userId: SQL): SQL {
  return sql`has_second_factor(${userId})`;
}

function hasPasskey(userId: SQL): SQL {
  return sql`exists (select from passkey p where p.user_id = ${userId})`;
}

function hasAuthenticator(userId: SQL): SQL {
  return sql`exists (select from authenticator a where a.user_id = ${userId} and a.confirmed_at is not null)`;
}

/** What an account may go on with once its password was right, as JSON: nothing when that is enough. */
export function secondFactors(userId: SQL): SQL<SecondFactor[]> {
  const kinds: Record<SecondFactor, SQL> = {
    passkey: hasPasskey(userId),
    authenticator: hasAuthenticator(userId),
    "recovery-code": sql`exists (select from recovery_code r where r.user_id = ${userId})`,
  };
  const list = Object.entries(kinds).map(([kind, isThere]) => sql`case when ${isThere} then ${kind}::text end`);
  return sql`case when ${hasSecondFactor(userId)}
    then to_json(array_remove(array[${sql.join(list, sql`, `)}], null)) else '[]'::json end`;
}

/** The second factors of an account. */
export async function getFactors(db: Db, { id }: { id: string }): Promise<Factors> {
  const [row] = await db.execute<{ factors: Factors }>(sql`
    select json_build_object(
      'authenticator', (select json_build_object('createdAt', iso(a.confirmed_at), 'lastUsedAt', iso(a.last_used_at))
        from authenticator a where a.user_id = ${id}::uuid and a.confirmed_at is not null),
      'passkeys', (select coalesce(json_agg(${passkeyJson} order by p.created_at desc, p.id desc), '[]'::json)
        from passkey p where p.user_id = ${id}::uuid),
      'recoveryCodesLeft', (select count(*) from recovery_code r where r.user_id = ${id}::uuid)) as factors`);
  if (!row) throw new Error("a statement without a table answers one row");
  return row.factors;
}

/** Makes recovery codes in place of those of before, and says so by mail. Fails: SECOND_FACTOR_NOT_FOUND. */
export async function renewCodes(app: AppServices, owner: SessionOwner): Promise<RecoveryCodes> {
  const { user } = owner;
  const recoveryCodes = await app.db.within({ userId: user.id }).transaction(async (tx) => {
    const [account] = await tx.execute<{ isProtected: boolean }>(sql`
      select ${hasSecondFactor(sql`u.id`)} as "isProtected" from app_user u where u.id = ${user.id}::uuid for update`);
    if (account?.isProtected !== true) throw new AppError("SECOND_FACTOR_NOT_FOUND");
    await recordOfOwner(app, tx, owner, { action: "factors.renewRecoveryCodes" });
    await tellOwner(app, tx, { userId: user.id, kind: RECOVERY_CODES_RENEWED });
    return renewRecoveryCodes(tx, user.id);
  });
  await app.jobs.wake(SEND_MAIL);
  return { recoveryCodes };
}

async function isProtected(tx: Db, userId: string): Promise<boolean> {
  const [row] = await tx.execute<{ is: boolean }>(sql`select ${hasSecondFactor(sql`${userId}::uuid`)} as is`);
  return row?.is === true;
}

/** What happens to one factor of an account, and the mail that says so. */
interface FactorChange {
  readonly action: AuditAction;
  readonly mail: MailKind;
  /** Fails to leave everything as it is. */
  change(tx: Db): Promise<void>;
}

/**
 * Adds a factor, under the lock of the account's sessions, and says so by mail. With the first one, sessions that began
 * without it end, but this one, and there are recovery codes: answers them.
 */
export async function addFactor(
  app: AppServices,
  owner: SessionOwner,
  { action, mail, change }: FactorChange,
): Promise<string[] | null> {
  const { user, session } = owner;
  let recoveryCodes: string[] | null = null;
  await endSessions(app, user.id, async (tx) => {
    const wasProtected = await isProtected(tx, user.id);
    await change(tx);
    await settleDemands(tx, user.id);
    await recordOfOwner(app, tx, owner, { action });
    await tellOwner(app, tx, { userId: user.id, kind: mail });
    if (wasProtected) return [];
    recoveryCodes = await renewRecoveryCodes(tx, user.id);
    return deleteSessions(tx, user.id, session.id);
  });
  await app.jobs.wake(SEND_MAIL);
  return recoveryCodes;
}

/**
 * Removes a factor, ends all sessions but this one, and says so by mail. With the last one go the recovery codes.
 * Fails: LAST_FACTOR, when an organisation demands one.
 */
export async function removeFactor(
  app: AppServices,
  owner: SessionOwner,
  { action, mail, change }: FactorChange,
): Promise<void> {
  const { user, session } = owner;
  await endSessions(app, user.id, async (tx) => {
    const wasProtected = await isProtected(tx, user.id);
    await change(tx);
    if (wasProtected && (await settleDemands(tx, user.id))) throw new AppError("LAST_FACTOR");
    await tx.execute(sql`
      delete from recovery_code where user_id = ${user.id}::uuid and not ${hasSecondFactor(sql`${user.id}::uuid`)}`);
    await recordOfOwner(app, tx, owner, { action });
    await tellOwner(app, tx, { userId: user.id, kind: mail });
    return deleteSessions(tx, user.id, session.id);
  });
  await app.jobs.wake(SEND_MAIL);
}

/** Removes all of them, whatever it is that they are. */
export async function deleteFactors(tx: Db, userId: string): Promise<void> {
  await tx.execute(sql`delete from passkey where user_id = ${userId}::uuid`);
  await tx.execute(sql`delete from authenticator where user_id = ${userId}::uuid`);
  await tx.execute(sql`delete from recovery_code where user_id = ${userId}::uuid`);
}

/** Queues a mail to the address that the account has by now. */
export async function tellOwner(
  app: AppServices,
  tx: Db,
  { userId, kind }: { userId: string; kind: MailKind },
): Promise<void> {
  const [account] = await tx.execute<{ email: string }>(sql`select email from app_user where id = ${userId}::uuid`);
  if (account) await queueMail(app, tx, { kind, recipient: account.email, userId });
}
