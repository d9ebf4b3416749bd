import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { errorKind, LiveBoard, type PendingChange } from "../../client/index.ts";
import { event, first, moved, snapshot } from "./samples.ts";
import { networkFault, refusal, ScriptedServer } from "./scripted-server.ts";

// What becomes of changes that were made here, with a server that answers what and when the test says.

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A board of the tasks "a" and "b" in "todo", beside "done", at version 3. */
function open() {
  const server = new ScriptedServer();
  const board = new LiveBoard("board", server);
  server.says(first(snapshot(3)));
  return { server, board };
}

/** Lets everything run that needs no time. */
function settle(): Promise<unknown> {
  return vi.advanceTimersByTimeAsync(0);
}

/** Lets time pass until so many calls were made. */
async function called(server: ScriptedServer, count: number): Promise<void> {
  while (server.calls.length < count) await vi.advanceTimersByTimeAsync(10);
}

function columnsOf(board: LiveBoard): Record<string, string> {
  return Object.fromEntries(board.state?.tasks.map(({ id, columnId }) => [id, columnId]) ?? []);
}

/** The event of a change. */
function own({ mutationId }: PendingChange, message: ReturnType<typeof moved>) {
  return { ...message, data: { ...message.data, mutationId } };
}

/** How a change ended, or that it has not. */
async function endOf(change: PendingChange): Promise<string> {
  const end = change.done.then(
    () => "done",
    (error: unknown) => errorKind(error) ?? (error instanceof Error ? error.name : "?"),
  );
  return Promise.race([end, settle().then(() => "waits")]);
}

test("a change shows at once, and is confirmed by its event, whatever the answer does", async () => {
  const { server, board } = open();
  const seen = vi.fn<() => void>();
  board.subscribe(seen);
  const change = board.move({ taskId: "a", columnId: "done" });
  expect(columnsOf(board)).toEqual({ a: "done", b: "todo" });
  expect(board.confirmed?.tasks.map(({ columnId }) => columnId)).toEqual(["todo", "todo"]);
  expect(board.pending).toEqual([change]);
  expect(seen).toHaveBeenCalledOnce();
  await settle();
  expect(server.call).toMatchObject({ userId: "me", changes: [{ procedure: "tasks.move", taskId: "a" }] });
  server.says(own(change, moved(4, "a")));
  expect(board.pending).toEqual([]);
  expect(board.state).toBe(board.confirmed);
  expect((await change.done)?.version).toBe(4);
  server.call.answer(4);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.calls).toHaveLength(1);
});

test("an answer alone confirms nothing: the board has to have come that far", async () => {
  const { server, board } = open();
  const change = board.move({ taskId: "a", columnId: "done" });
  await settle();
  server.call.answer(5);
  expect(await endOf(change)).toBe("waits");
  server.says(moved(4, "b"));
  expect(await endOf(change)).toBe("waits");
  // A snapshot that has it: its event does not come.
  server.says(first(snapshot(6)));
  expect(await endOf(change)).toBe("done");
  expect(board.pending).toEqual([]);
});

test("a change that changed nothing is confirmed by the answer, when the board is that far", async () => {
  const { server, board } = open();
  const change = board.updateTask({ taskId: "a", title: "Task a" });
  await settle();
  server.call.answer(3);
  expect(await endOf(change)).toBe("done");
});

test("changes go in order, one call at a time; what was made meanwhile goes together", async () => {
  const { server, board } = open();
  const together = [board.move({ taskId: "a", columnId: "done" }), board.archiveTask({ taskId: "b" })];
  await settle();
  const later = Array.from({ length: 130 }, (_, index) =>
    board.createTask({ columnId: "todo", title: `New ${index}` }),
  );
  await settle();
  expect(server.calls).toHaveLength(1);
  expect(server.call.ids).toEqual(together.map(({ mutationId }) => mutationId));
  server.call.answer(4, 5);
  await settle();
  server.call.answer(...Array.from({ length: 100 }, (_, index) => 6 + index));
  await settle();
  expect(server.calls.map(({ ids }) => ids.length)).toEqual([2, 100, 30]);
  expect(server.calls.slice(1).flatMap(({ ids }) => ids)).toEqual(later.map(({ mutationId }) => mutationId));
});

