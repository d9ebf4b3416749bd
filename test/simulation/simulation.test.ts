import fc from "fast-check";
import { expect, test } from "vitest";
import { SIMULATION } from "../setup/settings.ts";
import { type Plan, plan } from "./deeds.ts";
import { run } from "./run.ts";

/** What all schedules together must have come upon, or they prove little. */
const REASONS = ["first", "unknown", "ahead", "too-old", "too-far", "access", "reset"];
const SEEN = [
  "event",
  "head",
  "event at rest",
  "head at rest",
  "event awake",
  "ended ACCESS_REVOKED",
  "ended BOARD_NOT_FOUND",
];
const EVERYTHING = [...SEEN, ...REASONS.map((reason) => `snapshot ${reason}`)];

/** Shrinking costs a run each. */
const MOST_SHRINKS = 400;

test(
  "L7 to L17: whatever befalls processes, clients and database, everybody hears what there is, and only that",
  async () => {
    const { runs, seed, path } = SIMULATION;
    const seen = new Set<string>();
    const property = fc.asyncProperty(fc.limitShrink(plan, MOST_SHRINKS), async (drawn) => {
      const simulation = await run(drawn);
      for (const what of simulation.seen.keys()) seen.add(what);
    });
    const details = await fc.check(property, {
      numRuns: runs,
      ...(seed === undefined ? {} : { seed }),
      ...(path === undefined ? {} : { path }),
    });
    expect(details.failed ? howToRepeat(details) : undefined).toBeUndefined();
    expect(path === undefined ? EVERYTHING.filter((what) => !seen.has(what)) : []).toEqual([]);
  },
  Math.max(300_000, SIMULATION.runs * 60),
);

function howToRepeat(details: fc.RunDetails<[Plan]>): string {
  const { seed, counterexamplePath, errorInstance, counterexample } = details;
  return [
    `TRESTLE_SIMULATION_SEED=${seed} TRESTLE_SIMULATION_PATH=${counterexamplePath} npx vitest run test/simulation/simulation.test.ts`,
    errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
    JSON.stringify(counterexample),
  ].join("\n");
}
