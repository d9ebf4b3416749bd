import { pause } from "../faults.ts";
import type { HubStream } from "./hub-stream.ts";
import type { Place, StreamLog } from "./stream-log.ts";

/** How often the heads of all streams are compared, whatever else is known. */
const HEADS_EVERY_MS = 8_000;

export interface PollOptions {
  readonly log: StreamLog;
  readonly everyMs: number;
  readonly signal: AbortSignal;
  /** The streams whose heads are known. */
  readonly streams: () => readonly HubStream[];
  /** The log has this event. */
  readonly onSeen: (stream: HubStream, place: Place) => void;
  /** A stream's head is this, and was not before the stream's was `asked`. Undefined: there is no such stream. */
  readonly onHead: (stream: HubStream, asked: Place, head: Place | undefined) => void;
  /** The access versions of organisations. */
  readonly onAccessVersions: (versions: ReadonlyMap<string, number>) => void;
  readonly onFault: (error: unknown) => void;
}

/** The safety net, which never loses: asks the database for what nobody told of (rule L12). */
export class Poll {
  readonly #options: PollOptions;
  /** The previous poll's `pg_snapshot_xmin`; undefined: compare the heads of all streams first. */
  #horizon: string | undefined;
  #headsAt = 0;
  #losses = 0;
  #freshAt = performance.now();
  #hurry = new AbortController();
  readonly done: Promise<void>;

  constructor(options: PollOptions) {
    this.#options = options;
    this.done = this.#forever();
  }

  /** How old the knowledge of the heads is, by the monotonic clock. */
  get ageMs(): number {
    return Math.max(0, Math.round(performance.now() - this.#freshAt));
  }

  /** Compares the heads of all streams now: something may have been missed for longer than the poll remembers. */
  readHeads(): void {
    this.#horizon = undefined;
    this.#hurry.abort();
  }

  async #forever(): Promise<void> {
    const { signal, everyMs, onFault } = this.#options;
    for (;;) {
      await pause(everyMs, AbortSignal.any([signal, this.#hurry.signal]));
      if (signal.aborted) return;
      if (this.#hurry.signal.aborted) this.#hurry = new AbortController();
      try {
        await this.#once();
      } catch (error) {
        // The connection may have been lost: whatever the log's horizon was, look at all heads next time.
        this.#horizon = undefined;
        onFault(error);
      }
    }
  }

  async #once(): Promise<void> {
    const { log, onSeen } = this.#options;
    const startedAt = performance.now();
    const streams = this.#options.streams();
    const byId = new Map(streams.map((stream) => [stream.id, stream]));
    const losses = log.losses();
    // After a lost connection it may be another server, whose transactions have other numbers.
    const since = losses === this.#losses ? this.#horizon : undefined;
    this.#losses = losses;
    const hurry = this.#hurry;
    const { horizon, seen } = await log.since(since, [...byId.keys()]);
    for (const { streamId, ...place } of seen) {
      const stream = byId.get(streamId);
      if (stream) onSeen(stream, place);
    }
    // After the horizon was read: what commits from here on is at or after it. A stream that the previous poll did not
    // ask about may have missed what became visible before that poll's horizon, so its head is compared too.
    const isDue = since === undefined || startedAt - this.#headsAt > HEADS_EVERY_MS;
    await this.#heads(streams.filter((stream) => isDue || !stream.isPolled));
    if (isDue) this.#headsAt = startedAt;
    await this.#access(streams);
    // Whoever asked for the heads meanwhile wants them read after that.
    this.#horizon = hurry.signal.aborted ? undefined : horizon;
    this.#freshAt = startedAt;
  }

  /** Compares heads with what the hub had when it asked: it may have moved on while the query ran. */
  async #heads(streams: readonly HubStream[]): Promise<void> {
    if (streams.length === 0) return;
    const asked = streams.map((stream) => ({ stream, place: { version: stream.head, nonce: stream.nonce } }));
    for (const stream of streams) stream.isPolled = true;
    const heads = await this.#options.log.heads(streams.map(({ id }) => id));
    for (const { stream, place } of asked) this.#options.onHead(stream, place, heads.get(stream.id));
  }

  /** A change of membership is an event of the organisation's stream, which nobody here may be watching. */
  async #access(streams: readonly HubStream[]): Promise<void> {
    const orgIds = [...new Set(streams.flatMap(({ orgId }) => orgId ?? []))];
    if (orgIds.length > 0) this.#options.onAccessVersions(await this.#options.log.accessVersions(orgIds));
  }
}
