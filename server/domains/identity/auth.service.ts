import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { AppError } from "../../core/app-error.ts";
import type { KeyLimits } from "../../core/access.ts";
import type { AppServices, Context, RequestContext } from "../../core/context.ts";
import { newId } from "../../core/ids.ts";
import { queueMail, SEND_MAIL } from "../../core/mail/outbox.ts";
import { requireUnguessable } from "./guessable.ts";
import { rememberDevice } from "./known-devices.ts";
import { SIGN_UP_CODE } from "./mails.ts";
import { lockSignUp } from "./sign-ups.service.ts";
import { endSessions } from "./session-end.ts";
import { endForgottenSessions, type SessionOwner } from "./sessions.service.ts";
import { beginAttempt, countMail, countProof, forgetProofs, partyOf } from "./tries.service.ts";
import type { Me, Reauthenticate, RequestSignUp, SignedIn, SignIn, SignUp, User } from "./auth.contract.ts";

/** More organisations than a person belongs to. */
const MOST_ORGS = 1_000;
const MOST_USER_AGENT = 200;

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
export async function signUp(app: AppServices, request: RequestContext, input: SignUp): Promise<SignedIn> {
  requireCookies(request, input.transport);
  await countMail(app, request);
  await requireUnguessable(input.password, input);
  const isProved = app.signUp === "mail" || input.code !== undefined;
  const codeHash = isProved ? await trySignUpCode(app, request, input) : null;
  const passwordHash = await app.passwords.hash(input.password, partyOf(request));
  const at = sql`${app.clock.now().toISOString()}::timestamptz`;
  const [user] = await app.db.execute<User>(sql`
    with held as materialized (select ${lockSignUp(input.email)}),
      used as (delete from sign_up_code where email = ${input.email} and code_hash = ${codeHash} returning email)
    insert into app_user (id, email, name, password_hash, created_at, email_verified_at)
    select ${newId()}::uuid, ${input.email}, ${input.name}, ${passwordHash}, ${at},
      case when ${isProved}::boolean then ${at} end
    from held where not ${isProved}::boolean or exists (select from used)
    on conflict (email) do nothing
    returning id, email, name`);
  if (!user) throw new AppError("EMAIL_TAKEN");
  const signedIn = await startSession(app, request, { user, passwordHash, transport: input.transport });
  await rememberDevice(app, request, { userId: user.id, transport: input.transport });
  return signedIn;
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

/**
 * Begins a session. An unknown address takes the same time and gets the same answer as a wrong password.
 * Fails: CREDENTIALS_WRONG; TRIES_TOO_MANY; TRANSPORT_UNSUPPORTED; SERVER_UNAVAILABLE when too many hash at once.
 */
export async function signIn(app: AppServices, request: RequestContext, input: SignIn): Promise<SignedIn> {
  requireCookies(request, input.transport);
  const attempt = await beginAttempt(app, request, input);
  const [account] = await app.db.execute<User & { passwordHash: string }>(
    sql`select id, email, name, password_hash as "passwordHash" from app_user
      where email = ${input.email} and disabled_at is null`,
  );
  const matches = await app.passwords.verify(account?.passwordHash, input.password, attempt.by);
  if (!account || !matches) throw new AppError("CREDENTIALS_WRONG");
  const { passwordHash, ...user } = account;
  const signedIn = await startSession(app, request, { user, passwordHash, transport: input.transport });
  await attempt.succeed(account.id);
  if (app.passwords.isOutdated(passwordHash)) await renewHash(app, account, input.password);
  return signedIn;
}

/**
 * Ends the session of the request, if it has one: its sockets are closed and its cookie is cleared. Asked over a
 * WebSocket, a cookie stays until the next request by HTTP, which finds that it is worth nothing.
 */
export async function signOut({ app, request, session, user, unrecognised }: Context): Promise<null> {
  if (unrecognised) throw new AppError("SERVER_UNAVAILABLE");
  request.setCookie(app.sessions.blankCookie);
  if (!session || !user) return null;
  await endSessions(app, user.id, async (tx) => {
    await tx.execute(sql`delete from session where public_id = ${session.id}::uuid`);
    return [session.id];
  });
  return null;
}

/**
 * Proves again that whoever uses this session is its owner: for a while it may change what they sign in with. A wrong
 * password ends nothing. Fails: PASSWORD_WRONG; TRIES_TOO_MANY; SERVER_UNAVAILABLE when too many hash at once.
 */
export async function reauthenticate(app: AppServices, owner: SessionOwner, input: Reauthenticate): Promise<null> {
  await requirePassword(app, owner, input.password);
  await app.sessions.setAuthenticated(owner.session.id);
  return null;
}

/** Answers the hash of the password, which is right. Fails: PASSWORD_WRONG, TRIES_TOO_MANY. */
export async function requirePassword(app: AppServices, owner: SessionOwner, password: string): Promise<string> {
  await countProof(app, owner);
  const [account] = await app.db.execute<{ passwordHash: string }>(
    sql`select password_hash as "passwordHash" from app_user where id = ${owner.user.id}::uuid and disabled_at is null`,
  );
  const matches = await app.passwords.verify(account?.passwordHash, password, { key: owner.user.id });
  if (!account || !matches) throw new AppError("PASSWORD_WRONG");
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
  await app.db.execute(sql`
    update app_user set password_hash = ${renewed} where id = ${id}::uuid and password_hash = ${passwordHash}`);
}

/** Who is signed in, and their organisations by name. */
export async function getMe(db: Db, { id }: { id: string }, key?: KeyLimits): Promise<Me> {
  const [row] = await db.execute<{ me: Me }>(sql`
    select json_build_object('user', json_build_object('id', u.id, 'email', u.email, 'name', u.name),
      'orgs', (select coalesce(json_agg(o order by o.name collate "C", o.id), '[]'::json) from (
        select o.id, o.name, o.slug, m.role from own_memberships() m join own_orgs() o on o.id = m.org_id
        where m.org_id = coalesce(${key?.orgId ?? null}::uuid, m.org_id) order by o.name collate "C", o.id limit ${MOST_ORGS}) o)) as me
    from app_user u where u.id = ${id}::uuid`);
  if (!row) throw new AppError("SIGN_IN_REQUIRED");
  return row.me;
}

/** A cookie cannot be set on a socket that is open: a token can be answered there. */
function requireCookies(request: RequestContext, transport: SignIn["transport"]): void {
  if (request.transport === "websocket" && transport === "cookie") throw new AppError("TRANSPORT_UNSUPPORTED");
}

async function startSession(
  app: AppServices,
  request: RequestContext,
  { user, passwordHash, transport }: { user: User; passwordHash: string; transport: SignIn["transport"] },
): Promise<SignedIn> {
  const by = { address: request.address, passwordHash };
  const { token, cookie } = await app.sessions.create(user.id, storable(request.userAgent), by);
  await endForgottenSessions(app, user.id);
  if (transport === "token") return { user, token };
  request.setCookie(cookie);
  return { user, token: null };
}

/** What a client says about itself, cut to what a list of sessions shows and to what Postgres stores. */
function storable(userAgent: string): string {
  return userAgent.slice(0, MOST_USER_AGENT).replaceAll("\0", "").toWellFormed();
}
