import { createServer } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { sql } from "drizzle-orm";
import { expect, vi } from "vitest";
import { Connections } from "../../server/connections.ts";
import { type LogEvent, parseCursor } from "../../server/core/event-log.ts";
import { Flow } from "../../server/core/live/flow.ts";
import { Lane } from "../../server/core/live/lane.ts";
import { SnapshotText } from "../../server/core/live/snapshot-text.ts";
import { Watch } from "../../server/core/live/watch.ts";
import { Watcher } from "../../server/core/live/watcher.ts";
import { transformer as wireTransformer } from "../../server/core/transformer.ts";
import { serveSockets } from "../../server/sockets.ts";
import { range, until } from "../setup/clients.ts";
import { textsOf } from "../setup/frames.ts";
import { call, countOf, openRawSocket, refusalOf } from "../setup/raw-socket.ts";
import { test } from "./live-test.ts";

const NOBODY = "00000000-0000-7000-8000-000000000000";

/** What waits for nothing and is never full. */
const roomy = (isOpen = () => true) => new Flow({ waitingBytes: () => 0, isOpen, tellWhenTaken: () => {} });

function eventOf(version: number): LogEvent {
  const by = { actorId: NOBODY, mutationId: NOBODY, at: "2026-01-01T00:00:00.000Z" };
  return {
    streamId: "s",
    version,
    nonce: version * 7,
    accessVersion: 0,
    type: "board.reset",
    ...by,
    data: { version },
  };
}

