import { execFileSync } from "node:child_process";
import type { Snapshot } from "../../client/index.ts";
import { checkHistory } from "./check/check.ts";
import type { Violation, Violations } from "./check/violation.ts";
import { type Fault, FAULTS, type FaultWeights, planFaults } from "./faults.ts";
import { Gate } from "./gate.ts";
import { inflict } from "./inflict.ts";
import { Lane } from "./lane.ts";
import { type Operation, planOperations } from "./operations.ts";
import { Random } from "./random.ts";
import { settle } from "./settle.ts";
import { System, type SystemOptions } from "./system.ts";
import { World } from "./world.ts";

export interface RunOptions extends SystemOptions {
  readonly ops: number;
  readonly clients: number;
  readonly faults: number;
  readonly seed: string;
  readonly weights?: FaultWeights;
  /** After the last fault, every client is to be where the database is within this. */
  readonly settleMs?: number;
}

/** What of a run is to be seen while it goes on. */
export interface Progress {
  ops: number;
  faults: number;
  live: number;
  says: string;
}

export interface RunReport {
  readonly seed: string;
  readonly seconds: number;
  readonly ops: number;
  readonly outcomes: Record<string, number>;
  readonly faults: Record<string, number>;
  readonly refusals: Record<string, number>;
  readonly heard: Record<string, number>;
  readonly snapshots: Record<string, number>;
  readonly settleMs: { p50: number; p99: number; max: number };
  readonly peakRssMiB: number;
  readonly violationCount: number;
  readonly violations: readonly Violation[];
  readonly serverLines: Record<string, readonly string[]>;
  readonly commit: string;
  readonly date: string;
}

const SETTLE_MS = 10_000;
/** So many faults may be at work at once. */
const FAULTS_AT_ONCE = 5;
/** After so many operations everything is mended, and every client has to be where the database is. */
const OPS_A_ROUND = 400;
/** A server that holds more than this after a run of this size leaks. */
const MOST_RSS_MIB = 600;
const BYTES_PER_MIB = 1 << 20;

/** Runs a system of its own, does to it what the seed says, and checks what came of it. Ends by itself; `signal` ends it early. */
export async function run(options: RunOptions, progress: Progress, signal: AbortSignal): Promise<RunReport> {
  const start = performance.now();
  const random = new Random(options.seed);
  progress.says = "starting";
  const system = await System.start(options);
  try {
    const world = await World.create(system, random.fork("world"), options.clients);
    try {
      const tookMs = await play(world, options, random, progress, signal);
      progress.says = "checking";
      return await report(world, options, { tookMs, start });
    } finally {
      await world.close();
    }
  } finally {
    await system.close();
  }
}

/** The rounds of a run. Answers how long the clients took to be right again after each of them. */
async function play(
  world: World,
  options: RunOptions,
  random: Random,
  progress: Progress,
  signal: AbortSignal,
): Promise<number[]> {
  const operations = planOperations(random.fork("operations"), options.ops, options.clients);
  const faults = planFaults(random.fork("faults"), options.faults, options.weights ?? FAULTS);
  const lanes = world.clients.map((client) => new Lane(world, client));
  const rounds = Math.max(1, Math.round(options.ops / OPS_A_ROUND));
  const limitMs = options.settleMs ?? SETTLE_MS;
  const tookMs: number[] = [];
  for (let round = 0; round < rounds && !signal.aborted; round += 1) {
    progress.says = `round ${round + 1} of ${rounds}`;
    await playRound(world, lanes, part(operations, round, rounds), part(faults, round, rounds), progress, signal);
    for (const edge of world.system.edges) edge.heal();
    progress.says = `settling ${round + 1} of ${rounds}`;
    const settled = await settle(world, limitMs);
    tookMs.push(...settled.tookMs);
    progress.live = settled.tookMs.length;
    for (const straggler of settled.stragglers) world.misdeeds.push(`not settled after ${limitMs} ms: ${straggler}`);
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

async function report(
  world: World,
  options: RunOptions,
  { tookMs, start }: { tookMs: readonly number[]; start: number },
): Promise<RunReport> {
  const final: Snapshot[] = [];
  for (const { id: boardId } of world.cast.boards) {
    final.push(await world.persistence.persist((call) => world.cast.owner.boards.get.query({ boardId }, call)));
  }
  const timelines = [...world.lostTimelines, await world.readTimeline()];
  const watches = world.clients.flatMap((client) => client.records);
  const { mutations, reads, losses, held } = world;
  const { violations, counts } = checkHistory({ watches, mutations, reads, losses, held }, timelines, final);
  addMisdeeds(world, violations);
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return {
    seed: options.seed,
    seconds: Math.round((performance.now() - start) / 1000),
    ops: options.ops,
    outcomes: countBy(mutations.map(({ outcome, purpose }) => (purpose === "first" ? outcome : purpose))),
    faults: countBy(
      planFaults(new Random(options.seed).fork("faults"), options.faults, options.weights ?? FAULTS).map(
        ({ kind }) => kind,
      ),
    ),
    heard: {
      events: counts.events,
      repeated: counts.repeated,
      heads: counts.heads,
      opened: counts.opened,
      reads: reads.length,
    },
    refusals: countBy(mutations.flatMap(({ kind }) => kind ?? [])),
    snapshots: counts.snapshots,
    settleMs: { p50: at(0.5), p99: at(0.99), max: Math.round(sorted.at(-1) ?? 0) },
    peakRssMiB: peakRssMiB(world),
    violationCount: violations.count,
    violations: violations.found,
    serverLines: Object.fromEntries(
      world.system.servers.map(({ name, lastLines }) => [name, lastLines.slice(-10).map((line) => line.slice(0, 300))]),
    ),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], {
      cwd: import.meta.dirname,
      encoding: "utf8",
    }).trim(),
    date: new Date().toISOString(),
  };
}

function addMisdeeds(world: World, violations: Violations): void {
  for (const misdeed of world.misdeeds) violations.add("L7", misdeed);
  for (const { misdeeds } of world.system.servers) for (const misdeed of misdeeds) violations.add("L10", misdeed);
  const peak = peakRssMiB(world);
  if (peak > MOST_RSS_MIB) violations.add("L17", `a server held ${peak} MiB`);
}

function peakRssMiB(world: World): number {
  const samples = world.system.servers.flatMap(({ rssBytes }) => rssBytes);
  return Math.round(samples.reduce((most, bytes) => Math.max(most, bytes), 0) / BYTES_PER_MIB);
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
