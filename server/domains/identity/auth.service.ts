import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import type { SecondFactor } from "../../../db/enums.ts";
import { whoseIs } from "../../../db/tenant.ts";
import { heldRoleJson } from "../orgs/rows.ts";
import { AppError } from "../../core/app-error.ts";
import type { KeyLimits } from "../../core/access.ts";
import { sourceOfRequest } from "../../core/audit/source.ts";
import type { AppServices, Context, RequestContext } from "../../core/context.ts";
import { newId } from "../../core/ids.ts";
import { queueMail, SEND_MAIL } from "../../core/mail/outbox.ts";
import { recordOfAccount, recordOfOwner } from "./account-records.ts";
import { requireUnguessable } from "./guessable.ts";
import { rememberDevice } from "./known-devices.ts";
import { SIGN_UP_CODE } from "./mails.ts";
import { lockSignUp } from "./sign-ups.service.ts";
import { hasSecondFactor, secondFactors } from "./factors.service.ts";
import { tryCode } from "./factor-codes.ts";
import { reassert } from "./second-step.service.ts";
import { endSession } from "./session-end.ts";
import { handOver, requireCookies, requireRenewable, type SigningIn, startSession } from "./session-start.ts";
import type { SessionOwner } from "./sessions.service.ts";
import { newTicket } from "./tickets.ts";
import { beginAttempt, countMail, countProof, forgetProofs, partyOf } from "./tries.service.ts";
import type {
  Me,
  Reauthenticate,
  Renewed,
  RequestSignUp,
  SignedIn,
  SignIn,
  SignInAnswer,
  SignUp,
  User,
} from "./auth.contract.ts";

/** More organisations than a person belongs to. */
const MOST_ORGS = 1_000;

/**
 * Queues a code to an address. Whether it has an account is looked up when it is sent, and told to its owner alone.
 * Fails: TRIES_TOO_MANY.
 */
export async function requestSignUp(
  app: AppServices,
  request: RequestContext,
  { email }: RequestSignUp,
): Promise<null> {
  await countMail(app, request);
  await app.db.transaction((tx) => queueMail(app, tx, { kind: SIGN_UP_CODE, recipient: email }));
  await app.jobs.wake(SEND_MAIL);
  return null;
}

/**
 * Creates an account and its first session. One of two that come at once with the same address wins. With a code the
 * address is proved, and whoever has none, or a wrong one, learns nothing about it.
 * Fails: EMAIL_TAKEN, after the same work; EMAIL_CODE_WRONG; PASSWORD_GUESSABLE; TRANSPORT_UNSUPPORTED;
 * TRIES_TOO_MANY; SERVER_UNAVAILABLE when too many hash at once.
 */
export async function signUp(ctx: Context, input: SignUp): Promise<SignedIn> {
  const { app, request } = ctx;
  requireCookies(request, input.transport);
  await countMail(app, request);
  await requireUnguessable(input.password, input);
  const isProved = app.signUp === "mail" || input.code !== undefined;
  const codeHash = isProved ? await trySignUpCode(app, request, input) : null;
  const passwordHash = await app.passwords.hash(input.password, partyOf(request));
  const id = newId();
  const user = await app.db.within({ userId: id }).transaction(async (tx) => {
    const made = await insertUser(app, tx, { ...input, id, passwordHash, isProved, codeHash });
    if (made) await recordOfAccount(app, tx, signUpOf(request, made));
    return made;
  });
  if (!user) throw new AppError("EMAIL_TAKEN");
  const signedIn = await startSession(ctx, { user, signInVersion: 0 }, input.transport);
  await rememberDevice(app, request, { userId: user.id, transport: input.transport });
  return signedIn;
}

function signUpOf(request: RequestContext, user: User) {
  const source = sourceOfRequest(request, { userId: user.id });
  return { action: "auth.signUp", accountId: user.id, source, after: user } as const;
}

