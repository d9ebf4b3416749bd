import { expect } from "vitest";
import { pause } from "../../server/core/faults.ts";
import { range, until } from "../setup/clients.ts";
import type { Person, TestBoard } from "../setup/world.ts";
import { test } from "./live-test.ts";

/** Changes the board by way of another process; answers its version. */
async function change({ caller }: Person, board: TestBoard, title: string): Promise<number> {
  return (await caller.tasks.update({ boardId: board.id, taskId: board.task("Draft"), title })).version;
}

test("L10: the database goes away during a watch, and the watch goes on when it is back", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const { app, wire } = await live.serveOnWire({ pollMs: 50, headEveryMs: 50 });
  const client = await live.client(org.owner, { url: app.url });
  const watch = client.watch(board.id);
  await until(() => watch.state !== undefined);
  for (const round of [1, 2, 3]) {
    wire.set("refused");
    wire.cut();
    const version = await change(org.owner, board, `Changed while away, ${round}`);
    const before = watch.heads.length;
    // It still says how old what it knows is.
    await until(() => watch.heads.length > before + 3);
    expect(watch.version).toBe(version - 1);
    wire.set("open");
    await until(() => watch.version === version);
  }
  expect(watch.ending).toBeUndefined();
  expect(watch.heard).toEqual(["first", ...range(2, 4)]);
});

test("L10: a database that is away when somebody comes ends no watch: the socket closes with 1013, and all come back", async ({
  world,
  live,
}) => {
  // Refusing connections, and saying nothing at all.
  await Promise.all(
    (["refused", "silent"] as const).map(async (fault) => {
      const org = await world.org();
      const board = await org.board({ tasks: ["Draft"] });
      const { app, wire } = await live.serveOnWire({ pollMs: 50 });
      // One is connected and known before, and opens another watch when the database is away; two come only then.
      const known = await live.client(org.owner, { url: app.url });
      const earlier = known.watch(board.id);
      await until(() => earlier.state !== undefined);
      wire.set(fault);
      if (fault === "refused") wire.cut();
      const watches = [
        known.watch(board.id),
        (await live.client(org.owner, { url: app.url })).watch(board.id),
        (await live.client(org.owner, { url: app.url, transport: "httpSubscriptionLink" })).watch(board.id),
      ];
      const startedAt = performance.now();
      expect(await closingOf(app.url, org.owner.token, board.id)).toBe(1013);
      expect(performance.now() - startedAt).toBeGreaterThan(3_500);
      await change(org.owner, board, "Changed while away");
      wire.set("open");
      wire.cut();
      await until(() => [earlier, ...watches].every((watch) => watch.version === 2));
      expect(watches.map(({ ending, heard }) => [ending, heard])).toEqual(watches.map(() => [undefined, ["first"]]));
      expect([earlier.ending, earlier.heard]).toEqual([undefined, ["first", 2]]);
    }),
  );
});

test("L10: who waits behind others for a database that is away waits no longer than they do", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const { app, wire } = await live.serveOnWire();
  const { trpc } = await live.client(org.owner, { url: app.url });
  const target = { boardId: board.id, taskId: board.task("Draft") };
  const waitInVain = async (title: string) => {
    const startedAt = performance.now();
    const refusal = { data: { kind: "SERVER_UNAVAILABLE" } };
    await expect(trpc.tasks.update.mutate({ ...target, title })).rejects.toMatchObject(refusal);
    return performance.now() - startedAt;
  };
  await trpc.tasks.update.mutate({ ...target, title: "Before" });
  wire.set("refused");
  wire.cut();
  const first = waitInVain("First");
  await pause(200);
  const others = await Promise.all([waitInVain("Second"), waitInVain("Third")]);
  expect(Math.max(...others)).toBeLessThan(1.5 * (await first));
  wire.set("open");
  await trpc.tasks.update.mutate({ ...target, title: "After" });
});

test("L11, L14: while access cannot be looked up nothing new goes out, and a head does not skip it", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const guest = await board.as("viewer");
  const { app, wire } = await live.serveOnWire({ headEveryMs: 30 });
  const client = await live.client(org.owner, { url: app.url });
  const watch = client.watch(board.id);
  await until(() => watch.state !== undefined);
  const { trpc } = client;
  const { version: begin } = await trpc.columns.create.mutate({ boardId: board.id, name: "New" });
  await until(() => watch.version === begin);
  // The look-up of who may still watch never arrives: it is known by its text, which only a new connection sends.
  wire.cut();
  wire.fate = (sent) => (sent.includes("board_role(m.role, b.visibility, bm.role) is not null") ? "lost" : undefined);
  await trpc.boards.unshare.mutate({ boardId: board.id, userId: guest.id });
  const { version } = await trpc.tasks.archive.mutate({ boardId: board.id, taskId: board.task("Draft") });
  expect(version).toBe(begin + 2);
  await until(() => watch.heads.some(({ data }) => data.type === "head" && data.version === version));
  expect(watch.heard).toEqual(["first", begin, begin + 1]);
  expect(Number.parseInt(watch.lastEventId, 10)).toBe(begin + 1);
  const later = client.watch(board.id, watch.lastEventId);
  await until(() => later.heard.length > 0);
  expect(later.heard).toEqual([version]);
  wire.fate = undefined;
  await until(() => watch.version === version);
  expect(watch.heard).toEqual(["first", begin, begin + 1, version]);
});

/** The code with which the server closes a socket that wants to watch a board. */
async function closingOf(url: string, token: string, boardId: string): Promise<number> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/trpc?connectionParams=1`);
  socket.addEventListener("open", () => {
    socket.send(JSON.stringify({ method: "connectionParams", data: { token } }));
    const params = { path: "boards.live", input: { json: { boardId } } };
    socket.send(JSON.stringify({ id: 1, method: "subscription", params }));
  });
  const told: unknown[] = [];
  socket.addEventListener("message", ({ data }) => told.push(data));
  const code = await new Promise<number>((resolve) => {
    socket.addEventListener("close", (event) => resolve(event.code));
  });
  expect(told.filter((frame) => String(frame).includes('"error"'))).toEqual([]);
  return code;
}
