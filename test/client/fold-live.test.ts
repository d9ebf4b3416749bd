import { expect, test } from "vitest";
import { foldLive } from "../../client/index.ts";
import { card, cursor, event, first, head, moved, parts, snapshot, unheardOf } from "./samples.ts";

test("a snapshot is the state, and each event makes the next one", () => {
  const fold = foldLive();
  expect(fold(first(snapshot(3)))).toMatchObject({ version: 3, cursor: cursor(3), behindBy: 0, needsSnapshot: false });
  const { state, version, event: applied } = fold(moved(4, "a"));
  expect(version).toBe(4);
  expect(applied).toMatchObject({ type: "task.moved" });
  expect(state?.tasks.map((task) => [task.id, task.columnId])).toEqual([
    ["a", "done"],
    ["b", "todo"],
  ]);
});

test("the state carries the cursor of its last event, as boards.get would", () => {
  const fold = foldLive();
  fold(first(snapshot(3)));
  expect(fold(moved(4, "a")).state?.cursor).toBe(cursor(4));
});

test("bare messages fold too, but nobody can go on from them", () => {
  const fold = foldLive();
  fold(first(snapshot(3)).data);
  expect(fold(moved(4, "a").data)).toMatchObject({ version: 4, cursor: undefined });
});

test("a snapshot in parts is a state when its last part has come", () => {
  const fold = foldLive();
  const whole = snapshot(9, ["a", "b", "c"]);
  const folded = parts(whole).map((part) => fold(part));
  expect(folded.map(({ state }) => state !== undefined)).toEqual([false, false, true]);
  expect(folded.map(({ assembling }) => assembling)).toEqual([true, true, false]);
  expect(folded.at(-1)).toMatchObject({ state: whole, version: 9, cursor: cursor(9) });
});

test("a snapshot that was cut off between two parts begins again", () => {
  const fold = foldLive();
  const [one, two] = parts(snapshot(9, ["a", "b", "c"]));
  if (one) fold(one);
  if (two) fold(two);
  const again = snapshot(10, ["a", "b", "c", "d"]);
  const folded = parts(again, "unknown").map((part) => fold(part));
  expect(folded.at(-1)?.state).toEqual(again);
});

test("a snapshot that the server gave up between two parts is not waited for", () => {
  const fold = foldLive(snapshot(3));
  const [one, two] = parts(snapshot(9, ["a", "b", "c"]), "too-far");
  if (one) fold(one);
  expect(fold(moved(4, "a"))).toMatchObject({ version: 4, assembling: false, needsSnapshot: false });
  if (one) fold(one);
  if (two) fold(two);
  expect(fold(head(4, 4))).toMatchObject({ version: 4, behindBy: 0, assembling: false });
});

test("a snapshot without one of its parts is not taken for a board", () => {
  const fold = foldLive();
  const [one, , three] = parts(snapshot(9, ["a", "b", "c"]));
  if (one) fold(one);
  expect(three && fold(three)).toMatchObject({ state: undefined, needsSnapshot: true });
});

test("L7: a version that is known is ignored", () => {
  const fold = foldLive();
  fold(first(snapshot(3)));
  const { state } = fold(moved(4, "a"));
  const repeated = fold(moved(4, "b"));
  expect(repeated.state).toBe(state);
  expect(repeated.event).toBeUndefined();
});

test("a missed version is noticed, and nothing behind it is applied", () => {
  const fold = foldLive();
  const { state } = fold(first(snapshot(3)));
  expect(fold(moved(5, "a"))).toMatchObject({ version: 3, behindBy: 2, needsSnapshot: true });
  expect(fold(moved(6, "b"))).toMatchObject({ state, needsSnapshot: true });
  expect(fold(first(snapshot(6)))).toMatchObject({ version: 6, behindBy: 0, needsSnapshot: false });
});

test("L21: an event of a newer server keeps the version, and what follows is applied", () => {
  const fold = foldLive();
  fold(first(snapshot(3)));
  expect(fold(unheardOf(4))).toMatchObject({ version: 4, cursor: cursor(4), needsSnapshot: true, event: undefined });
  const next = fold(moved(5, "a"));
  expect(next).toMatchObject({ version: 5, needsSnapshot: true });
  expect(next.state?.tasks.find((task) => task.id === "a")?.columnId).toBe("done");
});

test("L9: at a reset the state stays as it was until the snapshot comes", () => {
  const fold = foldLive();
  const { state } = fold(first(snapshot(3)));
  const reset = fold(event(4, { type: "board.reset", data: {} } as const));
  expect(reset).toMatchObject({ version: 3, cursor: cursor(3) });
  expect(reset.state).toBe(state);
  expect(fold(first(snapshot(4, ["c"]))).state?.tasks).toEqual([card("c")]);
});

test("L11: a head says how far behind one is, and changes nothing else", () => {
  const fold = foldLive();
  const { state } = fold(first(snapshot(3)));
  const behind = fold(head(5, 3));
  expect(behind).toMatchObject({ behindBy: 2, version: 3, cursor: cursor(3) });
  expect(behind.state).toBe(state);
  fold(moved(4, "a"));
  expect(fold(moved(5, "b")).behindBy).toBe(0);
});

test("a board of a restored database may be older than the one known", () => {
  const fold = foldLive();
  fold(first(snapshot(30)));
  expect(fold(first(snapshot(12)))).toMatchObject({ version: 12, behindBy: 0 });
  expect(fold(moved(13, "a")).version).toBe(13);
});

test("a snapshot that was kept is gone on from", () => {
  const fold = foldLive(snapshot(3));
  expect(fold(moved(4, "a"))).toMatchObject({ version: 4, needsSnapshot: false });
});

test("an event before any snapshot asks for one", () => {
  expect(foldLive()(moved(4, "a"))).toMatchObject({ state: undefined, needsSnapshot: true });
});
