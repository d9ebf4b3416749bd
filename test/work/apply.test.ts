import { expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import type { ApplyChanges } from "../../server/domains/work/apply.contract.ts";
import { range } from "../setup/clients.ts";
import { announcedBy, versionOf } from "../setup/log.ts";
import { changedBy } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { test, type World } from "../setup/world.ts";

type Changes = ApplyChanges["changes"];

async function scene(world: World) {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ["A", "B"] });
  const { caller } = org.owner;
  const boardId = board.id;
  const apply = (changes: Parameters<typeof caller.boards.applyChanges>[0]["changes"], mutationId = newId()) =>
    caller.boards.applyChanges({ boardId, changes, mutationId });
  const titles = async () => (await caller.boards.get({ boardId })).tasks.map(({ title }) => title).toSorted();
  return { org, board, boardId, todo: board.column("Todo"), done: board.column("Done"), caller, apply, titles };
}

test("changes are made in order, each on what the ones before it left, and each has its answer", async ({ world }) => {
  const { apply, caller, boardId, board, todo } = await scene(world);
  const [columnId, taskId, labelId] = [newId(), newId(), newId()];
  const begin = await versionOf(world.db, boardId);
  let versions: number[] = [];
  const announced = await announcedBy(world.db, boardId, async () => {
    const results = await apply([
      { procedure: "columns.create", id: columnId, name: "New", after: todo },
      { procedure: "labels.create", id: labelId, name: "Label", color: "red" },
      { procedure: "tasks.create", id: taskId, columnId, title: "New", labelIds: [labelId] },
      { procedure: "tasks.update", taskId, title: "Renamed" },
      { procedure: "tasks.move", taskId: board.task("A"), columnId, after: taskId },
      { procedure: "tasks.archive", taskId },
      { procedure: "columns.update", columnId, wipLimit: 1 },
      { procedure: "labels.update", labelId, name: "Renamed" },
      { procedure: "columns.move", columnId, after: null },
      { procedure: "labels.delete", labelId },
      { procedure: "columns.archive", columnId },
      { procedure: "columns.restore", columnId },
      { procedure: "tasks.restore", taskId: board.task("B") },
    ]);
    expect(results.map(({ status }) => status)).toEqual(Array.from({ length: 13 }, () => "done"));
    expect(results[4]).toMatchObject({ value: { id: board.task("A"), columnId } });
    expect(results[9]).toMatchObject({ status: "done", value: null });
    versions = results.map((result) => (result.status === "done" ? result.version : 0));
  });
  expect(announced.map(({ type }) => type)).toEqual([
    "column.created",
    "label.created",
    "task.created",
    "task.updated",
    "task.moved",
    "task.archived",
    "column.updated",
    "label.updated",
    "column.moved",
    "label.deleted",
    "column.archived",
    "column.restored",
  ]);
  // The last one found the task open, and changed nothing.
  expect(versions).toEqual([...range(begin + 1, begin + 12), begin + 12]);
  const { columns, tasks } = await caller.boards.get({ boardId });
  expect(columns.map(({ name }) => name)).toEqual(["Todo", "Done", "New"]);
  expect(tasks.filter((task) => task.columnId === columnId).map(({ title }) => title)).toEqual(["A"]);
});

