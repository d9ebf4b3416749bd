import { AppError } from "../app-error.ts";
import { together } from "../together.ts";
import type { HubStream } from "./hub-stream.ts";
import type { Place, StreamHead, StreamLog } from "./stream-log.ts";
import type { Watcher } from "./watcher.ts";

interface Admission {
  /** The access version under which they were admitted. */
  readonly admitted: number;
  /** The head of the stream, read after they asked. */
  readonly head: StreamHead;
}

/** Looks up who may watch: of those who do, whenever there is doubt, and of those who come back. */
export class AccessGuard {
  readonly #log: StreamLog;
  readonly #untilDone: (work: () => Promise<void>) => Promise<void>;
  readonly #notice: (stream: HubStream, before: number, seen: Place) => void;
  readonly #asking = new WeakMap<HubStream, (userId: string) => Promise<Admission | undefined>>();

  /**
   * `untilDone` runs work again and again until no fault of ours is in its way; `notice` takes a head that was seen when
   * the hub's was `before`, or had moved on: it reads what is missing, and begins again when the log was replaced.
   */
  constructor(
    log: StreamLog,
    untilDone: (work: () => Promise<void>) => Promise<void>,
    notice: (stream: HubStream, before: number, seen: Place) => void,
  ) {
    this.#log = log;
    this.#untilDone = untilDone;
    this.#notice = notice;
  }

  /** Lets nothing after `barrier` out until the access of all watchers has been looked up again (rule L14). */
  doubt(stream: HubStream, barrier: number): void {
    // Whoever joins from here on reads their access after this.
    if (stream.watchers.size === 0) return;
    stream.accessDoubts += 1;
    // Nobody rests in the lane while there is a barrier: each goes on by itself, as far as it lets them.
    stream.lane.clear();
    stream.barrier = Math.min(stream.barrier ?? barrier, barrier);
    void this.#recheck(stream, stream.accessDoubts);
  }

  /**
   * The organisation's access version is said to be this: doubts the access that was looked up under another one. A
   * lower one is older news, or of a restored database, where others may be members.
   */
  learn(stream: HubStream, accessVersion: number, barrier: number): void {
    if (accessVersion === stream.accessVersion) return;
    stream.accessVersion = accessVersion;
    this.doubt(stream, barrier);
  }

  /**
   * What the database says of somebody who comes back to a stream; undefined when they may not watch. The same look-up
   * answers all who ask in the same turn: thousands may come back at once.
   */
  admit(stream: HubStream, userId: string): Promise<Admission | undefined> {
    let ask = this.#asking.get(stream);
    if (!ask) {
      ask = together((userIds) => this.#admissions(stream, userIds));
      this.#asking.set(stream, ask);
    }
    return ask(userId);
  }

  async #admissions(stream: HubStream, userIds: readonly string[]): Promise<ReadonlyMap<string, Admission>> {
    const readers = await this.#log.readers(stream.kind, stream.id, userIds);
    // After the readers: what let somebody in again is no newer than this head.
    const head = (await this.#log.heads([stream.id])).get(stream.id);
    return head ? new Map([...readers].map(([userId, admitted]) => [userId, { admitted, head }])) : new Map();
  }

  async #recheck(stream: HubStream, doubt: number): Promise<void> {
    const admitted = new Map<Watcher, number>();
    let known = 0;
    let seen: Place = { version: 0, nonce: 0 };
    await this.#untilDone(async () => {
      known = stream.head;
      const watchers = [...stream.watchers];
      const userIds = new Set(watchers.flatMap(({ userId }) => userId ?? []));
      const readers = await this.#log.readers(stream.kind, stream.id, [...userIds]);
      for (const watcher of watchers) {
        if (watcher.userId === undefined) continue;
        const version = readers.get(watcher.userId);
        if (version === undefined) watcher.end(new AppError("ACCESS_REVOKED"));
        else admitted.set(watcher, version);
      }
      // After the readers: what let somebody in again is no newer than this head.
      seen = (await this.#log.heads([stream.id])).get(stream.id) ?? { version: 0, nonce: 0 };
    });
    // What let somebody in again may still be on its way here; and what was looked up may be a restored database, which
    // knows nothing of a removal that the hub has heard of.
    this.#notice(stream, known, seen);
    await stream.reached(seen.version);
    if (stream.accessDoubts !== doubt) return; // A later look-up decides.
    for (const [watcher, version] of admitted) {
      if (this.#mayHaveBeenOut(stream, version, seen.version)) watcher.mustReopen = true;
    }
    stream.barrier = undefined;
    stream.wakeAll();
  }

  /**
   * Whether somebody who may watch now was perhaps out when something behind the barrier was written. Only the
   * statement that opens a watch knows, and then puts a snapshot in its place.
   */
  #mayHaveBeenOut(stream: HubStream, admitted: number, seen: number): boolean {
    const barrier = stream.barrier ?? stream.head;
    // The look-up saw a restored database, in which nobody was ever removed.
    if (seen < barrier) return true;
    const waiting = stream.eventsAfter(barrier);
    if (waiting.some((event) => event.accessVersion < admitted)) return true;
    const isIn = seen > stream.head || waiting.some((event) => this.#log.givesAccess(stream.kind, event.type));
    const doubted = stream.typesFrom(barrier) ?? waiting.map(({ type }) => type);
    return isIn && doubted.some((type) => this.#log.endsAccess(stream.kind, type));
  }
}
