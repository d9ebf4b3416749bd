import { sql } from "drizzle-orm";
import { expect } from "vitest";
import type { StockClient } from "../setup/clients.ts";
import { until } from "../setup/clients.ts";
import type { Person, TestBoard } from "../setup/world.ts";
import { test } from "./live-test.ts";

/** Why a watch from this cursor begins with a snapshot, and whether that is the board: its first message. */
async function beginning(client: StockClient, boardId: string, lastEventId?: string): Promise<unknown> {
  const watch = client.watch(boardId, lastEventId);
  await until(() => watch.heard.length > 0 || watch.heads.length > 0 || watch.ending !== undefined);
  watch.stop();
  if (watch.state === undefined) return watch.heard[0] ?? watch.ending ?? "nothing was missed";
  expect(watch.state).toEqual(await client.trpc.boards.get.query({ boardId }));
  return watch.heard[0];
}

async function cursorOf({ caller }: Person, boardId: string): Promise<string> {
  return (await caller.boards.get({ boardId })).cursor;
}

/** Changes the board so many times. */
async function change({ caller }: Person, board: TestBoard, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) {
    await caller.tasks.update({ boardId: board.id, taskId: board.task("Draft"), title: `Draft ${Math.random()}` });
  }
}

test("L8: a watch without a cursor is the first; a cursor goes on where it was", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const client = await live.client(org.owner);
  expect(await beginning(client, board.id)).toBe("first");
  const cursor = await cursorOf(org.owner, board.id);
  expect(await beginning(client, board.id, cursor)).toBe("nothing was missed");
  await change(org.owner, board, 1);
  expect(await beginning(client, board.id, cursor)).toBe(2);
});

test("L8: a board where nothing ever happened has the cursor 0.0, and goes on from it", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board();
  expect(await cursorOf(org.owner, board.id)).toBe("0.0");
  expect(await beginning(await live.client(org.owner), board.id, "0.0")).toBe("nothing was missed");
});

test("L8: a cursor that no event ever had is unknown, whatever it looks like", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const other = await org.board({ tasks: ["Other", "And another"] });
  const client = await live.client(org.owner);
  const malformed = "|x| |1|1.|.1|-1.0|1.-1|1.2.3|NaN.NaN|0x1.1|1e3.1|drop table task|\u0000|🙂".split("|");
  const foreign = [
    "0.1",
    "1.0",
    "1.1",
    "999999999999999.999999999999999",
    "9999999999999999.1",
    `1.${"9".repeat(400)}`,
  ];
  const cursors = [
    ...malformed,
    ...foreign,
    await cursorOf(org.owner, other.id),
    `1.${(await cursorOf(org.owner, board.id)).split(".")[1]?.slice(1)}7`,
    "7".repeat(500_000),
  ];
  const reasons = await Promise.all(cursors.map((cursor) => beginning(client, board.id, cursor)));
  const ahead = new Set(["999999999999999.999999999999999", await cursorOf(org.owner, other.id)]);
  expect(reasons).toEqual(cursors.map((cursor) => (ahead.has(cursor) ? "ahead" : "unknown")));
});

test("L8: a cursor of megabytes ends its socket, and nobody else's", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const bystander = (await live.client(org.owner)).watch(board.id);
  await until(() => bystander.state !== undefined);
  const closings: number[] = [];
  const { url } = await world.app();
  const socket = new WebSocket(`${url.replace("http", "ws")}/trpc`);
  socket.addEventListener("close", ({ code }) => closings.push(code));
  socket.addEventListener("open", () => {
    const params = { path: "boards.live", input: { json: { boardId: board.id } }, lastEventId: "7".repeat(3 << 20) };
    socket.send(JSON.stringify({ id: 1, method: "subscription", params }));
  });
  await until(() => closings.length > 0);
  await change(org.owner, board, 1);
  await until(() => bystander.version === 2);
  expect(bystander.heard).toEqual(["first", 2]);
  expect(closings).toEqual([1009]);
});

test("L8: a cursor of a version to come is ahead", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  expect(await beginning(await live.client(org.owner), board.id, "2.123456789")).toBe("ahead");
});

test("L8: a cursor below the floor is too old, one at the floor goes on", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const client = await live.client(org.owner);
  const old = await cursorOf(org.owner, board.id);
  await change(org.owner, board, 2);
  const young = await cursorOf(org.owner, board.id);
  await change(org.owner, board, 1);
  await world.db.execute(sql`update stream set floor = 3 where id = ${board.id}::uuid`);
  expect(await beginning(client, board.id, old)).toBe("too-old");
  expect(await beginning(client, board.id, young)).toBe(4);
});

