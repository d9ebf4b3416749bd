import type { ChangeInput, ChangeResult } from "../server/domains/work/apply.contract.ts";
import type { ConfirmedBoard } from "./confirmed-board.ts";
import { errorCode, isDecision, refusal } from "./errors.ts";
import type { Folded } from "./fold-live.ts";
import { nextCall } from "./pending-call.ts";
import { ageMs, type Author, type PendingChange, type Waiting } from "./pending-change.ts";
import { backoffMs, pause, within } from "./timing.ts";

/** Where changes go: a Trestle client. */
export interface ChangeSource {
  /** Makes changes in order: one result for each. */
  apply: (
    input: { boardId: string; userId: string; changes: ChangeInput[] },
    signal: AbortSignal,
  ) => Promise<ChangeResult[]>;
  /** Whoever is signed in now. */
  author: () => Author;
}

/** The server forgets mutation ids after 72 hours: a repeat would be done again. Two hours for clocks that are wrong. */
const LONGEST_WAIT_MS = 70 * 3_600_000;
const ANSWER_MS = 15_000;
/** Refusals of a call for what one of its changes says. */
const INPUT_CODES = new Set(["BAD_REQUEST", "PAYLOAD_TOO_LARGE"]);

/**
 * The changes to one board that wait for the server, in their order. Sends them, one call at a time, until each was
 * answered; a change without an answer is sent again under the same id. It leaves when the board has it, or when the
 * server refused it.
 */
export class PendingChanges {
  readonly #boardId: string;
  readonly #source: ChangeSource;
  readonly #board: ConfirmedBoard;
  readonly #ready: Promise<void>;
  readonly #onChange: () => void;
  readonly #onLeave: (waiting: Waiting) => void;
  #queue: readonly Waiting[] = [];
  #list: readonly PendingChange[] = [];
  #isSending = false;
  readonly #closing = new AbortController();

  constructor(options: {
    boardId: string;
    source: ChangeSource;
    board: ConfirmedBoard;
    /** Nothing is sent before. */
    ready: Promise<void>;
    /** Called when `list` has changed by an answer of the server. */
    onChange: () => void;
    /** Called for each change that was settled or refused. */
    onLeave: (waiting: Waiting) => void;
  }) {
    this.#boardId = options.boardId;
    this.#source = options.source;
    this.#board = options.board;
    this.#ready = options.ready;
    this.#onChange = options.onChange;
    this.#onLeave = options.onLeave;
  }

  /** In order; another array whenever something changed. */
  get list(): readonly PendingChange[] {
    return this.#list;
  }

  get waiting(): readonly Waiting[] {
    return this.#queue;
  }

  has(waiting: Waiting): boolean {
    return this.#queue.includes(waiting);
  }

  add(waiting: Waiting): void {
    this.#put([...this.#queue, waiting]);
    void this.#send();
  }

  /** What was made before all others, by a page that is gone. */
  addFirst(kept: readonly Waiting[]): void {
    this.#put([...kept, ...this.#queue]);
    void this.#send();
  }

  /** Settles what the confirmed board has with this message. */
  meet({ event, snapshotReason }: Folded): void {
    // A log that was replaced may have lost what was answered; whatever it has is answered again, and not done again.
    if (snapshotReason === "unknown" || snapshotReason === "ahead") this.#forgetAnswers();
    // A column is renumbered within the change that needs the room: its own event is the next one.
    const mutationId = event && event.type !== "column.reranked" ? event.mutationId : undefined;
    this.#settle((waiting) => waiting.pending.mutationId === mutationId || this.#isMet(waiting));
  }

  refuseAll(reason: unknown): void {
    this.#refuse(this.#queue, reason);
  }

  /** Gives up what waits, with an AbortError; what is under way may be done all the same. */
  close(): void {
    const left = this.#queue;
    this.#put([]);
    for (const waiting of left) waiting.refuse(new DOMException("The board was closed.", "AbortError"));
    this.#closing.abort();
  }