test("a change that is refused writes nothing, and does not stop those behind it", async ({ world }) => {
  const { apply, board, boardId, todo, done, caller, titles } = await scene(world);
  await caller.columns.update({ boardId, columnId: done, wipLimit: 1 });
  const announced = await announcedBy(world.db, boardId, async () => {
    const results = await apply([
      { procedure: "tasks.move", taskId: board.task("A"), columnId: done },
      { procedure: "tasks.move", taskId: board.task("B"), columnId: done },
      { procedure: "tasks.create", id: board.task("A"), columnId: todo, title: "Taken" },
      { procedure: "tasks.create", columnId: newId(), title: "Nowhere" },
      { procedure: "tasks.create", columnId: todo, title: "Unlabelled", labelIds: [newId()] },
      { procedure: "tasks.create", columnId: todo, title: "Behind nothing", after: newId() },
      { procedure: "tasks.update", taskId: newId(), title: "Nobody" },
      { procedure: "labels.delete", labelId: newId() },
      { procedure: "columns.archive", columnId: newId() },
      { procedure: "tasks.create", columnId: todo, title: "C" },
    ]);
    expect(results.map((result) => (result.status === "done" ? "done" : result.kind))).toEqual([
      "done",
      "WIP_LIMIT_REACHED",
      "ID_TAKEN",
      "COLUMN_NOT_FOUND",
      "LABEL_NOT_FOUND",
      "TASK_NOT_FOUND",
      "TASK_NOT_FOUND",
      "LABEL_NOT_FOUND",
      "COLUMN_NOT_FOUND",
      "done",
    ]);
    expect(results[1]).toMatchObject({ message: "This column is at its limit." });
  });
  expect(announced.map(({ type }) => type)).toEqual(["task.moved", "task.created"]);
  expect(await titles()).toEqual(["A", "B", "C"]);
  // No number was taken by what was refused.
  expect(await caller.tasks.create({ boardId, columnId: todo, title: "D" })).toMatchObject({ number: 4 });
});

test("changes that are all refused leave nothing but the answer", async ({ world }) => {
  const { apply } = await scene(world);
  const changed = await changedBy(world.db, () => apply([{ procedure: "tasks.archive", taskId: newId() }]));
  expect(changed).toEqual(["mutation"]);
});

test("each change is announced and remembered under its own id, and is a repeat of the single call", async ({
  world,
}) => {
  const { apply, boardId, todo, caller, titles } = await scene(world);
  const [first, second] = [newId(), newId()];
  const single = await caller.tasks.create({ boardId, columnId: todo, title: "Alone", mutationId: first });
  const version = await versionOf(world.db, boardId);
  const changes: Changes = [
    { procedure: "tasks.create", columnId: todo, title: "Alone", mutationId: first, ...defaults() },
    { procedure: "tasks.create", columnId: todo, title: "Together", mutationId: second, ...defaults() },
    { procedure: "tasks.create", columnId: todo, title: "Together", mutationId: second, ...defaults() },
    { procedure: "tasks.create", columnId: todo, title: "Otherwise", mutationId: second, ...defaults() },
  ];
  const results = await apply(changes);
  expect(results.map((result) => (result.status === "done" ? "done" : result.kind))).toEqual([
    "done",
    "done",
    "done",
    "MUTATION_ID_REUSED",
  ]);
  expect(results[0]).toEqual({ status: "done", version, value: single });
  expect(results[2]).toEqual(results[1]);
  expect(await versionOf(world.db, boardId)).toBe(version + 1);
  const repeated = await caller.tasks.create({ boardId, columnId: todo, title: "Together", mutationId: second });
  expect({ status: "done", version: version + 1, value: repeated }).toEqual(results[1]);
  expect(await titles()).toEqual(["A", "Alone", "B", "Together"]);
});

test("changes as a whole are a mutation too: a repeat is answered alike and changes nothing", async ({ world }) => {
  const { apply, boardId, todo, done, board } = await scene(world);
  const changes: Changes = [
    { procedure: "tasks.create", columnId: todo, title: "C", ...defaults() },
    { procedure: "tasks.move", taskId: board.task("A"), columnId: done },
    { procedure: "tasks.archive", taskId: newId() },
  ];
  const mutationId = newId();
  const results = await apply(changes, mutationId);
  const version = await versionOf(world.db, boardId);
  expect(await apply(changes, mutationId)).toEqual(results);
  expect(await refusal(apply(changes.slice(1), mutationId))).toBe("MUTATION_ID_REUSED");
  expect(await versionOf(world.db, boardId)).toBe(version);
});

test("a repeat is told the version of then, whatever happened to the board since", async ({ world }) => {
  const { apply, board, done } = await scene(world);
  const mutationId = newId();
  const move = { procedure: "tasks.move" as const, taskId: board.task("A"), columnId: done, mutationId };
  const results = await apply([move]);
  await apply([{ procedure: "tasks.archive", taskId: board.task("B") }]);
  expect(await apply([move])).toEqual(results);
});

