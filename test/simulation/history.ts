import { type LogEvent, toCursor } from "../../server/core/event-log.ts";
import { type Rows, snapshotOf } from "./rows.ts";
import { mayWatch, type State } from "./state.ts";

/** An event as it was committed. */
export interface Committed {
  readonly event: LogEvent;
  /** The cursor of the event before it. */
  readonly after: string;
  /** The number of the state that it led to. */
  readonly stateNumber: number;
  readonly rows: Rows | undefined;
}

/** Everything that was ever committed, also what a restore has lost since: what the invariants are checked against. */
export class History {
  readonly #states: State[] = [];
  readonly #events = new Map<string, Committed>();
  readonly #texts = new Map<string, string>();
  /** How often the database lost its tail. */
  restores = 0;
  mostVersions = 0;
  /** Boards whose events may have ended somebody's access: whoever watches from before begins anew, out or not. */
  readonly doubted = new Set<string>();

  add(state: State): number {
    return this.#states.push(state) - 1;
  }

  addEvent(committed: Committed): void {
    this.#events.set(keyOf(committed.event.streamId, toCursor(committed.event)), committed);
    const { type, streamId } = committed.event;
    if (type === "board.visibility-changed" || type === "board.unshared") this.doubted.add(streamId);
    this.mostVersions = Math.max(this.mostVersions, committed.event.version);
  }

  find(streamId: string, cursor: string): Committed | undefined {
    return this.#events.get(keyOf(streamId, cursor));
  }

  /** The number of the newest state. */
  get newest(): number {
    return this.#states.length - 1;
  }

  /** The state before the last so many commits. */
  before(commits: number): State | undefined {
    return this.#states[Math.max(0, this.newest - commits)];
  }

  /** The board at a cursor, as text. Undefined for a cursor that no board ever had. */
  textAt(streamId: string, cursor: string): string | undefined {
    const key = keyOf(streamId, cursor);
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const rows = cursor === "0.0" ? this.#states[0]?.streams.get(streamId)?.rows : this.#events.get(key)?.rows;
    if (!rows) return undefined;
    const text = JSON.stringify(snapshotOf(rows, cursor));
    this.#texts.set(key, text);
    return text;
  }

  /** Whether somebody had access when an event was committed, or lost it by that commit. */
  mayHear(userId: string, { event, stateNumber }: Committed): boolean {
    return this.#had(userId, event.streamId, stateNumber) || this.#had(userId, event.streamId, stateNumber - 1);
  }

  /** Whether somebody was without access at some time since a state. */
  wasOut(userId: string, streamId: string, since: number): boolean {
    for (let number = Math.max(0, since); number <= this.newest; number += 1) {
      if (!this.#had(userId, streamId, number)) return true;
    }
    return false;
  }

  #had(userId: string, streamId: string, stateNumber: number): boolean {
    const state = this.#states[stateNumber];
    return state !== undefined && mayWatch(state, streamId, userId);
  }
}

function keyOf(streamId: string, cursor: string): string {
  return `${streamId}:${cursor}`;
}
