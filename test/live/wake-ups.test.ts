import { expect } from "vitest";
import { range, until } from "../setup/clients.ts";
import { signedIn } from "../setup/world.ts";
import { test } from "./live-test.ts";

/** As good as never: what is heard is heard by wake-ups. */
const NEVER_MS = 3_600_000;

test("L12: what one process commits, the watchers of another hear by its wake-up", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const here = await live.serve({ pollMs: NEVER_MS, wakeUps: true });
  const there = await live.serve({ pollMs: NEVER_MS, wakeUps: true });
  const { caller } = await signedIn(here.services, org.owner.token);
  const watch = (await live.client(org.owner, { url: there.url })).watch(board.id);
  await until(() => watch.state !== undefined);
  const target = { boardId: board.id, taskId: board.task("Draft") };
  await caller.tasks.update({ ...target, title: "One" });
  await until(() => watch.version === 2);
  await Promise.all(range(1, 200).map((n) => caller.tasks.update({ ...target, title: `Title ${n}` })));
  await until(() => watch.version === 202);
  expect(watch.heard).toEqual(["first", ...range(2, 202)]);
});

test("L12: wake-ups of many changes go together", async ({ world, live }) => {
  const org = await world.org();
  const boards = await Promise.all(range(1, 40).map(() => org.board({ tasks: ["Draft"] })));
  const here = await live.serve({ wakeUps: true });
  const { caller } = await signedIn(here.services, org.owner.token);
  const heard: string[] = [];
  const { wire, app: there } = await live.serveOnWire({ pollMs: NEVER_MS, wakeUps: true });
  wire.onAnswer = (sent) => {
    // NotificationResponse: its length, the process that told, the channel, and the payload.
    const told = sent.toString("latin1").matchAll(/trestle\0([0-9a-f:,-]+)\0/gu);
    heard.push(...[...told].map(([, payload]) => payload ?? ""));
  };
  const client = await live.client(org.owner, { url: there.url });
  const watches = boards.map((board) => client.watch(board.id));
  await until(() => watches.every((watch) => watch.state !== undefined));
  const change = (title: string) =>
    Promise.all(boards.map((board) => caller.tasks.update({ boardId: board.id, taskId: board.task("Draft"), title })));
  for (const round of range(1, 5)) await change(`Round ${round}`);
  await until(() => watches.every((watch) => watch.version === 6));
  expect(new Set(heard.flatMap((payload) => payload.split(",").map((entry) => entry.split(":")[0])))).toEqual(
    new Set(boards.map(({ id }) => id)),
  );
  expect(heard.length).toBeLessThan(200);
});

test("L12: a process that was deaf reads the heads when it hears again", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const here = await live.serve({ wakeUps: true });
  const { caller } = await signedIn(here.services, org.owner.token);
  const { wire, app: there } = await live.serveOnWire({ pollMs: NEVER_MS, wakeUps: true });
  const watch = (await live.client(org.owner, { url: there.url })).watch(board.id);
  const target = { boardId: board.id, taskId: board.task("Draft") };
  await until(() => watch.state !== undefined);
  await caller.tasks.update({ ...target, title: "Heard" });
  await until(() => watch.version === 2);
  wire.set("refused");
  wire.cut();
  await caller.tasks.update({ ...target, title: "Told to nobody" });
  wire.set("open");
  await until(() => watch.version === 3);
  expect(watch.heard).toEqual(["first", 2, 3]);
});

test("L12: a connection that hears nothing, and is not told that it is over, is replaced", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const here = await live.serve({ wakeUps: true });
  const { caller } = await signedIn(here.services, org.owner.token);
  const { wire, app: there } = await live.serveOnWire({ pollMs: NEVER_MS, wakeUps: true });
  const watch = (await live.client(org.owner, { url: there.url })).watch(board.id);
  await until(() => watch.state !== undefined);
  // It stays open and is dead from here on; what is dialed later lives.
  wire.freeze("listen trestle");
  await caller.tasks.update({ boardId: board.id, taskId: board.task("Draft"), title: "Not heard" });
  await until(() => watch.version === 2);
  expect(watch.heard).toEqual(["first", 2]);
});

test("L13: with every wake-up lost, all come by the poll", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const here = await live.serve({ wakeUps: true });
  const { caller } = await signedIn(here.services, org.owner.token);
  const { wire, app: there } = await live.serveOnWire({ pollMs: 100, wakeUps: true });
  wire.drops = (sent) => /trestle\0(?:beat |[0-9a-f-]{36}:)/u.test(sent.toString("latin1"));
  const watch = (await live.client(org.owner, { url: there.url })).watch(board.id);
  await until(() => watch.state !== undefined);
  for (const n of range(1, 20)) {
    await caller.tasks.update({ boardId: board.id, taskId: board.task("Draft"), title: `Title ${n}` });
  }
  await until(() => watch.version === 21);
  expect(watch.heard).toEqual(["first", ...range(2, 21)]);
});
