import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import { range, until } from "../setup/clients.ts";
import { type Person, signedIn, type TestBoard, type World } from "../setup/world.ts";
import { test } from "./live-test.ts";

/** As good as never, for a poll that must not be what brings an event. */
const NEVER_MS = 3_600_000;

async function rename({ caller }: Pick<Person, "caller">, board: TestBoard, title: string): Promise<number> {
  return (await caller.tasks.update({ boardId: board.id, taskId: board.task("Draft"), title })).version;
}

/** Puts other events in the place of those after `version`, as a database does that was restored from a backup. */
async function rewriteTail(world: World, board: TestBoard, version: number, titles: readonly string[]): Promise<void> {
  await world.db.transaction(async (tx) => {
    await tx.execute(sql`delete from event where stream_id = ${board.id}::uuid and version > ${version}::bigint`);
    for (const [index, title] of titles.entries()) {
      const data = JSON.stringify({ taskId: board.task("Draft"), changes: { title }, members: [] });
      await tx.execute(sql`
        insert into event (stream_id, version, nonce, org_id, access_version, type, actor_id, mutation_id, data, at)
        select s.id, ${version + index + 1}::bigint, 1 + floor(random() * 1e12), s.org_id, o.access_version,
          'task.updated', t.created_by, ${newId()}::uuid, ${data}::jsonb, t.updated_at
        from stream s join org o on o.id = s.org_id join task t on t.id = ${board.task("Draft")}::uuid
        where s.id = ${board.id}::uuid`);
    }
    await tx.execute(sql`
      update stream s set version = e.version, nonce = e.nonce from event e
      where s.id = ${board.id}::uuid and e.stream_id = s.id
        and e.version = (select max(version) from event where stream_id = s.id)`);
    await tx.execute(sql`
      update task t set title = coalesce(${titles.at(-1) ?? null}, t.title), version = s.version from stream s
      where t.id = ${board.task("Draft")}::uuid and s.id = ${board.id}::uuid`);
  });
}

test("L12: what a process wrote itself is told at once, without any poll", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const { url } = await live.serve({ pollMs: NEVER_MS });
  const client = await live.client(org.owner, { url });
  const watch = client.watch(board.id);
  await until(() => watch.state !== undefined);
  const at = { boardId: board.id, taskId: board.task("Draft") };
  for (const title of ["One", "Two", "Three"]) await client.trpc.tasks.update.mutate({ ...at, title });
  await until(() => watch.version === 4);
  expect(watch.heard).toEqual(["first", 2, 3, 4]);
});

test("L12: what another process wrote and told nobody comes by the poll", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const other = await signedIn(world.otherServices(), org.owner.token);
  const watch = (await live.client(org.owner)).watch(board.id);
  await until(() => watch.state !== undefined);
  for (const title of ["One", "Two", "Three"]) await rename(other, board, title);
  await until(() => watch.version === 4);
  expect(watch.heard).toEqual(["first", 2, 3, 4]);
});

test("L12: a gap before a process' own event is read from the log, in order", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const { url } = await live.serve({ pollMs: NEVER_MS });
  const client = await live.client(org.owner, { url });
  const watch = client.watch(board.id);
  await until(() => watch.state !== undefined);
  for (let turn = 0; turn < 230; turn += 1) await rename(org.owner, board, `Elsewhere ${turn}`);
  await client.trpc.tasks.update.mutate({ boardId: board.id, taskId: board.task("Draft"), title: "Here" });
  await until(() => watch.version === 232);
  expect(watch.heard).toEqual(["first", ...range(2, 232)]);
  expect(watch.state).toEqual(await org.owner.caller.boards.get({ boardId: board.id }));
});

test("L12: two processes that write and watch hear all of both, in one order", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ["Draft"] });
  const urls = [(await live.serve({ pollMs: 30 })).url, (await live.serve({ pollMs: 30 })).url];
  const clients = await Promise.all(urls.map((url) => live.client(org.owner, { url })));
  const watches = clients.map((client) => client.watch(board.id));
  await until(() => watches.every((watch) => watch.state !== undefined));
  await Promise.all(
    clients.map(async ({ trpc }, index) => {
      for (let turn = 0; turn < 60; turn += 1) {
        await trpc.tasks.create.mutate({
          boardId: board.id,
          columnId: board.column("Todo"),
          title: `${index}.${turn}`,
        });
      }
    }),
  );
  await until(() => watches.every((watch) => watch.version === 121));
  for (const watch of watches) expect(watch.heard).toEqual(["first", ...range(2, 121)]);
});

