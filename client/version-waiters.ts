import type { Snapshot } from "../server/domains/work/boards.contract.ts";

interface Waiter {
  version: number;
  resolve: (state: Snapshot) => void;
  reject: (reason: unknown) => void;
  forgetSignal: () => void;
}

/** Those who wait for a board to have a version. */
export class VersionWaiters {
  readonly #waiters = new Set<Waiter>();

  wait(version: number, signal: AbortSignal | undefined): Promise<Snapshot> {
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
    });
  }

  /** Answers those whose version is there, and all others that nothing comes any more, if that is so. */
  answer(state: Snapshot | undefined, version: number, ending: Error | undefined): void {
    for (const waiter of this.#waiters) {
      if (state && version >= waiter.version) waiter.resolve(state);
      else if (ending) waiter.reject(ending);
      else continue;
      waiter.forgetSignal();
      this.#waiters.delete(waiter);
    }
  }
}
