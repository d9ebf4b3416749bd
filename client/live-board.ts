import type { Snapshot } from "../server/domains/work/boards.contract.ts";
import type { BoardEvent } from "../server/events.ts";
import type { TrestleError } from "./errors.ts";
import { type Folded, foldLive } from "./fold-live.ts";
import { versionOf } from "./fold-stream.ts";
import { type LiveSource, type LiveStatus, LiveWatch } from "./live-watch.ts";

export interface LiveBoardOptions {
  /** A snapshot that was got or kept before: the board begins as that and goes on from there. */
  from?: Snapshot | undefined;
}

export type EventListener = (event: BoardEvent, state: Snapshot) => void;

interface Waiter {
  version: number;
  resolve: (state: Snapshot) => void;
  reject: (reason: unknown) => void;
  forgetSignal: () => void;
}

/**
 * A board that stays as the server has it: watches it, folds what comes, and goes on after every cut. For React:
 * `useSyncExternalStore(board.subscribe, () => board.state)`. Ends with `close()`, or when the server says so.
 */
export class LiveBoard {
  readonly boardId: string;
  readonly #watch: LiveWatch;
  readonly #clientClosed: AbortSignal;
  readonly #listeners = new Set<() => void>();
  readonly #eventListeners = new Set<EventListener>();
  readonly #waiters = new Set<Waiter>();
  #state: Snapshot | undefined;
  #version: number;
  #cursor: string | undefined;
  #toldStatus: LiveStatus = "catching-up";
  #isClosed = false;

  constructor(boardId: string, source: LiveSource, { from }: LiveBoardOptions = {}) {
    this.boardId = boardId;
    this.#state = from;
    this.#cursor = from?.cursor;
    this.#version = from ? versionOf(from.cursor) : 0;
    this.#clientClosed = source.closed;
    this.#watch = new LiveWatch({
      boardId,
      source,
      fold: foldLive(from),
      cursor: from?.cursor,
      onChange: (folded) => this.#take(folded),
    });
    source.closed.addEventListener("abort", this.close);
    this.#watch.open();
  }

  /** The board as far as it is known: another object whenever something changed, undefined before the first snapshot. */
  get state(): Snapshot | undefined {
    return this.#state;
  }

  /** The version of `state`; 0 before the first snapshot. */
  get version(): number {
    return this.#version;
  }

  /** Where a watch would go on from here. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  get status(): LiveStatus {
    const { status } = this.#watch;
    return this.#isClosed && status !== "revoked" ? "offline" : status;
  }

  /** Why the watch was refused, or failed last: `errorKind(board.error)` names it. Gone once it goes on. */
  get error(): TrestleError | undefined {
    return this.#watch.error;
  }

  /** Calls back when `state` or `status` changed. Returns what ends that. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Calls back with every event that was applied, in order; what a snapshot brought has no event. */
  readonly onEvent = (listener: EventListener): (() => void) => {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  };

  /** The first whole state. Fails when the server refuses, or the board is closed. */
  ready(): Promise<Snapshot> {
    return this.waitForVersion(0);
  }

  /** The state once it has this version, such as the one in a mutation's answer. Fails as `ready` does. */
  waitForVersion(version: number, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<Snapshot> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiters.delete(waiter);
        reject(new DOMException("The wait was given up.", "AbortError"));
      };
      const forgetSignal = () => signal?.removeEventListener("abort", onAbort);
      const waiter: Waiter = { version, resolve, reject, forgetSignal };
      this.#waiters.add(waiter);
      signal?.addEventListener("abort", onAbort);
      if (signal?.aborted) onAbort();
      this.#answerWaiters();
    });
  }

  /** Ends the watch. What still waits fails with an AbortError. */
  readonly close = (): void => {
    this.#isClosed = true;
    this.#watch.close();
    this.#clientClosed.removeEventListener("abort", this.close);
    this.#answerWaiters();
    this.#listeners.clear();
    this.#eventListeners.clear();
  };

  #take(folded: Folded | undefined): void {
    const isSame = (folded === undefined || folded.state === this.#state) && this.#toldStatus === this.status;
    this.#toldStatus = this.status;
    if (folded) {
      this.#state = folded.state;
      this.#version = folded.version;
      this.#cursor = folded.cursor;
    }
    const { event, state } = folded ?? {};
    if (event && state) callEach(this.#eventListeners, (listener) => listener(event, state));
    this.#answerWaiters();
    if (!isSame) callEach(this.#listeners, (listener) => listener());
  }

  #answerWaiters(): void {
    for (const waiter of this.#waiters) {
      if (this.#state && this.#version >= waiter.version) waiter.resolve(this.#state);
      else if (this.#isClosed) waiter.reject(new DOMException("The board was closed.", "AbortError"));
      else if (this.status === "revoked") waiter.reject(this.error);
      else continue;
      waiter.forgetSignal();
      this.#waiters.delete(waiter);
    }
  }
}

/** One listener's fault is reported like any uncaught error, and keeps nothing from the others. */
function callEach<Listener>(listeners: ReadonlySet<Listener>, call: (listener: Listener) => void): void {
  for (const listener of listeners) {
    try {
      call(listener);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
