import { channel } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { expect, vi } from "vitest";
import { WebSocket } from "ws";
import { foldLive, type TrackedMessage } from "../../client/index.ts";
import { Connection, Connections } from "../../server/connections.ts";
import { Flow } from "../../server/core/live/flow.ts";
import { range, until } from "../setup/clients.ts";
import type { Person, TestBoard } from "../setup/world.ts";
import { test } from "./live-test.ts";

const MOST_WAITING_BYTES = 256 * 1_024;
/** A description of the greatest length. */
const LONG = "x".repeat(32_000);

/** The server's ends of the connections that were made since, and the most that waited on each. */
function watchServerSockets(): { most: () => number; close: () => void } {
  let most = 0;
  const sockets = new Set<Socket>();
  const look = setInterval(() => {
    for (const socket of sockets) most = Math.max(most, socket.writableLength);
  }, 1);
  const onSocket = (message: unknown) => {
    if (isServerSocket(message)) sockets.add(message.socket);
  };
  channel("net.server.socket").subscribe(onSocket);
  return {
    most: () => most,
    close() {
      clearInterval(look);
      channel("net.server.socket").unsubscribe(onSocket);
    },
  };
}

function isServerSocket(message: unknown): message is { socket: Socket } {
  return typeof message === "object" && message !== null && "socket" in message;
}