test("a call holds no more than a request may", async () => {
  const { server, board } = open();
  const description = "ü".repeat(32_000);
  for (let index = 0; index < 40; index += 1) board.createTask({ columnId: "todo", title: "Long", description });
  await settle();
  server.call.answer(...server.call.ids.map(() => 4));
  await settle();
  server.call.answer(...server.call.ids.map(() => 5));
  await settle();
  expect(server.calls.map(({ ids }) => ids.length)).toEqual([14, 14, 12]);
  expect(Math.max(...server.calls.map(({ changes }) => Buffer.byteLength(JSON.stringify(changes))))).toBeLessThan(
    1_000_000,
  );
});

test("a refused change is taken back, with the reason; those behind it stay", async () => {
  const { server, board } = open();
  const refused = board.move({ taskId: "a", columnId: "done" });
  const behind = board.move({ taskId: "b", columnId: "done" });
  await settle();
  server.call.answer("WIP_LIMIT_REACHED", 4);
  await settle();
  expect(columnsOf(board)).toEqual({ a: "todo", b: "done" });
  expect(board.pending).toEqual([behind]);
  const error: unknown = await refused.done.catch((reason: unknown) => reason);
  expect(errorKind(error)).toBe("WIP_LIMIT_REACHED");
  expect(error).toMatchObject({ message: "This column is at its limit." });
  server.says(own(behind, moved(4, "b")));
  expect(board.pending).toEqual([]);
});

test("what others did meanwhile shows beneath what was changed here", () => {
  const { server, board } = open();
  board.updateTask({ taskId: "a", title: "Mine" });
  board.move({ taskId: "a", columnId: "done", after: "b" });
  server.says(moved(4, "b"), event(5, { type: "task.updated", data: theirs("a") } as const));
  expect(board.state?.tasks).toMatchObject([
    { id: "b", columnId: "done" },
    { id: "a", columnId: "done", title: "Mine", priority: "high" },
  ]);
  expect(board.confirmed?.tasks).toMatchObject([{ id: "b" }, { id: "a", title: "Theirs", columnId: "todo" }]);
});

function theirs(taskId: string) {
  return { taskId, changes: { title: "Theirs", priority: "high" as const }, members: [] };
}

test("a change whose task is gone shows nothing, and is left to the server", async () => {
  const { server, board } = open();
  const change = board.move({ taskId: "a", columnId: "done" });
  const other = board.move({ taskId: "b", columnId: "done" });
  server.says(event(4, { type: "task.archived", data: { taskId: "a" } } as const));
  expect(columnsOf(board)).toEqual({ b: "done" });
  expect(board.pending).toEqual([change, other]);
  await settle();
  server.call.answer("TASK_ARCHIVED", 5);
  expect(await endOf(change)).toBe("TASK_ARCHIVED");
});

test("a column that is renumbered for a change does not confirm it: its own event does", async () => {
  const { server, board } = open();
  const change = board.move({ taskId: "a", columnId: "done" });
  const reranked = event(4, { type: "column.reranked" as const, data: { columnId: "done", ranks: [] } });
  server.says({ ...reranked, data: { ...reranked.data, mutationId: change.mutationId } });
  expect(board.pending).toEqual([change]);
  server.says(own(change, moved(5, "a")));
  expect(await endOf(change)).toBe("done");
});

