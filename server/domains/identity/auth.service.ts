import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { AppError } from "../../core/app-error.ts";
import type { KeyLimits } from "../../core/access.ts";
import type { AppServices, Context, RequestContext } from "../../core/context.ts";
import { newId } from "../../core/ids.ts";
import { requireUnguessable } from "./guessable.ts";
import type { SessionOwner } from "./sessions.service.ts";
import { lockSignUp } from "./sign-ups.service.ts";
import { endSessions } from "./session-end.ts";
import type { Me, Reauthenticate, SignedIn, SignIn, SignUp, User } from "./auth.contract.ts";

/** More organisations than a person belongs to. */
const MOST_ORGS = 1_000;
const MOST_USER_AGENT = 200;

/**
 * Creates an account and its first session. One of two that come at once with the same address wins.
 * Fails: EMAIL_TAKEN, after the same work; PASSWORD_GUESSABLE; TRANSPORT_UNSUPPORTED; SERVER_UNAVAILABLE when too many
 * hash at once.
 */
export async function signUp(app: AppServices, request: RequestContext, input: SignUp): Promise<SignedIn> {
  requireCookies(request, input.transport);
  await requireUnguessable(input.password, input);
  const passwordHash = await app.passwords.hash(input.password);
  const [user] = await app.db.execute<User>(sql`
    with held as materialized (select ${lockSignUp(input.email)})
    insert into app_user (id, email, name, password_hash, created_at)
    select ${newId()}::uuid, ${input.email}, ${input.name}, ${passwordHash}, ${app.clock.now().toISOString()}::timestamptz
    from held
    on conflict (email) do nothing
    returning id, email, name`);
  if (!user) throw new AppError("EMAIL_TAKEN");
  return startSession(app, request, { user, passwordHash, transport: input.transport });
}

/**
 * Begins a session. An unknown address takes the same time and gets the same answer as a wrong password.
 * Fails: CREDENTIALS_WRONG; TRANSPORT_UNSUPPORTED; SERVER_UNAVAILABLE when too many hash at once.
 */
export async function signIn(app: AppServices, request: RequestContext, input: SignIn): Promise<SignedIn> {
  requireCookies(request, input.transport);
  const [account] = await app.db.execute<User & { passwordHash: string }>(
    sql`select id, email, name, password_hash as "passwordHash" from app_user
      where email = ${input.email} and disabled_at is null`,
  );
  const matches = await app.passwords.verify(account?.passwordHash, input.password);
  if (!account || !matches) throw new AppError("CREDENTIALS_WRONG");
  const { passwordHash, ...user } = account;
  const signedIn = await startSession(app, request, { user, passwordHash, transport: input.transport });
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
 * password ends nothing. Fails: PASSWORD_WRONG; SERVER_UNAVAILABLE when too many hash at once.
 */
export async function reauthenticate(app: AppServices, owner: SessionOwner, input: Reauthenticate): Promise<null> {
  await requirePassword(app, owner.user.id, input.password);
  await app.sessions.setAuthenticated(owner.session.id);
  return null;
}

/** Answers the hash of the password, which is right. Fails: PASSWORD_WRONG. */
export async function requirePassword(app: AppServices, userId: string, password: string): Promise<string> {
  const [account] = await app.db.execute<{ passwordHash: string }>(
    sql`select password_hash as "passwordHash" from app_user where id = ${userId}::uuid and disabled_at is null`,
  );
  const matches = await app.passwords.verify(account?.passwordHash, password);
  if (!account || !matches) throw new AppError("PASSWORD_WRONG");
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
        select o.id, o.name, o.slug, m.role from membership m join org o on o.id = m.org_id
        where m.user_id = u.id and m.org_id = coalesce(${key?.orgId ?? null}::uuid, m.org_id) order by o.name collate "C", o.id limit ${MOST_ORGS}) o)) as me
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
  if (transport === "token") return { user, token };
  request.setCookie(cookie);
  return { user, token: null };
}

/** What a client says about itself, cut to what a list of sessions shows and to what Postgres stores. */
function storable(userAgent: string): string {
  return userAgent.slice(0, MOST_USER_AGENT).replaceAll("\0", "").toWellFormed();
}
