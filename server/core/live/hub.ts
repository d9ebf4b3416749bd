import { sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { uuids } from "../../../db/columns.ts";
import { AppError } from "../app-error.ts";
import type { LogEvent } from "../event-log.ts";
import { readEvents } from "../event-log.ts";
import { pause, untilAvailable } from "../faults.ts";
import type { Logger } from "../log.ts";
import { HubStream, type RingLimits } from "./hub-stream.ts";
import type { Watcher } from "./watcher.ts";

/** What the hub has to know of a kind of stream; the domains tell it. */
export interface StreamKind {
  /** Of these people, those who may watch the stream now. */
  readers(db: Database, streamId: string, userIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Whether an event may have ended somebody's access. */
  endsAccess(event: LogEvent): boolean;
}

export interface HubOptions {
  readonly db: Database;
  /** Counts the connections to the database that were lost. */
  readonly losses: () => number;
  readonly log: Logger;
  readonly kinds: Readonly<Record<string, StreamKind>>;
  /** How often the safety net asks for what was missed. */
  readonly pollMs?: number;
  /** How long a watch is silent before it is told what the head is (rule L11). */
  readonly headEveryMs?: number;
  readonly ring?: RingLimits;
}

const GAP_PAGE = 200;
/** How often the poll compares the heads of all streams. */
const HEADS_EVERY_MS = 30_000;
const HEAD_EVERY_MS = 10_000;
const IDLE_MS = 30_000;

/** The part of a process that holds the recent events of the streams being watched (rule L12). */
export class Hub {
  readonly #streams = new Map<string, HubStream>();
  readonly #options: HubOptions;
  readonly #stop = new AbortController();
  /** The previous poll's `pg_snapshot_xmin`; undefined: read the heads of all streams first. */
  #horizon: string | undefined;
  #headsAt = 0;
  #losses = 0;
  /** When the database last said what the heads are, by the monotonic clock. */
  #freshAt = performance.now();
  readonly #polling: Promise<void>;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#polling = this.#pollForever();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    for (const stream of this.#streams.values()) stream.wakeAll();
    await this.#polling;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** How old the knowledge of the heads is. */
  get ageMs(): number {
    return Math.max(0, Math.round(performance.now() - this.#freshAt));
  }

  get headEveryMs(): number {
    return this.#options.headEveryMs ?? HEAD_EVERY_MS;
  }

  get watcherCount(): number {
    let count = 0;
    for (const stream of this.#streams.values()) count += stream.watchers.size;
    return count;
  }

  /** Adds a watcher to a stream. Registered before anything is read: what commits meanwhile is held, not missed. */
  join(streamId: string, watcher: Watcher): HubStream {
    let stream = this.#streams.get(streamId);
    if (!stream || stream.isMissing) {
      const opened = new HubStream(streamId, this.#options.ring ?? { events: 1_024, bytes: 1 << 20 });
      this.#streams.set(streamId, opened);
      opened.ready = this.#loadHead(opened);
      stream = opened;
    }
    stream.watchers.add(watcher);
    stream.idleSince = undefined;
    return stream;
  }

  leave(stream: HubStream, watcher: Watcher): void {
    stream.watchers.delete(watcher);
    if (stream.watchers.size === 0) stream.idleSince = performance.now();
  }

  /** Events that were committed. The one entry, whoever brings them: applies the next one, holds the others. */
  offer(streamId: string, events: readonly LogEvent[]): void {
    const stream = this.#streams.get(streamId);
    if (!stream) return;
    for (const event of events) this.#take(stream, event);
  }

  /** Somebody says that a stream has this version. Carries no truth: what is missing is read from the log. */
  wake(streamId: string, version: number): void {
    const stream = this.#streams.get(streamId);
    if (stream) this.#want(stream, version);
  }

  /** Membership of an organisation changed: looks up the access of all who watch something of it. */
  recheckOrg(orgId: string): void {
    for (const stream of this.#streams.values()) if (stream.orgId === orgId) this.#doubtAccess(stream, stream.head);
  }

  /** A stream was deleted: ends its watches. */
  forget(streamId: string): void {
    const stream = this.#streams.get(streamId);
    if (!stream) return;
    for (const watcher of stream.watchers) watcher.end(new AppError("ACCESS_REVOKED"));
    this.#streams.delete(streamId);
  }

  /** A statement that began when the head was known to be `before` (or later) saw this head. */
  notice(stream: HubStream, before: number, seen: { version: number; nonce: number }): void {
    if (!stream.loaded) return this.#want(stream, seen.version);
    const known = stream.nonceOf(seen.version);
    if (seen.version < before || (known !== undefined && known !== seen.nonce)) this.#fork(stream);
    else this.#want(stream, seen.version);
  }

  #take(stream: HubStream, event: LogEvent): void {
    if (!stream.loaded || event.version > stream.head + 1) {
      stream.hold(event);
      this.#want(stream, event.version);
    } else if (event.version <= stream.head) {
      const known = stream.nonceOf(event.version);
      if (known !== undefined && known !== event.nonce) this.#fork(stream);
    } else {
      this.#apply(stream, event);
      this.#applyHeld(stream);
    }
  }

  #applyHeld(stream: HubStream): void {
    for (let held = stream.takeHeld(); held; held = stream.takeHeld()) this.#apply(stream, held);
  }

  #apply(stream: HubStream, event: LogEvent): void {
    const older = event.accessVersion > stream.accessVersion;
    stream.append(event);
    if (older) {
      // Written after a change of membership that this hub has not looked at: it may not go out before it has.
      stream.accessVersion = event.accessVersion;
      this.#doubtAccess(stream, event.version - 1);
    } else if (this.#options.kinds[stream.kind]?.endsAccess(event)) {
      this.#doubtAccess(stream, event.version);
    }
    stream.wakeAll();
  }

  /** Lets nothing after `barrier` out until the access of all watchers has been looked up again. */
  #doubtAccess(stream: HubStream, barrier: number): void {
    // Whoever joins from here on reads their access after this.
    if (stream.watchers.size === 0) return;
    stream.accessDoubts += 1;
    stream.barrier = Math.min(stream.barrier ?? barrier, barrier);
    void this.#recheck(stream, stream.accessDoubts);
  }

  async #recheck(stream: HubStream, doubt: number): Promise<void> {
    const kind = this.#options.kinds[stream.kind];
    if (!kind) return;
    await this.#untilDone(async () => {
      const watchers = [...stream.watchers];
      const readers = await kind.readers(this.#options.db, stream.id, [...new Set(watchers.map((w) => w.userId))]);
      for (const watcher of watchers) {
        if (!readers.has(watcher.userId)) watcher.end(new AppError("ACCESS_REVOKED"));
      }
    });
    if (stream.accessDoubts !== doubt) return; // A later look-up decides.
    stream.barrier = undefined;
    stream.wakeAll();
  }

  /** Reads what is missing up to a version, now or when the head is known. */
  #want(stream: HubStream, version: number): void {
    stream.wanted = Math.max(stream.wanted, version);
    if (!stream.loaded || stream.reading || stream.head >= stream.wanted) return;
    stream.reading = true;
    void this.#untilDone(() => this.#readGap(stream)).finally(() => {
      stream.reading = false;
    });
  }

  async #readGap(stream: HubStream): Promise<void> {
    while (stream.loaded && stream.head < stream.wanted) {
      const { head, nonce } = stream;
      // The head is read again with what follows it: if it has become another one, so has what led to it.
      const events = await readEvents(this.#options.db, stream.id, Math.max(0, head - 1), GAP_PAGE);
      if (!stream.loaded) return;
      if (head > 0 && events[0]?.nonce !== nonce) {
        this.#fork(stream);
        return;
      }
      for (const event of events) if (event.version === stream.head + 1) this.#apply(stream, event);
      this.#applyHeld(stream);
      // There was nothing more: somebody was told of a version that is not there.
      if (stream.head === head) stream.wanted = head;
    }
  }

  /** A known version has another nonce: the database lost its tail. Forgets what it holds; the watches begin again. */
  #fork(stream: HubStream): void {
    if (!stream.loaded) return;
    this.#options.log.warn({ streamId: stream.id }, "a stream has forked: its watchers get a snapshot");
    stream.reset();
    for (const watcher of stream.watchers) watcher.mustReopen = true;
    stream.ready = this.#loadHead(stream);
  }

  async #loadHead(stream: HubStream): Promise<void> {
    await this.#untilDone(async () => {
      const [head] = await this.#options.db.execute<Head & { orgId: string | null; accessVersion: string | null }>(sql`
        select s.id, s.version, s.nonce, s.kind, s.org_id as "orgId", o.access_version as "accessVersion"
        from stream s left join org o on o.id = s.org_id where s.id = ${stream.id}::uuid`);
      stream.isMissing = head === undefined;
      stream.begin({ version: Number(head?.version ?? 0), nonce: Number(head?.nonce ?? 0) });
      stream.kind = head?.kind ?? stream.kind;
      stream.orgId = head?.orgId ?? null;
      // A look-up of access that began before this one would not see what this version stands for.
      const accessVersion = Number(head?.accessVersion ?? 0);
      if (accessVersion > stream.accessVersion) {
        stream.accessVersion = accessVersion;
        this.#doubtAccess(stream, stream.head);
      }
      this.#applyHeld(stream);
      this.#want(stream, stream.wanted);
      stream.wakeAll();
    });
  }

  /** A fault of ours never ends a watch: tried again until it works or the hub closes (rule L10). */
  async #untilDone(work: () => Promise<void>): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await untilAvailable(work, { signal: this.#stop.signal });
        return;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#options.log.error({ err: error }, "the hub could not read; it tries again");
      }
      await pause(1_000, this.#stop.signal);
    }
  }

  async #pollForever(): Promise<void> {
    for (;;) {
      await pause(this.#options.pollMs ?? 1_000, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      try {
        await this.#poll();
      } catch (error) {
        // The connection may have been lost: whatever the log's horizon was, look at all heads next time.
        this.#horizon = undefined;
        this.#options.log.debug({ err: error }, "the poll failed; it comes again");
      }
    }
  }

  async #poll(): Promise<void> {
    const startedAt = performance.now();
    this.#dropIdle(startedAt);
    const streams = [...this.#streams.values()].filter((stream) => stream.loaded && !stream.isMissing);
    const losses = this.#options.losses();
    // After a lost connection it may be another server, whose transactions have other numbers.
    const since = losses === this.#losses ? (this.#horizon ?? null) : null;
    this.#losses = losses;
    const rows = await this.#options.db.execute<{
      horizon: string;
      id: string | null;
      version: string;
      nonce: string;
    }>(sql`
      select pg_snapshot_xmin(pg_current_snapshot())::text as horizon, e.stream_id as id, e.version, e.nonce
      from (select 1) as once
      left join event e on e.tx_id >= ${since}::xid8 and e.stream_id = any(${uuids(streams.map(({ id }) => id))})
      order by e.stream_id, e.version`);
    for (const { id, version, nonce } of rows) {
      const stream = id === null ? undefined : this.#streams.get(id);
      if (!stream?.loaded) continue;
      if (Number(version) > stream.head) this.#want(stream, Number(version));
      else if ((stream.nonceOf(Number(version)) ?? Number(nonce)) !== Number(nonce)) this.#fork(stream);
    }
    // After the horizon was read: what commits from here on is at or after it. A stream that the previous poll did not
    // ask about may have missed what became visible before that poll's horizon, so its head is compared too.
    const isDue = since === null || startedAt - this.#headsAt > HEADS_EVERY_MS;
    const doubtful = streams.filter((stream) => isDue || !stream.isPolled);
    if (doubtful.length > 0) await this.#pollHeads(doubtful);
    if (isDue) this.#headsAt = startedAt;
    this.#horizon = rows[0]?.horizon;
    this.#freshAt = startedAt;
  }

  /** Compares heads with what the hub had when it asked: it may have moved on while the query ran. */
  async #pollHeads(streams: readonly HubStream[]): Promise<void> {
    const asked = streams.map((stream) => ({ stream, version: stream.head, nonce: stream.nonce }));
    for (const stream of streams) stream.isPolled = true;
    const rows = await this.#options.db.execute<Head>(
      sql`select id, version, nonce, kind from stream where id = any(${uuids(streams.map(({ id }) => id))})`,
    );
    const heads = new Map(rows.map((row) => [row.id, { version: Number(row.version), nonce: Number(row.nonce) }]));
    for (const { stream, version, nonce } of asked) {
      const head = heads.get(stream.id);
      if (!head) this.forget(stream.id);
      else if (head.version > version) this.#want(stream, head.version);
      else if (stream.head === version && (head.version !== version || head.nonce !== nonce)) this.#fork(stream);
    }
  }

  #dropIdle(now: number): void {
    for (const stream of this.#streams.values()) {
      if (stream.idleSince !== undefined && now - stream.idleSince > IDLE_MS) this.#streams.delete(stream.id);
    }
  }
}

interface Head extends Record<string, unknown> {
  id: string;
  version: string;
  nonce: string;
  kind: string;
}