/** A reader of its own making, which can stop reading. */
async function openReader(url: string, person: Person, boardIds: readonly string[]) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/trpc?connectionParams=1`);
  const folds = boardIds.map(() => foldLive());
  const versions = boardIds.map(() => 0);
  const reasons: string[] = [];
  socket.on("message", (frame: Buffer) => {
    const answer: unknown = JSON.parse(frame.toString());
    if (!isData(answer)) return;
    const { id, data } = answer.result.data.json;
    if (data.type === "snapshot" && data.part === data.of) reasons.push(data.reason);
    versions[answer.id] = folds[answer.id]?.({ id, data }).version ?? 0;
  });
  await new Promise((resolve) => {
    socket.on("open", resolve);
  });
  socket.send(JSON.stringify({ method: "connectionParams", data: { token: person.token } }));
  for (const [id, boardId] of boardIds.entries()) {
    const params = { path: "boards.live", input: { json: { boardId } } };
    socket.send(JSON.stringify({ id, method: "subscription", params }));
  }
  return { socket, versions, reasons };
}

function isData(answer: unknown): answer is { id: number; result: { data: { json: TrackedMessage } } } {
  return (
    typeof answer === "object" &&
    answer !== null &&
    "result" in answer &&
    typeof answer.result === "object" &&
    answer.result !== null &&
    "data" in answer.result
  );
}

async function describe(person: Person, board: TestBoard, times: number): Promise<number> {
  let version = 0;
  for (const n of range(1, times)) {
    const target = { boardId: board.id, taskId: board.task("Draft") };
    ({ version } = await person.caller.tasks.update({ ...target, description: `${n} ${LONG}` }));
  }
  return version;
}

test("L17: a reader that stops costs at most 256 KiB, is carried on when it reads again, and nobody else notices", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const sockets = watchServerSockets();
  const { url } = await live.serve({ pollMs: 50 });
  const stalled = await openReader(url, org.owner, [board.id, board.id, board.id]);
  const other = (await live.client(await org.as("member"), { url })).watch(board.id);
  await until(() => other.state !== undefined && stalled.reasons.length === 3);
  stalled.socket.pause();
  // Far more than what the kernel takes for a reader on this machine.
  const version = await describe(org.owner, board, 150);
  await until(() => other.version === version);
  expect(other.heard).toEqual(["first", ...range(2, version)]);
  expect(sockets.most()).toBeGreaterThan(MOST_WAITING_BYTES / 2);
  expect(sockets.most()).toBeLessThan(MOST_WAITING_BYTES + 64 * 1_024);
  expect(Math.max(...stalled.versions)).toBeLessThan(version);
  stalled.socket.resume();
  await until(() => stalled.versions.every((reached) => reached === version));
  expect(stalled.reasons.length).toBeLessThanOrEqual(6);
  stalled.socket.terminate();
  sockets.close();
});

test("L6, L17: the parts of a big board are written as the reader takes them", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: [] });
  const title = "漢".repeat(500);
  for (const _ of range(1, 6)) {
    const changes = range(1, 100).map(
      () => ({ procedure: "tasks.create", columnId: board.column("Todo"), title }) as const,
    );
    await org.owner.caller.boards.applyChanges({ boardId: board.id, changes });
  }
  const sockets = watchServerSockets();
  const { url } = await live.serve();
  const boardIds = range(1, 8).map(() => board.id);
  const reader = await openReader(url, org.owner, boardIds);
  reader.socket.pause();
  await until(() => sockets.most() > MOST_WAITING_BYTES / 2);
  reader.socket.resume();
  await until(() => reader.versions.every((version) => version === 600));
  expect(sockets.most()).toBeLessThanOrEqual(MOST_WAITING_BYTES + 64 * 1_024);
  reader.socket.terminate();
  sockets.close();
});

test("L14, L17: whoever loses access while nothing is read hears nothing that was written later", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const guest = await board.as("viewer");
  const { url } = await live.serve({ pollMs: 50 });
  const stalled = await openReader(url, guest, [board.id]);
  await until(() => stalled.reasons.length === 1);
  stalled.socket.pause();
  const last = await describe(org.owner, board, 250);
  await org.owner.caller.boards.unshare({ boardId: board.id, userId: guest.id });
  await describe(org.owner, board, 20);
  const endings: string[] = [];
  stalled.socket.on("message", (frame: Buffer) => {
    const text = frame.toString();
    if (text.includes("ACCESS_REVOKED")) endings.push(text);
  });
  stalled.socket.resume();
  await until(() => endings.length === 1);
  // It may still hear that it is out: the event that says so.
  expect(stalled.versions[0]).toBeLessThanOrEqual(last + 1);
  stalled.socket.terminate();
});

test("L17: only so many connections of one account are open at once", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board();
  const { url } = await live.serve();
  const open = async () => {
    const reader = await openReader(url, org.owner, [board.id]);
    let code: number | undefined;
    reader.socket.on("close", (closedWith) => {
      code = closedWith;
    });
    await until(() => code !== undefined || reader.reasons.length > 0);
    return { socket: reader.socket, code: () => code };
  };
  const readers = await Promise.all(range(1, 100).map(open));
  const oneMore = await open();
  expect(oneMore.code()).toBe(1013);
  expect(readers.map(({ code }) => code())).toEqual(readers.map(() => undefined));
  readers[0]?.socket.close();
  await until(() => readers[0]?.code() !== undefined);
  const another = await open();
  expect(another.code()).toBeUndefined();
  for (const { socket } of [...readers, another]) socket.terminate();
});

test("L17: a reader without progress for 30 s is cut, and a slow one is not", ({ world }) => {
  vi.useFakeTimers({ toFake: ["performance", "setInterval", "clearInterval"] });
  try {
    const connections = new Connections(world.services);
    const cut: string[] = [];
    let takenBytes = 0;
    const line = (name: string, taken: () => number, waiting: () => number) => {
      const nothing = () => {};
      const ways = { dialAgain: nothing, tryAgainLater: nothing, endSession: nothing, tellWhenTaken: nothing };
      const sides = { takenBytes: taken, waitingBytes: waiting, isDead: () => false, cut: () => void cut.push(name) };
      connections.add(new Connection({ ...ways, ...sides }));
    };
    line(
      "idle",
      () => 0,
      () => 0,
    );
    line(
      "stalled",
      () => 7,
      () => 1,
    );
    line(
      "slow",
      () => takenBytes,
      () => 100_000,
    );
    for (const _ of range(1, 14)) {
      vi.advanceTimersByTime(2_000);
      takenBytes += 1;
    }
    expect(cut).toEqual([]);
    vi.advanceTimersByTime(6_000);
    takenBytes += 1;
    expect(new Set(cut)).toEqual(new Set(["stalled"]));
    connections.close();
  } finally {
    vi.useRealTimers();
  }
});

test("L17: readers on one connection take turns, and its room is never promised twice", () => {
  let waiting = 0;
  let asked = 0;
  const flow = new Flow({ waitingBytes: () => waiting, isOpen: () => true, tellWhenTaken: () => (asked += 1) });
  const woken: string[] = [];
  const waiter = (name: string) => ({ wakeUp: () => void woken.push(name) });
  expect(flow.take(200_000, waiter("first"))).toBe(true);
  expect(flow.take(100_000, waiter("second"))).toBe(false);
  expect(flow.take(1_000_000, waiter("third"))).toBe(false);
  // What they wait for is promised, and not written yet.
  expect(asked).toBe(0);
  waiting = 200_000;
  flow.settle(200_000);
  expect([asked, woken]).toEqual([1, []]);
  waiting = 0;
  flow.drained();
  expect(woken).toEqual(["second", "third"]);
  expect(flow.take(1_000_000, waiter("first"))).toBe(true);
  expect(flow.take(1, waiter("second"))).toBe(false);
  // What was promised turned out to be nothing.
  flow.settle(1_000_000);
  expect([asked, woken]).toEqual([1, ["second", "third", "second"]]);
});
