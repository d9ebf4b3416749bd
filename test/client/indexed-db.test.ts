import { IDBFactory } from "fake-indexeddb";
import { beforeEach, expect, vi } from "vitest";
import { errorKind, indexedDbPending, LiveBoard, type StoredChange } from "../../client/index.ts";
import { readEvents } from "../../server/core/event-log.ts";
import { until } from "../setup/clients.ts";
import { test } from "./client-test.ts";
import { first, moved, snapshot } from "./samples.ts";
import { networkFault, refusal, ScriptedServer } from "./scripted-server.ts";

// Changes that are kept in a browser's database across reloads. Each test has a browser of its own.

beforeEach(() => {
  vi.stubGlobal("indexedDB", new IDBFactory());
});

/** A page of the browser with a board of the tasks "a" and "b" at version 3. */
function openPage(userId = "me") {
  const server = new ScriptedServer();
  server.me = { id: () => Promise.resolve(userId) };
  const board = new LiveBoard("board", server, { pending: indexedDbPending() });
  server.says(first(snapshot(3)));
  return { server, board };
}

function stored(mutationId: string, holder: string, userId = "me"): StoredChange {
  const change = { procedure: "tasks.archive" as const, taskId: "a", mutationId };
  return { boardId: "board", userId, holder, madeAt: Date.now(), change };
}

/** All that is kept, asked for without minding it. */
async function allKept(): Promise<StoredChange[]> {
  if ((await indexedDB.databases()).length === 0) return [];
  const database = await new Promise<IDBDatabase>((resolve) => {
    const request = indexedDB.open("trestle-pending");
    request.addEventListener("success", () => resolve(request.result));
  });
  const all = await new Promise<StoredChange[]>((resolve) => {
    const request = database.transaction("changes").objectStore("changes").getAll();
    request.addEventListener("success", () => resolve(request.result));
  });
  database.close();
  return all;
}

/** The changes that are kept of somebody. */
async function keptOf(userId = "me"): Promise<string[]> {
  return (await allKept()).filter((one) => one.userId === userId).map(({ change }) => change.mutationId);
}

test("changes that wait when a page is left are there again on the next one, and are sent in their order", async () => {
  const page = openPage();
  const changes = [page.board.move({ taskId: "a", columnId: "done" }), page.board.archiveTask({ taskId: "b" })];
  await until(() => page.server.calls.length === 1);
  const ids = changes.map(({ mutationId }) => mutationId);
  await until(async () => (await keptOf()).length === 2);
  page.board.close();

  const next = openPage();
  const early = next.board.updateTask({ taskId: "a", title: "After the reload" });
  await until(() => next.board.pending.length === 3);
  expect(next.board.pending.map(({ mutationId }) => mutationId)).toEqual([...ids, early.mutationId]);
  expect(next.board.state?.tasks).toMatchObject([{ id: "a", columnId: "done", title: "After the reload" }]);
  await until(() => next.server.calls.length === 1);
  expect(next.server.call.ids).toEqual([...ids, early.mutationId]);
  next.server.call.answer(4, "TASK_NOT_FOUND", 5);
  next.server.says(moved(4, "a"), moved(5, "a"));
  await until(() => next.board.pending.length === 0);
  await until(async () => (await keptOf()).length === 0);
  next.board.close();
});

test("what another page still minds is its own; what it leaves goes to one page", async () => {
  const [one, two, three] = [indexedDbPending(), indexedDbPending(), indexedDbPending()];
  const place = { boardId: "board", userId: "me" };
  await one.load({ ...place, holder: "one" });
  await one.save(stored("first", "one"));
  await one.save(stored("second", "one"));
  expect(await two.load({ ...place, holder: "two" })).toEqual([]);
  one.release("one");
  const taken = await Promise.all([two.load({ ...place, holder: "two" }), three.load({ ...place, holder: "three" })]);
  expect(taken.map((changes) => changes.map(({ change }) => change.mutationId)).toSorted(byLength)).toEqual([
    [],
    ["first", "second"],
  ]);
});

function byLength(a: unknown[], b: unknown[]): number {
  return a.length - b.length;
}

test("two boards of one page mind their own changes", async () => {
  const page = openPage();
  const change = page.board.move({ taskId: "a", columnId: "done" });
  await until(async () => (await keptOf()).length === 1);
  const beside = openPage();
  await until(() => page.server.calls.length === 1);
  const own = beside.board.archiveTask({ taskId: "b" });
  await until(() => beside.server.calls.length === 1);
  expect(beside.server.call.ids).toEqual([own.mutationId]);
  expect(page.server.call.ids).toEqual([change.mutationId]);
  page.board.close();
  beside.board.close();
});

test("changes of one user are never loaded for another", async () => {
  const page = openPage("ada");
  const change = page.board.move({ taskId: "a", columnId: "done" });
  await until(async () => (await keptOf("ada")).length === 1);
  page.board.close();

  const other = openPage("ben");
  const own = other.board.archiveTask({ taskId: "b" });
  await until(() => other.server.calls.length === 1);
  expect(other.server.call).toMatchObject({ userId: "ben", ids: [own.mutationId] });
  expect(other.board.pending).toEqual([own]);
  other.board.close();
  expect(await keptOf("ada")).toEqual([change.mutationId]);
});

