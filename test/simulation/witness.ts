import { type LogEvent, parseCursor, toCursor } from "../../server/core/event-log.ts";
import type { StreamMessage } from "../../server/core/live/follow.ts";
import type { SnapshotMessage } from "../../server/events.ts";
import type { History } from "./history.ts";
import type { Scheduler } from "./scheduler.ts";

/** What is said on a watch, as whoever watches reads it. */
export type Heard = { type: "snapshot"; part: SnapshotMessage } | Exclude<StreamMessage, { type: "snapshot" }>;

export function toHeard(message: StreamMessage): Heard {
  return message.type === "snapshot" ? { ...message, part: message.part.parse<SnapshotMessage>() } : message;
}

export interface Watched {
  readonly userId: string;
  readonly streamId: string;
  readonly lastEventId: string | undefined;
}

export interface Surroundings {
  readonly scheduler: Scheduler;
  readonly history: History;
  readonly report: (violation: string) => void;
  /** Counts what was seen: a run in which nothing happens proves nothing. */
  readonly count: (what: string) => void;
}

/** Looks at everything that the server says on one watch, as it is written. */
export class Witness {
  readonly #watched: Watched;
  readonly #around: Surroundings;
  readonly #sinceState: number;
  /** Where the watch is: the cursor of what was sent last that can be continued. */
  cursor: string | undefined;
  /** The next part of a snapshot that is under way; 1 when none is. */
  #nextPart = 1;
  readonly beganAt: number;
  saidAt: number;

  constructor(watched: Watched, around: Surroundings) {
    this.#watched = watched;
    this.#around = around;
    this.#sinceState = around.history.newest;
    this.beganAt = around.scheduler.now;
    this.saidAt = this.beganAt;
    this.cursor = watched.lastEventId;
  }

  saw(id: string, message: Heard): void {
    this.#around.count(message.type === "snapshot" ? `snapshot ${message.part.reason}` : message.type);
    this.saidAt = this.#around.scheduler.now;
    if (message.type === "event") this.#sawEvent(id, message.event);
    else if (message.type === "snapshot") this.#sawSnapshot(id, message.part);
    else this.#sawHead(id, message.version);
  }

  /** L10, L14: a watch ends for a decision, and for one that was made. */
  ended(kind: string): void {
    this.#around.count(`ended ${kind}`);
    const { userId, streamId } = this.#watched;
    const isDecision = kind === "ACCESS_REVOKED" || kind === "BOARD_NOT_FOUND";
    if (!isDecision) this.#say(`L10: ended with ${kind}`);
    else if (!this.#around.history.wasOut(userId, streamId, this.#sinceState)) {
      this.#say(`L14: ended with ${kind}, and access was never lost`);
    }
  }

  get streamId(): string {
    return this.#watched.streamId;
  }

  #sawEvent(id: string, event: LogEvent): void {
    const { history } = this.#around;
    const { userId, streamId } = this.#watched;
    const committed = history.find(streamId, toCursor(event));
    if (!committed) return this.#say(`L1: event ${id} was never committed`);
    if (id !== toCursor(event)) this.#say(`L6: event ${toCursor(event)} is tracked as ${id}`);
    if (committed.after !== this.cursor) this.#say(`L7: event ${id} follows ${committed.after}, not ${this.cursor}`);
    if (!history.mayHear(userId, committed)) this.#say(`L14: event ${id} was written after the removal of ${userId}`);
    this.cursor = id;
    this.#nextPart = 1;
  }

  #sawSnapshot(id: string, { part, of, reason, snapshot }: SnapshotMessage): void {
    const isDue = part === 1 || part === this.#nextPart;
    if (!isDue) this.#say(`L6: part ${part} of a snapshot where ${this.#nextPart} is due`);
    this.#nextPart = part === of ? 1 : part + 1;
    this.#checkReason(reason, snapshot.cursor);
    if (part < of) {
      if (!id.startsWith("0.") || id === "0.0") this.#say(`L6: part ${part} of ${of} is tracked as ${id}`);
      return;
    }
    if (id !== snapshot.cursor) this.#say(`L6: a snapshot at ${snapshot.cursor} is tracked as ${id}`);
    this.cursor = id;
  }

  #checkReason(reason: string, cursor: string): void {
    const from = parseCursor(this.cursor);
    const { history } = this.#around;
    const { userId, streamId } = this.#watched;
    const isFirst = this.cursor === undefined;
    if ((reason === "first") !== isFirst) this.#say(`L8: "${reason}" for the cursor ${this.cursor}`);
    if (!from || history.restores > 0) return;
    const isOfPart = from.version === 0 && from.nonce !== 0;
    if (reason === "ahead" || (reason === "unknown" && !isOfPart)) {
      this.#say(`L8: "${reason}" for ${this.cursor}, and nothing was ever lost`);
    }
    if (reason === "access" && !history.doubted.has(streamId) && !history.wasOut(userId, streamId, 0)) {
      this.#say(`L8: "access", and ${userId} was never without`);
    }
    const { version } = parseCursor(cursor) ?? from;
    if (!isOfPart && version < from.version) this.#say(`L7: a snapshot goes back from ${this.cursor} to ${cursor}`);
  }

  #sawHead(id: string, version: number): void {
    if (id !== this.cursor) this.#say(`L11: a head is tracked as ${id}, and ${this.cursor} was sent last`);
    if (version < (parseCursor(this.cursor)?.version ?? 0)) this.#say(`L11: head ${version} is behind ${this.cursor}`);
    if (version > this.#around.history.mostVersions) this.#say(`L11: head ${version} was never reached`);
  }

  #say(violation: string): void {
    this.#around.report(`${violation} (${this.#watched.streamId}, ${this.#watched.userId})`);
  }
}
