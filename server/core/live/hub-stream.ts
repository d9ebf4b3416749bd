import type { LogEvent } from "../event-log.ts";
import { bytesOf } from "./frames.ts";
import { Lane, type Pulse } from "./lane.ts";
import type { Place } from "./stream-log.ts";
import type { Watcher } from "./watcher.ts";

/** The recent events of one stream that is being watched, and those who watch it. */
export class HubStream {
  readonly id: string;
  readonly watchers = new Set<Watcher>();
  /** Those of them that look for themselves what comes next. */
  readonly #awake = new Set<Watcher>();
  /** Those of them to whom it is written as it comes. */
  readonly lane: Lane;
  /** Settles when the head has been read for the first time. */
  ready: Promise<void> = Promise.resolve();
  loaded = false;
  head = 0;
  nonce = 0;
  /** The organisation whose membership decides, and the access version that the watchers were last checked for. */
  orgId: string | null = null;
  kind = "board";
  accessVersion = 0;
  /** The last version that may go out while the watchers' access is being looked up again (rule L14). */
  barrier: number | undefined;
  /** Counts the reasons to look up access again, so that a look-up knows whether it was overtaken. */
  accessDoubts = 0;
  idleSince: number | undefined;
  /** The newest version that somebody told of; what is missing up to it is read from the log. */
  wanted = 0;
  /** True while a gap is being read from the log. */
  reading = false;
  /** There is no such stream: whoever asked for it is refused by their own statement. */
  isMissing = false;
  /** The poll has asked about it since its head was read. */
  isPolled = false;

  /** What those who came first were sent at this head, if it is not long ago. */
  #snapshot: SharedSnapshot | undefined;
  /** While somebody opens the stream: settles when they have done so, or failed. */
  #sharing: Promise<unknown> | undefined;

  /** Versions `head - ring.length + 1 … head`. */
  #ring: LogEvent[] = [];
  /** The place before those, and what happened there: whoever is there has missed nothing that is gone. */
  #base: Place & { readonly type: string | null } = { version: 0, nonce: 0, type: null };
  #byteCount = 0;
  /** Events that came before those that they follow. */
  readonly #ahead = new Map<number, LogEvent>();
  /** Who waits for a version. */
  #awaited: { readonly version: number; readonly resolve: () => void }[] = [];
  readonly #limits: RingLimits;