test("without an answer a change is sent again under the same id, ever later, for ever", async () => {
  const { server, board } = open();
  const change = board.move({ taskId: "a", columnId: "done" });
  const sentAt: number[] = [];
  const faults = [networkFault(), refusal("SERVER_UNAVAILABLE"), refusal("INTERNAL"), networkFault(), networkFault()];
  for (const fault of faults) {
    await called(server, sentAt.length + 1);
    sentAt.push(performance.now());
    server.call.fail(fault);
  }
  await called(server, faults.length + 1);
  for (const [index, gap] of sentAt
    .slice(1)
    .map((at, index) => at - (sentAt[index] ?? 0))
    .entries()) {
    expect(gap).toBeGreaterThanOrEqual(150 * 2 ** index);
    expect(gap).toBeLessThan(300 * 2 ** index + 20);
  }
  expect(new Set(server.calls.flatMap(({ ids }) => ids))).toEqual(new Set([change.mutationId]));
  expect(await endOf(change)).toBe("waits");
  await vi.advanceTimersByTimeAsync(3_600_000);
  const { length } = server.calls;
  expect(length).toBeGreaterThan(100);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(server.calls.length).toBeGreaterThan(length);
});

test("a server that says nothing for 15 s is asked again, together with what was made since", async () => {
  const { server, board } = open();
  board.move({ taskId: "a", columnId: "done" });
  await settle();
  board.archiveTask({ taskId: "b" });
  await vi.advanceTimersByTimeAsync(14_000);
  expect(server.call.signal.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(server.calls[0]?.signal.aborted).toBe(true);
  expect(server.calls.map(({ ids }) => ids.length)).toEqual([1, 2]);
  expect(server.call.ids[0]).toBe(server.calls[0]?.ids[0]);
});

test("a change whose event came while there was no answer is not sent again", async () => {
  const { server, board } = open();
  const change = board.move({ taskId: "a", columnId: "done" });
  const behind = board.archiveTask({ taskId: "b" });
  await settle();
  server.call.fail(networkFault());
  await settle();
  server.says(own(change, moved(4, "a")));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(server.call.ids).toEqual([behind.mutationId]);
  expect(await endOf(change)).toBe("done");
});

test("changes wait out a lost connection, and go on over it", async () => {
  const { server, board } = open();
  server.current.on.connection("down");
  expect(board).toMatchObject({ status: "offline", offlineSince: new Date() });
  const change = board.move({ taskId: "a", columnId: "done" });
  await settle();
  server.call.fail(networkFault());
  await vi.advanceTimersByTimeAsync(400);
  server.current.on.connection("up");
  expect(board.offlineSince).toBeUndefined();
  expect(columnsOf(board)).toEqual({ a: "done", b: "todo" });
  server.call.answer(4);
  server.says(own(change, moved(4, "a")));
  expect(await endOf(change)).toBe("done");
});

test("L8: what was answered by a log that was replaced is asked again, under the same id", async () => {
  const { server, board } = open();
  const change = board.move({ taskId: "a", columnId: "done" });
  await settle();
  server.call.answer(9);
  await settle();
  server.says(first(snapshot(12), "unknown"));
  expect(await endOf(change)).toBe("waits");
  expect(server.calls.map(({ ids }) => ids)).toEqual([[change.mutationId], [change.mutationId]]);
  server.call.answer(13);
  server.says(own(change, moved(13, "a")));
  expect(await endOf(change)).toBe("done");
});

test("who loses the board loses what waits, and hears why", async () => {
  const { server, board } = open();
  const changes = [board.move({ taskId: "a", columnId: "done" }), board.archiveTask({ taskId: "b" })];
  await settle();
  server.current.on.ended(refusal("ACCESS_REVOKED"));
  expect(board.state).toBe(board.confirmed);
  expect(await Promise.all(changes.map(endOf))).toEqual(["ACCESS_REVOKED", "ACCESS_REVOKED"]);
  expect(await endOf(board.archiveTask({ taskId: "a" }))).toBe("ACCESS_REVOKED");
  server.call.fail(networkFault());
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.calls).toHaveLength(1);
});

