import { monitorEventLoopDelay } from "node:perf_hooks";
import type { z } from "zod";
import { type Answer, Ask } from "./ask.contract.ts";
import { type Bench, bench } from "./bench.ts";
import { measuring, type Round } from "./measure.ts";

/** Makes this program one of a bench's other processes: it does what it is told until who forked it is done with it. */
export async function answerAsks<Told>(
  schema: z.ZodType<Told>,
  work: (bench: Bench, told: Told) => Promise<unknown>,
): Promise<void> {
  await bench(async (bench) => {
    let measured: (() => Round) | undefined;
    const delays = monitorEventLoopDelay({ resolution: 1 });
    const answer = async ({ ask }: Ask): Promise<unknown> => {
      if ("told" in ask) return work(bench, schema.parse(ask.told));
      if ("measure" in ask) {
        if (ask.measure === "end") return measured?.();
        measured = measuring();
        return null;
      }
      if (ask.loop === "end") {
        delays.disable();
        return delays.max / 1e6;
      }
      delays.reset();
      delays.enable();
      return null;
    };
    process.on("message", (message) => {
      const ask = Ask.parse(message);
      answer(ask).then(
        (said) => say({ id: ask.id, answer: said ?? null }),
        (error: unknown) => say({ id: ask.id, why: error instanceof Error ? (error.stack ?? "") : String(error) }),
      );
    });
    await new Promise<void>(() => {});
  }, true);
}

function say(message: Answer): void {
  // Nobody listens any more when the bench has been stopped.
  process.send?.(message, undefined, undefined, () => {});
}