test("who is not signed in gets nothing, and nothing is lost by that", async () => {
  const page = openPage();
  page.board.archiveTask({ taskId: "a" });
  await until(async () => (await keptOf()).length === 1);
  page.board.close();
  const server = new ScriptedServer();
  server.me = { id: () => Promise.reject(refusal("SIGN_IN_REQUIRED")) };
  const board = new LiveBoard("board", server, { pending: indexedDbPending() });
  server.says(first(snapshot(3)));
  const change = board.archiveTask({ taskId: "b" });
  await expect(change.done).rejects.toSatisfy((error) => errorKind(error) === "SIGN_IN_REQUIRED");
  board.close();
  expect(await keptOf()).toHaveLength(1);
});

test("a change that was made before it was known whose it is is kept once it is", async () => {
  const server = new ScriptedServer();
  const asked = vi.fn<() => Promise<string>>().mockRejectedValueOnce(networkFault()).mockResolvedValue("me");
  server.me = { id: asked };
  const board = new LiveBoard("board", server, { pending: indexedDbPending() });
  const change = board.archiveTask({ taskId: "a" });
  await until(async () => (await keptOf()).length === 1);
  expect(await keptOf()).toEqual([change.mutationId]);
  board.close();
});

test("a change that waited for more than 70 hours in the browser is not sent", async () => {
  const store = indexedDbPending();
  await store.save({ ...stored("old", "gone"), madeAt: Date.now() - 71 * 3_600_000 });
  const page = openPage();
  await until(async () => (await keptOf()).length === 0);
  expect(page.server.calls).toEqual([]);
  expect(page.board.pending).toEqual([]);
  page.board.close();
});

test("without locks a page takes what there is", async () => {
  vi.stubGlobal("navigator", {});
  const store = indexedDbPending();
  await store.save(stored("first", "one"));
  const taken = await store.load({ boardId: "board", userId: "me", holder: "two" });
  expect(taken).toMatchObject([{ holder: "two", change: { mutationId: "first" } }]);
  store.release("two");
  vi.unstubAllGlobals();
});

test("a browser that keeps nothing is reported, and keeps nothing from being sent", async () => {
  const faults: unknown[] = [];
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException").on("uncaughtException", (fault) => faults.push(fault));
  vi.stubGlobal("indexedDB", undefined);
  const page = openPage();
  const change = page.board.move({ taskId: "a", columnId: "done" });
  await until(() => page.server.calls.length === 1);
  const event = moved(4, "a");
  page.server.says({ ...event, data: { ...event.data, mutationId: change.mutationId } });
  expect((await change.done)?.version).toBe(4);
  await until(() => faults.length > 0);
  page.board.close();
  process.removeAllListeners("uncaughtException");
  for (const other of others) process.on("uncaughtException", other);
});

test("a browser that takes long to open its database keeps nothing from being sent, and what it has comes later", async () => {
  const left = stored("left", "me");
  const loaded = Promise.withResolvers<StoredChange[]>();
  const saved: string[] = [];
  const server = new ScriptedServer();
  const pending = {
    load: () => loaded.promise,
    save: async ({ change }: StoredChange) => void saved.push(change.mutationId),
    remove: async () => {},
    release: () => {},
  };
  const board = new LiveBoard("board", server, { pending });
  server.says(first(snapshot(3)));
  vi.useFakeTimers();
  const change = board.archiveTask({ taskId: "b" });
  await vi.advanceTimersByTimeAsync(4_000);
  expect(server.calls).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_000);
  vi.useRealTimers();
  expect(server.call.ids).toEqual([change.mutationId]);
  server.call.answer(4);
  await until(() => saved.length === 1);
  loaded.resolve([left]);
  await until(() => server.calls.length === 2);
  expect(server.call.ids).toEqual(["left"]);
  expect(board.pending.map(({ mutationId }) => mutationId)).toEqual(["left", change.mutationId]);
  board.close();
});

test("changes made offline are done once after a reload; the browser keeps no token", async ({
  world,
  connect,
  wire,
}) => {
  const org = await world.org();
  const { id, column } = await org.board();
  const pending = indexedDbPending();
  const before = connect(org.owner, { pending });
  const board = before.board(id);
  await board.ready();
  await board.createTask({ columnId: column("Todo"), title: "Online" }).done;
  wire.set("refused");
  wire.cut();
  const changes = ["One", "Two"].map((title) => board.createTask({ columnId: column("Todo"), title }));
  await until(async () => (await keptOf(org.owner.id)).length === 2);
  expect(JSON.stringify(await allKept())).not.toContain(org.owner.token);
  const ended = Promise.allSettled(changes.map(({ done }) => done));
  await before.close();
  expect(await ended).toMatchObject([{ reason: { name: "AbortError" } }, { reason: { name: "AbortError" } }]);
  wire.set("open");

  const after = connect(org.owner, { pending });
  const again = after.board(id);
  await again.ready();
  await until(() => again.state?.tasks.length === 3 && again.pending.length === 0);
  const events = await readEvents(world.db, id, 0, 1_000);
  expect(events.slice(-2).map(({ mutationId }) => mutationId)).toEqual(changes.map(({ mutationId }) => mutationId));
  expect(again.state?.tasks.map(({ title }) => title)).toEqual(["Online", "One", "Two"]);
  await until(async () => (await keptOf(org.owner.id)).length === 0);
});