  #put(queue: readonly Waiting[]): void {
    if (queue.length === 0 && this.#queue.length === 0) return;
    this.#queue = queue;
    this.#list = queue.map(({ pending }) => pending);
  }

  #isMet({ version }: Waiting): boolean {
    return version !== undefined && version <= this.#board.version;
  }

  #settle(isSettled: (waiting: Waiting) => boolean): void {
    const { state } = this.#board;
    const settled = state ? this.#queue.filter(isSettled) : [];
    if (!state || settled.length === 0) return;
    this.#put(this.#queue.filter((waiting) => !settled.includes(waiting)));
    for (const waiting of settled) {
      waiting.settle(state);
      this.#onLeave(waiting);
    }
  }

  #refuse(refused: readonly Waiting[], reason: unknown): void {
    if (refused.length === 0) return;
    this.#put(this.#queue.filter((waiting) => !refused.includes(waiting)));
    for (const waiting of refused) {
      waiting.refuse(reason);
      this.#onLeave(waiting);
    }
  }

  #forgetAnswers(): void {
    for (const waiting of this.#queue) waiting.version = undefined;
    void this.#send();
  }

  /** Sends until everything was answered. Runs once at a time. */
  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      // What is made in one go goes in one call.
      await this.#ready;
      let tries = 0;
      for (let call = this.#nextCall(); call.length > 0; call = this.#nextCall()) {
        const isAnswered = await this.#sendCall(call);
        if (!isAnswered) await pause(backoffMs(tries), this.#closing.signal);
        tries = isAnswered ? 0 : tries + 1;
      }
    } finally {
      this.#isSending = false;
    }
  }

  /** What is to be sent now. What has waited for too long is not: it is refused here. */
  #nextCall(): Waiting[] {
    const expired = this.#queue.filter((waiting) => waiting.version === undefined && ageMs(waiting) > LONGEST_WAIT_MS);
    if (expired.length > 0) {
      this.#refuse(expired, refusal("CHANGE_EXPIRED"));
      this.#onChange();
    }
    return nextCall(this.#queue);
  }

  /** Answers whether the server has. */
  async #sendCall(call: readonly Waiting[]): Promise<boolean> {
    let results: ChangeResult[];
    try {
      results = await this.#answerOf(call);
    } catch (error) {
      if (!isDecision(error)) return false;
      this.#takeRefusal(call, error);
      return true;
    }
    if (results.length !== call.length) return false;
    for (const [index, waiting] of call.entries()) {
      const result = results[index];
      // Its event may have come first.
      if (!result || !this.has(waiting)) continue;
      if (result.status === "refused") this.#refuse([waiting], refusal(result.kind, result));
      else waiting.version = result.version;
    }
    this.#settle((waiting) => this.#isMet(waiting));
    this.#onChange();
    return true;
  }

  #answerOf(call: readonly Waiting[]): Promise<ChangeResult[]> {
    const changes = call.map(({ pending }) => pending.change);
    return within(ANSWER_MS, this.#closing.signal, async (signal) => {
      const userId = (await call[0]?.author.id()) ?? "";
      signal.throwIfAborted();
      return this.#source.apply({ boardId: this.#boardId, userId, changes }, signal);
    });
  }

  /** The call as a whole was refused: for what a change says, or for who asks. */
  #takeRefusal(call: readonly Waiting[], reason: unknown): void {
    const [first] = call;
    if (!first) return;
    const isAboutInput = INPUT_CODES.has(errorCode(reason) ?? "");
    if (isAboutInput && call.length > 1) {
      for (const waiting of call) waiting.goesAlone = true;
      return;
    }
    const refused = isAboutInput ? call : this.#queue.filter(({ author }) => author === first.author);
    this.#refuse(
      refused.filter((waiting) => this.has(waiting)),
      reason,
    );
    this.#onChange();
  }
}
