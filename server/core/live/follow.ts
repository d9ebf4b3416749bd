import { AppError } from "../app-error.ts";
import { type LogEvent, toCursor } from "../event-log.ts";
import { isUnavailable, untilAvailable } from "../faults.ts";
import type { ReadyJson } from "../ready-json.ts";
import type { Flow } from "./flow.ts";
import type { Hub } from "./hub.ts";
import { bytesOf, resultOf, resultOfJson, toFrames, toResult } from "./frames.ts";
import type { HubStream, SharedSnapshot } from "./hub-stream.ts";
import type { Place } from "./stream-log.ts";
import type { Watcher } from "./watcher.ts";

/** How long an admission waits for the database before it gives the client the chance to come again (rule L10). */
const ADMISSION_MS = 5_000;
const HEAD_BYTES = 200;

/**
 * What one SQL statement says about a watch: a snapshot as the messages that bring it, or the events after the cursor
 * (rule L6).
 */
export type Opening = Place & ({ parts: readonly ReadyJson[] } | { events: readonly LogEvent[] });

/** Why a stretch of following is over: the watch is, or it has to open again. */
type Ending = "stopped" | "reopen" | "reset";

export interface WatchRequest {
  readonly hub: Hub;
  readonly streamId: string;
  /** The room on the connection; without one the reader asks for every message. */
  readonly flow: Flow | undefined;
  /** The statement. Throws a decision (`BOARD_NOT_FOUND` …) or a passing fault. */
  readonly open: (cursor: Place | undefined, reset: boolean) => Promise<Opening>;
}

export type StreamMessage = { type: "snapshot"; part: ReadyJson } | Said;
type Said = { type: "event"; event: LogEvent } | { type: "head"; version: number; ageMs: number };

type Messages<Return = void> = AsyncGenerator<readonly [string, StreamMessage], Return>;

/** A message for which room was promised, and what continues after it. */
interface Next {
  readonly id: string;
  readonly message: Said;
  readonly bytes: number;
}

/** One watch under way. */
interface Following {
  readonly request: WatchRequest;
  readonly stream: HubStream;
  readonly watcher: Watcher;
}

/**
 * Follows a stream: yields `[cursor, message]`, the cursor being what continues after that message; where the watcher has
 * a seat, it writes them there and yields nothing. Never ends with an error for a fault of ours, but at admission
 * (`SERVER_UNAVAILABLE`); a decision ends it (`ACCESS_REVOKED` …).
 */
export async function* follow(request: WatchRequest, watcher: Watcher): Messages {
  const { hub } = request;
  const stream = hub.join(request.streamId, watcher);
  const following = { request, stream, watcher };
  try {
    let admitted = false;
    let reset = false;
    for (;;) {
      // Join, then read: what commits from here on is either in the statement's answer or offered to the hub.
      watcher.mustReopen = false;
      let end: Ending | undefined = yield* opened(following, admitted, reset);
      while (end === undefined) {
        const step = next(following);
        if (typeof step === "string") end = step;
        else if (step instanceof Promise) await step;
        else yield* sending(following, step);
      }
      admitted = true;
      if (end === "stopped") return;
      reset = end === "reset";
    }
  } finally {
    hub.leave(stream, watcher);
  }
}

/** What the watch begins or goes on with: what memory holds where that is certain, else what the statement says. */
async function admission(
  { request, stream, watcher }: Following,
  admitted: boolean,
  reset: boolean,
): Promise<Opening | SharedSnapshot | "continued"> {
  const { hub } = request;
  const isShared = watcher.seat !== undefined && watcher.cursor === undefined;
  const options = {
    get signal() {
      return watcher.stopped;
    },
    ...(admitted ? {} : { timeoutMs: ADMISSION_MS }),
  };
  const open = async () => {
    if (hub.signal.aborted) throw new AppError("SERVER_UNAVAILABLE");
    if (!admitted && (await hub.admission.continues(stream, watcher))) return "continued";
    if (!isShared) return read();
    if (!stream.hasSnapshot) return stream.share(readShared);
    return (await hub.admission.snapshotFor(stream, watcher)) ?? readShared();
  };
  const read = async () => {
    const known = stream.loaded ? stream.head : 0;
    const opening = await request.open(watcher.cursor, reset);
    await stream.ready;
    hub.notice(stream, known, opening);
    return opening;
  };
  const readShared = async () => {
    const opening = await read();
    return "parts" in opening ? toShared(opening) : opening;
  };
  try {
    return await untilAvailable(open, options);
  } catch (error) {
    if (isUnavailable(error)) throw new AppError("SERVER_UNAVAILABLE", { cause: error });
    throw error;
  }
}

/** Begins, or begins again. What the statement answered is let go of before the watch comes to rest. */
async function* opened(following: Following, admitted: boolean, reset: boolean): Messages<Ending | undefined> {
  const { stream, watcher } = following;
  const opening = await admission(following, admitted, reset);
  if (watcher.ending) throw watcher.ending;
  // Whoever comes back to a board where nothing happened hears so at once, not when the next head is due.
  const missedNothing =
    opening === "continued"
      ? watcher.cursor?.version === stream.head
      : "events" in opening && opening.events.length === 0;
  watcher.saidAt = missedNothing ? Number.NEGATIVE_INFINITY : performance.now();
  if (opening === "continued") return undefined;
  if ("results" in opening) return beginning(following, opening);
  if ("events" in opening) {
    for (const event of opening.events) {
      const end = await room(following, bytesOf(event));
      if (end) return end;
      watcher.cursor = event;
      yield* sending(following, { id: toCursor(event), message: { type: "event", event }, bytes: bytesOf(event) });
    }
    return undefined;
  }
  if (watcher.seat) return beginning(following, await toShared(opening));
  return yield* beginningInParts(following, opening);
}