test("changes that say whose they are are refused as a whole when somebody else is signed in", async ({ world }) => {
  const { org, boardId, board, caller } = await scene(world);
  const member = await org.as("member");
  const changes: Changes = [{ procedure: "tasks.archive", taskId: board.task("A") }];
  const mine = { boardId, changes, userId: org.owner.id };
  expect(await refusal(member.caller.boards.applyChanges(mine))).toBe("ACCOUNT_CHANGED");
  expect(await caller.boards.applyChanges(mine)).toMatchObject([{ status: "done" }]);
});

test("L5: who may not change the board any more is answered what they did before, and refused the rest", async ({
  world,
}) => {
  const { org, boardId, board } = await scene(world);
  const { caller } = await board.as("editor");
  const did = { procedure: "tasks.archive" as const, taskId: board.task("A"), mutationId: newId() };
  const news = { procedure: "tasks.archive" as const, taskId: board.task("B"), mutationId: newId() };
  const [done] = await caller.boards.applyChanges({ boardId, changes: [did] });
  await org.owner.caller.boards.archive({ boardId });
  expect(await caller.boards.applyChanges({ boardId, changes: [did, news] })).toMatchObject([
    done ?? {},
    { status: "refused", kind: "BOARD_ARCHIVED" },
  ]);
  await org.owner.caller.boards.delete({ boardId });
  expect(await caller.boards.applyChanges({ boardId, changes: [news, did] })).toMatchObject([
    { status: "refused", kind: "BOARD_NOT_FOUND" },
    done ?? {},
  ]);
  expect(await refusal(caller.boards.applyChanges({ boardId, changes: [news] }))).toBe("BOARD_NOT_FOUND");
});

test("there is at least one change and there are at most a hundred", async ({ world }) => {
  const { apply, board } = await scene(world);
  const change = { procedure: "tasks.archive" as const, taskId: board.task("A") };
  expect(await refusal(apply([]))).toBe("INPUT_INVALID");
  expect(await refusal(apply(Array.from({ length: 101 }, () => change)))).toBe("INPUT_INVALID");
  expect(await apply(Array.from({ length: 100 }, () => change))).toHaveLength(100);
});

/** What a call leaves out: `Changes` are written as they are parsed. */
function defaults() {
  return { description: "", priority: "none" as const, dueAt: null, assigneeIds: [], labelIds: [] };
}

test("what is archived leaves its place to another one in the same batch, though its row is written later", async ({
  world,
}) => {
  const names = ["A", "B", "C", "D", "E"];
  for (const leaver of ["B", "C", "D"]) {
    for (const mover of names.filter((name) => name !== leaver)) {
      const org = await world.org();
      const board = await org.board({ columns: names, tasks: names });
      const before = names.filter((name) => name !== mover && name < leaver).at(-1) ?? "";
      const columnId = board.column("A");
      const results = await org.owner.caller.boards.applyChanges({
        boardId: board.id,
        // Rows are written in the order in which they were first touched: who moves there comes before who leaves.
        changes: [
          { procedure: "tasks.update", taskId: board.task(mover), priority: "high" },
          { procedure: "columns.update", columnId: board.column(mover), wipLimit: 9 },
          { procedure: "tasks.archive", taskId: board.task(leaver) },
          { procedure: "tasks.move", taskId: board.task(mover), columnId, after: before ? board.task(before) : null },
          { procedure: "columns.archive", columnId: board.column(leaver) },
          { procedure: "columns.move", columnId: board.column(mover), after: before ? board.column(before) : null },
        ],
      });
      expect([leaver, mover, results.filter(({ status }) => status === "done").length]).toEqual([leaver, mover, 6]);
      const { columns, tasks } = await org.owner.caller.boards.get({ boardId: board.id });
      const left = names.filter((name) => name !== leaver && name !== mover);
      const order = left.toSpliced(before ? left.indexOf(before) + 1 : 0, 0, mover);
      expect(columns.map(({ name }) => name)).toEqual(order);
      const inFirst = tasks.filter((task) => task.columnId === columnId).map(({ title }) => title);
      expect(inFirst).toEqual(order);
    }
  }
});
