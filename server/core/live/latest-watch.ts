import type { AppError } from "../app-error.ts";
import type { ConnectionContext } from "../context.ts";
import { resultOfMessage, toFrames } from "./frames.ts";
import { Subscription } from "./subscription.ts";
import type { Seat } from "./wire.ts";

/**
 * A subscription whose messages stand each for themselves: told whenever another one is the latest. What cannot be written
 * at once is not kept, since the next is newer.
 */
export abstract class LatestWatch<Message extends object> extends Subscription implements AsyncIterable<Message, void> {
  readonly #signal: AbortSignal | undefined;
  readonly #over = Promise.withResolvers<null>();
  #isOver = false;
  #seat: Seat | undefined;
  #latest: Message | undefined;
  /** What was said last, as text. */
  #said = "";
  #wake: (() => void) | undefined;

  constructor(connection: ConnectionContext | undefined, signal: AbortSignal | undefined) {
    super(connection);
    this.#signal = signal;
    // It may end before anybody waits for that.
    this.#over.promise.catch(() => {});
  }

  /** Before anything is told. Fails: refused. */
  protected abstract begin(): Promise<void>;
  protected abstract finish(): void;

  protected get isOver(): boolean {
    return this.#isOver;
  }

  show(message: Message): void {
    this.#latest = message;
    if (this.#seat) this.#say(this.#seat, message);
    this.#wake?.();
  }

  end(reason: AppError): void {
    this.#isOver = true;
    this.#over.reject(reason);
    this.#wake?.();
  }

  stop(): void {
    this.#isOver = true;
    this.#over.resolve(null);
    this.#wake?.();
  }

  async write(seat: Seat): Promise<void> {
    this.#seat = seat;
    await this.begin();
    try {
      await this.#over.promise;
    } finally {
      this.#finish();
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void> {
    await this.begin();
    const stop = () => this.stop();
    if (this.#signal?.aborted === true) stop();
    this.#signal?.addEventListener("abort", stop);
    try {
      while (!this.#isOver) {
        const message = this.#takeNews();
        if (message) yield message;
        else await this.#news();
      }
      await this.#over.promise;
    } finally {
      this.#signal?.removeEventListener("abort", stop);
      this.#finish();
    }
  }

  #finish(): void {
    this.#isOver = true;
    this.finish();
  }

  #takeNews(): Message | undefined {
    const message = this.#latest;
    if (!message || JSON.stringify(message) === this.#said) return undefined;
    this.#said = JSON.stringify(message);
    return message;
  }

  async #news(): Promise<void> {
    await new Promise<null>((resolve) => {
      this.#wake = () => resolve(null);
    });
    this.#wake = undefined;
  }

  #say({ wire, flow, opening }: Seat, message: Message): void {
    const result = resultOfMessage(message);
    if (!flow.hasRoom(result.length)) return;
    if (this.#takeNews()) wire.write(toFrames(opening, [result]));
  }
}
