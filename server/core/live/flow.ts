/** What may wait unsent on one connection (rule L17). */
const MOST_WAITING_BYTES = 256 * 1_024;

/** What a flow has to know of a connection. */
export interface Outlet {
  /** What was written to it and not yet taken by the kernel. */
  waitingBytes(): number;
  /** False: nothing more may be written, whatever room there is. */
  isOpen(): boolean;
  /** Asks to tell the flow when what waits now was `taken`. One that tells in any case has nothing to do. */
  tellWhenTaken(flow: Flow): void;
}

/** Who finds no room. */
interface Waiter {
  /** There may be room. */
  wakeUp(): void;
}

/**
 * The room of one connection, which all watches on it share: a message is written when there is room for it, and until
 * then nobody keeps it. Whoever finds no room is called back when there may be some.
 */
export class Flow {
  readonly #outlet: Outlet;
  /** Made when somebody has to wait: most never do. */
  #waiting: Set<Waiter> | undefined;
  #isToBeTold = false;
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

  /** Promises room for a message, or wakes who asks when there may be some. */
  take(bytes: number, waiter: Waiter): boolean {
    if (this.hasRoom(bytes)) {
      this.#promisedBytes += bytes;
      return true;
    }
    this.#waiting ??= new Set();
    this.#waiting.add(waiter);
    this.#askToBeTold();
    return false;
  }

  /** The message was written, or is not going to be. */
  settle(bytes: number): void {
    this.#promisedBytes -= bytes;
    if (this.#promisedBytes > 0 || !this.#waiting) return;
    if (this.#outlet.waitingBytes() === 0) this.drained();
    else this.#askToBeTold();
  }

  /** There may be room again. Who found none is woken in the order in which they did. */
  drained(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    for (const waiter of waiting ?? []) waiter.wakeUp();
  }

  /** What waited when it asked was taken. */
  taken(): void {
    this.#isToBeTold = false;
    this.drained();
  }

  #askToBeTold(): void {
    // Where nothing waits to be taken, it is a promise that is waited for, or the session.
    if (this.#isToBeTold || this.#outlet.waitingBytes() === 0) return;
    this.#isToBeTold = true;
    this.#outlet.tellWhenTaken(this);
  }
}