  constructor(id: string, { ring, pulse }: StreamOptions) {
    this.id = id;
    this.#limits = ring;
    this.lane = new Lane(this.#awake, pulse);
  }

  add(watcher: Watcher): void {
    this.watchers.add(watcher);
    this.#awake.add(watcher);
    this.idleSince = undefined;
  }

  delete(watcher: Watcher): void {
    this.watchers.delete(watcher);
    this.#awake.delete(watcher);
    if (this.watchers.size === 0) this.idleSince = performance.now();
  }

  /** Sets the head without events: at the start, and after a fork. */
  begin({ version, nonce, type }: Place & { readonly type: string | null }): void {
    this.#ring = [];
    this.#base = { version, nonce, type };
    this.#byteCount = 0;
    this.head = version;
    this.nonce = nonce;
    this.#snapshot = undefined;
    this.loaded = true;
    this.isPolled = false;
    // Somebody may have come to wait for it while it was not known.
    this.#settle(version);
  }

  /** Forgets everything but who watches, until `begin`. */
  reset(): void {
    this.loaded = false;
    this.isMissing = false;
    this.lane.clear();
    this.giveUp();
    this.wanted = 0;
  }

  /** Takes an event into the ring if it is the next one. */
  append(event: LogEvent): boolean {
    if (event.version !== this.head + 1) return false;
    const size = bytesOf(event);
    this.#snapshot = undefined;
    this.#ring.push(event);
    this.#byteCount += size;
    this.head = event.version;
    this.nonce = event.nonce;
    this.#settle(event.version);
    while (this.#ring.length > this.#limits.events || (this.#byteCount > this.#limits.bytes && this.#ring.length > 1)) {
      const oldest = this.#ring.shift();
      if (!oldest) break;
      this.#base = { version: oldest.version, nonce: oldest.nonce, type: oldest.type };
      this.#byteCount -= bytesOf(oldest);
    }
    return true;
  }

  hold(event: LogEvent): void {
    this.wanted = Math.max(this.wanted, event.version);
    // A bound, not a queue: what is dropped here is read from the log.
    if (this.#ahead.size < 256) this.#ahead.set(event.version, event);
  }

  /** The held event that is next by now, if any. */
  takeHeld(): LogEvent | undefined {
    for (const version of this.#ahead.keys()) if (version <= this.head) this.#ahead.delete(version);
    const next = this.#ahead.get(this.head + 1);
    if (next) this.#ahead.delete(next.version);
    return next;
  }

  /** Wants nothing more: what was told of or held is not in the log. */
  giveUp(): void {
    this.wanted = this.head;
    this.#ahead.clear();
    this.#settle(Number.POSITIVE_INFINITY);
  }

  /** Settles when the head is at a version, or that is not to be waited for any more. */
  async reached(version: number): Promise<void> {
    if (this.head < version) await new Promise<void>((resolve) => this.#awaited.push({ version, resolve }));
  }

  #settle(version: number): void {
    if (this.#awaited.length === 0) return;
    for (const awaited of this.#awaited) if (awaited.version <= version) awaited.resolve();
    this.#awaited = this.#awaited.filter((awaited) => awaited.version > version);
  }

  /** What the ring knows of a version: its nonce, or undefined when it no longer holds it. */
  nonceOf(version: number): number | undefined {
    if (version === this.#base.version) return this.#base.nonce;
    return this.#ring[version - (this.head - this.#ring.length + 1)]?.nonce;
  }

  /** Whether it holds all that came after a place, and knows that place for its own. */
  holds({ version, nonce }: Place): boolean {
    return this.loaded && this.nonceOf(version) === nonce;
  }

  /** The events after a version, of those that it holds. */
  eventsAfter(version: number): readonly LogEvent[] {
    return version >= this.head ? [] : this.#ring.slice(version - this.head);
  }

  /** What happened from a version on, that one included; undefined when it does not know any more. */
  typesFrom(version: number): string[] | undefined {
    const { version: base, type } = this.#base;
    if (version < base || (version === base && base > 0 && type === null)) return undefined;
    const after = this.eventsAfter(Math.max(base, version - 1)).map((event) => event.type);
    return version === base && type !== null ? [type, ...after] : after;
  }

  /**
   * The event after a place, undefined when there is none to be sent yet, or "elsewhere": it is not held, or the place is
   * not one of this log. Only the database can say what becomes of that.
   */
  next({ version, nonce }: Place): LogEvent | "elsewhere" | undefined {
    // Ahead of what is known here: either what lies between is being read, or it was looked for in vain.
    if (version > this.head) return version > this.wanted ? "elsewhere" : undefined;
    const last = Math.min(this.head, this.barrier ?? this.head);
    if (version > last) return undefined;
    // At the head, too: who was sent what is lost may be where something else stands by now.
    if (this.nonceOf(version) !== nonce) return "elsewhere";
    if (version === last) return undefined;
    return this.#ring[version - (this.head - this.#ring.length)];
  }

  /** Whether there is a snapshot that others were sent, or will be in a moment. */
  get hasSnapshot(): boolean {
    return this.#sharing !== undefined || this.#snapshot !== undefined;
  }

  /** The snapshot that others were sent, if it is of this moment. Waits for one that is being made. */
  async shared(): Promise<SharedSnapshot | undefined> {
    await this.#sharing;
    return this.#snapshot && this.isOrdinaryAt(this.#snapshot) ? this.#snapshot : undefined;
  }

  /** Opens the stream for the first watch of somebody, and keeps the snapshot for others who come soon. */
  share<Other extends Place>(open: () => Promise<Other | SharedSnapshot>): Promise<Other | SharedSnapshot> {
    const shared = open().then((opening) => {
      if ("results" in opening && this.isOrdinaryAt(opening)) this.#snapshot = opening;
      return opening;
    });
    const sharing = shared.then(
      () => undefined,
      () => undefined,
    );
    this.#sharing = sharing;
    void sharing.then(() => {
      if (this.#sharing === sharing) this.#sharing = undefined;
    });
    return shared;
  }

  /** Forgets a snapshot that was made long ago. */
  tidy(now: number): void {
    if (this.#snapshot && now - this.#snapshot.madeAt > SHARED_MS) this.#snapshot = undefined;
  }

  /** Whether a place is the head, and whatever comes next may go out as it comes. */
  isOrdinaryAt({ version, nonce }: Place): boolean {
    return this.loaded && this.barrier === undefined && version === this.head && nonce === this.nonce;
  }

  wakeAll(): void {
    this.lane.clear();
    this.wakeAwake();
  }

  /** Tells those that do not rest in the lane that there may be something. */
  wakeAwake(): void {
    for (const watcher of this.#awake) watcher.notice();
  }
}

/** A snapshot as it is written, in parts. */
export interface SharedSnapshot extends Place {
  readonly results: readonly Buffer[];
  readonly madeAt: number;
}

/** So long is a snapshot kept for others: a crowd comes within that, and the boards of a day do not pile up. */
const SHARED_MS = 5_000;

export interface StreamOptions {
  readonly ring: RingLimits;
  readonly pulse: Pulse;
}

/** The memory of a stream: whichever is less (rule L17). */
export interface RingLimits {
  readonly events: number;
  readonly bytes: number;
}
