import { AppError } from "../app-error.ts";
import { together } from "../together.ts";
import type { HubStream } from "./hub-stream.ts";
import type { Place, StreamLog } from "./stream-log.ts";

interface Admission {
  /** The access version under which they were admitted. */
  readonly admitted: number;
  /** The head of the stream, read after they asked. */
  readonly head: Place;
}

/** Looks up who may watch: of those who do, whenever there is doubt, and of those who come back. */
export class AccessGuard {
  readonly #log: StreamLog;
  readonly #untilDone: (work: () => Promise<void>) => Promise<void>;
  readonly #asking = new WeakMap<HubStream, (userId: string) => Promise<Admission | undefined>>();

  /** `untilDone` runs work again and again until no fault of ours is in its way. */
  constructor(log: StreamLog, untilDone: (work: () => Promise<void>) => Promise<void>) {
    this.#log = log;
    this.#untilDone = untilDone;
  }

  /** Lets nothing after `barrier` out until the access of all watchers has been looked up again (rule L14). */
  doubt(stream: HubStream, barrier: number): void {
    // Whoever joins from here on reads their access after this.
    if (stream.watchers.size === 0) return;
    stream.accessDoubts += 1;
    stream.barrier = Math.min(stream.barrier ?? barrier, barrier);
    void this.#recheck(stream, stream.accessDoubts);
  }

  /** The organisation's access version is known to be this: doubts the access that was looked up under an older one. */
  learn(stream: HubStream, accessVersion: number, barrier: number): void {
    if (accessVersion <= stream.accessVersion) return;
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
    const [readers, heads] = await Promise.all([
      this.#log.readers(stream.kind, stream.id, userIds),
      this.#log.heads([stream.id]),
    ]);
    const head = heads.get(stream.id);
    return head ? new Map([...readers].map(([userId, admitted]) => [userId, { admitted, head }])) : new Map();
  }

  async #recheck(stream: HubStream, doubt: number): Promise<void> {
    await this.#untilDone(async () => {
      const watchers = [...stream.watchers];
      const userIds = new Set(watchers.flatMap(({ userId }) => userId ?? []));
      const readers = await this.#log.readers(stream.kind, stream.id, [...userIds]);
      for (const watcher of watchers) {
        const isReader = watcher.userId === undefined || readers.has(watcher.userId);
        if (!isReader) watcher.end(new AppError("ACCESS_REVOKED"));
      }
    });
    if (stream.accessDoubts !== doubt) return; // A later look-up decides.
    stream.barrier = undefined;
    stream.wakeAll();
  }
}
