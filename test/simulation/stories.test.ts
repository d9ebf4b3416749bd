import { afterEach, beforeEach, expect, test } from "vitest";
import { AppError } from "../../server/core/app-error.ts";
import { follow } from "../../server/core/live/follow.ts";
import { Watcher } from "../../server/core/live/watcher.ts";
import { HubStream } from "../../server/core/live/hub-stream.ts";
import type { SnapshotMessage } from "../../server/events.ts";
import { type Parts, SOUND } from "./parts.ts";
import type { Process } from "./process.ts";
import { Simulation } from "./simulation.ts";
import { Witness } from "./witness.ts";

// What the schedules have found, each told as short as it can be. Wake-ups are dead in all of them.

const BOARD = "board-1";
let uninstall = () => {};
let simulation: Simulation;

function begin(parts: Parts = SOUND): readonly [Process, Process] {
  simulation = new Simulation({ seed: 1, processes: 2, clients: 1, slowness: 0, bus: "dead", deeds: [] }, parts);
  uninstall();
  uninstall = simulation.scheduler.install();
  const [one, two] = simulation.processes;
  if (!one || !two) throw new Error("there are two processes");
  return [one, two];
}

beforeEach(() => {
  begin();
});

afterEach(() => {
  uninstall();
});

/** Watches the board on a process: answers what is heard, as it comes. */
function watch({ hub, link }: Process, userId = "owner"): (string | number)[] {
  const { scheduler, database } = simulation;
  const heard: (string | number)[] = [];
  const watched = { userId, streamId: BOARD, lastEventId: undefined };
  const report = (violation: string) => simulation.report(violation);
  const witness = new Witness(watched, { scheduler, history: database.history, report, count: () => {} });
  const open = SOUND.open(database, link, watched);
  const messages = follow<SnapshotMessage>(
    { hub, streamId: BOARD, flow: undefined, open },
    new Watcher(userId, undefined),
  );
  const hearAll = async () => {
    for await (const [id, message] of messages) {
      witness.saw(id, message);
      if (message.type === "event") heard.push(message.event.version);
      else if (message.type === "snapshot" && message.part.part === message.part.of) heard.push(message.part.reason);
    }
  };
  hearAll().catch((error: unknown) => heard.push(error instanceof AppError ? error.kind : String(error)));
  return heard;
}

/** Writes so many events by a process, and waits for the commit alone. */
async function write(by: Process, count = 1): Promise<void> {
  const slot = simulation.processes.indexOf(by);
  const commands = Array<"create">(count).fill("create");
  await simulation.do({ type: "write", process: slot, board: 0, commands, thinkMs: 0 });
  await simulation.scheduler.runFor(100, () => !simulation.isWriting);
}

/** What waits for it goes on when it is opened. */
function gate() {
  let open = () => {};
  const isOpen = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { isOpen, open };
}

test("L7: a write behind a lost tail begins anew, though its version is the next", async () => {
  const [one, two] = begin();
  const heard = watch(one);
  await simulation.scheduler.runFor(100);
  await write(one);
  await write(one);
  simulation.database.restore(1);
  await write(two);
  await write(one);
  await simulation.scheduler.runFor(100);
  expect(heard).toEqual(["first", 1, 2, "unknown"]);
  expect(simulation.violations).toEqual([]);
});

test("L8: a snapshot of what was lost before the hub knew of it is followed by another one", async () => {
  const [one, two] = begin();
  watch(one);
  await simulation.scheduler.runFor(100);
  await write(two);
  const heard = watch(one);
  await simulation.scheduler.runFor(100, () => heard.length === 1);
  simulation.database.restore(1);
  await simulation.scheduler.runFor(2_500);
  expect(heard).toEqual(["first", "ahead"]);
  expect(simulation.violations).toEqual([]);
});

test("L7: who was sent what is lost is not sent what stands in its place", async () => {
  const [one, two] = begin();
  watch(one);
  await simulation.scheduler.runFor(100);
  await write(two);
  const heard = watch(one);
  await simulation.scheduler.runFor(100, () => heard.length === 1);
  simulation.database.restore(1);
  await write(two, 2);
  await simulation.scheduler.runFor(2_500);
  expect(heard).toEqual(["first", "unknown"]);
  expect(simulation.violations).toEqual([]);
});

