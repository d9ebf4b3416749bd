import { tracked, type TrackedEnvelope } from "@trpc/server";
import { sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { uuids } from "../../../db/columns.ts";
import { AppError } from "../../core/app-error.ts";
import type { AppServices, Context } from "../../core/context.ts";
import type { LogEvent } from "../../core/event-log.ts";
import { follow, PART_BYTES } from "../../core/live/follow.ts";
import type { StreamKind } from "../../core/live/stream-log.ts";
import type { BoardEvent, LiveMessage, SnapshotMessage, SnapshotReason } from "../../events.ts";
import type { Snapshot, WatchBoard } from "./boards.contract.ts";
import { type BoardClaim, openBoard } from "./opening.ts";

/** How many watches one socket may hold. */
const SUBSCRIPTIONS_PER_SOCKET = 200;

/** What the hub has to know of boards. */
export const boardStream: StreamKind = {
  async readers(db: Database, boardId: string, userIds: readonly string[]) {
    const rows = await db.execute<{ userId: string; admitted: string }>(sql`
      select m.user_id as "userId", m.access_version as admitted from board b
      join membership m on m.org_id = b.org_id and m.user_id = any(${uuids(userIds)})
      left join board_member bm on bm.board_id = b.id and bm.user_id = m.user_id
      where b.id = ${boardId}::uuid and board_role(m.role, b.visibility, bm.role) is not null`);
    return new Map(rows.map(({ userId, admitted }) => [userId, Number(admitted)]));
  },
  endsAccess: ({ type }) => type === "board.unshared" || type === "board.visibility-changed",
  resets: ({ type }) => type === "board.reset",
};

/**
 * Follows a board live: a snapshot or what was missed since `lastEventId`, then every event, and a head when nothing
 * happens. Every message is tracked: the stock links resume by themselves.
 * Fails: BOARD_NOT_FOUND, ACCESS_REVOKED, SUBSCRIPTIONS_TOO_MANY, SERVER_UNAVAILABLE (at admission only).
 */
export async function* watchBoard(
  ctx: { app: AppServices; request: Context["request"]; claim: BoardClaim },
  input: WatchBoard,
  signal: AbortSignal | undefined,
): AsyncGenerator<TrackedEnvelope<LiveMessage>, void> {
  const { connection } = ctx.request;
  const { db, hub } = ctx.app;
  if (connection && connection.subscriptions >= SUBSCRIPTIONS_PER_SOCKET) throw new AppError("SUBSCRIPTIONS_TOO_MANY");
  if (connection) connection.subscriptions += 1;
  const open = async (cursor: { version: number; nonce: number } | undefined, reset: boolean) => {
    const opening = await openBoard(db, ctx.claim, cursor, reset).catch(asRevoked(cursor !== undefined));
    return "snapshot" in opening ? { ...opening, parts: inParts(opening.snapshot, opening.reason) } : opening;
  };
  const { userId } = ctx.claim;
  const { lastEventId } = input;
  const watch = { hub, streamId: input.boardId, userId, lastEventId, signal, flow: connection?.flow };
  try {
    for await (const [id, message] of follow({ ...watch, open })) {
      yield tracked(id, toLiveMessage(message));
    }
  } catch (error) {
    if (error instanceof AppError && error.kind === "SERVER_UNAVAILABLE") connection?.tryAgainLater();
    throw error;
  } finally {
    if (connection) connection.subscriptions -= 1;
  }
}

/** Somebody who watched before and may no longer is told that, not that there was never anything. */
function asRevoked(wasWatching: boolean) {
  return (error: unknown): never => {
    if (wasWatching && error instanceof AppError && error.kind === "BOARD_NOT_FOUND") {
      throw new AppError("ACCESS_REVOKED");
    }
    throw error;
  };
}

type FollowedMessage =
  | { type: "snapshot"; part: SnapshotMessage }
  | { type: "event"; event: LogEvent }
  | { type: "head"; version: number; ageMs: number };

function toLiveMessage(message: FollowedMessage): LiveMessage {
  if (message.type === "snapshot") return message.part;
  return message.type === "event" ? toBoardEvent(message.event) : message;
}

/** What watchers get of an event of the log. */
export function toBoardEvent(event: LogEvent): BoardEvent;
export function toBoardEvent({ type, version, at, actorId, mutationId, data }: LogEvent): object {
  return { type, version, at, actorId, mutationId, data };
}

/** Cuts a big snapshot: every part holds the board and a slice of the lists; concatenated they are the whole. */
function inParts(snapshot: Snapshot, reason: SnapshotReason): SnapshotMessage[] {
  const begin = (): Snapshot => ({ ...snapshot, columns: [], labels: [], members: [], tasks: [] });
  let part = begin();
  let bytes = 0;
  const parts = [part];
  const partFor = (row: object): Snapshot => {
    const size = Buffer.byteLength(JSON.stringify(row)) + 1;
    if (bytes > 0 && bytes + size > PART_BYTES) {
      part = begin();
      parts.push(part);
      bytes = 0;
    }
    bytes += size;
    return part;
  };
  for (const column of snapshot.columns) partFor(column).columns.push(column);
  for (const label of snapshot.labels) partFor(label).labels.push(label);
  for (const member of snapshot.members) partFor(member).members.push(member);
  for (const task of snapshot.tasks) partFor(task).tasks.push(task);
  return parts.map((rows, index) => ({ type: "snapshot", snapshot: rows, reason, part: index + 1, of: parts.length }));
}
