import type { AppError } from "../app-error.ts";
import type { Place } from "./stream-log.ts";

/** One watch: a cursor into the log, never a queue (rule L17). */
export class Watcher {
  /** Who watches; undefined: the process itself. */
  readonly userId: string | undefined;
  /** What was sent last; undefined until the first message. */
  cursor: Place | undefined;
  /** Why the watch ends, once it does. */
  ending: AppError | undefined;
  /** The hub's stream began again: the cursor has to be checked by the database. */
  mustReopen = false;
  /** It has no room for what it knows to come: more of that does not wake it up. */
  isBlocked = false;
  #woken = false;
  #resume: (() => void) | undefined;

  constructor(userId: string | undefined, cursor: Place | undefined) {
    this.userId = userId;
    this.cursor = cursor;
  }

  /** Ends its rest: there may be something to send, or room to send it. */
  readonly wakeUp = (): void => {
    this.#woken = true;
    this.isBlocked = false;
    this.#resume?.();
  };

  /** There may be something to send. */
  readonly notice = (): void => {
    if (!this.isBlocked) this.wakeUp();
  };

  end(reason: AppError): void {
    this.ending ??= reason;
    this.wakeUp();
  }

  /** Waits until there may be room, or it ends, or the signal aborts. */
  async restForRoom(signal: AbortSignal | undefined): Promise<void> {
    this.isBlocked = !this.#woken;
    await this.rest(undefined, signal);
    this.isBlocked = false;
  }

  /** Waits until it is woken, or the time is over, or the signal aborts. */
  async rest(ms: number | undefined, signal: AbortSignal | undefined): Promise<void> {
    if (!this.#woken && signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", done);
          this.#resume = undefined;
          resolve();
        };
        const timer = ms === undefined ? undefined : setTimeout(done, ms);
        this.#resume = done;
        signal?.addEventListener("abort", done);
      });
    }
    this.#woken = false;
  }
}
