import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { createTrestle, foldLive } from "../../client/index.ts";
import type { Database } from "../../db/client.ts";
import { newId } from "../../server/core/ids.ts";
import { fromCaller, range, type Transport, until, type Watch } from "../setup/clients.ts";
import type { TestBoard, TestOrg } from "../setup/world.ts";
import { test } from "./live-test.ts";

const TRANSPORTS: Transport[] = ["wsLink", "httpSubscriptionLink"];

/** Titles so long that a few hundred tasks are more than one part. */
async function addManyTasks(db: Database, board: TestBoard, columnId: string, count: number): Promise<void> {
  await db.execute(sql`
    insert into task (id, org_id, project_id, board_id, column_id, number, rank, title, description, priority,
      assignee_names, state, version, created_by, created_at, updated_at)
    select gen_random_uuid(), b.org_id, b.project_id, b.id, ${columnId}::uuid, 10000 + n, 'b' || to_char(n, 'FM00000') || 'V',
      repeat('x', 450), '', 'none', '{}', 'open', 0, m.user_id, now(), now()
    from board b join board_member m on m.board_id = b.id and m.role = 'manager', generate_series(1, ${count}::int) n
    where b.id = ${board.id}::uuid`);
}

/** Moves a task to and fro; answers the version of the last move. */
async function moves(org: TestOrg, board: TestBoard, title: string, count: number): Promise<number> {
  const { caller } = org.owner;
  const at = { boardId: board.id, taskId: board.task(title) };
  const [there, elsewhere] = [board.column("Doing"), board.column("Done")];
  let task = await caller.tasks.get(at);
  for (let turn = 0; turn < count; turn += 1) {
    task = await caller.tasks.move({ ...at, columnId: task.columnId === there ? elsewhere : there });
  }
  return task.version;
}

test.for(TRANSPORTS)(
  "L20: two clients on %s see each other's changes and have what boards.get says",
  async (transport, { world, live }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo", "Done"], tasks: ["Draft"] });
    const boardId = board.id;
    const ada = await live.client(org.owner, { transport });
    const ben = await live.client(await org.as("member"), { transport });
    const watches = [ada.watch(boardId), ben.watch(boardId)];
    await until(() => watches.every((watch) => watch.state !== undefined));
    const taskId = board.task("Draft");
    for (const change of [
      () => ada.trpc.tasks.move.mutate({ boardId, taskId, columnId: board.column("Done") }),
      () => ben.trpc.tasks.update.mutate({ boardId, taskId, title: "Final" }),
      () => ada.trpc.columns.archive.mutate({ boardId, columnId: board.column("Todo") }),
    ]) {
      const { version } = await change();
      await until(() => watches.every((watch) => watch.version === version));
      const truth = await ada.trpc.boards.get.query({ boardId });
      expect(watches.map(({ state }) => state)).toEqual([truth, truth]);
    }
  },
);

test("L7: clients on both stock links, our own, and one without a socket have the same board", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const member = await org.as("member");
  const clients = await Promise.all(TRANSPORTS.map((transport) => live.client(member, { transport })));
  const watches = clients.map((client) => client.watch(board.id));
  const fold = foldLive();
  const trestle = createTrestle({ url: (await world.app()).url, token: member.token });
  const own = trestle.board(board.id);
  await own.ready();
  const called = await member.caller.boards.live({ boardId: board.id });
  const messages = called[Symbol.asyncIterator]();
  fold(fromCaller(await messages.next()));
  await until(() => watches.every((watch) => watch.state !== undefined));
  const version = await moves(org, board, "Draft", 5);
  let folded = fold(fromCaller(await messages.next()));
  while (folded.version < version) folded = fold(fromCaller(await messages.next()));
  await messages.return?.();
  await until(() => watches.every((watch) => watch.version === version));
  const truth = await member.caller.boards.get({ boardId: board.id });
  expect(folded.state).toEqual(truth);
  expect(await own.waitForVersion(version)).toEqual(truth);
  await trestle.close();
  for (const watch of watches) {
    expect(watch.state).toEqual(truth);
    expect(watch.heard).toEqual(["first", ...range(version - 4, version)]);
  }
});

