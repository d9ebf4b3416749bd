import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type Bench, BenchError } from "./bench.ts";
import { type Dialect, FromWatchers, type Latencies, type ToWatchers } from "./watchers.contract.ts";

const Limits = z.object({
  userLimits: z.object({ open_files: z.object({ soft: z.union([z.number(), z.string()]) }) }),
});
/** What a process has open besides the sockets of a bench. */
const OTHER_FILES = 200;
/** Every round is done in seconds. */
const PATIENCE_MS = 120_000;

interface Got {
  readonly frames: readonly string[];
  readonly latenciesMs: Latencies;
}
const NOTHING: Got = { frames: [], latenciesMs: { p50: 0, p99: 0 } };

/** Many sockets in another process. */
export class Crowd {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<string, { resolve: (got: Got) => void; reject: (error: Error) => void }>();

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (message) => {
      const heard = FromWatchers.parse(message);
      if (heard.said === "failed") return this.#fail(new Error(`the watchers failed: ${heard.why}`));
      const waiting = this.#waiting.get(heard.group);
      this.#waiting.delete(heard.group);
      waiting?.resolve(heard.said === "got" ? heard : NOTHING);
    });
    child.once("exit", () => this.#fail(new Error("the process of the watchers has ended")));
  }

  /** Opens so many sockets more of a group, each as the client of such a server would. */
  async open(group: string, url: string, count: number, dialect: Dialect): Promise<void> {
    await this.#ask({ do: "open", group, url, count, dialect });
  }

  /** Waits until every socket of the group has got so many events more. Answers the frames that one of them got. */
  async got(group: string, events: number): Promise<readonly string[]> {
    return (await this.#ask({ do: "expect", group, events, sentAtMs: [] })).frames;
  }

  /** Waits likewise for events that were sent at these times. Answers how long they took. */
  async took(group: string, sentAtMs: readonly number[]): Promise<Latencies> {
    return (await this.#ask({ do: "expect", group, events: sentAtMs.length, sentAtMs: [...sentAtMs] })).latenciesMs;
  }

  async #ask(message: ToWatchers): Promise<Got> {
    const impatience = setTimeout(() => this.#fail(new Error("an event did not reach every watcher")), PATIENCE_MS);
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.set(message.group, { resolve, reject });
        this.#child.send(message, (error) => error && this.#fail(error));
      });
    } finally {
      clearTimeout(impatience);
    }
  }

  /** Ends the process. */
  close(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** Starts the process; it ends with the bench. `sockets` are all that it will open: as many files, here as there. */
export async function ownCrowd(bench: Bench, sockets: number): Promise<Crowd> {
  requireFiles(sockets + OTHER_FILES);
  const file = fileURLToPath(new URL("watchers.ts", import.meta.url));
  return bench.own(
    () => new Crowd(fork(file, { execArgv: [] })),
    (crowd) => crowd.close(),
  );
}

/** Node raises the limit as far as this user may by itself: what is read here is the end of it. */
function requireFiles(needed: number): void {
  const limits = Limits.safeParse(process.report.getReport());
  // Windows has no such limit.
  const may = limits.success ? Number(limits.data.userLimits.open_files.soft) : Number.POSITIVE_INFINITY;
  if (may < needed) {
    throw new BenchError(
      `A process may open ${may} files here, and this bench needs ${needed}: raise the hard limit (\`ulimit -Hn\`, or LimitNOFILE of the service) and try again.`,
    );
  }
}
