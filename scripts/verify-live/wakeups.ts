/** What becomes of notifications. */
export type Wakeups = "pass" | "drop" | "repeat" | "hold";

/** The type and the length of a message of Postgres; the length counts itself, and not the type. */
const HEADER_BYTES = 5;
const NOTIFICATION = "A".charCodeAt(0);

/**
 * Reads the messages that a database sends, and drops, repeats or holds the notifications among them: what a process is
 * told of another's writes. Everything else passes as it comes.
 */
export class FrameFilter {
  /** The start of a message whose header, or whose end if it is a notification, has not come yet. */
  #pending: Buffer = Buffer.alloc(0);
  /** How much of a message that is no notification is still to come. */
  #passing = 0;
  readonly #kept: Buffer[] = [];

  push(chunk: Buffer, wakeups: Wakeups): Buffer[] {
    const out: Buffer[] = [];
    let rest = this.#pending.length > 0 ? Buffer.concat([this.#pending, chunk]) : chunk;
    this.#pending = Buffer.alloc(0);
    while (rest.length > 0) {
      if (this.#passing > 0) {
        const passed = rest.subarray(0, this.#passing);
        this.#passing -= passed.length;
        rest = rest.subarray(passed.length);
        out.push(passed);
        continue;
      }
      const length = rest.length < HEADER_BYTES ? Number.POSITIVE_INFINITY : rest.readInt32BE(1) + 1;
      const isNotification = rest[0] === NOTIFICATION;
      if (rest.length < HEADER_BYTES || (isNotification && rest.length < length)) {
        this.#pending = rest;
        break;
      }
      if (isNotification) {
        out.push(...this.#notify(rest.subarray(0, length), wakeups));
        rest = rest.subarray(length);
      } else this.#passing = length;
    }
    return out;
  }

  /** What was held, once it may go. In the middle of another message it waits for the next notification. */
  release(wakeups: Wakeups): Buffer[] {
    if (wakeups === "hold" || this.#passing > 0 || this.#pending.length > 0) return [];
    return this.#kept.splice(0);
  }

  #notify(frame: Buffer, wakeups: Wakeups): Buffer[] {
    switch (wakeups) {
      case "pass":
        return [...this.#kept.splice(0), frame];
      case "drop":
        return [];
      case "repeat":
        return [frame, frame];
      case "hold":
        this.#kept.push(frame);
        return [];
    }
  }
}