/** What a frame is: the type of its message, or of tRPC's own. */
function kindOf(text: string): string {
  return /"data":\{"type":"([a-z.-]+)"/u.exec(text)?.[1] ?? /"type":"([a-z]+)"/u.exec(text)?.[1] ?? text;
}

/** Collects what nobody holds. */
function collect(): void {
  setFlagsFromString("--expose-gc");
  const gc: unknown = runInNewContext("gc");
  if (typeof gc === "function") Reflect.apply(gc, undefined, []);
}

test("L17: a watch at rest does not hold the snapshot that it began with", async ({ world }) => {
  const org = await world.org();
  const board = await org.board();
  const { app, request } = org.owner.context;
  const head = parseCursor((await org.owner.caller.boards.get({ boardId: board.id })).cursor) ?? {
    version: 0,
    nonce: 0,
  };
  let made: WeakRef<object> | undefined;
  const open = async () => {
    const state = new SnapshotText(`{"title":"${"x".repeat(1_000)}"}`, []);
    made = new WeakRef(state);
    return { ...head, reason: "first" as const, state };
  };
  const written: string[] = [];
  const wire = {
    resting: new Set<{ flush(): void }>(),
    write: (frames: Buffer) => void written.push(...textsOf(frames)),
  };
  const asked = { streamId: board.id, userId: org.owner.id, lastEventId: null, signal: undefined, open };
  const watch = new Watch<{ title: string }, never>({ app, request }, asked);
  const over = watch.write({ wire, flow: roomy(), opening: '{"id":1' });
  await until(() => wire.resting.size === 1);
  await until(() => {
    collect();
    return made?.deref() === undefined;
  });
  expect(written[0]).toContain('"snapshot"');
  expect(written.length).toBe(1);
  watch.stop();
  expect(wire.resting.size).toBe(0);
  await over;
});

test("of the request that opened a socket nothing is kept while it watches", async ({ world }) => {
  const org = await world.org();
  const board = await org.board();
  const server = createServer();
  const connections = new Connections(world.services);
  const origins = { publicUrl: "http://localhost", allowedOrigins: [], allowLoopback: true };
  const sockets = serveSockets(server, { app: world.services, connections, origins, onRefusedOrigin: () => {} });
  let request: WeakRef<object> | undefined;
  server.on("upgrade", (req) => {
    request = new WeakRef(req);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const socket = await openRawSocket({ url: `http://127.0.0.1:${port}` }, org.owner);
  socket.send(JSON.stringify(call(1, "subscription", "boards.live", { boardId: board.id })));
  await until(() => countOf(socket, 1) === 2);
  await until(() => {
    collect();
    return request !== undefined && request.deref() === undefined;
  });
  expect(refusalOf(socket, 1)).toBeUndefined();
  socket.close();
  await sockets.close();
  connections.close();
  server.close();
});

/** A lane with watches at version 0, and what is written to each. */
function laneOf(openings: readonly string[], flow = () => roomy()) {
  const awake = new Set<Watcher>();
  const lane = new Lane(awake, { everyMs: 10_000, ageMs: () => 5 });
  const seats = openings.map((opening) => {
    const written: Buffer[] = [];
    const wire = { resting: new Set<{ flush(): void }>(), write: (frames: Buffer) => void written.push(frames) };
    const watcher = new Watcher(NOBODY, { version: 0, nonce: 0 }, { wire, flow: flow(), opening });
    watcher.saidAt = performance.now();
    awake.add(watcher);
    void watcher.rest({ lane });
    return { watcher, written, wire };
  });
  return { lane, awake, seats };
}

/** The versions in what was written. */
function versionsIn(written: readonly Buffer[]): number[] {
  return written.flatMap(textsOf).map((text) => Number(/"version":(\d+),/u.exec(text)?.[1]));
}

test("L18: the events of a turn are one write for each socket, of the same bytes where the id is the same", async () => {
  const { lane, seats } = laneOf(['{"id":1', '{"id":1', '{"id":"two"']);
  for (const version of range(1, 8)) lane.take(eventOf(version));
  expect(seats.map(({ written }) => written.length)).toEqual([0, 0, 0]);
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(seats.map(({ written }) => versionsIn(written))).toEqual(seats.map(() => range(1, 8)));
  expect(seats.map(({ written }) => written.length)).toEqual([1, 1, 1]);
  expect(seats[1]?.written[0]).toBe(seats[0]?.written[0]);
  expect(seats.map(({ watcher }) => watcher.cursor)).toEqual(seats.map(() => ({ version: 8, nonce: 56 })));
  lane.clear();
});

test("L17: no write of a turn is larger than 128 KiB, and who has no room goes on alone behind what was written", () => {
  let isRoomy = true;
  const { lane, awake, seats } = laneOf(['{"id":1'], () => roomy(() => isRoomy));
  const long = { text: "x".repeat(50_000) };
  for (const version of range(1, 3)) lane.take({ ...eventOf(version), data: { version, ...long } });
  expect(seats.map(({ written }) => versionsIn(written))).toEqual([[1, 2]]);
  expect(Math.max(...seats.flatMap(({ written }) => written.map(({ length }) => length)))).toBeLessThan(128 * 1_024);
  isRoomy = false;
  lane.flush();
  expect(seats.map(({ written }) => versionsIn(written))).toEqual([[1, 2]]);
  expect(seats.map(({ watcher }) => watcher.cursor)).toEqual([{ version: 2, nonce: 14 }]);
  expect([...awake]).toEqual(seats.map(({ watcher }) => watcher));
});

test("L14: what waits for a watch is not written to it once it has been stopped, ended, or told to begin again", () => {
  const { lane, seats } = laneOf(['{"id":1', '{"id":1', '{"id":1', '{"id":1']);
  const [stopped, ended, reopened, other] = seats;
  lane.take(eventOf(1));
  stopped?.watcher.stop();
  ended?.watcher.wakeUp();
  reopened?.watcher.wakeUp();
  // Somebody who knows version 1 already rests with the others: they get it first.
  lane.flush();
  lane.take(eventOf(2));
  lane.clear();
  lane.flush();
  expect([stopped, ended, reopened].map((seat) => versionsIn(seat?.written ?? []))).toEqual([[], [], []]);
  expect(versionsIn(other?.written ?? [])).toEqual([1]);
  expect(seats.map(({ wire }) => wire.resting.size)).toEqual([0, 0, 0, 0]);
});

test("L18: an event is serialised once by a server, however many sockets watch", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ["Draft"] });
  const clients = await Promise.all(range(1, 5).map(() => live.client(org.owner)));
  const watches = clients.flatMap((client) => range(1, 4).map(() => client.watch(board.id)));
  await until(() => watches.every(({ state }) => state !== undefined));
  const serialize = vi.spyOn(wireTransformer, "serialize");
  const move = { boardId: board.id, taskId: board.task("Draft"), columnId: board.column("Done") };
  // By the server that is watched, and by another one.
  await clients[0]?.trpc.tasks.move.mutate(move);
  const { version } = await org.owner.caller.tasks.move({ ...move, columnId: board.column("Todo") });
  await until(() => watches.every((watch) => watch.version === version));
  const events = serialize.mock.calls.filter(([value]) => JSON.stringify(value).includes('"type":"task.moved"'));
  serialize.mockRestore();
  expect(events.length).toBe(2);
  expect(watches.map(({ heard }) => heard)).toEqual(watches.map(() => ["first", version - 1, version]));
});

test("L20: what is written past tRPC is what tRPC would have sent", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ["Draft", "Übersicht 漢"] });
  const [past, by] = await Promise.all([
    live.client(org.owner, { transport: "wsLink" }),
    live.client(org.owner, { transport: "httpSubscriptionLink" }),
  ]);
  const watches = [past.watch(board.id), by.watch(board.id)];
  await until(() => watches.every(({ state }) => state !== undefined));
  const boardId = board.id;
  const taskId = board.task("Übersicht 漢");
  await org.owner.caller.tasks.update({ boardId, taskId, title: 'Anders "🙂"\u2028', assigneeIds: [org.owner.id] });
  await org.owner.caller.columns.archive({ boardId, columnId: board.column("Done") });
  const { version } = await org.owner.caller.tasks.archive({ boardId, taskId });
  await until(() => watches.every((watch) => watch.version === version));
  const [one, other] = watches.map(({ messages }) => messages.filter(({ data }) => data.type !== "head"));
  expect(one).toEqual(other);
});

