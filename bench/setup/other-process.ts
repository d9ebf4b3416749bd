import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type Bench, BenchError } from "./bench.ts";
import { Answer, type Ask } from "./ask.contract.ts";
import { Round } from "./measure.ts";

/** Every round is done in seconds. */
const PATIENCE_MS = 120_000;

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Another process of a bench, which does what it is told. What is compared runs in one of its own each. */
export class OtherProcess<Told extends object> {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;

  constructor(child: ChildProcess, name: string) {
    this.#child = child;
    child.on("message", (message) => {
      const heard = Answer.parse(message);
      const waiting = this.#waiting.get(heard.id);
      this.#waiting.delete(heard.id);
      if ("why" in heard) waiting?.reject(new BenchError(`${name}: ${heard.why}`));
      else waiting?.resolve(heard.answer);
    });
    child.once("exit", () => {
      for (const { reject } of this.#waiting.values()) reject(new BenchError(`the process of ${name} has ended`));
      this.#waiting.clear();
    });
  }

  /** Tells it something, and answers what comes of that. */
  async ask<Said>(told: Told, answer: z.ZodType<Said>): Promise<Said> {
    return answer.parse(await this.#send({ told }));
  }

  /** What this piece of work, whoever does it, takes of that process. */
  async measure(work: () => Promise<unknown>): Promise<Round> {
    await this.#send({ measure: "begin" });
    await work();
    return Round.parse(await this.#send({ measure: "end" }));
  }

  /** For how many milliseconds at most its event loop stood still during this piece of work. */
  async heldMs(work: () => Promise<unknown>): Promise<number> {
    await this.#send({ loop: "begin" });
    await work();
    return z.number().parse(await this.#send({ loop: "end" }));
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    if (this.#child.connected) this.#child.disconnect();
    await ended;
  }

  async #send(ask: Ask["ask"]): Promise<unknown> {
    const id = (this.#asked += 1);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const impatience = setTimeout(() => reject(new BenchError(`no answer to ${JSON.stringify(ask)}`)), PATIENCE_MS);
    this.#waiting.set(id, { resolve, reject });
    this.#child.send({ id, ask } satisfies Ask, (error) => error && reject(error));
    try {
      return await promise;
    } finally {
      clearTimeout(impatience);
    }
  }
}

/** Starts a program. It ends with the bench. */
export function ownProcess<Told extends object>(bench: Bench, program: URL): Promise<OtherProcess<Told>> {
  const file = fileURLToPath(program);
  return bench.own(
    () => new OtherProcess<Told>(fork(file, []), basename(file, ".ts")),
    (started) => started.close(),
  );
}
