import { expect, test as base } from "vitest";
import { createTrestle, type LiveBoard, type Trestle } from "../../client/index.ts";
import { cursor, event, first, head, moved, snapshot } from "./samples.ts";
import { recordingSocket } from "./recording-socket.ts";
import { startScriptedSockets } from "./scripted-sockets.ts";
import { until } from "../setup/clients.ts";

// What tRPC's wsLink does, did in an earlier version, or may do again, seen from a board: frames by hand on real sockets.

type Sockets = Awaited<ReturnType<typeof startScriptedSockets>>;
const test = base.extend<{ server: Sockets; socket: ReturnType<typeof recordingSocket>; trestle: Trestle }>({
  server: async ({}, use) => {
    const server = await startScriptedSockets();
    await use(server);
    await server.close();
  },
  socket: async ({}, use) => use(recordingSocket()),
  trestle: async ({ server, socket }, use) => {
    const trestle = createTrestle({ url: server.url, token: "token", WebSocket: socket.WebSocket });
    await use(trestle);
    await trestle.close();
  },
});

/** A board at version 3, and the server's side of its connection. */
async function openBoard(trestle: Trestle, server: Sockets) {
  const board = trestle.board("board");
  await until(() => server.sockets.at(-1)?.watch !== undefined);
  const [connection] = server.sockets;
  if (!connection) throw new Error("there is no connection");
  connection.start();
  connection.says(first(snapshot(3)));
  await board.ready();
  return { board, connection };
}

function versionsOf(board: LiveBoard): number[] {
  const versions: number[] = [];
  board.onEvent(({ version }) => versions.push(version));
  return versions;
}

/** The next connection that asks for the board. */
async function next(server: Sockets, count: number) {
  await until(() => server.sockets[count - 1]?.watch !== undefined);
  const connection = server.sockets[count - 1];
  if (!connection) throw new Error("there is no connection");
  return connection;
}

test("a lost connection is dialed again after a while, not at once", async ({ server, trestle, socket }) => {
  const { board, connection } = await openBoard(trestle, server);
  const lost = performance.now();
  connection.cut();
  await until(() => board.status === "offline");
  const again = await next(server, 2);
  expect((socket.dials[1] ?? 0) - lost).toBeGreaterThan(140);
  expect(again.watch?.params?.lastEventId).toBe(cursor(3));
  again.says(moved(4, "a"));
  await until(() => board.status === "live");
});

test("L10: a message without a cursor makes a stock client begin again, and the board is right all the same", async ({
  server,
  trestle,
}) => {
  const { board, connection } = await openBoard(trestle, server);
  connection.says(moved(4, "a"));
  connection.saysUntracked(head(4, 4).data);
  connection.says(moved(5, "a"));
  await board.waitForVersion(5);
  connection.saysUntracked(head(5, 5).data);
  connection.cut();
  const again = await next(server, 2);
  // This is why the server tracks everything.
  expect(again.watch?.params?.lastEventId).toBeUndefined();
  again.start();
  again.says(first(snapshot(6, ["a", "b", "c"])));
  expect((await board.waitForVersion(6)).tasks).toHaveLength(3);
  expect(board).toMatchObject({ status: "live", cursor: cursor(6) });
});

test("frames of an old connection that come after the new one has begun change nothing", async ({
  server,
  trestle,
}) => {
  const { board, connection: old } = await openBoard(trestle, server);
  const versions = versionsOf(board);
  const oldId = old.watch?.id;
  old.askToReconnect();
  const fresh = await next(server, 2);
  // The old one goes on until the new one has begun.
  old.says(moved(4, "a"), oldId);
  await board.waitForVersion(4);
  fresh.start();
  fresh.says(moved(5, "b"));
  await board.waitForVersion(5);
  const gone = event(6, { type: "task.archived", data: { taskId: "a" } } as const);
  if (old.isOpen) old.says(gone, oldId);
  if (old.isOpen) old.says(moved(4, "b", "todo"), oldId);
  await until(() => !old.isOpen || old.requests.some(({ method }) => method === "subscription.stop"));
  fresh.says(moved(6, "a", "todo"));
  const state = await board.waitForVersion(6);
  expect(versions).toEqual([4, 5, 6]);
  expect(state.tasks.map(({ id, columnId }) => [id, columnId])).toEqual([
    ["b", "done"],
    ["a", "todo"],
  ]);
});

