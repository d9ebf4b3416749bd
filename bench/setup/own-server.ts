import { z } from "zod";
import { Done } from "./ask.contract.ts";
import type { Bench } from "./bench.ts";
import { Memory, type Round } from "./measure.ts";
import { type OtherProcess, ownProcess } from "./other-process.ts";
import { type Kind, Opened, type Talk, type ToServer } from "./server.contract.ts";
import type { Connection } from "./world.ts";

/** A server in another process. */
export class BenchServer {
  readonly url: string;
  readonly socketUrl: string;
  readonly #process: OtherProcess<ToServer>;

  constructor(process: OtherProcess<ToServer>, { url, socketUrl }: Opened) {
    this.#process = process;
    this.url = url;
    this.socketUrl = socketUrl;
  }

  /** From here on it sends moves that follow these. */
  async talk(talk: Talk): Promise<void> {
    await this.#process.ask({ do: "talk", talk }, Done);
  }

  /** From here on it sends these frames, if it is one that knows no better. */
  async useFrames(frames: readonly string[]): Promise<void> {
    await this.#process.ask({ do: "frames", frames }, Done);
  }

  /** Sends so many events at once to all who watch. */
  async send(events: number): Promise<void> {
    await this.#process.ask({ do: "send", events }, Done);
  }

  /** Sends so many events at an even pace. Answers when, by the clock of `now`. */
  pace(events: number, everyMs: number): Promise<number[]> {
    return this.#process.ask({ do: "pace", events, everyMs }, z.array(z.number()));
  }

  memory(): Promise<z.infer<typeof Memory>> {
    return this.#process.ask({ do: "memory" }, Memory);
  }

  /** What a piece of work takes of this server's process. */
  measure(work: () => Promise<unknown>): Promise<Round> {
    return this.#process.measure(work);
  }

  /** For how many milliseconds at most its event loop stood still meanwhile. */
  heldMs(work: () => Promise<unknown>): Promise<number> {
    return this.#process.heldMs(work);
  }

  close(): Promise<void> {
    return this.#process.close();
  }
}

/** Starts a server of a kind in a process of its own; it ends with the bench. `isQuiet`: only `send` makes events. */
export async function ownServer(
  bench: Bench,
  kind: Kind,
  connection: Connection,
  isQuiet = false,
): Promise<BenchServer> {
  const process = await ownProcess<ToServer>(bench, new URL("server.ts", import.meta.url));
  return new BenchServer(process, await process.ask({ do: "open", kind, connection, isQuiet }, Opened));
}