test("L12: a board that is first watched while another process changes it misses nothing between two polls", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const { url } = await live.serve({ pollMs: 10 });
  const client = await live.client(org.owner, { url });
  for (let round = 0; round < 8; round += 1) {
    const boards = await Promise.all(Array.from({ length: 10 }, () => org.board({ tasks: ["Draft"] })));
    const watches = boards.map((board) => client.watch(board.id));
    // The last change of each board falls anywhere between the watch's first read and its stream's first poll.
    await Promise.all(boards.map((board) => rename(org.owner, board, "Changed")));
    // Long before the heads of all streams are compared again.
    await until(() => watches.every((watch) => watch.version === 2));
    expect(watches.map(({ ending }) => ending)).toEqual(watches.map(() => undefined));
    for (const watch of watches) watch.stop();
  }
});

test("L12: a transaction that began early and committed late is not overlooked by the poll", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const [slow, busy] = [await org.board({ tasks: ["Draft"] }), await org.board({ tasks: ["Draft"] })];
  const { url } = await live.serve({ pollMs: 20 });
  const client = await live.client(org.owner, { url });
  const watches = { slow: client.watch(slow.id), busy: client.watch(busy.id) };
  await until(() => watches.slow.state !== undefined && watches.busy.state !== undefined);
  await world.db.transaction(async (tx) => {
    await tx.execute(sql`update stream set version = version + 1, nonce = 9 where id = ${slow.id}::uuid`);
    await tx.execute(sql`
      insert into event (stream_id, version, nonce, org_id, access_version, type, actor_id, mutation_id, data, at)
      select stream_id, version + 1, 9, org_id, access_version, 'task.archived', actor_id, mutation_id,
        json_build_object('taskId', ${slow.task("Draft")}::uuid), at from event where stream_id = ${slow.id}::uuid`);
    for (const version of [2, 3, 4]) {
      await rename(org.owner, busy, `Change ${version}`);
      await until(() => watches.busy.version === version);
    }
    expect(watches.slow.version).toBe(1);
  });
  await until(() => watches.slow.version === 2);
  expect(watches.slow.heard).toEqual(["first", 2]);
});

test("L12: when known events become others, the watchers get a snapshot", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  for (const title of ["Two", "Three", "Four"]) await rename(org.owner, board, title);
  const watch = (await live.client(org.owner)).watch(board.id);
  await until(() => watch.state !== undefined);
  await rewriteTail(world, board, 2, ["Other three", "Other four"]);
  await until(() => watch.heard.length === 2);
  expect(watch.heard).toEqual(["first", "unknown"]);
  expect(watch.state).toEqual(await org.owner.caller.boards.get({ boardId: board.id }));
  expect(watch.state?.tasks[0]?.title).toBe("Other four");
  await rename(org.owner, board, "Five");
  await until(() => watch.version === 5);
  expect(watch.heard).toEqual(["first", "unknown", 5]);
});

test.for([
  { what: "has lost its tail", titles: [], reason: "ahead", version: 2 },
  { what: "has another tail of the same length", titles: ["A", "B"], reason: "unknown", version: 4 },
  { what: "has another and longer tail", titles: ["A", "B", "C", "D"], reason: "unknown", version: 6 },
])(
  "L12: a database that comes back and $what is told as a snapshot",
  async ({ titles, reason, version }, { world, live }) => {
    const org = await world.org();
    const board = await org.board({ tasks: ["Draft"] });
    for (const title of ["Two", "Three"]) await rename(org.owner, board, title);
    const { app, wire } = await live.serveOnWire({ pollMs: 20 });
    const watch = (await live.client(org.owner, { url: app.url })).watch(board.id);
    await until(() => watch.state !== undefined);
    await rename(org.owner, board, "Four");
    await until(() => watch.version === 4);
    wire.set("refused");
    wire.cut();
    await rewriteTail(world, board, 2, titles);
    wire.set("open");
    await until(() => watch.heard.length === 3);
    expect(watch.heard).toEqual(["first", 4, reason]);
    expect(watch.version).toBe(version);
    await rename(org.owner, board, "And on");
    await until(() => watch.version === version + 1);
    expect(watch.heard).toEqual(["first", 4, reason, version + 1]);
    expect(watch.state).toEqual(await org.owner.caller.boards.get({ boardId: board.id }));
  },
);

test("L12: who comes back to a process that still remembers a lost tail hears nothing of it", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const { url } = await live.serve({ pollMs: NEVER_MS });
  const client = await live.client(org.owner, { url });
  const watch = client.watch(board.id);
  await until(() => watch.state !== undefined);
  const at = { boardId: board.id, taskId: board.task("Draft") };
  for (const title of ["Two", "Three"]) await client.trpc.tasks.update.mutate({ ...at, title });
  await until(() => watch.version === 3);
  await rewriteTail(world, board, 1, []);
  const late = client.watch(board.id, watch.lastEventId);
  await until(() => late.heard.length > 0 && watch.heard.length === 4);
  expect(late.heard).toEqual(["ahead"]);
  expect(watch.heard).toEqual(["first", 2, 3, "ahead"]);
  expect([late.version, watch.version]).toEqual([1, 1]);
});
