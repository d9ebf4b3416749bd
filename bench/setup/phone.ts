import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Bench } from "./bench.ts";
import { Called, type Calls } from "./callers.contract.ts";

/** What came of a round of calls, and how long it took where they were made. */
interface Round {
  readonly bytes: number;
  readonly ms: number;
}

/** Somebody who calls by HTTP, in another process. */
export class Phone {
  readonly #child: ChildProcess;
  #waiting: { resolve: (round: Round) => void; reject: (error: Error) => void } | undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (message) => {
      const heard = Called.parse(message);
      if (heard.said === "called") this.#waiting?.resolve(heard);
      else this.#waiting?.reject(new Error(`the callers failed: ${heard.why}`));
    });
    child.once("exit", () => this.#waiting?.reject(new Error("the process of the callers has ended")));
  }

  /** Makes these calls, one round at a time. */
  call(calls: Calls): Promise<Round> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#child.send(calls);
    });
  }

  close(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}

/** Starts the process; it ends with the bench. */
export function ownPhone(bench: Bench): Promise<Phone> {
  const file = fileURLToPath(new URL("callers.ts", import.meta.url));
  return bench.own(
    () => new Phone(fork(file, { execArgv: [] })),
    (phone) => phone.close(),
  );
}
