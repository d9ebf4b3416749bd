import { setTimeout as delay } from "node:timers/promises";
import { type Fault, FAULTS, type FaultWeights, planFaults } from "./faults.ts";
import { Gate } from "./gate.ts";
import type { Procedure } from "./inputs.ts";
import { inflict } from "./inflict.ts";
import { Lane } from "./lane.ts";
import { type Operation, planOperations } from "./operations.ts";
import { Random } from "./random.ts";
import { report, type RunReport } from "./report.ts";
import { settle } from "./settle.ts";
import { System, type SystemOptions } from "./system.ts";
import { World } from "./world.ts";

export interface RunOptions extends SystemOptions {
  readonly ops: number;
  readonly clients: number;
  readonly faults: number;
  readonly seed: string;
  readonly weights?: FaultWeights;
  /** What is done much more often than it usually is. */
  readonly often?: readonly Procedure[];
  /** How long nothing happens at the end. */
  readonly quietMs?: number;
}

/** What of a run is to be seen while it goes on. */
export interface Progress {
  ops: number;
  faults: number;
  live: number;
  says: string;
}

/** After the last fault of a round, every client is to be where the database is within this. */
const SETTLE_MS = 10_000;
/** So many faults may be at work at once. */
const FAULTS_AT_ONCE = 5;
/** After so many operations everything is mended, and every client has to be where the database is. */
const OPS_A_ROUND = 400;

/** Runs a system of its own, does to it what the seed says, and checks what came of it. Ends by itself; `signal` ends it early. */
export async function run(options: RunOptions, progress: Progress, signal: AbortSignal): Promise<RunReport> {
  const startedAt = performance.now();
  const random = new Random(options.seed);
  progress.says = "starting";
  const system = await System.start(options);
  try {
    const world = await World.create(system, random.fork("world"), options.clients);
    try {
      const faults = planFaults(random.fork("faults"), options.faults, options.weights ?? FAULTS);
      const operations = planOperations(random.fork("operations"), options.ops, options.clients, options.often);
      const tookMs = await play(world, { operations, faults }, progress, signal);
      progress.says = "hearing that nothing happens";
      await delay(options.quietMs ?? 0, undefined, { signal }).catch(() => {});
      progress.says = "checking";
      // Of a run that was ended early: what it had done.
      const { seed } = options;
      const faultKinds = faults.slice(0, progress.faults).map(({ kind }) => kind);
      return await report(world, { seed, ops: progress.ops, faultKinds, tookMs, startedAt });
    } finally {
      await world.close();
    }
  } finally {
    await system.close();
  }
}

interface Plan {
  readonly operations: readonly Operation[];
  readonly faults: readonly Fault[];
}

/** The rounds of a run. Answers how long the clients took to be right again after each of them. */
async function play(
  world: World,
  { operations, faults }: Plan,
  progress: Progress,
  signal: AbortSignal,
): Promise<number[]> {
  const lanes = world.clients.map((client) => new Lane(world, client));
  const rounds = Math.max(1, Math.round(operations.length / OPS_A_ROUND));
  const tookMs: number[] = [];
  for (let round = 0; round < rounds && !signal.aborted; round += 1) {
    progress.says = `round ${round + 1} of ${rounds}`;
    await playRound(world, lanes, part(operations, round, rounds), part(faults, round, rounds), progress, signal);
    for (const edge of world.system.edges) edge.heal();
    progress.says = `settling ${round + 1} of ${rounds}`;
    const settled = await settle(world, SETTLE_MS);
    tookMs.push(...settled.tookMs);
    progress.live = settled.tookMs.length;
    for (const straggler of settled.stragglers) world.misdeeds.push(`not settled after ${SETTLE_MS} ms: ${straggler}`);
    // What is wrong by now explains everything after it.
    if (world.misdeeds.length > 0) break;
  }
  return tookMs;
}

function part<Item>(items: readonly Item[], index: number, count: number): Item[] {
  const at = (part: number) => Math.round((items.length * part) / count);
  return items.slice(at(index), at(index + 1));
}

/** Operations and faults side by side: no operation begins before as large a part of the faults has. */
async function playRound(
  world: World,
  lanes: readonly Lane[],
  operations: readonly Operation[],
  faults: readonly Fault[],
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const gate = new Gate();
  const inflicted = inflictAll(world, faults, gate, progress, signal);
  await Promise.all(
    lanes.map(async (lane, index) => {
      for (const [position, operation] of operations.entries()) {
        if (operation.client !== index || signal.aborted) continue;
        await gate.reached(Math.floor((position / operations.length) * faults.length));
        await lane.perform(operation);
        progress.ops += 1;
      }
    }),
  );
  await inflicted;
}

async function inflictAll(
  world: World,
  faults: readonly Fault[],
  gate: Gate,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  for (const fault of faults) {
    if (signal.aborted) break;
    while (underWay.size >= FAULTS_AT_ONCE) await Promise.race(underWay);
    const one: Promise<void> = inflict(world, fault)
      .catch(
        (error: unknown) =>
          void world.misdeeds.push(`${fault.kind}: ${error instanceof Error ? error.stack : String(error)}`),
      )
      .finally(() => underWay.delete(one));
    underWay.add(one);
    progress.faults += 1;
    gate.advance();
  }
  gate.open();
  await Promise.all(underWay);
}