test("L12: who was sent what is lost does not stay there when something else has come to stand in its place", async () => {
  const [restored, written] = [gate(), gate()];
  const [one, two] = begin({
    ...SOUND,
    log: (log) => ({
      ...log,
      heads: (streamIds) => restored.isOpen.then(() => log.heads(streamIds)),
      eventsAfter: (...asked) => written.isOpen.then(() => log.eventsAfter(...asked)),
    }),
  });
  await write(two);
  const heard = watch(one);
  await simulation.scheduler.runFor(100);
  simulation.database.restore(1);
  restored.open();
  await simulation.scheduler.runFor(100);
  await write(two);
  written.open();
  await simulation.scheduler.runFor(2_500);
  expect(heard).toEqual(["first", "unknown"]);
  expect(simulation.violations).toEqual([]);
});

test("L14: a watch that asked just before its board was deleted ends", async () => {
  const deleted = gate();
  const [one, two] = begin({
    ...SOUND,
    log: (log) => ({ ...log, heads: (streamIds) => deleted.isOpen.then(() => log.heads(streamIds)) }),
  });
  const heard = watch(one);
  await simulation.scheduler.runFor(100);
  await simulation.do({ type: "delete", process: simulation.processes.indexOf(two), board: 0 });
  await simulation.scheduler.runFor(100);
  deleted.open();
  await simulation.scheduler.runFor(2_500);
  expect(heard).toEqual(["BOARD_NOT_FOUND"]);
});

test("L14: who was out while their access was looked up hears nothing of the time between", async () => {
  const shownAgain = gate();
  const [one] = begin({
    ...SOUND,
    log: (log) => ({ ...log, readers: (...asked) => shownAgain.isOpen.then(() => log.readers(...asked)) }),
  });
  const heard = watch(one, "member");
  await simulation.scheduler.runFor(100);
  const turn = { type: "turn-visibility", process: simulation.processes.indexOf(one), board: 0 } as const;
  await simulation.do(turn);
  await simulation.scheduler.runFor(100);
  await write(one);
  await simulation.do(turn);
  await simulation.scheduler.runFor(100);
  shownAgain.open();
  await simulation.scheduler.runFor(2_500);
  expect(simulation.violations).toEqual([]);
  expect(heard).toEqual(["first", "access"]);
});

test("L14: a removal that has the access version of another one, which was lost, is heard of", async () => {
  const [one, two] = begin();
  const heard = watch(one, "member");
  const removal = { type: "remove", process: simulation.processes.indexOf(two) } as const;
  await simulation.scheduler.runFor(100);
  await simulation.do({ ...removal, user: 2 });
  await simulation.scheduler.runFor(1_500);
  simulation.database.restore(1);
  await simulation.scheduler.runFor(1_500);
  await simulation.do({ ...removal, user: 0 });
  await simulation.scheduler.runFor(100);
  await write(two);
  await simulation.scheduler.runFor(2_500);
  expect(simulation.violations).toEqual([]);
  expect(heard).toEqual(["first", "ACCESS_REVOKED"]);
});

const PULSE = { everyMs: 10_000, ageMs: () => 0 };

function streamAt(version: number): HubStream {
  const stream = new HubStream(BOARD, { ring: { events: 10, bytes: 10_000 }, pulse: PULSE });
  stream.begin({ version, nonce: version, type: "task.moved" });
  return stream;
}

test("L12: who is ahead of what was looked for in vain does not wait for it", () => {
  const stream = streamAt(5);
  stream.wanted = 9;
  expect(stream.next({ version: 9, nonce: 1 })).toBe(undefined);
  stream.giveUp();
  expect(stream.next({ version: 9, nonce: 1 })).toBe("elsewhere");
});

test("L12: who waits for a version of a stream that begins anew meanwhile goes on when it begins there", async () => {
  const stream = streamAt(1);
  stream.reset();
  const reached = stream.reached(4).then(() => "reached");
  stream.begin({ version: 4, nonce: 2, type: "task.archived" });
  expect(await Promise.race([reached, simulation.scheduler.runFor(100)])).toBe("reached");
});
