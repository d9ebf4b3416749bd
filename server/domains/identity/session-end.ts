import type { Db } from "../../../db/client.ts";
import type { AppServices } from "../../core/context.ts";
import { append, lockStreams, writeEvents } from "../../core/event-log.ts";
import { newId } from "../../core/ids.ts";
import { listen } from "../../core/live/listen.ts";

const CONTROL_STREAMS = 64;

/** The control stream that tells of an account's sessions: one of 64 fixed ones, by the last byte of the account's id. */
function controlStream(shard: number): string {
  return `00000000-0000-8000-8000-0000000000${shard.toString(16).padStart(2, "0")}`;
}

function controlStreamOf(userId: string): string {
  return controlStream(Number.parseInt(userId.slice(-2), 16) % CONTROL_STREAMS);
}

/**
 * Ends sessions of an account: `work` deletes them, or makes them not count, and answers their public ids. The event of
 * the same transaction makes every process close their sockets (rule L15); this one closes its own at once.
 */
export async function endSessions(
  app: AppServices,
  userId: string,
  work: (tx: Db) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const streamId = controlStreamOf(userId);
  const { ended, events } = await app.db.transaction(async (tx) => {
    const [stream] = await lockStreams(tx, [streamId]);
    if (!stream) throw new Error("the streams of sessions are always there");
    const ended = await work(tx);
    const by = { actorId: userId, mutationId: newId(), accessVersion: 0, at: app.clock.now() };
    if (ended.length > 0) append(stream, { type: "sessions.ended", data: { userId } }, by);
    await Promise.all(writeEvents(tx, [stream]));
    return { ended, events: stream.events };
  });
  app.hub.committed(streamId, events);
  app.sessions.announceEnded(ended);
  return ended;
}

/** Calls back with the account when sessions ended anywhere; without one when that may have been any. */
export function onSessionsEnded(app: AppServices, callBack: (userId: string | undefined) => void): void {
  for (let shard = 0; shard < CONTROL_STREAMS; shard += 1) {
    void listen(app.hub, controlStream(shard), (event) => callBack(event?.actorId));
  }
}
