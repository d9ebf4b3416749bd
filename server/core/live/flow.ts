/** What may wait unsent on one connection (rule L17). */
const MOST_WAITING_BYTES = 256 * 1_024;

/** What a flow has to know of a connection. */
export interface Outlet {
  /** What was written to it and not yet taken by the kernel. */
  readonly waitingBytes: () => number;
  /** False: nothing more may be written, whatever room there is. */
  readonly isOpen: () => boolean;
}

/**
 * The room of one connection, which all watches on it share: a message is written when there is room for it, and until
 * then nobody keeps it. Whoever finds no room is called back when there may be some.
 */
export class Flow {
  readonly #outlet: Outlet;
  readonly #waiting = new Set<() => void>();
  /** What was promised room and is not written yet. */
  #promisedBytes = 0;

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
  }

  /** Whether a message may be written at once. One that is larger than all the room may when nothing waits. */
  hasRoom(bytes: number): boolean {
    const waiting = this.#outlet.waitingBytes() + this.#promisedBytes;
    return this.#outlet.isOpen() && (waiting === 0 || waiting + bytes <= MOST_WAITING_BYTES);
  }

  /** Promises room for a message, or calls back later. */
  take(bytes: number, callBack: () => void): boolean {
    if (this.hasRoom(bytes)) {
      this.#promisedBytes += bytes;
      return true;
    }
    this.#waiting.add(callBack);
    return false;
  }

  /** The message was written, or is not going to be. */
  settle(bytes: number): void {
    this.#promisedBytes -= bytes;
    if (this.#promisedBytes === 0 && this.#outlet.waitingBytes() === 0) this.drained();
  }

  /** There may be room again. They are called in the order in which they found none. */
  drained(): void {
    if (this.#waiting.size === 0) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const callBack of waiting) callBack();
  }
}
