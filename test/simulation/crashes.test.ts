import { expect, test } from "vitest";
import type { Deed, Does, Plan } from "./deeds.ts";
import { run } from "./run.ts";

const STEPS_APART = 12;

const write = (process: number, commands: Extract<Does, { type: "write" }>["commands"], thinkMs = 0): Does => {
  return { type: "write", process, board: 0, commands, thinkMs };
};

/** People on two processes write, hide a board and show it again, remove somebody, and lose a connection. */
const STORY: readonly Does[] = [
  write(0, ["create", "rename"]),
  write(1, ["move"]),
  { type: "open", client: 1, board: 0 },
  { type: "turn-visibility", process: 0, board: 0 },
  write(0, ["reset", "create"], 20),
  { type: "turn-visibility", process: 1, board: 0 },
  { type: "cut", client: 0 },
  write(1, ["archive"], 5),
  { type: "remove", process: 0, user: 0 },
  write(1, ["restore"]),
  { type: "admit", process: 1, user: 0 },
  { type: "open", client: 1, board: 0 },
  write(0, ["create"]),
];
const LAST_STEP = STORY.length * STEPS_APART;

function crashAt(step: number, process: number): Plan {
  const crash = { at: step, does: { type: "crash", process, backAfterMs: 400 } as const };
  const story = STORY.map((does, index) => ({ at: index * STEPS_APART, does }));
  const timed = [...story, crash].toSorted((a, b) => a.at - b.at);
  const deeds = timed.map(({ at, does }, index): Deed => ({ afterSteps: at - (timed[index - 1]?.at ?? 0), does }));
  return { seed: 1 + step, processes: 2, clients: 2, slowness: 0.02, bus: step % 2 === 0 ? "bad" : "dead", deeds };
}

test.for([0, 1])(
  "L7: process %i may die between any two steps of a story, and everybody hears all of it",
  async (process) => {
    const broken: string[] = [];
    for (let step = 0; step < LAST_STEP; step += 1) {
      await run(crashAt(step, process)).catch((error: unknown) => broken.push(`step ${step}: ${String(error)}`));
    }
    expect(broken).toEqual([]);
  },
);
