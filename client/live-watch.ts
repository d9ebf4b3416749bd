import { backoffMs } from "./timing.ts";
import { isDecision, type TrestleError } from "./errors.ts";
import type { Fold, Folded, TrackedMessage } from "./fold-live.ts";
import type { ChangeSource } from "./pending-changes.ts";

/**
 * `live`: the state is the newest that the server told of. `catching-up`: connected, and something is still to come.
 * `offline`: no connection; it is being dialed. `revoked`: the server refused, and this watch does not come back.
 */
export type LiveStatus = "live" | "catching-up" | "offline" | "revoked";

/** Where the messages of boards come from, and their changes go: a Trestle client. */
export interface LiveSource extends ChangeSource {
  watch: (input: { boardId: string; lastEventId?: string }, on: LiveCallbacks) => { unsubscribe: () => void };
  /** Closes the connection: another one is dialed, and every watch goes on there. */
  redial: () => void;
  /** Aborted when the client is closed. */
  closed: AbortSignal;
}

export interface LiveCallbacks {
  message: (message: TrackedMessage) => void;
  connection: (state: "up" | "down") => void;
  ended: (error: TrestleError | undefined) => void;
}

/** Rule L11: who is behind a head that it was told of for longer, and gets nothing, watches again. */
const BEHIND_MS = 2_000;
/** Heads come every 10 s: after this without any message the connection is taken for dead. */
const SILENCE_MS = 25_000;
const RETRY_DELAYS = { firstMs: 500, longestMs: 30_000 };
/** Retries further apart than this have nothing to do with each other. */
const RETRIES_FORGOTTEN_MS = 60_000;

/** One watch of a board that is opened again, from where it was, whenever it should be. Ends with `close()`. */
export class LiveWatch {
  readonly #boardId: string;
  readonly #source: LiveSource;
  readonly #fold: Fold;
  readonly #onChange: (folded: Folded | undefined) => void;
  #status: LiveStatus = "catching-up";
  #error: TrestleError | undefined;
  #cursor: string | undefined;
  #isDown = false;
  /** Something whole was heard since this watch began or its connection came back. */
  #hasHeard = false;
  #isBehind = true;
  #needsSnapshot = false;
  #subscription: ReturnType<LiveSource["watch"]> | undefined;
  /** Counts the subscriptions: what an earlier one still says is not heard. */
  #turn = 0;
  #retries = 0;
  #retriedAt = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;
  #behindTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: {
    boardId: string;
    source: LiveSource;
    fold: Fold;
    cursor: string | undefined;
    /** Called after every message, with what it made, and after other changes of `status`. */
    onChange: (folded: Folded | undefined) => void;
  }) {
    this.#boardId = options.boardId;
    this.#source = options.source;
    this.#fold = options.fold;
    this.#cursor = options.cursor;
    this.#onChange = options.onChange;
  }

  get status(): LiveStatus {
    return this.#status;
  }

  get error(): TrestleError | undefined {
    return this.#error;
  }

  close(): void {
    this.#turn += 1;
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#silenceTimer);
    clearTimeout(this.#behindTimer);
  }

  /** Begins, or begins again from where it is. */
  open(): void {
    this.close();
    this.#forgetRetry();
    this.#behindTimer = undefined;
    this.#hasHeard = false;
    const turn = this.#turn;
    const whileOpen =
      <Args extends unknown[]>(run: (...args: Args) => void) =>
      (...args: Args) => {
        if (turn === this.#turn) run(...args);
      };
    const cursor = this.#needsSnapshot ? undefined : this.#cursor;
    this.#subscription = this.#source.watch(
      { boardId: this.#boardId, ...(cursor === undefined ? {} : { lastEventId: cursor }) },
      {
        message: whileOpen((message: TrackedMessage) => this.#take(message)),
        connection: whileOpen((state: "up" | "down") => this.#connection(state)),
        ended: whileOpen((error: TrestleError | undefined) => this.#ended(error)),
      },
    );
    this.#listen();
  }

  #take(message: TrackedMessage): void {
    const folded = this.#fold(message);
    this.#cursor = folded.cursor;
    this.#needsSnapshot = folded.needsSnapshot;
    this.#isBehind = folded.state === undefined || folded.behindBy > 0 || folded.assembling;
    if (!folded.assembling) this.#hasHeard = true;
    this.#listen();
    if (folded.needsSnapshot && !folded.assembling) this.#retry("now");
    else this.#mind(folded);
    if (!folded.needsSnapshot) {
      this.#error = undefined;
      this.#forgetRetry();
    }
    this.#settle();
    this.#onChange(folded);
  }

  #connection(state: "up" | "down"): void {
    this.#isDown = state === "down";
    this.#hasHeard = false;
    clearTimeout(this.#behindTimer);
    this.#behindTimer = undefined;
    this.#listen();
    if (this.#settle()) this.#onChange(undefined);
  }

  #ended(error: TrestleError | undefined): void {
    this.#error = error;
    this.#hasHeard = false;
    if (isDecision(error)) {
      this.close();
      this.#status = "revoked";
      return this.#onChange(undefined);
    }
    clearTimeout(this.#silenceTimer);
    clearTimeout(this.#behindTimer);
    this.#retry("later");
    if (this.#settle()) this.#onChange(undefined);
  }

  /** Answers whether the status changed. */
  #settle(): boolean {
    const isLive = this.#hasHeard && !this.#isBehind && !this.#needsSnapshot;
    const status = this.#isDown ? "offline" : isLive ? "live" : "catching-up";
    const changed = status !== this.#status;
    this.#status = status;
    return changed;
  }

  /** Opens the watch again: at once when that is the first time in a while, then ever later, spread by chance. */
  #retry(when: "now" | "later"): void {
    if (this.#retryTimer !== undefined) return;
    if (performance.now() - this.#retriedAt > RETRIES_FORGOTTEN_MS) this.#retries = 0;
    const delay = when === "now" && this.#retries === 0 ? 0 : backoffMs(this.#retries, RETRY_DELAYS);
    this.#retryTimer = setTimeout(() => {
      this.#retries += 1;
      this.#retriedAt = performance.now();
      this.open();
      if (this.#settle()) this.#onChange(undefined);
    }, delay);
  }

  #forgetRetry(): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
  }

  /** Restarts the clock that ends a connection on which nothing comes. */
  #listen(): void {
    clearTimeout(this.#silenceTimer);
    if (this.#isDown) return;
    this.#silenceTimer = setTimeout(() => {
      this.#listen();
      this.#source.redial();
    }, SILENCE_MS);
  }

  /** Watches over the way to the head: starts the clock when behind, starts it again with every step. */
  #mind({ behindBy, assembling, event }: Folded): void {
    const isStep = event !== undefined || assembling;
    if (behindBy > 0 && !isStep && this.#behindTimer !== undefined) return;
    clearTimeout(this.#behindTimer);
    this.#behindTimer = undefined;
    if (behindBy === 0) return;
    this.#behindTimer = setTimeout(() => {
      this.open();
      if (this.#settle()) this.#onChange(undefined);
    }, BEHIND_MS);
  }
}
