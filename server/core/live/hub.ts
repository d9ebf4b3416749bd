import { AppError } from "../app-error.ts";
import type { LogEvent } from "../event-log.ts";
import { pause, untilAvailable } from "../faults.ts";
import type { Logger } from "../log.ts";
import { together } from "../together.ts";
import { AccessGuard } from "./access-guard.ts";
import { Admission } from "./admission.ts";
import type { HubStream, RingLimits } from "./hub-stream.ts";
import { HubStreams } from "./hub-streams.ts";
import { Poll } from "./poll.ts";
import type { Place, StreamHead, StreamLog } from "./stream-log.ts";
import { noWakeUps, UNKNOWN_VERSION, type WakeUpEngine, type WakeUps } from "./wake-ups.ts";
import type { Watcher } from "./watcher.ts";

export interface HubOptions {
  readonly streamLog: StreamLog;
  readonly log: Logger;
  /** Tells other processes and hears of them; none: the poll alone does. */
  readonly wakeUps?: WakeUpEngine | undefined;
  /** How often the safety net asks for what was missed. */
  readonly pollMs?: number | undefined;
  /** How long a watch is silent before it is told what the head is (rule L11). */
  readonly headEveryMs?: number | undefined;
  readonly ring?: RingLimits | undefined;
}

const GAP_PAGE = 200;
const POLL_MS = 1_000;
const HEAD_EVERY_MS = 10_000;
const RING: RingLimits = { events: 1_024, bytes: 1 << 20 };

/** The part of a process that holds the recent events of the streams being watched (rule L12). */
export class Hub {
  readonly #streams: HubStreams;
  readonly #options: HubOptions;
  readonly #log: StreamLog;
  readonly #stop = new AbortController();
  readonly #guard: AccessGuard;
  /** How watches begin by what memory holds. */
  readonly admission: Admission;
  readonly #poll: Poll;
  readonly #wakeUps: WakeUps;
  readonly #readAccessVersion: (orgId: string) => Promise<number | undefined>;
  readonly #readHead: (streamId: string) => Promise<StreamHead | undefined>;