test.for(TRANSPORTS)(
  "L7: a client on %s that was cut off goes on with exactly what it missed",
  async (transport, { world, live }) => {
    const org = await world.org();
    const board = await org.board({ tasks: ["Draft"] });
    const { wire, url } = await live.wireTo();
    const watch = (await live.client(org.owner, { transport, url })).watch(board.id);
    await until(() => watch.state !== undefined);
    const begin = watch.version;
    const before = await moves(org, board, "Draft", 1);
    await until(() => watch.version === before);
    wire.set("refused");
    wire.cut();
    await moves(org, board, "Draft", 3);
    wire.set("open");
    await until(() => watch.version === before + 3);
    expect(watch.heard).toEqual(["first", ...range(begin + 1, before + 3)]);
    expect(watch.state).toEqual(await org.owner.caller.boards.get({ boardId: board.id }));
  },
);

test("L7: who begins in the middle of a burst of many writers misses nothing", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing", "Done"] });
  const boardId = board.id;
  const writers = [org.owner, await org.as("member"), await board.as("editor"), await board.as("manager")];
  const client = await live.client(org.owner);
  const other = await live.client(org.owner, { transport: "httpSubscriptionLink" });
  const columns = ["Todo", "Doing", "Done"].map((name) => board.column(name));
  let done = 0;
  const burst = Promise.all(
    writers.map(async ({ caller }, index) => {
      for (let turn = 0; turn < 25; turn += 1) {
        const task = await caller.tasks.create({
          boardId,
          columnId: columns[turn % 3] ?? "",
          title: `${index}.${turn}`,
        });
        await caller.tasks.move({ boardId, taskId: task.id, columnId: columns[(turn + 1) % 3] ?? "", after: null });
        done += 1;
      }
    }),
  );
  // At five moments of the burst, wherever they fall.
  const watches: Watch[] = [];
  for (const moment of [1, 20, 40, 60, 80]) {
    await until(() => done >= moment);
    watches.push(client.watch(boardId), other.watch(boardId));
  }
  await burst;
  const truth = await org.owner.caller.boards.get({ boardId });
  const version = Number.parseInt(truth.cursor, 10);
  await until(() => watches.every((watch) => watch.version === version));
  for (const watch of watches) {
    const [first, ...versions] = watch.heard;
    expect(first).toBe("first");
    expect(versions).toEqual(range(version - versions.length + 1, version));
    expect(watch.state).toEqual(truth);
  }
});

test("L6: a big board comes in parts of at most 128 KiB that are the whole together", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing", "Done"], tasks: ["Draft"] });
  await addManyTasks(world.db, board, board.column("Todo"), 700);
  const watch = (await live.client(org.owner)).watch(board.id);
  await until(() => watch.state !== undefined);
  const sizes = watch.messages.map(({ data }) => JSON.stringify(data).length);
  expect(sizes.length).toBeGreaterThan(3);
  expect(Math.max(...sizes)).toBeLessThan(132 * 1024);
  const ids = watch.messages.map(({ id }) => id);
  expect(ids.slice(0, -1).every((id) => /^0\.[1-9]\d*$/u.test(id))).toBe(true);
  expect(watch.state).toEqual(await org.owner.caller.boards.get({ boardId: board.id }));
  expect(watch.state?.tasks).toHaveLength(701);
});

test("L6: a cut between two parts begins again, and nothing is missing then", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing", "Done"], tasks: ["Draft"] });
  await addManyTasks(world.db, board, board.column("Todo"), 700);
  const { caller } = org.owner;
  const called = await caller.boards.live({ boardId: board.id });
  const parts = called[Symbol.asyncIterator]();
  const first = fromCaller(await parts.next());
  await parts.return?.();
  await moves(org, board, "Draft", 2);
  const watch = (await live.client(org.owner)).watch(board.id, first.id);
  await until(() => watch.state !== undefined);
  expect(watch.heard).toEqual(["unknown"]);
  expect(watch.state).toEqual(await caller.boards.get({ boardId: board.id }));
});

