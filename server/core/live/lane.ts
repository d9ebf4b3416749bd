import { type LogEvent, toCursor } from "../event-log.ts";
import { bytesOf, resultOf, toFrames, toResult } from "./frames.ts";
import type { Place } from "./stream-log.ts";
import type { Rest, Watcher } from "./watcher.ts";

/** What one write carries at most, but for an event that is larger (rule L17). */
const MOST_BYTES = 128 * 1_024;
/** Who is due for a head within this share of its period gets it with those who are due now. */
const EARLY = 0.1;

/** What a lane knows of the hub: when heads are due, and what they say. */
export interface Pulse {
  readonly everyMs: number;
  readonly ageMs: () => number;
}

/**
 * The watches of a stream that are at its head and have nothing to wait for but its next event. They all have the same
 * cursor, so what comes is made into frames once for all whose messages begin alike, and written by one call each,
 * together with the other events of the same turn of the event loop (rule L18).
 *
 * A watch whose case is not ordinary leaves in the same turn, and goes on by itself behind what was written to it: the
 * cursor moves with the write, so nothing is lost or doubled.
 */
export class Lane implements Rest {
  readonly #awake: Set<Watcher>;
  readonly #pulse: Pulse;
  /** Who rests, by how their messages begin. */
  readonly #resting = new Map<string, Set<Watcher>>();
  /** The events of this turn, not yet written. */
  #waiting: LogEvent[] = [];
  #waitingBytes = 0;
  #isTurnAwaited = false;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;

  /** `awake`: the watches of the stream that do not rest. */
  constructor(awake: Set<Watcher>, pulse: Pulse) {
    this.#awake = awake;
    this.#pulse = pulse;
  }

  /** Takes in a watch whose cursor is the head of the stream. */
  enter(watcher: Watcher): void {
    const { seat } = watcher;
    if (!seat) return;
    // The others are behind it until they have what waits.
    this.flush();
    const group = this.#resting.get(seat.opening) ?? new Set();
    this.#resting.set(seat.opening, group.add(watcher));
    this.#awake.delete(watcher);
    seat.wire.resting.add(watcher);
    watcher.lane = this;
    this.#beatAt(watcher.saidAt + this.#pulse.everyMs);
  }

  leave(watcher: Watcher): void {
    const { seat } = watcher;
    if (!seat || watcher.lane !== this) return;
    const group = this.#resting.get(seat.opening);
    group?.delete(watcher);
    if (group?.size === 0) this.#resting.delete(seat.opening);
    this.#awake.add(watcher);
    seat.wire.resting.delete(watcher);
    watcher.lane = undefined;
    if (this.#resting.size === 0) this.#stopBeating();
  }

  /** Everybody leaves, without what waits. */
  clear(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const group of this.#resting.values()) for (const watcher of group) watcher.wakeUp();
  }

  /** An event that whoever rests here may have as it is: written at the end of this turn. */
  take(event: LogEvent): void {
    if (this.#resting.size === 0) return;
    const bytes = bytesOf(event);
    if (this.#waitingBytes + bytes > MOST_BYTES) this.flush();
    this.#waiting.push(event);
    this.#waitingBytes += bytes;
    if (this.#isTurnAwaited) return;
    this.#isTurnAwaited = true;
    setImmediate(() => {
      this.#isTurnAwaited = false;
      this.flush();
    });
  }

  /** Writes what waits. */
  flush(): void {
    const events = this.#waiting;
    const last = events.at(-1);
    if (!last) return;
    this.#waiting = [];
    this.#waitingBytes = 0;
    const results = events.map(resultOf);
    const cursor = { version: last.version, nonce: last.nonce };
    const now = performance.now();
    for (const [opening, group] of this.#resting) {
      const frames = toFrames(opening, results);
      for (const watcher of group) if (write(watcher, frames, now)) watcher.cursor = cursor;
    }
  }

  /** Says what the head is to all who have heard nothing for long (rule L11). */
  #beat(): void {
    this.flush();
    const { everyMs } = this.#pulse;
    const now = performance.now();
    let saidAt = Number.POSITIVE_INFINITY;
    for (const [opening, group] of this.#resting) {
      let head: Buffer | undefined;
      for (const watcher of group) {
        if (watcher.saidAt <= now - everyMs * (1 - EARLY)) {
          head ??= toFrames(opening, [this.#toHead(watcher.cursor)]);
          if (!write(watcher, head, now)) continue;
        }
        saidAt = Math.min(saidAt, watcher.saidAt);
      }
    }
    this.#dueAt = Number.POSITIVE_INFINITY;
    if (this.#resting.size > 0) this.#beatAt(saidAt + everyMs);
  }

  /** Tracked with what these watches were last sent. All of them have the head. */
  #toHead(cursor: Place | undefined): Buffer {
    const at = cursor ?? { version: 0, nonce: 0 };
    return toResult(toCursor(at), { type: "head", version: at.version, ageMs: this.#pulse.ageMs() });
  }

  #beatAt(dueAt: number): void {
    if (dueAt >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => this.#beat(), Math.max(0, dueAt - performance.now()));
  }

  #stopBeating(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#dueAt = Number.POSITIVE_INFINITY;
  }
}

/** Writes to a watch at rest; where there is no room it leaves, and waits for some by itself. */
function write(watcher: Watcher, frames: Buffer, now: number): boolean {
  const { seat } = watcher;
  if (seat?.flow.hasRoom(frames.length) !== true) {
    watcher.wakeUp();
    return false;
  }
  seat.wire.write(frames);
  watcher.saidAt = now;
  return true;
}
