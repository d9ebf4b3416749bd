import { execFileSync } from "node:child_process";
import type { Snapshot } from "../../client/index.ts";
import { checkHistory } from "./check/check.ts";
import { FoldedDetails } from "./check/details.ts";
import { type Violation, Violations } from "./check/violation.ts";
import type { MutationRecord, ShownDetails, Timeline } from "./history.ts";
import type { World } from "./world.ts";

/** What is known of a run besides what the world recorded. */
export interface PlayedRun {
  readonly seed: string;
  readonly ops: number;
  readonly faultKinds: readonly string[];
  /** How long watches took to be right, at every rest. */
  readonly tookMs: readonly number[];
  /** By `performance.now()`. */
  readonly startedAt: number;
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

/** A server that holds more than this after a run of this size leaks. */
const MOST_RSS_MIB = 600;
const BYTES_PER_MIB = 1 << 20;

/** Checks what a run recorded, and tells of it. */
export async function report(
  world: World,
  { seed, ops, faultKinds, tookMs, startedAt }: PlayedRun,
): Promise<RunReport> {
  const final: Snapshot[] = [];
  for (const { id: boardId } of world.cast.boards) {
    final.push(await world.persistence.persist((call) => world.cast.owner.boards.get.query({ boardId }, call)));
  }
  // What recurs goes on: of what is heard from here on the log that is read knows nothing.
  const watches = world.clients.flatMap(({ records }) => records.map((one) => ({ ...one, heard: [...one.heard] })));
  const last = await world.readTimeline();
  const timelines = [...world.lostTimelines, last];
  const details = await readDetails(world, last);
  const { mutations, reads, losses, held } = world;
  const { violations, counts } = checkHistory(
    { watches, mutations, reads, losses, sceneryIds: world.cast.sceneryIds, held, details },
    timelines,
    final,
  );
  addMisdeeds(world, violations);
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return {
    seed,
    seconds: Math.round((performance.now() - startedAt) / 1000),
    ops,
    outcomes: {
      ...countBy(mutations.map(({ outcome, purpose }) => (purpose === "first" ? outcome : purpose))),
      "times without an answer": timesUnanswered(mutations),
    },
    faults: countBy(faultKinds),
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

/** What tasks show on which something is, or was: as the owner is answered, page by page. */
async function readDetails({ cast, persistence }: World, timeline: Timeline): Promise<ShownDetails[]> {
  const { owner, boards } = cast;
  const shown: ShownDetails[] = [];
  const tasks = new FoldedDetails(timeline, new Violations()).tasks;
  for (const task of tasks.filter(({ boardId }) => boards.some(({ id }) => id === boardId))) {
    const { taskId, checklists, items } = await persistence.persist((call) => owner.checklists.get.query(task, call));
    const comments: ShownDetails["comments"] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const input = { ...task, cursor, limit: 100 };
      const page = await persistence.persist((call) => owner.comments.list.query(input, call));
      comments.push(...page.items);
      cursor = page.nextCursor;
    }
    shown.push({ taskId, boardId: task.boardId, checklists, items, comments });
  }
  return shown;
}

function addMisdeeds(world: World, violations: Violations): void {
  for (const misdeed of world.misdeeds) violations.add("L7", misdeed);
  for (const { misdeeds } of world.system.servers) for (const misdeed of misdeeds) violations.add("L10", misdeed);
  const peak = peakRssMiB(world);
  if (peak > MOST_RSS_MIB) violations.add("L17", `a server held ${peak} MiB`);
}

/** How often a call was sent and nothing came back, whether it was sent again or not. */
function timesUnanswered(mutations: readonly MutationRecord[]): number {
  return mutations.reduce((sum, { outcome, tries }) => sum + (outcome === "unknown" ? tries : tries - 1), 0);
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
