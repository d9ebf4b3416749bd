import type { Snapshot } from "../server/domains/work/boards.contract.ts";
import type { BoardEvent } from "../server/events.ts";
import { BoardChanges } from "./board-changes.ts";
import { ConfirmedBoard } from "./confirmed-board.ts";
import type { TrestleError } from "./errors.ts";
import { type Folded, foldLive } from "./fold-live.ts";
import { KeptChanges } from "./kept-changes.ts";
import { callEach } from "./listeners.ts";
import { type LiveSource, type LiveStatus, LiveWatch } from "./live-watch.ts";
import { type PendingChange, type Row, type Waiting, waitFor } from "./pending-change.ts";
import { PendingChanges } from "./pending-changes.ts";
import type { NamedChange, PendingStore } from "./pending-store.ts";
import { VersionWaiters } from "./version-waiters.ts";

export interface LiveBoardOptions {
  /** A snapshot that was got or kept before: the board begins as that and goes on from there. */
  from?: Snapshot | undefined;
  /** Keeps what waits across reloads, instead of the client's store. */
  pending?: PendingStore | undefined;
}

export type EventListener = (event: BoardEvent, confirmed: Snapshot) => void;

/**
 * A board that stays as the server has it: watches it, folds what comes, and goes on after every cut. What is changed
 * here shows at once, on top of that, until the server has made or refused it. For React:
 * `useSyncExternalStore(board.subscribe, () => board.state)`. Ends with `close()`, or when the server says so.
 */
export class LiveBoard extends BoardChanges {
  readonly boardId: string;
  readonly #source: LiveSource;
  readonly #watch: LiveWatch;
  readonly #queue: PendingChanges;
  readonly #kept: KeptChanges | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #eventListeners = new Set<EventListener>();
  readonly #waiters = new VersionWaiters();
  readonly #confirmed: ConfirmedBoard;
  #isClosed = false;
  /** What the listeners were told of last. */
  #shown: { confirmed: Snapshot | undefined; pending: readonly PendingChange[]; status: LiveStatus };
  #state: Snapshot | undefined;
  #offlineSince: Date | undefined;

  constructor(boardId: string, source: LiveSource, { from, pending }: LiveBoardOptions = {}) {
    super();
    this.boardId = boardId;
    this.#source = source;
    this.#confirmed = new ConfirmedBoard(from);
    this.#state = from;
    this.#kept = pending && new KeptChanges(pending, boardId);
    this.#queue = new PendingChanges({
      boardId,
      source,
      board: this.#confirmed,
      ready: this.#load(),
      onChange: () => this.#show(),
      onLeave: (waiting) => this.#kept?.remove(waiting),
    });
    this.#shown = { confirmed: from, pending: this.#queue.list, status: "catching-up" };
    this.#watch = new LiveWatch({
      boardId,
      source,
      fold: foldLive(from),
      cursor: from?.cursor,
      onChange: (folded) => this.#take(folded),
    });
    source.closed.addEventListener("abort", this.close);
    // Who makes the changes is asked now, not at the first one: another page may sign in somebody else meanwhile.
    source
      .author()
      .id()
      .catch(() => {});
    this.#watch.open();
  }

  /**
   * The board as it is to be shown: what is confirmed, with what waits laid over it. Another object whenever something
   * changed, undefined before the first snapshot. A task that was just created has an empty `key` until it is confirmed.
   */
  get state(): Snapshot | undefined {
    return this.#state;
  }

  /** The board as the server has told of it. */
  get confirmed(): Snapshot | undefined {
    return this.#confirmed.state;
  }

  /** The changes that wait for the server, in their order: another array whenever something changed. */
  get pending(): readonly PendingChange[] {
    return this.#queue.list;
  }

  /** The version of `confirmed`; 0 before the first snapshot. */
  get version(): number {
    return this.#confirmed.version;
  }

  /** Where a watch would go on from here. */
  get cursor(): string | undefined {
    return this.#confirmed.cursor;
  }

  get status(): LiveStatus {
    const { status } = this.#watch;
    return this.#isClosed && status !== "revoked" ? "offline" : status;
  }

  /** Since when it is `offline`. */
  get offlineSince(): Date | undefined {
    return this.#offlineSince;
  }

  /** Why the watch was refused, or failed last: `errorKind(board.error)` names it. Gone once it goes on. */
  get error(): TrestleError | undefined {
    return this.#watch.error;
  }

  /** Calls back when `state`, `pending` or `status` changed. Returns what ends that. */
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
    const waited = this.#waiters.wait(version, signal);
    this.#answerWaiters();
    return waited;
  }

  /** Ends the watch. What still waits fails with an AbortError; changes stay in the store, if there is one. */
  readonly close = (): void => {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch.close();
    this.#source.closed.removeEventListener("abort", this.close);
    this.#queue.close();
    this.#kept?.close();
    this.#show();
    this.#answerWaiters();
    this.#listeners.clear();
    this.#eventListeners.clear();
  };

  protected override change<R extends Row>(
    change: NamedChange,
    find: (confirmed: Snapshot) => R | undefined,
  ): PendingChange<R> {
    const { pending, waiting } = waitFor(change, this.#source.author(), find);
    const ending = this.#ending();
    if (ending) {
      waiting.refuse(ending);
      return pending;
    }
    this.#queue.add(waiting);
    this.#keep(waiting);
    this.#show();
    return pending;
  }

  /** Why nothing comes any more. */
  #ending(): Error | undefined {
    if (this.status === "revoked") return this.error;
    return this.#isClosed ? new DOMException("The board was closed.", "AbortError") : undefined;
  }

  async #load(): Promise<void> {
    if (!this.#kept) return;
    await this.#kept.load(this.#source.author(), (left) => {
      this.#queue.addFirst(left);
      this.#show();
    });
    // Until now it was perhaps not known whose they are.
    for (const waiting of this.#queue.waiting) this.#keep(waiting);
  }

  #keep(waiting: Waiting): void {
    this.#kept?.save(waiting, () => this.#queue.has(waiting));
  }

  #take(folded: Folded | undefined): void {
    if (folded) {
      this.#confirmed.take(folded);
      this.#queue.meet(folded);
    }
    if (this.status === "revoked") this.#queue.refuseAll(this.error);
    this.#show(folded);
  }

  /** Lays what waits over what is confirmed, and tells of it when that is something new. */
  #show(folded?: Folded): void {
    const { confirmed, pending, status } = this.#shown;
    const now = { confirmed: this.confirmed, pending: this.#queue.list, status: this.status };
    this.#shown = now;
    const isSame = now.confirmed === confirmed && now.pending === pending;
    if (!isSame) this.#state = this.#confirmed.with(this.#queue.waiting);
    if (now.status !== status) this.#offlineSince = now.status === "offline" ? new Date() : undefined;
    const { event, state } = folded ?? {};
    if (event && state) callEach(this.#eventListeners, (listener) => listener(event, state));
    this.#answerWaiters();
    if (!isSame || now.status !== status) callEach(this.#listeners, (listener) => listener());
  }

  #answerWaiters(): void {
    this.#waiters.answer(this.#state, this.version, this.#ending());
  }
}
