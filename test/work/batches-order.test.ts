import { describe, expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import { bothWays, type Scene, type SceneCall, servicesOfOneBatch } from "../setup/scene.ts";
import { test } from "../setup/world.ts";

// What a command finds of those before it in its batch, where that is not a place among tasks: the same as if they were
// committed. `batches-model.test.ts` draws commands; here are those that have to do with each other.

/** Calls on the first board of a scene, by somebody who manages it. */
function on({ boards: [board], labels, columns, fresh }: Scene) {
  if (!board) throw new Error("there is a board");
  const call = (path: string, input: object): SceneCall => ({
    by: 0,
    path,
    input: { boardId: board.id, ...input, mutationId: newId() },
  });
  const task = (title: string) => ({ taskId: board.task(title) });
  const column = (name: string) => ({ columnId: board.column(name) });
  const [label = "", , newLabel = ""] = labels;
  const [newColumn = "", otherColumn = ""] = columns;
  const [newTask = ""] = fresh;
  return { board, call, task, column, label, newLabel, newColumn, otherColumn, newTask };
}

type Ground = ReturnType<typeof on>;
interface Case {
  readonly first?: (it: Ground) => SceneCall[];
  readonly calls: (it: Ground) => SceneCall[];
  /** What becomes of each call. */
  readonly ends: readonly string[];
}

const labelled = ({ call, task, label }: Ground, title: string) =>
  call("tasks.update", { ...task(title), labelIds: [label] });

const CASES: Record<string, Case> = {
  "a label that goes is on no task any more": {
    first: (it) => [labelled(it, "A"), labelled(it, "B")],
    calls: (it) => [
      labelled(it, "C"),
      it.call("labels.delete", { labelId: it.label }),
      it.call("tasks.move", { ...it.task("A"), ...it.column("Done") }),
      it.call("tasks.update", { ...it.task("B"), labelIds: [] }),
      labelled(it, "D"),
      it.call("labels.delete", { labelId: it.label }),
    ],
    ends: ["done", "done", "done", "done", "LABEL_NOT_FOUND", "LABEL_NOT_FOUND"],
  },
  "a label that is made anew under its old id is another one": {
    first: (it) => [labelled(it, "A"), labelled(it, "B")],
    calls: (it) => [
      it.call("labels.delete", { labelId: it.label }),
      it.call("labels.create", { id: it.label, name: "Other", color: "blue" }),
      labelled(it, "B"),
      labelled(it, "C"),
      it.call("labels.update", { labelId: it.label, name: "Another" }),
      it.call("labels.create", { id: it.label, name: "Once more", color: "blue" }),
    ],
    ends: ["done", "done", "done", "done", "done", "ID_TAKEN"],
  },
  "a label that was only there for a moment leaves nothing": {
    calls: (it) => [
      it.call("labels.create", { id: it.newLabel, name: "New", color: "blue" }),
      it.call("tasks.update", { ...it.task("A"), labelIds: [it.label, it.newLabel] }),
      it.call("labels.delete", { labelId: it.newLabel }),
      it.call("tasks.update", { ...it.task("A"), title: "A2" }),
    ],
    ends: ["done", "done", "done", "done"],
  },
  "a limit that is set counts what stands there by then": {
    calls: (it) => [
      it.call("tasks.move", { ...it.task("A"), ...it.column("Done") }),
      it.call("columns.update", { ...it.column("Todo"), wipLimit: 5 }),
      it.call("tasks.create", { ...it.column("Todo"), title: "Fifth" }),
      it.call("tasks.create", { ...it.column("Todo"), title: "Sixth" }),
      it.call("tasks.archive", it.task("B")),
      it.call("tasks.restore", it.task("F")),
      it.call("columns.update", { ...it.column("Todo"), wipLimit: null }),
      it.call("tasks.restore", it.task("B")),
    ],
    ends: ["done", "done", "done", "WIP_LIMIT_REACHED", "done", "done", "done", "done"],
  },
  "a column comes back with its cards as they are by then": {
    first: (it) => [labelled(it, "A"), labelled(it, "C")],
    calls: (it) => [
      it.call("columns.archive", it.column("Todo")),
      it.call("tasks.update", { ...it.task("A"), title: "A2" }),
      it.call("tasks.archive", it.task("D")),
      it.call("tasks.move", { ...it.task("B"), ...it.column("Done") }),
      it.call("tasks.move", { ...it.task("B"), ...it.column("Todo") }),
      it.call("labels.delete", { labelId: it.label }),
      it.call("columns.restore", it.column("Todo")),
      it.call("tasks.restore", it.task("D")),
    ],
    ends: ["done", "done", "done", "done", "COLUMN_ARCHIVED", "done", "done", "done"],
  },
  "a column that is made takes tasks, and hides them when it is archived": {
    calls: (it) => [
      it.call("tasks.create", { columnId: it.newColumn, title: "Too early" }),
      it.call("columns.create", { id: it.newColumn, name: "New", wipLimit: 2, after: null }),
      it.call("columns.create", { id: it.newColumn, name: "Again" }),
      it.call("tasks.create", { columnId: it.newColumn, title: "In it", id: it.newTask }),
      it.call("tasks.move", { ...it.task("A"), columnId: it.newColumn, after: null }),
      it.call("tasks.move", { ...it.task("B"), columnId: it.newColumn, after: it.board.task("A") }),
      it.call("columns.archive", { columnId: it.newColumn }),
      it.call("tasks.move", { taskId: it.newTask, ...it.column("Done"), after: it.board.task("A") }),
      it.call("tasks.archive", it.task("A")),
    ],
    ends: ["COLUMN_NOT_FOUND", "done", "ID_TAKEN", "done", "done", "WIP_LIMIT_REACHED", "done", "done", "done"],
  },
  "a column takes the place that another one leaves": {
    first: (it) => [
      it.call("columns.create", { id: it.otherColumn, name: "First", after: null }),
      it.call("columns.create", { id: it.newColumn, name: "New" }),
      // Out of the way: there is no room between it and the next one.
      it.call("columns.move", it.column("Few")),
    ],
    calls: (it) => [
      // Written first, unless the one whose place it takes is put aside.
      it.call("columns.update", { columnId: it.newColumn, name: "Newer" }),
      it.call("columns.move", it.column("Todo")),
      it.call("columns.move", { columnId: it.newColumn, after: it.otherColumn }),
    ],
    ends: ["done", "done", "done"],
  },
  "columns without room between them are numbered anew": {
    calls: (it) => [
      it.call("columns.create", { name: "First", after: null }),
      it.call("columns.move", { ...it.column("Done"), after: it.board.column("Todo") }),
      it.call("columns.create", { id: it.newColumn, name: "Behind", after: it.board.column("Todo") }),
      it.call("columns.create", { name: "Behind", after: it.board.column("Todo") }),
      it.call("columns.archive", it.column("Few")),
      it.call("columns.move", { columnId: it.newColumn, after: it.board.column("Few") }),
      it.call("columns.move", { ...it.column("Few"), after: null }),
    ],
    ends: ["done", "done", "done", "done", "done", "done", "COLUMN_ARCHIVED"],
  },
};

describe("in one batch as one by one", () => {
  test.for(Object.entries(CASES))("%s", async ([, { first, calls, ends }], { world }) => {
    const { services, close } = servicesOfOneBatch(world);
    const [oneByOne, atOnce] = await bothWays(world, services, (it) => {
      const ground = on(it);
      return { first: first?.(ground) ?? [], calls: calls(ground) };
    });
    await close();
    expect(kindsIn(oneByOne)).toEqual(ends);
    expect(atOnce).toEqual(oneByOne);
  });
});

/** What a call answers, or the kind of its refusal. */
function kindsIn(left: unknown): string[] {
  const ends: unknown = Reflect.get(Object(left), "ends");
  if (!Array.isArray(ends)) throw new Error("each call has an end");
  return ends.map((end: unknown) => (typeof end === "string" ? end : "done"));
}
