import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { errorKind, LiveBoard } from "../../client/index.ts";
import { cursor, first, head, moved, parts, snapshot, unheardOf } from "./samples.ts";
import { refusal, ScriptedServer } from "./scripted-server.ts";

// What a board does with what comes, and with what does not come: a server that says what the test lets it say.

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function open(options?: ConstructorParameters<typeof LiveBoard>[2]) {
  const server = new ScriptedServer();
  return { server, board: new LiveBoard("board", server, options) };
}

test("a board is catching up until its snapshot is whole, then live", () => {
  const { server, board } = open();
  const seen: string[] = [board.status];
  board.subscribe(() => seen.push(`${board.status} ${board.version}`));
  const [one, two] = parts(snapshot(3));
  if (one) server.says(one);
  if (two) server.says(two);
  server.says(moved(4, "a"));
  expect(seen).toEqual(["catching-up", "live 3", "live 4"]);
});

test("listeners are told of changes only, and the state is another object only then", () => {
  const { server, board } = open();
  server.says(first(snapshot(3)));
  const { state } = board;
  const listener = vi.fn<() => void>();
  const stop = board.subscribe(listener);
  server.says(head(3, 3), moved(3, "a"));
  expect(board.state).toBe(state);
  expect(listener).not.toHaveBeenCalled();
  server.says(moved(4, "a"));
  expect(board.state).not.toBe(state);
  expect(listener).toHaveBeenCalledOnce();
  stop();
  server.says(moved(5, "a"));
  expect(listener).toHaveBeenCalledOnce();
});

test("events are told in order, each with the state that it made", () => {
  const { server, board } = open();
  const seen: [number, number][] = [];
  board.onEvent((event, state) => seen.push([event.version, Number.parseInt(state.cursor, 10)]));
  server.says(first(snapshot(3)), moved(4, "a"), moved(4, "a"), moved(5, "b"));
  expect(seen).toEqual([
    [4, 4],
    [5, 5],
  ]);
});

test("one listener's fault keeps nothing from the others", async () => {
  const faults: unknown[] = [];
  const onFault = (error: unknown) => faults.push(error);
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException").on("uncaughtException", onFault);
  const { server, board } = open();
  const listener = vi.fn<() => void>();
  board.subscribe(() => {
    throw new Error("a broken view");
  });
  board.subscribe(listener);
  server.says(first(snapshot(3)));
  expect(listener).toHaveBeenCalledOnce();
  vi.useRealTimers();
  await new Promise((resolve) => setImmediate(resolve));
  process.removeAllListeners("uncaughtException");
  for (const other of others) process.on("uncaughtException", other);
  expect(faults).toMatchObject([{ message: "a broken view" }]);
});

test("a missed version makes it ask for a snapshot, once", () => {
  const { server, board } = open();
  server.says(first(snapshot(3)), moved(5, "a"), moved(6, "a"));
  expect(board.status).toBe("catching-up");
  vi.advanceTimersByTime(0);
  expect(server.watches.map(({ lastEventId }) => lastEventId)).toEqual([undefined, undefined]);
  vi.advanceTimersByTime(1_000);
  expect(server.watches).toHaveLength(2);
  server.says(first(snapshot(6)));
  expect(board).toMatchObject({ status: "live", version: 6 });
});

test("L21: an event of a newer server makes it ask for a snapshot once, and it goes on meanwhile", () => {
  const { server, board } = open();
  server.says(first(snapshot(3)), unheardOf(4), moved(5, "a"), unheardOf(6));
  expect(board.version).toBe(6);
  expect(board.state?.tasks.find((task) => task.id === "a")?.columnId).toBe("done");
  vi.advanceTimersByTime(0);
  expect(server.current.lastEventId).toBeUndefined();
  server.says(first(snapshot(6)));
  expect(board.status).toBe("live");
  vi.advanceTimersByTime(10_000);
  expect(server.watches).toHaveLength(2);
});

test("a server that sends nothing else but new kinds of events is not asked for a snapshot each time", () => {
  const { server } = open();
  server.says(first(snapshot(0)));
  for (let version = 1; version <= 600; version += 1) {
    server.says(unheardOf(version));
    vi.advanceTimersByTime(100);
    if (server.current.lastEventId === undefined) server.says(first(snapshot(version)));
  }
  expect(server.watches.length).toBeLessThan(10);
});

test("L11: behind a head for more than 2 s, it watches again from where it is", () => {
  const { server, board } = open();
  server.says(first(snapshot(3)), head(5, 3));
  expect(board.status).toBe("catching-up");
  vi.advanceTimersByTime(1_900);
  expect(server.watches).toHaveLength(1);
  vi.advanceTimersByTime(200);
  expect(server.current.lastEventId).toBe(cursor(3));
  server.says(moved(4, "a"), moved(5, "a"));
  expect(board.status).toBe("live");
  vi.advanceTimersByTime(5_000);
  expect(server.watches).toHaveLength(2);
});