test("L8: who missed more than 500 events gets a snapshot, who missed 500 gets them", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const client = await live.client(org.owner);
  const cursor = await cursorOf(org.owner, board.id);
  const { caller } = org.owner;
  for (let batch = 0; batch < 5; batch += 1) {
    const changes = Array.from({ length: 100 }, (_, turn) => ({
      procedure: "tasks.update" as const,
      taskId: board.task("Draft"),
      title: `${batch}.${turn}`,
    }));
    await caller.boards.applyChanges({ boardId: board.id, changes });
  }
  expect(await beginning(client, board.id, cursor)).toBe(2);
  await change(org.owner, board, 1);
  expect(await beginning(client, board.id, cursor)).toBe("too-far");
});

test("L8: who was taken off a board and let in again gets a snapshot, not what happened between", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const guest = await board.as("viewer");
  const client = await live.client(guest);
  const cursor = await cursorOf(guest, board.id);
  const share = { boardId: board.id, userId: guest.id };
  await org.owner.caller.boards.unshare(share);
  await change(org.owner, board, 1);
  expect(await beginning(client, board.id, cursor)).toBe("ACCESS_REVOKED");
  await org.owner.caller.boards.share({ ...share, role: "viewer" });
  expect(await beginning(client, board.id, cursor)).toBe("access");
});

test("L8: who comes back to a process that first heard of the board after their removal gets a snapshot", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const guest = await board.as("viewer");
  const share = { boardId: board.id, userId: guest.id };
  await org.owner.caller.boards.unshare(share);
  const cursor = await cursorOf(org.owner, board.id);
  const { url } = await live.serve();
  const watch = (await live.client(org.owner, { url })).watch(board.id);
  await until(() => watch.state !== undefined);
  await change(org.owner, board, 1);
  await org.owner.caller.boards.share({ ...share, role: "viewer" });
  await until(() => watch.heard.length === 3);
  expect(await beginning(await live.client(guest, { url }), board.id, cursor)).toBe("access");
});

test("L8: who left the organisation and came back gets a snapshot, not what happened between", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const member = await org.another("member");
  const client = await live.client(member);
  const cursor = await cursorOf(member, board.id);
  const { caller } = org.owner;
  await caller.members.remove({ orgId: org.id, userId: member.id });
  await change(org.owner, board, 1);
  expect(await beginning(client, board.id, cursor)).toBe("ACCESS_REVOKED");
  const { token } = await caller.members.invite({ orgId: org.id, email: member.email, role: "member" });
  await member.caller.members.accept({ token });
  expect(await beginning(client, board.id, cursor)).toBe("access");
  const again = await cursorOf(member, board.id);
  await change(org.owner, board, 1);
  expect(await beginning(client, board.id, again)).toBe(3);
});

test("L8: who was a guest for a while gets a snapshot, not what happened between", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const member = await org.another("member");
  const client = await live.client(member);
  const cursor = await cursorOf(member, board.id);
  const { caller } = org.owner;
  await caller.members.setRole({ orgId: org.id, userId: member.id, role: "guest" });
  await change(org.owner, board, 1);
  expect(await beginning(client, board.id, cursor)).toBe("ACCESS_REVOKED");
  await caller.members.setRole({ orgId: org.id, userId: member.id, role: "member" });
  expect(await beginning(client, board.id, cursor)).toBe("access");
});

test("L8: a board that was private for a while is told as a snapshot", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const member = await org.as("member");
  const client = await live.client(member);
  const cursor = await cursorOf(member, board.id);
  const { caller } = org.owner;
  await caller.boards.update({ boardId: board.id, visibility: "private" });
  expect(await beginning(client, board.id, cursor)).toBe("ACCESS_REVOKED");
  await caller.boards.update({ boardId: board.id, visibility: "org" });
  expect(await beginning(client, board.id, cursor)).toBe("access");
});

test("a watch of a board that one never saw says that there is none", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board();
  const stranger = await live.client(await world.person());
  const guest = await live.client(await org.as("guest"));
  const member = await live.client(await org.as("member"));
  const told = [stranger, guest].map((client) => beginning(client, board.id));
  told.push(beginning(member, crypto.randomUUID()));
  expect(await Promise.all(told)).toEqual(["BOARD_NOT_FOUND", "BOARD_NOT_FOUND", "BOARD_NOT_FOUND"]);
});
