import { AppError } from "../app-error.ts";
import { type LogEvent, parseCursor, toCursor } from "../event-log.ts";
import { isUnavailable, untilAvailable } from "../faults.ts";
import type { Hub } from "./hub.ts";
import type { HubStream } from "./hub-stream.ts";
import { Watcher } from "./watcher.ts";

/** How long an admission waits for the database before it gives the client the chance to come again (rule L10). */
const ADMISSION_MS = 5_000;

/** What one SQL statement says about a watch: a snapshot in parts, or the events after the cursor (rule L6). */
export type Opening<Snapshot> = { version: number; nonce: number } & (
  | { parts: readonly Snapshot[] }
  | { events: readonly LogEvent[] }
);

/** Why a stretch of following is over: the watch is, or it has to open again. */
type Ending = "stopped" | "reopen" | "reset";

export interface WatchRequest<Snapshot> {
  readonly hub: Hub;
  readonly streamId: string;
  readonly userId: string;
  readonly lastEventId: string | null | undefined;
  readonly signal: AbortSignal | undefined;
  /** The statement. Throws a decision (`BOARD_NOT_FOUND` …) or a passing fault. */
  readonly open: (cursor: { version: number; nonce: number } | undefined, reset: boolean) => Promise<Opening<Snapshot>>;
  /** Events whose place a snapshot takes: nothing can be folded over them. */
  readonly resets: (event: LogEvent) => boolean;
}

export type StreamMessage<Snapshot> =
  | { type: "snapshot"; part: Snapshot }
  | { type: "event"; event: LogEvent }
  | { type: "head"; version: number; ageMs: number };

/**
 * Follows a stream: yields `[cursor, message]`, the cursor being what continues after that message. Never ends with an
 * error for a fault of ours, but at admission (`SERVER_UNAVAILABLE`); a decision ends it (`ACCESS_REVOKED` …).
 */
export async function* follow<Snapshot>(
  request: WatchRequest<Snapshot>,
): AsyncGenerator<readonly [string, StreamMessage<Snapshot>], void> {
  const { hub } = request;
  const watcher = new Watcher(request.userId, parseCursor(request.lastEventId));
  const stream = hub.join(request.streamId, watcher);
  try {
    let admitted = false;
    let reset = false;
    for (;;) {
      // Join, then read: what commits from here on is either in the statement's answer or offered to the hub.
      watcher.mustReopen = false;
      const known = stream.loaded ? stream.head : 0;
      const opening: Opening<Snapshot> = await admission(request, stream, watcher, admitted, reset);
      if (watcher.ending) throw watcher.ending;
      admitted = true;
      hub.notice(stream, known, opening);
      yield* opened(opening, watcher, request);
      // Whoever comes back to a board where nothing happened hears so at once, not when the next head is due.
      const missedNothing: boolean = "events" in opening && opening.events.length === 0;
      const end: Ending = yield* followed(request, stream, watcher, missedNothing);
      if (end === "stopped") return;
      reset = end === "reset";
    }
  } finally {
    hub.leave(stream, watcher);
  }
}

async function admission<Snapshot>(
  request: WatchRequest<Snapshot>,
  stream: HubStream,
  watcher: Watcher,
  admitted: boolean,
  reset: boolean,
): Promise<Opening<Snapshot>> {
  const options = { signal: request.signal, ...(admitted ? {} : { timeoutMs: ADMISSION_MS }) };
  const open = async () => {
    if (request.hub.signal.aborted) throw new AppError("SERVER_UNAVAILABLE");
    const opening = await request.open(watcher.cursor, reset);
    await stream.ready;
    return opening;
  };
  try {
    return await untilAvailable(open, options);
  } catch (error) {
    if (isUnavailable(error)) throw new AppError("SERVER_UNAVAILABLE", { cause: error });
    throw error;
  }
}

function* opened<Snapshot>(
  opening: Opening<Snapshot>,
  watcher: Watcher,
  request: WatchRequest<Snapshot>,
): Generator<readonly [string, StreamMessage<Snapshot>], void> {
  if ("events" in opening) {
    for (const event of opening.events) {
      watcher.cursor = event;
      yield [toCursor(event), { type: "event", event }];
    }
    return;
  }
  const last = opening.parts.length - 1;
  for (const [index, part] of opening.parts.entries()) {
    if (request.signal?.aborted) return;
    if (index === last) watcher.cursor = { version: opening.version, nonce: opening.nonce };
    // A part before the last must not be continued from: its id is one that no stream knows.
    const id = index === last ? toCursor(opening) : `0.${Math.floor(Math.random() * 2 ** 40) + 1}`;
    yield [id, { type: "snapshot", part }];
  }
}

async function* followed<Snapshot>(
  request: WatchRequest<Snapshot>,
  stream: HubStream,
  watcher: Watcher,
  headFirst: boolean,
): AsyncGenerator<readonly [string, StreamMessage<Snapshot>], Ending> {
  const { hub, signal } = request;
  let sentAt = headFirst ? Number.NEGATIVE_INFINITY : performance.now();
  while (signal?.aborted !== true && !hub.signal.aborted) {
    if (watcher.ending) throw watcher.ending;
    if (watcher.mustReopen) return "reopen";
    const cursor = watcher.cursor ?? { version: 0, nonce: 0 };
    const event = stream.next(cursor.version);
    if (event === "behind") return "reopen";
    if (event) {
      if (request.resets(event)) return "reset";
      watcher.cursor = event;
      sentAt = performance.now();
      yield [toCursor(event), { type: "event", event }];
      continue;
    }
    const dueMs = sentAt + hub.headEveryMs - performance.now();
    if (dueMs <= 0) {
      sentAt = performance.now();
      // Tracked with what this watch was last sent, never with the head: a reconnect would lose what lies between.
      yield [toCursor(cursor), { type: "head", version: Math.max(stream.head, cursor.version), ageMs: hub.ageMs }];
      continue;
    }
    await watcher.rest(dueMs, signal);
  }
  return "stopped";
}
