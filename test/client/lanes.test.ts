import { expect, test } from "vitest";
import { groupByLane, type LaneOptions } from "../../client/lanes.ts";
import { card, snapshot } from "./samples.ts";

type Board = ReturnType<typeof snapshot>;

function lanesOf(whole: Board, options?: LaneOptions) {
  return groupByLane(whole, options).map(({ key, cards }) => [key, cards.map(({ id }) => id)]);
}

/** A board whose cards, a, b, c …, have these. */
function withCards(...changes: Partial<Board["tasks"][number]>[]): Board {
  const tasks = changes.map((change, index) => ({ ...card(String.fromCodePoint(97 + index)), ...change }));
  return { ...snapshot(1, []), tasks };
}

test("a board without lanes is one", () => {
  expect(lanesOf(withCards({}, {}))).toEqual([[null, ["a", "b"]]]);
  // Its field was archived since.
  expect(lanesOf({ ...withCards({}, {}), laneBy: "0199c5a4-7e2b-7c31-9a4d-5b1f0c2e6d70" })).toEqual([
    [null, ["a", "b"]],
  ]);
});

test("a card with several of a kind is in each lane, and what can be chosen has one that is empty", () => {
  const label = (id: string) => ({ id, boardId: "board", name: id, color: "red" as const, version: 1 });
  const whole = withCards({ labelIds: ["x", "y"] }, {}, { labelIds: ["y"] });
  const labelled: Board = { ...whole, labels: [label("x"), label("y"), label("z")], laneBy: "label" };
  const lanes = [
    ["x", ["a"]],
    ["y", ["a", "c"]],
    ["z", []],
    [null, ["b"]],
  ];
  expect(lanesOf(labelled)).toEqual(lanes);
  const member = (userId: string, role: "viewer" | null) => ({ userId, name: userId, role });
  const assigned = withCards({ assigneeIds: ["u", "w"] }, { assigneeNames: ["Ann"] });
  const people: Board = { ...assigned, members: [member("u", null), member("v", "viewer")] };
  expect(lanesOf(people, { by: "assignee" })).toEqual([
    ["v", []],
    ["u", ["a"]],
    ["w", ["a"]],
    ["Ann", ["b"]],
  ]);
  expect(lanesOf(labelled, { by: null })).toEqual([[null, ["a", "b", "c"]]]);
});

test("priorities go from the highest, days, numbers and texts by their order", () => {
  expect(lanesOf(withCards({ priority: "low" }, { priority: "urgent" }), { by: "priority" })).toEqual([
    ["urgent", ["b"]],
    ["high", []],
    ["medium", []],
    ["low", ["a"]],
    ["none", []],
  ]);
  const due = withCards(
    { dueAt: "2026-03-01T23:30:00.000Z", timeZone: "Europe/Berlin" },
    { dueAt: "2026-03-01T23:30:00.000Z" },
    { dueOn: "2026-02-28", dueAt: "2026-03-01T07:59:59.999Z" },
    {},
  );
  expect(lanesOf(due, { by: "due" })).toEqual([
    ["2026-02-28", ["c"]],
    ["2026-03-01", ["b"]],
    ["2026-03-02", ["a"]],
    [null, ["d"]],
  ]);
  expect(lanesOf(due, { by: "due", timeZone: "Asia/Tokyo" }).map(([key]) => key)).toEqual([
    "2026-02-28",
    "2026-03-02",
    null,
  ]);
  expect(lanesOf(withCards({ estimate: 10 }, { estimate: 2.5 }, { estimate: null }), { by: "estimate" })).toEqual([
    ["2.5", ["b"]],
    ["10", ["a"]],
    [null, ["c"]],
  ]);
  expect(lanesOf(withCards({}, { parentId: "a" }), { by: "parent" })).toEqual([
    ["a", ["b"]],
    [null, ["a"]],
  ]);
});

test("a field of the project makes lanes, of options, of what is so, or of what is written there", () => {
  const option = (id: string, isArchived: boolean) => ({ id, name: id, color: "red" as const, isArchived });
  const field = { id: "f", projectId: "project", name: "F", rank: "a", state: "open" } as const;
  const lanes = (kind: Board["fields"][number]["kind"], ...values: (string | number | boolean | string[])[]) => {
    const whole = withCards(...values.map((value) => ({ fields: { f: value } })), {});
    const options = kind.endsWith("select") ? [option("low", false), option("high", false), option("old", true)] : [];
    return lanesOf({ ...whole, fields: [{ ...field, kind, options }], laneBy: "f" });
  };
  expect(lanes("multi-select", ["high", "old"], ["high"])).toEqual([
    ["low", []],
    ["high", ["a", "b"]],
    ["old", ["a"]],
    [null, ["c"]],
  ]);
  expect(lanes("checkbox", false)).toEqual([
    ["true", []],
    ["false", ["a"]],
    [null, ["b"]],
  ]);
  expect(lanes("number", 10, 9).map(([key]) => key)).toEqual(["9", "10", null]);
  expect(lanes("text", "b", "a").map(([key]) => key)).toEqual(["a", "b", null]);
});