  constructor(options: HubOptions) {
    this.#options = options;
    const pulse = { everyMs: this.headEveryMs, ageMs: () => this.ageMs };
    this.#streams = new HubStreams({ ring: options.ring ?? RING, pulse });
    this.#log = options.streamLog;
    this.#readAccessVersion = together((orgIds) => this.#log.accessVersions(orgIds));
    this.#readHead = together((streamIds) => this.#log.heads(streamIds));
    this.#guard = new AccessGuard(
      this.#log,
      (work) => this.#untilDone(work),
      (stream, before, seen) => this.notice(stream, before, seen),
    );
    this.admission = new Admission(this.#log, this.#guard, (stream, before, seen) => this.notice(stream, before, seen));
    this.#poll = new Poll({
      log: this.#log,
      everyMs: options.pollMs ?? POLL_MS,
      signal: this.#stop.signal,
      streams: () => this.#polled(),
      onSeen: (stream, place) => this.#seen(stream, place),
      onHead: (stream, asked, head) => this.#headRead(stream, asked, head),
      onAccessVersions: (versions) => this.#accessRead(versions),
      onFault: (error) => options.log.debug({ err: error }, "the poll failed; it comes again"),
    });
    this.#wakeUps = (options.wakeUps ?? noWakeUps)({
      onWake: (streamId, version) => this.wake(streamId, version),
      // Whatever was told while nobody listened was missed.
      onListening: () => this.#poll.readHeads(),
    });
  }

  async close(): Promise<void> {
    this.#stop.abort();
    for (const stream of this.#streams) stream.wakeAll();
    await Promise.all([this.#poll.done, this.#wakeUps.close()]);
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** How old the knowledge of the heads is. */
  get ageMs(): number {
    return this.#poll.ageMs;
  }

  get headEveryMs(): number {
    return this.#options.headEveryMs ?? HEAD_EVERY_MS;
  }

  /** How many watches there are; the process' own listening does not count. */
  get watcherCount(): number {
    const watchers = [...this.#streams].flatMap((stream) => [...stream.watchers]);
    return watchers.filter(({ userId }) => userId !== undefined).length;
  }

  /** Adds a watcher to a stream. Registered before anything is read: what commits meanwhile is held, not missed. */
  join(streamId: string, watcher: Watcher): HubStream {
    let stream = this.#streams.get(streamId);
    if (!stream || stream.isMissing) {
      const opened = this.#streams.add(streamId);
      opened.ready = this.#loadHead(opened);
      stream = opened;
    }
    stream.add(watcher);
    return stream;
  }

  leave(stream: HubStream, watcher: Watcher): void {
    stream.delete(watcher);
  }

  /** Whether a snapshot takes the place of an event of this stream. */
  resets(stream: HubStream, event: LogEvent): boolean {
    return this.#log.resets(stream.kind, event);
  }

  /** Events that this process committed: told here first of all, then to the others. */
  committed(streamId: string, events: readonly LogEvent[]): void {
    const last = events.at(-1);
    if (!last) return;
    this.#offer(streamId, events);
    this.#wakeUps.tell(streamId, last.version);
  }

  /** A mutation was repeated: whoever did it before may have died before it told anyone. */
  repeated(streamId: string, version: number): void {
    this.wake(streamId, version);
    this.#wakeUps.tell(streamId, version);
  }

  /** A process says that a stream has this version. Carries no truth: what is missing is read from the log (L13). */
  wake(streamId: string, version: number): void {
    const stream = this.#streams.get(streamId);
    if (stream && version === UNKNOWN_VERSION) this.#poll.readHeads();
    else if (stream) this.#want(stream, version);
    if (this.#streams.ofOrg(streamId)) void this.#untilDone(() => this.#readAccess(streamId));
  }

  /** Membership of an organisation changed: looks up the access of all who watch something of it. */
  recheckOrg(orgId: string): void {
    for (const stream of this.#streams.ofOrg(orgId) ?? []) this.#guard.doubt(stream, stream.head);
  }

  /** This process deleted a stream: ends its watches, here and elsewhere. */
  deleted(streamId: string): void {
    this.#forget(streamId);
    this.#wakeUps.tell(streamId, UNKNOWN_VERSION);
  }

  /** A statement that began when the head was known to be `before` (or later) saw this head. */
  notice(stream: HubStream, before: number, seen: Place): void {
    if (!stream.loaded) return this.#want(stream, seen.version);
    // The head was read before the stream was there or after it was gone: one of that is not so any more.
    if (stream.isMissing) return this.#fork(stream);
    const known = stream.nonceOf(seen.version);
    if (seen.version < before || (known !== undefined && known !== seen.nonce)) this.#fork(stream);
    else this.#want(stream, seen.version);
  }

  /** The one entry, whoever brings events: applies the next one, holds the others. */
  #offer(streamId: string, events: readonly LogEvent[]): void {
    const stream = this.#streams.get(streamId);
    if (!stream) return;
    for (const event of events) this.#take(stream, event);
  }

  #take(stream: HubStream, event: LogEvent): void {
    if (!stream.loaded || event.version > stream.head + 1) {
      stream.hold(event);
      this.#want(stream, event.version);
    } else if (event.version <= stream.head) {
      const known = stream.nonceOf(event.version);
      if (known !== undefined && known !== event.nonce) this.#fork(stream);
    } else {
      this.#applyNext(stream, event);
      this.#applyHeld(stream);
    }
  }

  #applyHeld(stream: HubStream): void {
    for (let held = stream.takeHeld(); held; held = stream.takeHeld()) this.#applyNext(stream, held);
  }

  /** Applies an event of the next version, if it was written behind the head that is known here. */
  #applyNext(stream: HubStream, event: LogEvent): void {
    if ((event.previousNonce ?? stream.nonce) === stream.nonce) this.#apply(stream, event);
    else this.#fork(stream);
  }

  #apply(stream: HubStream, event: LogEvent): void {
    stream.append(event);
    // Written after a change of membership that was not looked at: it may not go out before it has been.
    this.#guard.learn(stream, event.accessVersion, event.version - 1);
    if (this.#log.endsAccess(stream.kind, event.type)) this.#guard.doubt(stream, event.version);
    if (this.resets(stream, event)) stream.lane.clear();
    else stream.lane.take(event);
    stream.wakeAwake();
  }

  /** Reads what is missing up to a version, now or when the head is known. */
  #want(stream: HubStream, version: number): void {
    stream.wanted = Math.max(stream.wanted, version);
    if (!stream.loaded || stream.reading || stream.head >= stream.wanted || this.#stop.signal.aborted) return;
    stream.reading = true;
    void this.#untilDone(() => this.#readGap(stream)).finally(() => {
      stream.reading = false;
      // Somebody may have told of more just when it had ended.
      this.#want(stream, stream.wanted);
    });
  }

  async #readGap(stream: HubStream): Promise<void> {
    while (stream.loaded && stream.head < stream.wanted) {
      const { head, nonce, wanted } = stream;
      // The head is read again with what follows it: if it has become another one, so has what led to it.
      const events = await this.#log.eventsAfter(stream.id, Math.max(0, head - 1), GAP_PAGE);
      if (!stream.loaded) return;
      if (head > 0 && events[0]?.nonce !== nonce) {
        this.#fork(stream);
        return;
      }
      for (const event of events) if (event.version === stream.head + 1) this.#apply(stream, event);
      this.#applyHeld(stream);
      if (stream.head === head && stream.wanted === wanted) this.#atEnd(stream);
    }
  }

  /** There is nothing more, and somebody was told of a version that is not there: maybe it was, and has been lost. */
  #atEnd(stream: HubStream): void {
    stream.giveUp();
    stream.wakeAwake();
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
      const head = await this.#readHead(stream.id);
      stream.isMissing = head === undefined;
      stream.begin(head ?? { version: 0, nonce: 0, type: null });
      stream.kind = head?.kind ?? stream.kind;
      stream.orgId = head?.orgId ?? null;
      this.#streams.addToOrg(stream);
      // A look-up of access that began before this one would not see what this version stands for.
      this.#guard.learn(stream, head?.accessVersion ?? 0, stream.head);
      this.#applyHeld(stream);
      this.#want(stream, stream.wanted);
      stream.wakeAll();
    });
  }

  #polled(): HubStream[] {
    this.#streams.dropIdle();
    return [...this.#streams].filter((stream) => stream.loaded && !stream.isMissing);
  }

  #seen(stream: HubStream, { version, nonce }: Place): void {
    if (!stream.loaded) return;
    if (version > stream.head) this.#want(stream, version);
    else if ((stream.nonceOf(version) ?? nonce) !== nonce) this.#fork(stream);
  }

  #headRead(stream: HubStream, asked: Place, head: Place | undefined): void {
    if (!head) this.#forget(stream.id);
    else if (head.version > asked.version) this.#want(stream, head.version);
    else if (stream.head === asked.version && (head.version !== asked.version || head.nonce !== asked.nonce)) {
      this.#fork(stream);
    }
  }

  #accessRead(versions: ReadonlyMap<string, number>): void {
    for (const [orgId, version] of versions) {
      for (const stream of this.#streams.ofOrg(orgId) ?? []) this.#guard.learn(stream, version, stream.head);
    }
  }

  async #readAccess(orgId: string): Promise<void> {
    const version = await this.#readAccessVersion(orgId);
    if (version !== undefined) this.#accessRead(new Map([[orgId, version]]));
  }

  /** A stream is gone: ends its watches. */
  #forget(streamId: string): void {
    const stream = this.#streams.get(streamId);
    if (!stream) return;
    for (const watcher of stream.watchers) watcher.end(new AppError("ACCESS_REVOKED"));
    this.#streams.drop(stream);
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
}
