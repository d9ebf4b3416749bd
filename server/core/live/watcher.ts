import type { AppError } from "../app-error.ts";

/** One watch: a cursor into the log, never a queue (rule L17). */
export class Watcher {
  readonly userId: string;
  /** What was sent last; undefined until the first message. */
  cursor: { version: number; nonce: number } | undefined;
  /** Why the watch ends, once it does. */
  ending: AppError | undefined;
  /** The hub's stream began again: the cursor has to be checked by the database. */
  mustReopen = false;
  #woken = false;
  #resume: (() => void) | undefined;

  constructor(userId: string, cursor: { version: number; nonce: number } | undefined) {
    this.userId = userId;
    this.cursor = cursor;
  }

  wake(): void {
    this.#woken = true;
    this.#resume?.();
  }

  end(reason: AppError): void {
    this.ending ??= reason;
    this.wake();
  }

  /** Waits until there may be something to send, or the time is over, or the signal aborts. */
  async rest(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (!this.#woken && signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", done);
          this.#resume = undefined;
          resolve();
        };
        const timer = setTimeout(done, ms);
        this.#resume = done;
        signal?.addEventListener("abort", done);
      });
    }
    this.#woken = false;
  }
}
