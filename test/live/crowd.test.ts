import { expect } from "vitest";
import { range, until } from "../setup/clients.ts";
import { call, openRawSocket, type RawSocket, refusalOf } from "../setup/raw-socket.ts";
import { statementsOf } from "../setup/statements.ts";
import { test } from "./live-test.ts";

/** As good as never: only what is asked for goes over the wire. */
const NEVER_MS = 3_600_000;
const CROWD = 30;

/** Opens a board so many times at once, on one socket. Answers the snapshots' versions, and where they begin to differ. */
async function openAtOnce(socket: RawSocket, boardId: string, from: number) {
  const snapshots = new Map<unknown, string>();
  socket.onFrame((text, id) => {
    if (text.includes('"type":"snapshot"')) snapshots.set(id, text.replace(`{"id":${String(id)},`, ""));
  });
  const ids = range(from, from + CROWD - 1);
  socket.send(JSON.stringify(ids.map((id) => call(id, "subscription", "boards.live", { boardId }))));
  await until(() => snapshots.size === CROWD);
  const versions = [...snapshots.values()].map((text) => Number(/"cursor":"(\d+)\./u.exec(text)?.[1]));
  return { versions: new Set(versions), texts: new Set(snapshots.values()) };
}

test("L6: a crowd that opens a board at one moment gets one snapshot, of that moment", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const { app, wire } = await live.serveOnWire({ pollMs: NEVER_MS, poolSize: 2 });
  const socket = await openRawSocket(app, org.owner);
  const first = await openAtOnce(socket, board.id, 1);
  const change = { boardId: board.id, taskId: board.task("Draft") };
  const told = await org.owner.caller.tasks.update({ ...change, title: "By a server that tells nobody" });
  const second = await openAtOnce(socket, board.id, 101);
  const { trpc } = await live.client(org.owner, { url: app.url });
  const { version } = await trpc.tasks.update.mutate({ ...change, title: "By this one" });
  const statements = statementsOf(wire);
  const third = await openAtOnce(socket, board.id, 201);
  statements.stop();
  // One that builds it, and a few look-ups for all of them: whether they may, and what the head is.
  expect(statements.count()).toBeLessThan(CROWD / 2);
  expect([first, second, third].map(({ versions }) => [...versions])).toEqual([
    [told.version - 1],
    [told.version],
    [version],
  ]);
  expect(third.texts.size).toBe(1);
  expect([...third.texts][0]).toContain("By this one");
  socket.close();
});

test("L14: who may not see a board is not sent what others were sent just now", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"], visibility: "private" });
  const viewer = await board.as("viewer");
  const { app } = await live.serveOnWire({ pollMs: NEVER_MS });
  const sockets = [await openRawSocket(app, org.owner), await openRawSocket(app, viewer)];
  const [owners, viewers] = sockets;
  if (!owners || !viewers) throw new Error("there are two sockets");
  await openAtOnce(owners, board.id, 1);
  await openAtOnce(viewers, board.id, 1);
  await org.owner.caller.boards.unshare({ boardId: board.id, userId: viewer.id });
  // The server has not heard of the removal; it keeps the snapshot of before.
  viewers.send(JSON.stringify(call("again", "subscription", "boards.live", { boardId: board.id })));
  await until(() => refusalOf(viewers, "again") !== undefined);
  expect(refusalOf(viewers, "again")).toBe("BOARD_NOT_FOUND");
  for (const socket of sockets) socket.close();
});
