import { isDecision } from "./errors.ts";
import { newId } from "./ids.ts";
import { report } from "./listeners.ts";
import { type Author, findRow, type Waiting, waitFor } from "./pending-change.ts";
import type { PendingStore } from "./pending-store.ts";
import { backoffMs, pause } from "./timing.ts";

/** How long what is new waits for what was left: some browsers leave a request to open a database without an answer. */
const STORE_MS = 5_000;

/** Keeps the pending changes of one board in a store. A store that fails is reported, and keeps nothing from being sent. */
export class KeptChanges {
  readonly #store: PendingStore;
  readonly #boardId: string;
  readonly #holder = newId();
  /** What is done with the store, one after the other: nothing is removed before it was saved. */
  #work: Promise<void> = Promise.resolve();
  readonly #closing = new AbortController();

  constructor(store: PendingStore, boardId: string) {
    this.#store = store;
    this.#boardId = boardId;
  }

  /**
   * Hands over what pages that are gone have left. Waits until it is known who is signed in, and for the store: if that
   * takes long, what it has is handed over when it comes.
   */
  async load(author: Author, take: (left: Waiting[]) => void): Promise<void> {
    const userId = await this.#idOf(author);
    if (userId === undefined) return;
    const taken = this.#left({ boardId: this.#boardId, userId, holder: this.#holder }, author).then(take);
    const patience = new AbortController();
    await Promise.race([taken, pause(STORE_MS, AbortSignal.any([this.#closing.signal, patience.signal]))]);
    patience.abort();
  }

  /** Keeps a change, if it still waits by then. Whose it is may not be known yet: then it is not kept this time. */
  save(waiting: Waiting, isWaiting: () => boolean): void {
    if (waiting.isStored) return;
    this.#then(async () => {
      const userId = await waiting.author.id().catch(() => undefined);
      if (userId === undefined || waiting.isStored || !isWaiting()) return;
      const { madeAt, pending } = waiting;
      const place = { boardId: this.#boardId, userId, holder: this.#holder };
      await this.#store.save({ ...place, change: pending.change, madeAt });
      waiting.isStored = true;
    });
  }

  remove(waiting: Waiting): void {
    this.#then(async () => {
      if (waiting.isStored) await this.#store.remove(waiting.pending.mutationId);
    });
  }

  /** Leaves what still waits to the next one. */
  close(): void {
    this.#closing.abort();
    this.#then(() => this.#store.release(this.#holder));
  }

  async #left(place: Parameters<PendingStore["load"]>[0], author: Author): Promise<Waiting[]> {
    try {
      const stored = await this.#store.load(place);
      if (this.#closing.signal.aborted) return [];
      return stored.map(({ change, madeAt }) => {
        const { waiting } = waitFor(change, author, findRow(change), madeAt);
        return Object.assign(waiting, { isStored: true });
      });
    } catch (error) {
      report(error);
      return [];
    }
  }

  #then(run: () => void | Promise<void>): void {
    this.#work = this.#work.then(run).catch(report);
  }

  /** Asks until there is an answer. Undefined when nobody is signed in, and when the board was closed meanwhile. */
  async #idOf(author: Author): Promise<string | undefined> {
    for (let tries = 0; !this.#closing.signal.aborted; tries += 1) {
      try {
        return await author.id();
      } catch (error) {
        if (isDecision(error)) return undefined;
      }
      await pause(backoffMs(tries), this.#closing.signal);
    }
    return undefined;
  }
}
