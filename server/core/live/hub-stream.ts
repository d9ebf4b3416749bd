import type { LogEvent } from "../event-log.ts";
import type { Place } from "./stream-log.ts";
import type { Watcher } from "./watcher.ts";

/** The recent events of one stream that is being watched, and those who watch it. */
export class HubStream {
  readonly id: string;
  readonly watchers = new Set<Watcher>();
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

  /** Versions `head - ring.length + 1 … head`. */
  #ring: LogEvent[] = [];
  /** The place before those, and its event if that is known: whoever is there has missed nothing that is gone. */
  #base: Place & { readonly event?: LogEvent } = { version: 0, nonce: 0 };
  #byteCount = 0;
  /** Events that came before those that they follow. */
  readonly #ahead = new Map<number, LogEvent>();
  /** Who waits for a version. */
  #awaited: { readonly version: number; readonly resolve: () => void }[] = [];
  readonly #limits: RingLimits;

  constructor(id: string, limits: RingLimits) {
    this.id = id;
    this.#limits = limits;
  }

  /** Sets the head without events: at the start, and after a fork. */
  begin(head: Place): void {
    this.#ring = [];
    this.#base = head;
    this.#byteCount = 0;
    this.head = head.version;
    this.nonce = head.nonce;
    this.loaded = true;
    this.isPolled = false;
  }

  /** Forgets everything but who watches, until `begin`. */
  reset(): void {
    this.loaded = false;
    this.isMissing = false;
    this.giveUp();
    this.wanted = 0;
  }

  /** Takes an event into the ring if it is the next one. */
  append(event: LogEvent): boolean {
    if (event.version !== this.head + 1) return false;
    const size = bytesOf(event);
    this.#ring.push(event);
    this.#byteCount += size;
    this.head = event.version;
    this.nonce = event.nonce;
    this.#settle(event.version);
    while (this.#ring.length > this.#limits.events || (this.#byteCount > this.#limits.bytes && this.#ring.length > 1)) {
      const oldest = this.#ring.shift();
      if (!oldest) break;
      this.#base = { version: oldest.version, nonce: oldest.nonce, event: oldest };
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

  /** The events from a version on; undefined when that one is not known, or its place alone is. */
  eventsFrom(version: number): readonly LogEvent[] | undefined {
    const { version: base, event } = this.#base;
    if (version > base) return this.eventsAfter(version - 1);
    if (version < base || (base > 0 && !event)) return undefined;
    return event ? [event, ...this.#ring] : this.#ring;
  }

  /** The event after a place, "behind" when it is not held or the place is another one here, or undefined at the head. */
  next({ version, nonce }: Place): LogEvent | "behind" | undefined {
    if (version >= Math.min(this.head, this.barrier ?? this.head)) return undefined;
    if (this.nonceOf(version) !== nonce) return "behind";
    return this.#ring[version - (this.head - this.#ring.length)];
  }

  wakeAll(): void {
    for (const watcher of this.watchers) watcher.notice();
  }
}

/** About what an event takes in memory, and on a wire. */
export function bytesOf(event: LogEvent): number {
  const known = SIZES.get(event);
  if (known !== undefined) return known;
  const bytes = Buffer.byteLength(JSON.stringify(event.data)) + 200;
  SIZES.set(event, bytes);
  return bytes;
}
const SIZES = new WeakMap<LogEvent, number>();

/** The memory of a stream: whichever is less (rule L17). */
export interface RingLimits {
  readonly events: number;
  readonly bytes: number;
}
