import type { AccessGuard } from "./access-guard.ts";
import type { HubStream, SharedSnapshot } from "./hub-stream.ts";
import type { Place, StreamLog } from "./stream-log.ts";
import type { Watcher } from "./watcher.ts";

/**
 * How a watch begins without reading the log: by what memory holds, and one look at who it is and where the stream is,
 * which many who come at once share. Where that is not certain, the statement decides that opens the stream.
 */
export class Admission {
  readonly #log: StreamLog;
  readonly #guard: AccessGuard;
  readonly #notice: (stream: HubStream, before: number, seen: Place) => void;

  /** `notice`: a statement that began when the head was known to be `before` saw this head. */
  constructor(log: StreamLog, guard: AccessGuard, notice: (stream: HubStream, before: number, seen: Place) => void) {
    this.#log = log;
    this.#guard = guard;
    this.#notice = notice;
  }

  /**
   * Whether a watch may go on from its cursor by what memory holds: the next events are there, the one who watches has
   * access, and had it all the time. Only the database says anything else (rule L8).
   */
  async continues(stream: HubStream, watcher: Watcher): Promise<boolean> {
    const isHeld = () => watcher.cursor !== undefined && stream.holds(watcher.cursor) && stream.barrier === undefined;
    if (watcher.userId === undefined || !isHeld()) return false;
    const known = stream.head;
    const admission = await this.#guard.admit(stream, watcher.userId);
    if (!admission) return false;
    const { admitted, head } = admission;
    this.#notice(stream, known, head);
    if (!watcher.cursor || !isHeld() || stream.head < head.version) return false;
    const { version } = watcher.cursor;
    if (version < head.floor) return false;
    const missed = stream.eventsAfter(version);
    if (missed.some((event) => event.accessVersion < admitted || this.#log.resets(stream.kind, event))) return false;
    // The event at the cursor may be the removal of who comes back: it has to be known, too.
    const types = stream.typesFrom(version);
    return types?.some((type) => this.#log.endsAccess(stream.kind, type)) === false;
  }

  /**
   * The snapshot that others were sent, where it is what somebody who comes now would get: nothing was written since,
   * and they have access, both looked up after they came (rule L6).
   */
  async snapshotFor(stream: HubStream, { userId }: Watcher): Promise<SharedSnapshot | undefined> {
    const snapshot = await stream.shared();
    if (!snapshot || userId === undefined) return undefined;
    const known = stream.head;
    const admission = await this.#guard.admit(stream, userId);
    if (!admission) return undefined;
    const { head } = admission;
    this.#notice(stream, known, head);
    const isHead = head.version === snapshot.version && head.nonce === snapshot.nonce;
    return isHead && stream.isOrdinaryAt(snapshot) ? snapshot : undefined;
  }
}