/** Uses the code, if there has to be one. Answers nobody when the address is taken, or the code was used meanwhile. */
async function insertUser(
  app: AppServices,
  tx: Db,
  input: User & { passwordHash: string; isProved: boolean; codeHash: string | null },
): Promise<User | undefined> {
  const { isProved, codeHash, passwordHash } = input;
  const at = sql`${app.clock.now().toISOString()}::timestamptz`;
  const [user] = await tx.execute<User>(sql`
    with held as materialized (select ${lockSignUp(input.email)}),
      used as (delete from sign_up_code where email = ${input.email} and code_hash = ${codeHash} returning email)
    insert into app_user (id, email, name, password_hash, created_at, email_verified_at)
    select ${input.id}::uuid, ${input.email}, ${input.name}, ${passwordHash}, ${at},
      case when ${isProved}::boolean then ${at} end
    from held where not ${isProved}::boolean or exists (select from used)
    on conflict (email) do nothing
    returning id, email, name`);
  return user;
}

/** Counts the try, then looks at the code, in the same time where there is none. Answers its hash. */
async function trySignUpCode(app: AppServices, request: RequestContext, { email, code = "" }: SignUp): Promise<string> {
  const [stored] = await app.db.execute<{ codeHash: string }>(sql`
    update sign_up_code set tries_left = tries_left - 1
    where email = ${email} and tries_left > 0 and expires_at > ${app.clock.now().toISOString()}::timestamptz
    returning code_hash as "codeHash"`);
  const matches = await app.passwords.verify(stored?.codeHash, code, partyOf(request));
  if (!stored || !matches) throw new AppError("EMAIL_CODE_WRONG");
  return stored.codeHash;
}

interface Account extends SigningIn, Record<string, unknown> {
  readonly passwordHash: string | null;
  readonly factors: SecondFactor[];
}

/**
 * Begins a session, or, for an account with a second factor, answers a ticket: what was tried counts until that is used.
 * An unknown address takes the same time and gets the same answer as a wrong password.
 * Fails: CREDENTIALS_WRONG; TRIES_TOO_MANY; TRANSPORT_UNSUPPORTED; SERVER_UNAVAILABLE when too many hash at once.
 */
export async function signIn(ctx: Context, input: SignIn): Promise<SignInAnswer> {
  const { app } = ctx;
  requireCookies(ctx.request, input.transport);
  const attempt = await beginAttempt(app, ctx.request, input);
  const [account] = await app.db.within(whoseIs("address", input.email)).execute<Account>(sql`
    select json_build_object('id', u.id, 'email', u.email, 'name', u.name) as user, u.password_hash as "passwordHash",
      u.sign_in_version as "signInVersion", ${secondFactors(sql`u.id`)} as factors
    from app_user u where u.email = ${input.email} and u.disabled_at is null`);
  const matches = await app.passwords.verify(account?.passwordHash ?? undefined, input.password, attempt.by);
  if (!account || account.passwordHash === null || !matches) throw new AppError("CREDENTIALS_WRONG");
  const { user, passwordHash, factors } = account;
  let answer: SignInAnswer;
  if (factors.length === 0) {
    answer = await startSession(ctx, account, input.transport);
    await attempt.succeed(user.id);
  } else {
    answer = { state: "second-factor", user: null, token: null, factors, ...(await newTicket(app, account)) };
  }
  if (app.passwords.isOutdated(passwordHash)) await renewHash(app, { id: user.id, passwordHash }, input.password);
  return answer;
}

/**
 * Ends the session of the request, if it has one: its sockets are closed and its cookie is cleared. Asked over a
 * WebSocket, a cookie stays until the next request by HTTP, which finds that it is worth nothing.
 */
export async function signOut(ctx: Context): Promise<null> {
  const { app, request, session, user, unrecognised } = ctx;
  if (unrecognised) throw new AppError("SERVER_UNAVAILABLE");
  request.setCookie(app.sessions.blankCookie);
  if (!session || !user) return null;
  await endSession(app, { userId: user.id, sessionId: session.id }, (tx) =>
    recordOfOwner(app, tx, { ...ctx, user }, { action: "auth.signOut", sessionId: session.id }),
  );
  return null;
}

