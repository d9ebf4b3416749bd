import { sql } from "drizzle-orm";
import { z } from "zod";
import { AppError } from "../../core/app-error.ts";
import type { AppServices, CurrentSession, RequestContext, SignedInUser } from "../../core/context.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { Id, Instant } from "../../fields.contract.ts";
import { describeDevice } from "./device.ts";
import { recordOfOwner } from "./account-records.ts";
import { openAddress } from "./place-of-use.ts";
import { deleteSessions, endSession, endSessions } from "./session-end.ts";
import type { ListSessions, RevokedSessions, RevokeSession, Session, SessionPage } from "./sessions.contract.ts";

/** The one who asks, and the session they ask with. */
export interface SessionOwner {
  readonly user: SignedInUser;
  readonly session: CurrentSession;
  readonly request: RequestContext;
}

/** Of an account. */
const MOST_SESSIONS = 100;

const SessionKey = z.tuple([Instant, Id]);

/** The caller's sessions that have not ended, newest first. */
export async function listSessions(app: AppServices, owner: SessionOwner, input: ListSessions): Promise<SessionPage> {
  const after = decodeCursor(SessionKey, input.cursor);
  const rows = await app.db.within({ userId: owner.user.id }).execute<{ session: Omit<Session, "device"> }>(sql`
    select json_build_object('id', s.public_id, 'userAgent', s.user_agent, 'createdAt', iso(s.created_at),
      'lastUsedAt', iso(coalesce(s.last_used_at, s.created_at)), 'lastAddress', s.last_address,
      'expiresAt', iso(least(s.expires_at, s.ends_at)), 'current', s.public_id = ${owner.session.id}::uuid) as session
    from session s
    where s.user_id = ${owner.user.id}::uuid and least(s.expires_at, s.ends_at) > ${app.clock.now().toISOString()}::timestamptz
      ${after ? sql`and (s.created_at, s.public_id) < (${after[0]}::timestamptz, ${after[1]}::uuid)` : sql``}
    order by s.created_at desc, s.public_id desc limit ${input.limit + 1}`);
  const sessions = await Promise.all(
    rows.map(async ({ session }) => {
      const place = { row: { id: session.id, userId: owner.user.id }, sealed: session.lastAddress };
      const lastAddress = await openAddress(app.encryption, "session.last_address", place);
      return { ...session, lastAddress, device: describeDevice(session.userAgent) };
    }),
  );
  return toPage(sessions, input.limit, (session) => [session.createdAt, session.id]);
}

/** Ends one session of the caller, this one too, and closes its sockets. Fails: SESSION_NOT_FOUND. */
export async function revokeSession(app: AppServices, owner: SessionOwner, input: RevokeSession): Promise<null> {
  const { sessionId } = input;
  const ended = await endSession(app, { userId: owner.user.id, sessionId }, (tx) =>
    recordOfOwner(app, tx, owner, { action: "sessions.revoke", sessionId }),
  );
  if (ended.length === 0) throw new AppError("SESSION_NOT_FOUND");
  return null;
}

/** Ends all sessions of the caller but the one that asks, and closes their sockets. */
export async function revokeOtherSessions(app: AppServices, owner: SessionOwner): Promise<RevokedSessions> {
  const { user, session } = owner;
  const ended = await endSessions(app, user.id, async (tx) => {
    await recordOfOwner(app, tx, owner, { action: "sessions.revokeOthers" });
    return deleteSessions(tx, user.id, session.id);
  });
  return { revoked: ended.length };
}

/** Ends the sessions of an account that were not used for longest, where it has more than one may have. */
export async function endForgottenSessions(app: AppServices, userId: string): Promise<void> {
  const forgotten = sql`select public_id from session where user_id = ${userId}::uuid
    order by coalesce(last_used_at, created_at) desc, public_id desc offset ${MOST_SESSIONS}::int`;
  if ((await app.db.within({ userId }).execute(forgotten)).length === 0) return;
  await endSessions(app, userId, async (tx) => {
    const rows = await tx.execute<{ id: string }>(sql`
      delete from session where public_id in (${forgotten}) returning public_id as id`);
    return rows.map(({ id }) => id);
  });
}