test("the old connection's events are not lost, and not told twice, when both have them", async ({
  server,
  trestle,
}) => {
  const { board, connection: old } = await openBoard(trestle, server);
  const versions = versionsOf(board);
  old.askToReconnect();
  const fresh = await next(server, 2);
  expect(fresh.watch?.params?.lastEventId).toBe(cursor(3));
  old.says(moved(4, "a"));
  await board.waitForVersion(4);
  fresh.start();
  fresh.says(moved(4, "a"));
  fresh.says(moved(5, "b"));
  await board.waitForVersion(5);
  expect(versions).toEqual([4, 5]);
  expect(board.status).toBe("live");
});

test("a board that is closed while it is being opened leaves no watch behind", async ({ server, trestle }) => {
  const hasty = trestle.board("board");
  hasty.close();
  const { board, connection } = await openBoard(trestle, server);
  connection.says(moved(4, "a"));
  await board.waitForVersion(4);
  expect(hasty.state).toBeUndefined();

  // While it is set up: the server has heard of it and has not begun.
  const second = trestle.board("board");
  const begun = connection.watch?.id;
  await until(() => connection.watch?.id !== begun);
  const id = connection.watch?.id;
  second.close();
  connection.start();
  connection.says(first(snapshot(9)), id);
  await until(() => connection.requests.some((request) => request.method === "subscription.stop" && request.id === id));
  const watches = connection.requests.filter(({ method }) => method === "subscription");
  const stops = connection.requests.filter(({ method }) => method === "subscription.stop").map((stop) => stop.id);
  expect(watches.filter((watch) => !stops.includes(watch.id)).map((watch) => watch.id)).toEqual([begun]);
  expect(second.state).toBeUndefined();
  connection.says(moved(5, "a", "todo"), begun);
  await board.waitForVersion(5);
});

test("a board that is opened in the moment in which the connection begins to close is opened on the next one", async ({
  server,
  trestle,
  socket,
}) => {
  await openBoard(trestle, server);
  const other = trestle.board("other");
  socket.hangUp();
  const asked = () => server.sockets[1]?.requests.filter(({ method }) => method === "subscription") ?? [];
  await until(() => asked().length === 2);
  for (const { id } of asked()) server.sockets[1]?.says(first(snapshot(4)), id);
  await until(() => other.status === "live");
  expect(other.error).toBeUndefined();
});

test("a server that cannot tell who is there is asked ever less often, until it can", async ({
  server,
  trestle,
  socket,
}) => {
  let rejects = 4;
  server.onSocket((connection) => {
    rejects -= 1;
    if (rejects >= 0) connection.reject();
  });
  const board = trestle.board("board");
  const last = await next(server, 5);
  const gaps = socket.dials.slice(1).map((dial, index) => dial - (socket.dials[index] ?? 0));
  for (const [index, gap] of gaps.entries()) expect(gap).toBeGreaterThan(140 * 2 ** index);
  expect(board.status).not.toBe("live");
  last.start();
  last.says(first(snapshot(3)));
  await board.ready();
  expect(board.status).toBe("live");
});

test("nothing but watches goes over the socket: a call that is lost with it could not be repeated", async ({
  server,
  trestle,
}) => {
  const { board, connection } = await openBoard(trestle, server);
  const change = board.archiveTask({ taskId: "a" });
  await expect(trestle.auth.me.query()).rejects.toThrow("JSON");
  connection.says(moved(4, "a"));
  await board.waitForVersion(4);
  expect(new Set(connection.requests.map(({ method }) => method))).toEqual(
    new Set(["connectionParams", "subscription"]),
  );
  expect(board.pending).toEqual([change]);
});