/** Yields a snapshot, part by part. */
async function* beginningInParts(following: Following, opening: SnapshotOpening): Messages<Ending | undefined> {
  const { request, watcher } = following;
  const last = opening.parts.length - 1;
  for (const [index, part] of opening.parts.entries()) {
    const end = await room(following, part.bytes.length);
    if (end) return end;
    if (index === last) watcher.cursor = { version: opening.version, nonce: opening.nonce };
    watcher.saidAt = performance.now();
    try {
      yield [idOf(opening, index), { type: "snapshot", part }];
    } finally {
      request.flow?.settle(part.bytes.length);
    }
  }
  return undefined;
}

/** Writes a snapshot to a seat; it may be somebody else's, too. */
async function beginning(following: Following, snapshot: SharedSnapshot): Promise<Ending | undefined> {
  const { request, watcher } = following;
  const last = snapshot.results.length - 1;
  for (const [index, result] of snapshot.results.entries()) {
    const end = await room(following, result.length);
    if (end) return end;
    if (index === last) watcher.cursor = { version: snapshot.version, nonce: snapshot.nonce };
    watcher.saidAt = performance.now();
    if (watcher.seat) watcher.seat.wire.write(toFrames(watcher.seat.opening, [result]));
    request.flow?.settle(result.length);
  }
  return undefined;
}

type SnapshotOpening = Extract<Opening, { parts: unknown }>;

/** Others have their turn between the parts of a big one (`bench/open-board.ts`). */
async function toShared(opening: SnapshotOpening): Promise<SharedSnapshot> {
  const results: Buffer[] = [];
  for (const [index, part] of opening.parts.entries()) {
    if (index > 0) await new Promise((resolve) => setImmediate(resolve));
    results.push(resultOfJson(idOf(opening, index), part));
  }
  return { version: opening.version, nonce: opening.nonce, results, madeAt: performance.now() };
}

/** The id of a part. One before the last must not be continued from: its id is one that no stream knows. */
function idOf(opening: SnapshotOpening, index: number): string {
  const last = opening.parts.length - 1;
  return index === last ? toCursor(opening) : `0.${Math.floor(Math.random() * 2 ** 40) + 1}`;
}

/**
 * What the watch does next: sends a message, or rests, or is over. It rests from the moment on that there is nothing to
 * send: nothing may come in between. (And no generator of its own waits for that: it would be kept for every watch.)
 */
function next(following: Following): Ending | Promise<void> | Next {
  const { request, stream, watcher } = following;
  const { hub } = request;
  const end = endOf(following);
  if (end) return end;
  const cursor = watcher.cursor ?? { version: 0, nonce: 0 };
  const event = stream.next(cursor);
  if (event === "elsewhere") return "reopen";
  if (event && hub.resets(stream, event)) return "reset";
  const ms = watcher.saidAt + hub.headEveryMs - performance.now();
  if (!event && ms > 0) {
    const isOrdinary = watcher.seat && stream.isOrdinaryAt(cursor);
    return watcher.rest(isOrdinary ? { lane: stream.lane } : { ms });
  }
  const bytes = event ? bytesOf(event) : HEAD_BYTES;
  // Nothing is kept for who does not read: what comes next is looked for again when there is room.
  if (!hasRoom(following, bytes)) return watcher.restForRoom();
  if (event) {
    watcher.cursor = event;
    return { id: toCursor(event), message: { type: "event", event }, bytes };
  }
  // Tracked with what this watch was last sent, never with the head: a reconnect would lose what lies between.
  const head = { type: "head", version: Math.max(stream.head, cursor.version), ageMs: hub.ageMs } as const;
  return { id: toCursor(cursor), message: head, bytes };
}

/** Whether the watch is over or has to open again. Throws the decision that ends it. */
function endOf({ request, watcher }: Following): "stopped" | "reopen" | undefined {
  if (watcher.isStopped || request.hub.signal.aborted) return "stopped";
  if (watcher.ending) throw watcher.ending;
  return watcher.mustReopen ? "reopen" : undefined;
}

/** Waits until there is room for a message. */
async function room(following: Following, bytes: number): Promise<"stopped" | "reopen" | undefined> {
  for (;;) {
    const end = endOf(following);
    if (end) return end;
    if (hasRoom(following, bytes)) return undefined;
    await following.watcher.restForRoom();
  }
}

function hasRoom({ request, watcher }: Following, bytes: number): boolean {
  return request.flow?.take(bytes, watcher) ?? true;
}

/** Yields a message for which room was promised, or writes it. */
function* sending(
  { request, watcher }: Following,
  { id, message, bytes }: Next,
): Generator<readonly [string, StreamMessage], void> {
  const { seat } = watcher;
  watcher.saidAt = performance.now();
  try {
    if (seat) seat.wire.write(toFrames(seat.opening, [toResultOf(id, message)]));
    else yield [id, message];
  } finally {
    request.flow?.settle(bytes);
  }
}

function toResultOf(id: string, message: Said): Buffer {
  return message.type === "event" ? resultOf(message.event) : toResult(id, message);
}
