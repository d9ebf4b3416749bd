import type { AppError } from "../app-error.ts";
import type { Place } from "./stream-log.ts";
import type { Seat } from "./wire.ts";

/** Where a watch rests while everything is ordinary: what comes is written to its seat, and its cursor moves with it. */
export interface Rest {
  enter(watcher: Watcher): void;
  leave(watcher: Watcher): void;
  /** Writes what waits for those who rest. */
  flush(): void;
}

/** One watch: a cursor into the log, never a queue (rule L17). */
export class Watcher {
  /** Who watches; undefined: the process itself. */
  readonly userId: string | undefined;
  /** Where its frames go; without one, whoever follows asks for each message. */
  readonly seat: Seat | undefined;
  /** What was sent last; undefined until the first message. */
  cursor: Place | undefined;
  /** When something was last sent. */
  saidAt = Number.NEGATIVE_INFINITY;
  /** Where it rests, if it does. */
  lane: Rest | undefined;
  /** Why the watch ends, once it does. */
  ending: AppError | undefined;
  /** The hub's stream began again: the cursor has to be checked by the database. */
  mustReopen = false;
  /** It has no room for what it knows to come: more of that does not wake it up. */
  isBlocked = false;
  /** Whoever watches has said that they want nothing more. */
  isStopped = false;
  #stopping: AbortController | undefined;
  #woken = false;
  #resume: (() => void) | undefined;

  constructor(userId: string | undefined, cursor: Place | undefined, seat?: Seat) {
    this.userId = userId;
    this.cursor = cursor;
    this.seat = seat;
  }

  /** Ends its rest: there may be something to send, or room to send it. */
  wakeUp(): void {
    this.#woken = true;
    this.isBlocked = false;
    this.#resume?.();
  }

  /** There may be something to send. */
  notice(): void {
    if (!this.isBlocked) this.wakeUp();
  }

  /** Whoever watches wants nothing more. */
  stop(): void {
    this.isStopped = true;
    this.#stopping?.abort();
    this.wakeUp();
  }

  end(reason: AppError): void {
    this.ending ??= reason;
    this.wakeUp();
  }

  /** Aborts when it is stopped. Made when it is asked for: few have to wait for the database. */
  get stopped(): AbortSignal {
    this.#stopping ??= new AbortController();
    if (this.isStopped) this.#stopping.abort();
    return this.#stopping.signal;
  }

  /** Writes what waits for it where it rests. */
  flush(): void {
    this.lane?.flush();
  }

  /** Waits until there may be room, or it is stopped or ends. */
  restForRoom(): Promise<void> {
    this.isBlocked = !this.#woken;
    return this.rest();
  }

  /** Waits until it is woken, or the time is over; in a lane if there is one, which it enters at once. */
  rest({ ms, lane }: { ms?: number; lane?: Rest } = {}): Promise<void> {
    if (this.#woken) {
      this.#woken = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => this.#resume?.(), ms);
      this.#resume = () => {
        // At once, not when the promise is seen to be settled: nothing more may be written to it from here on.
        lane?.leave(this);
        clearTimeout(timer);
        this.#resume = undefined;
        this.#woken = false;
        resolve();
      };
      lane?.enter(this);
    });
  }
}
