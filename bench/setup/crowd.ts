import { z } from "zod";
import { Done } from "./ask.contract.ts";
import { type Bench, BenchError } from "./bench.ts";
import { type OtherProcess, ownProcess } from "./other-process.ts";
import { type Dialect, Got, type Latencies, OpenedMs, Resumed, type ToWatchers } from "./watchers.contract.ts";

const Limits = z.object({
  userLimits: z.object({ open_files: z.object({ soft: z.union([z.number(), z.string()]) }) }),
});
/** What a process has open besides the sockets of a bench. */
const OTHER_FILES = 200;
/** How many sockets are being opened at any time, unless somebody wants to know how many can be. */
const OPENING_AT_ONCE = 25;

interface Sockets {
  readonly url: string;
  readonly count: number;
  readonly dialect: Dialect;
  readonly atOnce?: number;
  /** Whether it is of interest when events arrive. */
  readonly isTimed?: boolean;
}

/** Many sockets in another process. */
export class Crowd {
  readonly #process: OtherProcess<ToWatchers>;

  constructor(process: OtherProcess<ToWatchers>) {
    this.#process = process;
  }

  /** Opens so many sockets more of a group, each as the client of such a server would. Answers how long that took. */
  open(group: string, sockets: Sockets): Promise<number> {
    const defaults = { atOnce: OPENING_AT_ONCE, isTimed: false };
    return this.#process.ask({ do: "open", group, ...defaults, ...sockets }, OpenedMs);
  }

  /** Closes all sockets of the group. */
  async leave(group: string): Promise<void> {
    await this.#process.ask({ do: "close", group }, Done);
  }

  /** Somebody comes back who has missed so many moves of a board. */
  resume(who: Omit<ToWatchers & { do: "resume" }, "do">): Promise<Resumed> {
    return this.#process.ask({ do: "resume", ...who }, Resumed);
  }

  /**
   * Waits until socket n of the group has got `events[n % events.length]` events more, and fails if one got another
   * number. Answers the frames that one of them got.
   */
  async got(group: string, ...events: number[]): Promise<readonly string[]> {
    return (await this.#process.ask({ do: "expect", group, events, sentAtMs: [] }, Got)).frames;
  }

  /** Waits likewise for events that were sent at these times. Answers how long they took. */
  async took(group: string, sentAtMs: readonly number[]): Promise<Latencies> {
    const told = { do: "expect", group, events: [sentAtMs.length], sentAtMs } as const;
    return (await this.#process.ask(told, Got)).latenciesMs;
  }
}

/** Starts the process; it ends with the bench. `sockets` are all that it will open: as many files, here as there. */
export async function ownCrowd(bench: Bench, sockets: number): Promise<Crowd> {
  requireFiles(sockets + OTHER_FILES);
  return new Crowd(await ownProcess<ToWatchers>(bench, new URL("watchers.ts", import.meta.url)));
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