test("a call that is refused for who asks refuses what waits of the same person, and nobody else's", async () => {
  const { server, board } = open();
  const before = board.move({ taskId: "a", columnId: "done" });
  const also = board.archiveTask({ taskId: "b" });
  server.me = { id: () => Promise.resolve("another") };
  const after = board.updateTask({ taskId: "b", title: "By another" });
  await settle();
  expect(server.call).toMatchObject({ userId: "me", ids: [before.mutationId, also.mutationId] });
  server.call.fail(refusal("ACCOUNT_CHANGED"));
  expect(await Promise.all([before, also].map(endOf))).toEqual(["ACCOUNT_CHANGED", "ACCOUNT_CHANGED"]);
  expect(server.call).toMatchObject({ userId: "another", ids: [after.mutationId] });
  expect(board.pending).toEqual([after]);
});

test("one change that is not valid refuses itself only", async () => {
  const { server, board } = open();
  const changes = [
    board.updateTask({ taskId: "a", title: "Fine" }),
    board.updateTask({ taskId: "a", title: "" }),
    board.updateTask({ taskId: "b", title: "Fine too" }),
  ];
  await settle();
  server.call.fail(refusal("INPUT_INVALID"));
  await settle();
  server.call.answer(4);
  await settle();
  server.call.fail(refusal("INPUT_INVALID"));
  await settle();
  server.call.answer(5);
  expect(server.calls.map(({ ids }) => ids.length)).toEqual([3, 1, 1, 1]);
  expect(await Promise.all(changes.map(endOf))).toEqual(["waits", "INPUT_INVALID", "waits"]);
});

test("a change that has waited for 70 hours is not sent any more: the server may have forgotten its id", async () => {
  const { server, board } = open();
  server.me = { id: () => Promise.reject(networkFault()) };
  const change = board.move({ taskId: "a", columnId: "done" });
  await vi.advanceTimersByTimeAsync(69.9 * 3_600_000);
  expect(await endOf(change)).toBe("waits");
  await vi.advanceTimersByTimeAsync(0.2 * 3_600_000);
  expect(await endOf(change)).toBe("CHANGE_EXPIRED");
  expect(columnsOf(board)).toEqual({ a: "todo", b: "todo" });
});

test("a clock that jumps by hours ends nothing, and holds nothing up", async () => {
  const { server, board } = open();
  const change = board.move({ taskId: "a", columnId: "done" });
  for (const jumpMs of [3_600_000, -7_200_000, 36_000_000]) {
    await settle();
    const { length } = server.calls;
    server.call.fail(networkFault());
    vi.setSystemTime(Date.now() + jumpMs);
    await vi.advanceTimersByTimeAsync(1_300);
    expect(server.calls).toHaveLength(length + 1);
  }
  vi.setSystemTime(0);
  server.says(moved(4, "b"), own(change, moved(5, "a")));
  expect(board.status).toBe("live");
  expect(await endOf(change)).toBe("done");
  await vi.advanceTimersByTimeAsync(20_000);
  expect(server).toMatchObject({ redials: 0, watches: [{}] });
});

test("a closed board gives up what waits, and sends nothing more", async () => {
  const { server, board } = open();
  const change = board.move({ taskId: "a", columnId: "done" });
  await settle();
  board.close();
  expect(await endOf(change)).toBe("AbortError");
  expect(server.call.signal.aborted).toBe(true);
  expect(board).toMatchObject({ pending: [], status: "offline" });
  expect(board.state).toBe(board.confirmed);
  expect(await endOf(board.archiveTask({ taskId: "b" }))).toBe("AbortError");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.calls).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});

test("changes to a board that is not there yet are sent, and show once it is", async () => {
  const server = new ScriptedServer();
  const board = new LiveBoard("board", server);
  const change = board.move({ taskId: "a", columnId: "done" });
  await settle();
  server.call.answer(3);
  expect(await endOf(change)).toBe("waits");
  expect(board.state).toBeUndefined();
  server.says(first(snapshot(2)));
  expect(columnsOf(board)).toEqual({ a: "done", b: "todo" });
  server.says(own(change, moved(3, "a")));
  expect(await endOf(change)).toBe("done");
});