test("L7: an event comes before the answer to the call on the same socket that it tells of", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ["Draft"] });
  const socket = await openRawSocket(await world.app(), org.owner);
  const order: string[] = [];
  socket.onFrame((text) => order.push(text));
  const boardId = board.id;
  socket.send(JSON.stringify(call("watch", "subscription", "boards.live", { boardId })));
  await until(() => order.some((text) => text.includes('"snapshot"')));
  for (const n of range(1, 20)) {
    const input = { boardId, taskId: board.task("Draft"), title: `Draft ${n}` };
    socket.send(JSON.stringify(call(n, "mutation", "tasks.update", input)));
    await until(() => order.some((text) => text.startsWith(`{"id":${n},`)));
    const event = order.findIndex((text) => text.includes('"task.updated"') && text.includes(`"Draft ${n}"`));
    expect(event).toBeGreaterThan(-1);
    expect(event).toBeLessThan(order.findIndex((text) => text.startsWith(`{"id":${n},`)));
  }
  socket.close();
});

test("L7: watches on one socket hear each their own, and one that was stopped hears nothing behind `stopped`", async ({
  world,
}) => {
  const org = await world.org();
  const [one, other] = [await org.board({ tasks: ["Draft"] }), await org.board({ tasks: ["Draft"] })];
  const socket = await openRawSocket(await world.app(), org.owner);
  const heard = new Map<unknown, string[]>();
  socket.onFrame((text, id) => heard.set(id, [...(heard.get(id) ?? []), kindOf(text)]));
  for (const [id, { id: boardId }] of [one, one, other].entries()) {
    socket.send(JSON.stringify(call(id, "subscription", "boards.live", { boardId })));
  }
  await until(() => [0, 1, 2].every((id) => heard.get(id)?.includes("snapshot") === true));
  const write = async (title: string) => {
    for (const board of [one, other]) {
      await org.owner.caller.tasks.update({ boardId: board.id, taskId: board.task("Draft"), title });
    }
  };
  await write("One");
  await until(() => [0, 1, 2].every((id) => heard.get(id)?.at(-1) === "task.updated"));
  const writing = write("Two");
  socket.send(JSON.stringify({ id: 1, method: "subscription.stop" }));
  await writing;
  await until(() => heard.get(1)?.includes("stopped") === true);
  await write("Three");
  await until(() => [0, 2].every((id) => heard.get(id)?.length === 5));
  const all = ["started", "snapshot", "task.updated", "task.updated", "task.updated"];
  expect([heard.get(0), heard.get(2)]).toEqual([all, all]);
  expect(heard.get(1)?.slice(0, 3)).toEqual(all.slice(0, 3));
  expect(heard.get(1)?.at(-1)).toBe("stopped");
  socket.close();
});

test("L14: whoever loses one board hears its end at once, and goes on with the others on that socket", async ({
  world,
}) => {
  const org = await world.org();
  const [lost, kept] = [
    await org.board({ tasks: ["Draft"], visibility: "private" }),
    await org.board({ tasks: ["Draft"] }),
  ];
  const viewer = await lost.as("viewer");
  await org.owner.caller.boards.share({ boardId: kept.id, userId: viewer.id, role: "viewer" });
  const socket = await openRawSocket(await world.app(), viewer);
  const versions = new Map<unknown, number[]>([
    [1, []],
    [2, []],
  ]);
  socket.onFrame((text, id) => {
    const version = /"type":"task\.updated","version":(\d+)/u.exec(text)?.[1];
    if (version !== undefined) versions.get(id)?.push(Number(version));
  });
  let snapshots = 0;
  socket.onFrame((text) => {
    if (text.includes('"snapshot"')) snapshots += 1;
  });
  for (const [index, { id: boardId }] of [lost, kept].entries()) {
    socket.send(JSON.stringify(call(index + 1, "subscription", "boards.live", { boardId })));
  }
  await until(() => snapshots === 2);
  const update = (board: typeof lost, title: string) =>
    org.owner.caller.tasks.update({ boardId: board.id, taskId: board.task("Draft"), title });
  const { version: before } = await update(lost, "Before");
  const removal = org.owner.caller.boards.unshare({ boardId: lost.id, userId: viewer.id });
  const after = range(1, 10).map((n) => update(lost, `After ${n}`));
  await Promise.all([removal, ...after]);
  await until(() => refusalOf(socket, 1) === "ACCESS_REVOKED");
  const { version } = await update(kept, "Kept");
  await until(() => versions.get(2)?.at(-1) === version);
  const [removed] = await world.db.execute<{ version: string }>(
    sql`select version from event where stream_id = ${lost.id}::uuid and type = 'board.unshared'`,
  );
  expect(versions.get(1)?.[0]).toBe(before);
  expect(Math.max(...(versions.get(1) ?? []))).toBeLessThan(Number(removed?.version));
  socket.close();
});
