import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { range, until } from "../setup/clients.ts";
import { statementsOf } from "../setup/statements.ts";
import { test } from "./live-test.ts";

test("L19: when a process ends its watchers go on elsewhere without a snapshot, and calls in flight are finished", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const { url, close } = await live.serve();
  const clients = await Promise.all(
    (["wsLink", "httpSubscriptionLink"] as const).flatMap((transport) =>
      range(1, 10).map(() => live.client(org.owner, { url, transport })),
    ),
  );
  const watches = clients.map((client) => client.watch(board.id));
  await until(() => watches.every((watch) => watch.state !== undefined));
  const target = { boardId: board.id, taskId: board.task("Draft") };
  let inFlight: Promise<{ version: number }> | undefined;
  let closed: Promise<void> | undefined;
  await world.db.transaction(async (tx) => {
    await tx.execute(sql`select 1 from stream where id = ${board.id}::uuid for update`);
    inFlight = clients[0]?.trpc.tasks.update.mutate({ ...target, title: "In flight" });
    await until(async () => (await waitingForLocks(world.db)) > 0);
    closed = close();
    await until(async () => (await fetch(`${url}/healthz`).catch(() => undefined)) === undefined);
  });
  expect((await inFlight)?.version).toBe(2);
  await closed;
  await live.serve({ port: Number(new URL(url).port) });
  const { version } = await org.owner.caller.tasks.update({ ...target, title: "Meanwhile" });
  await until(() => watches.every((watch) => watch.version === version));
  expect(watches.map(({ heard }) => heard)).toEqual(watches.map(() => ["first", 2, 3]));
  expect(watches.map(({ ending }) => ending)).toEqual(watches.map(() => undefined));
});

test("L19: a process that is about to end still answers, and asks callers to take their next call elsewhere", async ({
  live,
}) => {
  const { url, close } = await live.serve({ drainGraceMs: 1_000 });
  const ask = async (path: string) => {
    const { status, headers } = await fetch(`${url}${path}`);
    return { status, connection: headers.get("connection") };
  };
  expect(await ask("/readyz")).toEqual({ status: 200, connection: "keep-alive" });
  const closed = close();
  expect(await ask("/readyz")).toEqual({ status: 503, connection: "close" });
  expect(await ask("/healthz")).toEqual({ status: 200, connection: "close" });
  await closed;
});

async function waitingForLocks(db: { execute: (statement: ReturnType<typeof sql>) => PromiseLike<unknown> }) {
  const rows = await db.execute(sql`select 1 from pg_locks where not granted`);
  return Array.isArray(rows) ? rows.length : 0;
}

test("L7: a crowd that comes back at once is carried on from memory, by a few statements and no snapshot", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const { app, wire: database } = await live.serveOnWire({ pollMs: 1_000 });
  const { wire, url } = await live.wireTo(app.url);
  const people = await Promise.all(range(1, 5).map(() => org.another("member")));
  const clients = await Promise.all(people.flatMap((person) => range(1, 2).map(() => live.client(person, { url }))));
  const watches = clients.flatMap((client) => range(1, 10).map(() => client.watch(board.id)));
  await until(() => watches.every((watch) => watch.state !== undefined));
  const writer = await live.client(org.owner, { url: app.url });
  const target = { boardId: board.id, taskId: board.task("Draft") };
  wire.set("refused");
  wire.cut();
  let version = 0;
  for (const n of range(1, 20)) ({ version } = await writer.trpc.tasks.update.mutate({ ...target, title: `${n}` }));
  const statements = statementsOf(database);
  wire.set("open");
  await until(() => watches.every((watch) => watch.version === version));
  // The sessions of 10 sockets, and who may watch for each turn in which some of the 100 watches came back; polls.
  expect(statements.count()).toBeLessThan(60);
  for (const watch of watches) expect(watch.heard).toEqual(["first", ...range(2, version)]);
});
