import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import type { AppServices } from "../../core/context.ts";
import { append, lockedStream, lockStreams, requireLocked, writeEvents } from "../../core/event-log.ts";
import { newId } from "../../core/ids.ts";
import { listen } from "../../core/live/listen.ts";
import type { Tx } from "../../core/tx.ts";
import type { InboxNews } from "../../events.ts";
import { Id } from "../../fields.contract.ts";

const CONTROL_STREAMS = 64;

/** The control stream that tells of an account's sessions: one of 64 fixed ones, by the last byte of the account's id. */
function controlStream(shard: number): string {
  return `00000000-0000-8000-8000-0000000000${shard.toString(16).padStart(2, "0")}`;
}

function controlStreamOf(userId: string): string {
  return controlStream(Number.parseInt(userId.slice(-2), 16) % CONTROL_STREAMS);
}

/** The same in SQL, for `alsoLocks`. */
export function controlStreamOfUser(userId: SQL): SQL {
  const shard = sql`('x' || right(${userId}::text, 2))::bit(8)::int % ${CONTROL_STREAMS}::int`;
  return sql`('00000000-0000-8000-8000-0000000000' || lpad(to_hex(${shard}), 2, '0'))::uuid`;
}

/**
 * Tells every process that something that an account signs in with has ended, in a write that holds the account's
 * control stream: whatever does not count any more is closed (rule L15).
 */
export function announceEnded(tx: Tx, actor: { userId: string }, ownerId: string): void {
  const by = { actorId: actor.userId, mutationId: tx.mutationId, accessVersion: 0, at: tx.now };
  const news = { type: "sessions.ended", data: { userId: ownerId } };
  append(lockedStream(tx.streams, controlStreamOf(ownerId)), news, by);
}

/** Begins the write again when it does not hold the account's control stream. */
export function requireControlOf(tx: Tx, userId: string): void {
  requireLocked(tx.streams, [controlStreamOf(userId)]);
}

/** Tells the account's inbox. */
type Announce = (news: InboxNews) => void;

/**
 * Ends sessions of an account: `work` deletes them, or makes them not count, and answers their public ids. The event of
 * the same transaction makes every process close their sockets (rule L15); this one closes its own at once. With `tells`
 * it holds the account's inbox, too.
 */
export async function endSessions(
  app: AppServices,
  userId: string,
  work: (tx: Db, announce: Announce) => Promise<readonly string[]>,
  { tells = false }: { tells?: boolean } = {},
): Promise<readonly string[]> {
  const controlId = controlStreamOf(userId);
  const { ended, streams } = await app.db.within({ userId }).transaction(async (tx) => {
    const streams = await lockStreams(tx, tells ? [controlId, userId] : [controlId]);
    const by = { actorId: userId, mutationId: newId(), accessVersion: 0, at: app.clock.now() };
    const announceOn = (streamId: string, news: { type: string; data: unknown }) => {
      const stream = streams.find(({ id }) => id === streamId);
      if (!stream) throw new Error("the streams of sessions are always there, and inboxes are where they are told");
      append(stream, news, by);
    };
    const ended = await work(tx, (news) => announceOn(userId, news));
    if (ended.length > 0) announceOn(controlId, { type: "sessions.ended", data: { userId } });
    await Promise.all(writeEvents(tx, streams));
    return { ended, streams };
  });
  for (const { id, events } of streams) app.hub.committed(id, events);
  app.sessions.announceEnded(ended);
  return ended;
}

/** Ends one session, if it is there, and records that in the same transaction. */
export async function endSession(
  app: AppServices,
  { userId, sessionId }: { userId: string; sessionId: string },
  record: (tx: Db) => Promise<void>,
): Promise<readonly string[]> {
  return endSessions(app, userId, async (tx) => {
    const rows = await tx.execute<{ id: string }>(sql`
      delete from session where user_id = ${userId}::uuid and public_id = ${sessionId}::uuid returning public_id as id`);
    if (rows.length > 0) await record(tx);
    return rows.map(({ id }) => id);
  });
}

/**
 * Deletes the sessions of an account but one, and answers their public ids. Sign-ins that have begun are over, too: one
 * that holds the account's row comes before, and its session is found here; any other finds another version.
 */
export async function deleteSessions(tx: Db, userId: string, exceptId?: string): Promise<string[]> {
  await tx.execute(sql`update app_user set sign_in_version = sign_in_version + 1 where id = ${userId}::uuid`);
  const rows = await tx.execute<{ id: string }>(sql`
    delete from session where user_id = ${userId}::uuid and public_id is distinct from ${exceptId ?? null}::uuid
    returning public_id as id`);
  return rows.map(({ id }) => id);
}

/** Whose sessions a control stream's event is about. */
const Ended = z.object({ userId: Id });

/** Calls back with the account when sessions ended anywhere; without one when that may have been any. */
export function onSessionsEnded(app: AppServices, callBack: (userId: string | undefined) => void): void {
  for (let shard = 0; shard < CONTROL_STREAMS; shard += 1) {
    // Not who did it: an admin may have ended the key of somebody else.
    void listen(app.hub, controlStream(shard), (event) => callBack(Ended.safeParse(event?.data).data?.userId));
  }
}
