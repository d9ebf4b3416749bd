import type { Plan } from "./deeds.ts";
import { type Parts, SOUND } from "./parts.ts";
import { Simulation } from "./simulation.ts";

/** The poll comes each second; what it found is there a little later. */
const POLL_MS = 1_200;
/** The longest that something slow was planned to take, a poll, and the retries of both. */
const SETTLED_MS = 6_000;
/** The longest that a client waits before it tries again, and more. */
const PATIENCE_MS = 60_000;
const HEAD_MS = 10_100;
const IDLE_MS = 33_000;

/** A rule was broken: what was seen. */
class ViolationError extends Error {}

/** Runs one schedule: all of its deeds, then quiet, then a last write. Fails with the first violations. */
export async function run(plan: Plan, parts: Parts = SOUND): Promise<Simulation> {
  const simulation = new Simulation(plan, parts);
  const uninstall = simulation.scheduler.install();
  const onRejection = (reason: unknown) => simulation.report(`unhandled rejection: ${String(reason)}`);
  process.on("unhandledRejection", onRejection);
  try {
    await act(simulation, plan);
    await settle(simulation);
    await end(simulation, plan);
    return simulation;
  } finally {
    process.off("unhandledRejection", onRejection);
    uninstall();
  }
}

async function act(simulation: Simulation, { deeds }: Plan): Promise<void> {
  for (const client of simulation.clients) client.open("board-1");
  for (const { afterSteps, does } of deeds) {
    await simulation.scheduler.runSteps(afterSteps);
    await simulation.do(does);
    check(simulation);
  }
}

/** Faults are over: everybody comes to have what there is, and then a new change within one poll. */
async function settle(simulation: Simulation): Promise<void> {
  const { scheduler } = simulation;
  simulation.calmDown();
  if (!(await scheduler.runFor(20_000, () => !simulation.isWriting))) simulation.report("a write never ends");
  await scheduler.runFor(SETTLED_MS);
  // A client may come back at any time: what began just now has not been answered yet.
  for (const watch of simulation.missingOf(scheduler.now - POLL_MS)) simulation.report(`L12: ${watch}`);
  check(simulation);
  await scheduler.runFor(PATIENCE_MS, () => simulation.lagging.length === 0 && simulation.trespassing.length === 0);
  for (const watch of simulation.lagging) simulation.report(`L7: ${watch}, and nothing comes any more`);
  for (const watch of simulation.trespassing) simulation.report(`L14: ${watch}, and may not`);
  check(simulation);
  simulation.writeOnAll();
  await scheduler.runFor(POLL_MS);
  for (const watch of simulation.lagging) simulation.report(`L13: ${watch}, a poll after a write`);
  check(simulation);
}

/** Nothing happens any more; and, in some runs because it takes long, nobody watches any more. */
async function end(simulation: Simulation, { seed }: Plan): Promise<void> {
  const { scheduler, processes, clients } = simulation;
  await scheduler.runFor(HEAD_MS);
  for (const watch of simulation.silentSince(scheduler.now - HEAD_MS)) simulation.report(`L11: ${watch}`);
  check(simulation);
  if (seed % 8 !== 0) return;
  for (const client of clients) client.closeAll();
  await scheduler.runFor(IDLE_MS);
  for (const { hub, polled } of processes) {
    if (hub.watcherCount > 0) simulation.report(`${hub.watcherCount} watchers are left when nobody watches`);
    if (polled.length > 0) simulation.report(`the hub still polls for ${polled.join()} when nobody watches`);
  }
  check(simulation);
}

function check({ violations }: Simulation): void {
  if (violations.length > 0) throw new ViolationError(violations.slice(0, 5).join("\n"));
}