test("L11: who gets on towards the head is not behind it for good", () => {
  const { server, board } = open();
  server.says(first(snapshot(3)), head(6, 3));
  for (const version of [4, 5, 6]) {
    vi.advanceTimersByTime(1_500);
    server.says(moved(version, "a"));
  }
  expect(board.status).toBe("live");
  vi.advanceTimersByTime(5_000);
  expect(server.watches).toHaveLength(1);
});

test("a connection on which nothing comes for 25 s is dialed again", () => {
  const { server } = open();
  server.says(first(snapshot(3)));
  vi.advanceTimersByTime(20_000);
  server.says(head(3, 3));
  vi.advanceTimersByTime(24_000);
  expect(server.redials).toBe(0);
  vi.advanceTimersByTime(2_000);
  expect(server.redials).toBe(1);
});

test("without a connection a board is offline; with it again it catches up, and is live at the first message", () => {
  const { server, board } = open();
  const seen: string[] = [];
  server.says(first(snapshot(3)));
  board.subscribe(() => seen.push(board.status));
  server.current.on.connection("down");
  vi.advanceTimersByTime(60_000);
  expect(server.redials).toBe(0);
  server.current.on.connection("up");
  server.says(head(3, 3));
  expect(seen).toEqual(["offline", "catching-up", "live"]);
});

test("a decision of the server ends it for good", async () => {
  const { server, board } = open();
  server.says(first(snapshot(3)));
  const late = board.waitForVersion(9);
  server.current.on.ended(refusal("ACCESS_REVOKED"));
  expect(board.status).toBe("revoked");
  expect(errorKind(board.error)).toBe("ACCESS_REVOKED");
  await expect(late).rejects.toBe(board.error);
  vi.advanceTimersByTime(120_000);
  expect(server.watches).toHaveLength(1);
  expect(server.redials).toBe(0);
});

test("who waits for a board that is refused hears why", async () => {
  const { server, board } = open();
  const ready = board.ready();
  server.current.on.ended(refusal("BOARD_NOT_FOUND"));
  await expect(ready).rejects.toMatchObject({ data: { kind: "BOARD_NOT_FOUND" } });
  await expect(board.ready()).rejects.toMatchObject({ data: { kind: "BOARD_NOT_FOUND" } });
});

test("L10: a fault passes: it watches again, ever later, from where it was", () => {
  const { server, board } = open();
  server.says(first(snapshot(3)), moved(4, "a"));
  for (const kind of ["INTERNAL", "SERVER_UNAVAILABLE", "SUBSCRIPTIONS_TOO_MANY"] as const) {
    server.watches.at(-1)?.on.ended(refusal(kind));
    expect(board.status).toBe("catching-up");
    vi.advanceTimersByTime(5_000);
    expect(server.current.lastEventId).toBe(cursor(4));
  }
  server.watches.at(-1)?.on.ended(undefined);
  vi.advanceTimersByTime(100);
  expect(server.watches).toHaveLength(4);
  vi.advanceTimersByTime(5_000);
  server.says(moved(5, "a"));
  expect(board).toMatchObject({ status: "live", version: 5, error: undefined });
});

test("a state is waited for by its version", async () => {
  const { server, board } = open();
  const fifth = board.waitForVersion(5);
  const given = new AbortController();
  const sixth = board.waitForVersion(6, { signal: given.signal });
  server.says(first(snapshot(3)), moved(4, "a"), moved(5, "b"));
  expect((await fifth).tasks.map((task) => task.columnId)).toEqual(["done", "done"]);
  given.abort();
  await expect(sixth).rejects.toMatchObject({ name: "AbortError" });
  await expect(board.waitForVersion(6, { signal: given.signal })).rejects.toMatchObject({ name: "AbortError" });
  expect(await board.waitForVersion(2)).toBe(board.state);
});

test("a board that was kept is there at once, and goes on from its cursor", async () => {
  const kept = snapshot(7);
  const { server, board } = open({ from: kept });
  expect(await board.ready()).toBe(kept);
  expect(board).toMatchObject({ status: "catching-up", version: 7, cursor: cursor(7) });
  expect(server.current.lastEventId).toBe(cursor(7));
  server.says(moved(8, "a"));
  expect(board).toMatchObject({ status: "live", version: 8 });
});

test("a closed board hears nothing more, and fails those who wait for it", async () => {
  const { server, board } = open();
  const { on } = server.current;
  const ready = board.ready();
  board.close();
  await expect(ready).rejects.toMatchObject({ name: "AbortError" });
  on.message(first(snapshot(3)));
  expect(board.state).toBeUndefined();
  expect(server.watches).toMatchObject([{ isOpen: false }]);
  expect(vi.getTimerCount()).toBe(0);
});

test("a client that is closed closes its boards", () => {
  const { server, board } = open();
  server.close();
  expect(server.watches).toMatchObject([{ isOpen: false }]);
  expect(board.status).toBe("offline");
  expect(vi.getTimerCount()).toBe(0);
});