test.for(TRANSPORTS)(
  "watches on %s that end, or whose client is gone, leave nothing behind",
  async (transport, { world, live }) => {
    const org = await world.org();
    const board = await org.board({ tasks: ["Draft"] });
    const app = await live.serve();
    const { hub } = app.services;
    const { wire, url } = await live.wireTo(app.url);
    const client = await live.client(org.owner, { transport, url });
    const watches = range(1, 4).map(() => client.watch(board.id));
    await until(() => watches.every((watch) => watch.state !== undefined));
    expect(hub.watcherCount).toBe(4);
    watches[0]?.stop();
    await until(() => hub.watcherCount === 3);
    wire.set("refused");
    wire.cut();
    await until(() => hub.watcherCount === 0);
    wire.set("open");
    await until(() => hub.watcherCount === 3);
    expect(watches.map(({ ending, heard }) => [ending, heard])).toEqual(watches.map(() => [undefined, ["first"]]));
  },
);

test("L9: a reset is told as a snapshot, live and to who comes back", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing", "Done"] });
  await addManyTasks(world.db, board, board.column("Todo"), 201);
  const client = await live.client(org.owner);
  const watch = client.watch(board.id);
  await until(() => watch.state !== undefined);
  const cursor = watch.lastEventId;
  const { caller } = org.owner;
  const target = { boardId: board.id, columnId: board.column("Todo") };
  await caller.columns.archive(target);
  const { version } = await caller.columns.restore(target);
  await until(() => watch.version === version);
  const truth = await caller.boards.get({ boardId: board.id });
  expect(watch.heard).toEqual(["first", version - 1, "reset"]);
  const later = client.watch(board.id, cursor);
  await until(() => later.version === version);
  expect(later.heard).toEqual(["reset"]);
  expect([watch.state, later.state]).toEqual([truth, truth]);
});

test("L11: when nothing happens the head is told, under the watch's own cursor", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const { url } = await live.serve({ headEveryMs: 40 });
  const watch = (await live.client(org.owner, { url })).watch(board.id);
  await until(() => watch.heads.length >= 3);
  const version = Number.parseInt(watch.state?.cursor ?? "", 10);
  for (const { id, data } of watch.heads) {
    expect(id).toBe(watch.state?.cursor);
    expect(data).toMatchObject({ type: "head", version });
    expect(data.type === "head" && data.ageMs).toBeLessThan(2_000);
  }
  expect(watch.messages[0]?.data.type).toBe("snapshot");
});

test.for(TRANSPORTS)(
  "L21: an event of a type from the future does not stop a client on %s",
  async (transport, { world, live }) => {
    const org = await world.org();
    const board = await org.board({ tasks: ["Draft"] });
    const watch = (await live.client(org.owner, { transport })).watch(board.id);
    await until(() => watch.state !== undefined);
    const begin = watch.version;
    await world.db.execute(sql`
    with head as (update stream set version = version + 1, nonce = 77 where id = ${board.id}::uuid returning version)
    insert into event (stream_id, version, nonce, org_id, access_version, type, actor_id, mutation_id, data, at)
    select ${board.id}::uuid, head.version, 77, ${org.id}::uuid, 1, 'task.teleported', ${org.owner.id}::uuid, ${newId()}::uuid,
      '{"from": "here"}', now() from head`);
    await until(() => watch.heard.length === 2);
    expect(watch.folded).toMatchObject({ version: begin + 1, needsSnapshot: true });
    await moves(org, board, "Draft", 1);
    await until(() => watch.version === begin + 2);
    expect(watch.heard).toEqual(["first", begin + 1, begin + 2]);
    expect(watch.state?.tasks).toEqual((await org.owner.caller.boards.get({ boardId: board.id })).tasks);
  },
);
