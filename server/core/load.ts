import { AppError } from "./app-error.ts";

const EVERY_MS = 100;
/** Only what lasts is load: one long turn, or a machine that was asleep, is over when it is seen. */
const TURNS = 5;
/** What is refused at how many times of the lag that is too much: watches, which stay; then reads, which can wait. */
const REFUSED_FROM = { subscription: 1, query: 2, mutation: 4 } as const;
/** What takes away from the load, or must never wait: who leaves, and who puts others out. */
const NEVER_REFUSED = /^(?:auth\.signOut|sessions\.revoke(?:Others)?|keys\.revoke)$/u;

/** Refuses what can wait while the event loop comes late to everything. */
export class Load {
  readonly #mostLagMs: number;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #lags: number[] = [];
  #lastAt = performance.now();
  #lagMs = 0;

  /** `mostLagMs` 0: never. */
  constructor(mostLagMs: number) {
    this.#mostLagMs = mostLagMs;
    if (mostLagMs > 0) this.#timer = setInterval(() => this.#look(), EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Fails: SERVER_UNAVAILABLE. */
  admit(type: keyof typeof REFUSED_FROM, path: string): void {
    if (this.#lagMs === 0 || this.#lagMs < REFUSED_FROM[type] * this.#mostLagMs || NEVER_REFUSED.test(path)) return;
    throw new AppError("SERVER_UNAVAILABLE", { retryAfterSeconds: type === "subscription" ? 5 : 2 });
  }

  /** By how much it came too late at the least, of the last times. */
  #look(): void {
    const now = performance.now();
    this.#lags.push(Math.max(0, now - this.#lastAt - EVERY_MS));
    this.#lastAt = now;
    if (this.#lags.length > TURNS) this.#lags.shift();
    this.#lagMs = this.#lags.length < TURNS ? 0 : Math.min(...this.#lags);
  }
}
