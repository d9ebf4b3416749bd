import { expect, test } from "vitest";
import { laneChange, valuesIn } from "../../web/src/board/lanes/lane-change.ts";
import { card, snapshot } from "../client/samples.ts";

type Card = ReturnType<typeof card>;
type Field = ReturnType<typeof snapshot>["fields"][number];

const [ADA, BOB] = ["ada", "bob"];
const members = [ADA, BOB].map((userId) => ({ userId, name: userId, role: "editor" as const }));

function field(kind: Field["kind"]): Field {
  return { id: kind, projectId: "project", name: kind, kind, options: [], rank: "a", state: "open" };
}

const state = {
  ...snapshot(1, []),
  members,
  fields: (["multi-select", "number", "checkbox", "text"] as const).map(field),
};

/** What puts a card with these into another lane. */
function change(by: string, has: Partial<Card>, from: string | null, to: string | null) {
  return laneChange(state, by, { ...card("a"), ...has }, { from, to });
}

test("of several values a card gives the one of the lane that it leaves for the other, and all for the lane without", () => {
  expect(change("label", { labelIds: ["x", "y"] }, "x", "z")).toEqual({ labelIds: ["y", "z"] });
  expect(change("label", { labelIds: ["x", "y"] }, "x", "y")).toEqual({ labelIds: ["y"] });
  expect(change("label", { labelIds: ["x", "y"] }, "x", null)).toEqual({ labelIds: [] });
  expect(change("assignee", { assigneeIds: [ADA] }, null, BOB)).toEqual({ assigneeIds: [ADA, BOB] });
  expect(change("multi-select", { fields: { "multi-select": ["x", "y"] } }, "x", "z")).toEqual({
    fields: { "multi-select": ["y", "z"] },
  });
});

test("a name without an account is given away, and is nobody's to get", () => {
  const named = { assigneeNames: ["Grace"] };
  expect(change("assignee", named, "Grace", ADA)).toEqual({ assigneeIds: [ADA], assigneeNames: [] });
  expect(change("assignee", {}, null, "Grace")).toBeUndefined();
});

test("a lane sets what its kind of field takes; no card is a part of itself", () => {
  expect(change("priority", {}, "none", "urgent")).toEqual({ priority: "urgent" });
  expect(change("estimate", {}, null, "2.5")).toEqual({ estimate: 2.5 });
  expect(change("estimate", { estimate: 3 }, "3", null)).toEqual({ estimate: null });
  expect(change("number", {}, null, "12")).toEqual({ fields: { number: 12 } });
  expect(change("checkbox", {}, null, "false")).toEqual({ fields: { checkbox: false } });
  expect(change("text", {}, "this", null)).toEqual({ fields: { text: null } });
  expect(change("parent", {}, null, "b")).toEqual({ parentId: "b" });
  expect(change("parent", {}, null, "a")).toBeUndefined();
  const due = { dueOn: "2026-03-01", dueAt: "2026-03-01T23:59:59.999Z", timeZone: "UTC" };
  expect(change("due", due, "2026-03-01", "2026-03-05")).toEqual({ dueOn: "2026-03-05" });
  expect(change("due", due, "2026-03-01", null)).toEqual({ dueOn: null, dueAt: null });
});

test("a card that is made in a lane has what that is made by", () => {
  expect(valuesIn(state, "label", "x")).toEqual({ labelIds: ["x"] });
  expect(valuesIn(state, "label", null)).toEqual({});
  expect(valuesIn(state, "assignee", "Grace")).toBeUndefined();
});