/**
 * Proves again that whoever uses this session is its owner, by all that signing in asks for: for a while it may change
 * what they sign in with. It gets another token: what was seen of the one before is worth nothing in a moment. What is
 * wrong ends nothing. Fails: PASSWORD_WRONG, TRIES_TOO_MANY, CODE_REQUIRED, CODE_WRONG, CODES_TOO_MANY, PASSKEY_WRONG,
 * TRANSPORT_UNSUPPORTED; SERVER_UNAVAILABLE when too many hash at once.
 */
export async function reauthenticate(app: AppServices, owner: SessionOwner, input: Reauthenticate): Promise<Renewed> {
  requireRenewable(owner.request);
  if ("credential" in input) await reassert(app, owner, input.credential);
  else await sayAgain(app, owner, input);
  const sessionId = owner.session.id;
  const userId = owner.user.id;
  const renewed = await app.db.within({ userId }).transaction(async (tx) => {
    await recordOfOwner(app, tx, owner, { action: "auth.reauthenticate", sessionId });
    return app.sessions.renew({ id: sessionId, userId }, tx);
  });
  return handOver(owner.request, renewed);
}

async function sayAgain(
  app: AppServices,
  owner: SessionOwner,
  { password, code }: { password: string; code?: string | undefined },
): Promise<void> {
  await requirePassword(app, owner, password);
  const userId = owner.user.id;
  const [account] = await app.db.execute<{ isProtected: boolean }>(
    sql`select ${hasSecondFactor(sql`${userId}::uuid`)} as "isProtected"`,
  );
  if (account?.isProtected !== true) return;
  if (code === undefined) throw new AppError("CODE_REQUIRED");
  await app.db.within({ userId }).transaction(await tryCode(app, { userId, code }));
  await app.jobs.wake(SEND_MAIL);
}

/** Answers the hash of the password, which is right. Fails: PASSWORD_WRONG, TRIES_TOO_MANY. */
export async function requirePassword(app: AppServices, owner: SessionOwner, password: string): Promise<string> {
  await countProof(app, owner);
  const own = app.db.within({ userId: owner.user.id });
  const [account] = await own.execute<{ passwordHash: string | null }>(
    sql`select password_hash as "passwordHash" from app_user where id = ${owner.user.id}::uuid and disabled_at is null`,
  );
  const matches = await app.passwords.verify(account?.passwordHash ?? undefined, password, { key: owner.user.id });
  if (!account || account.passwordHash === null || !matches) throw new AppError("PASSWORD_WRONG");
  await forgetProofs(app, owner);
  return account.passwordHash;
}

/** Hashes a password anew that was hashed with older parameters, unless it was changed meanwhile. */
async function renewHash(
  app: AppServices,
  { id, passwordHash }: { id: string; passwordHash: string },
  password: string,
): Promise<void> {
  const renewed = await app.passwords.hash(password);
  await app.db.within({ userId: id }).execute(sql`
    update app_user set password_hash = ${renewed} where id = ${id}::uuid and password_hash = ${passwordHash}`);
}

/** Who is signed in, and their organisations by name. */
export async function getMe(db: Db, { id }: { id: string }, key?: KeyLimits): Promise<Me> {
  const [row] = await db.execute<{ me: Me }>(sql`
    select json_build_object('user', json_build_object('id', u.id, 'email', u.email, 'name', u.name),
      'orgs', (select coalesce(json_agg(o order by o.name collate "C", o.id), '[]'::json) from (
        select o.id, o.name, o.slug, m.role, ${heldRoleJson} as "customRole", iso(o.factor_due_at) as "factorDueAt"
        from own_memberships() m join own_orgs() o on o.id = m.org_id left join own_roles() r on r.id = m.role_id
        where m.org_id = coalesce(${key?.orgId ?? null}::uuid, m.org_id) order by o.name collate "C", o.id limit ${MOST_ORGS}) o)) as me
    from app_user u where u.id = ${id}::uuid`);
  if (!row) throw new AppError("SIGN_IN_REQUIRED");
  return row.me;
}
