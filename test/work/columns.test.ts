import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import { COLUMNS_PER_BOARD } from "../../server/domains/work/columns.service.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { kindsOf } from "../setup/refusal.ts";
import { type Person, test, type TestBoard, type TestOrg } from "../setup/world.ts";

/** The board as people see it: each column with the titles of its cards, top to bottom. */
async function seen({ caller }: Person, { id }: TestBoard): Promise<[string, ...string[]][]> {
  const { columns, tasks } = await caller.boards.get({ boardId: id });
  return columns.map((column) => [
    column.name,
    ...tasks.filter(({ columnId }) => columnId === column.id).map(({ title }) => title),
  ]);
}

describe("a new column", () => {
  test("stands last, and the board's watchers hear of it", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const board = await org.board({ columns: ["Todo", "Done"] });
    const create = { boardId: board.id, name: " Late ", wipLimit: 3 };
    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.columns.create({ ...create, mutationId }),
    );
    const set = { stateGroup: "unstarted", wipLimit: 3, wipMode: "hard" };
    const shape = { boardId: board.id, name: "Late", ...set, state: "open", version: 1 };
    expect(answer).toMatchObject(shape);
    expect(announced).toEqual([{ on: "board", type: "column.created", version: 1, data: { column: answer } }]);
    expect((await owner.caller.boards.get({ boardId: board.id })).columns[2]).toEqual(answer);
  });

  test("stands where it was put, without a limit unless it has one", async ({ world }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo", "Done"] });
    const { columns } = org.owner.caller;
    await columns.create({ boardId: board.id, name: "First", after: null });
    const doing = await columns.create({ boardId: board.id, name: "Doing", after: board.column("Todo") });
    expect(doing).toMatchObject({ wipLimit: null });
    expect(await seen(org.owner, board)).toEqual([["First"], ["Todo"], ["Doing"], ["Done"]]);
  });

  test("has the id that its client gives it, once over all boards", async ({ world }) => {
    const [org, other] = [await world.org(), await world.org()];
    const grounds = [[org, await org.board()] as const, [other, await other.board()] as const];
    const create = (id: string) => grounds.map(([at, board]) => createColumn(at, board, id));
    const id = newId();
    const [here, there] = create(id);
    expect(await here?.()).toMatchObject({ id });
    for (const again of [here, there]) expect(await refusedIdle(world.db, async () => again?.())).toBe("ID_TAKEN");
    const ends = await Promise.allSettled([...create(newId()), ...create(newId())].map((call) => call()));
    expect(kindsOf(ends).toSorted()).toEqual(["ID_TAKEN", "ID_TAKEN", "done", "done"]);
  });

  test("does not fit on a board that is full, archived columns counted", async ({ world }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo"] });
    await world.db.execute(sql`
      insert into board_column (id, org_id, board_id, name, rank, state, version)
      select gen_random_uuid(), ${org.id}::uuid, ${board.id}::uuid, 'Old', 'a0', 'archived', 0
      from generate_series(1, ${COLUMNS_PER_BOARD - 2}::int)`);
    const create = createColumn(org, board, undefined);
    const ends = await Promise.allSettled([create(), create(), create()]);
    expect(kindsOf(ends).toSorted()).toEqual(["BOARD_FULL", "BOARD_FULL", "done"]);
    expect(await refusedIdle(world.db, create)).toBe("BOARD_FULL");
  });
});

function createColumn(org: TestOrg, board: TestBoard, id: string | undefined) {
  return () => org.owner.caller.columns.create({ boardId: board.id, name: "New", ...(id ? { id } : {}) });
}

describe("a column", () => {
  test("is renamed and gets a limit; what it has already changes nothing", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const board = await org.board();
    const columnId = board.column("Todo");
    const set = { stateGroup: "started", wipLimit: 2, wipMode: "soft" } as const;
    const update = { boardId: board.id, columnId, name: "Next", ...set };
    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.columns.update({ ...update, mutationId }),
    );
    expect(answer).toMatchObject({ id: columnId, name: "Next", ...set, version: 1 });
    const data = { columnId, name: "Next", ...set };
    expect(announced).toEqual([{ on: "board", type: "column.updated", version: 1, data }]);
    expect((await owner.caller.boards.get({ boardId: board.id })).columns[0]).toEqual(answer);
    const { caller } = owner;
    for (const same of [{}, { name: " Next " }, set]) {
      expect(await idle(world.db, () => caller.columns.update({ boardId: board.id, columnId, ...same }))).toEqual(
        answer,
      );
    }
  });

  test("keeps what is not named, and loses its limit for null", async ({ world }) => {
    const org = await world.org();
    const board = await org.board();
    const { columns } = org.owner.caller;
    const target = { boardId: board.id, columnId: board.column("Todo") };
    expect(await columns.update({ ...target, wipLimit: 1 })).toMatchObject({ name: "Todo", wipLimit: 1 });
    expect(await columns.update({ ...target, name: "Next" })).toMatchObject({ name: "Next", wipLimit: 1 });
    expect(await columns.update({ ...target, wipLimit: null })).toMatchObject({ name: "Next", wipLimit: null });
  });

  test("is moved, and the one that stands there already is not", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const board = await org.board({ columns: ["Todo", "Doing", "Done"] });
    const [columnId, after] = [board.column("Todo"), board.column("Doing")];
    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.columns.move({ boardId: board.id, columnId, after, mutationId }),
    );
    expect(answer).toMatchObject({ id: columnId, version: 1 });
    const data = { columnId, rank: answer.rank };
    expect(announced).toEqual([{ on: "board", type: "column.moved", version: 1, data }]);
    expect(await seen(owner, board)).toEqual([["Doing"], ["Todo"], ["Done"]]);
    for (const stays of [after, columnId]) {
      const move = () => owner.caller.columns.move({ boardId: board.id, columnId, after: stays });
      expect(await idle(world.db, move)).toEqual(answer);
    }
  });
});

describe("a column's limit", () => {
  test("holds for tasks that are created there, moved there and restored there", async ({ world }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo", "Doing"], tasks: ["One", "Two", "Three"] });
    const { caller } = org.owner;
    const boardId = board.id;
    const [todo, doing] = [board.column("Todo"), board.column("Doing")];
    const move = (title: string, columnId = doing) =>
      caller.tasks.move({ boardId, taskId: board.task(title), columnId });
    await caller.columns.update({ boardId, columnId: doing, wipLimit: 2 });
    await move("One");
    await move("Two");
    expect(await refusedIdle(world.db, () => move("Three"))).toBe("WIP_LIMIT_REACHED");
    const create = () => caller.tasks.create({ boardId, columnId: doing, title: "New" });
    expect(await refusedIdle(world.db, create)).toBe("WIP_LIMIT_REACHED");
    // Within the full column there is no limit to moving.
    expect(await caller.tasks.move({ boardId, taskId: board.task("Two"), columnId: doing, after: null })).toMatchObject(
      {
        columnId: doing,
      },
    );
    const two = { boardId, taskId: board.task("Two") };
    await caller.tasks.archive(two);
    await move("Three");
    expect(await refusedIdle(world.db, () => caller.tasks.restore(two))).toBe("WIP_LIMIT_REACHED");
    await move("Three", todo);
    expect(await caller.tasks.restore(two)).toMatchObject({ columnId: doing, state: "open" });
  });

  test("that is soft is seen and refuses nothing, until it is hard", async ({ world }) => {
    const org = await world.org();
    const { caller } = org.owner;
    const project = await org.board();
    const board = await caller.boards.create({
      orgId: org.id,
      projectId: project.projectId,
      name: "Flow",
      columns: ["Todo", { name: "Doing", stateGroup: "started", wipLimit: 1, wipMode: "soft" }],
    });
    const { columns } = await caller.boards.get({ boardId: board.id });
    expect(columns).toMatchObject([
      { name: "Todo", stateGroup: "unstarted", wipLimit: null, wipMode: "hard" },
      { name: "Doing", stateGroup: "started", wipLimit: 1, wipMode: "soft" },
    ]);
    const at = { boardId: board.id, columnId: columns[1]?.id ?? "" };
    const create = () => caller.tasks.create({ ...at, title: "One more" });
    await create();
    await create();
    await caller.columns.update({ ...at, wipMode: "hard" });
    expect(await refusedIdle(world.db, create)).toBe("WIP_LIMIT_REACHED");
    await caller.columns.update({ ...at, wipMode: "soft", wipLimit: 2 });
    expect(await create()).toMatchObject({ columnId: at.columnId });
  });

  test("that is lowered or set later leaves the tasks that are there, and lets no more in", async ({ world }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo", "Done"], tasks: ["One", "Two", "Three"] });
    const { caller } = org.owner;
    const [boardId, columnId] = [board.id, board.column("Todo")];
    await caller.columns.update({ boardId, columnId, wipLimit: 1 });
    expect(await seen(org.owner, board)).toEqual([["Todo", "One", "Two", "Three"], ["Done"]]);
    const create = () => caller.tasks.create({ boardId, columnId, title: "Four" });
    expect(await refusedIdle(world.db, create)).toBe("WIP_LIMIT_REACHED");
    await caller.columns.archive({ boardId, columnId });
    await caller.columns.restore({ boardId, columnId });
    expect(await seen(org.owner, board)).toEqual([["Done"], ["Todo", "One", "Two", "Three"]]);
    await caller.columns.update({ boardId, columnId, wipLimit: null });
    expect(await create()).toMatchObject({ columnId });
  });

  test("is never exceeded by tasks that come at the same moment", async ({ world }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo", "Doing"], tasks: ["One", "Two", "Three"] });
    const { caller } = org.owner;
    const [boardId, columnId] = [board.id, board.column("Doing")];
    await caller.columns.update({ boardId, columnId, wipLimit: 2 });
    const ends = await Promise.allSettled([
      ...["One", "Two", "Three"].map((title) => caller.tasks.move({ boardId, taskId: board.task(title), columnId })),
      ...["Four", "Five"].map((title) => caller.tasks.create({ boardId, columnId, title })),
    ]);
    const late = "WIP_LIMIT_REACHED";
    expect(kindsOf(ends).toSorted()).toEqual([late, late, late, "done", "done"]);
    expect((await seen(org.owner, board))[1]).toHaveLength(3);
  });
});

describe("an archived column", () => {
  test("goes out of sight with its tasks, and comes back with them, last", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const board = await org.board({ columns: ["Todo", "Done"], tasks: ["One", "Two", "Three"] });
    const [boardId, columnId] = [board.id, board.column("Todo")];
    await owner.caller.tasks.archive({ boardId, taskId: board.task("Two") });
    const before = await owner.caller.boards.get({ boardId });
    const archived = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.columns.archive({ boardId, columnId, mutationId }),
    );
    expect(archived.answer).toEqual({ ...before.columns[0], state: "archived", version: 5 });
    expect(archived.announced).toEqual([{ on: "board", type: "column.archived", version: 5, data: { columnId } }]);
    expect(await seen(owner, board)).toEqual([["Done"]]);
    expect((await owner.caller.boards.get({ boardId })).tasks).toEqual([]);
    expect(await idle(world.db, () => owner.caller.columns.archive({ boardId, columnId }))).toEqual(archived.answer);

    const restored = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.columns.restore({ boardId, columnId, mutationId }),
    );
    const { answer } = restored;
    expect(answer).toMatchObject({ id: columnId, name: "Todo", state: "open", version: 6 });
    const data = { column: answer, tasks: before.tasks };
    expect(restored.announced).toEqual([{ on: "board", type: "column.restored", version: 6, data }]);
    expect(await seen(owner, board)).toEqual([["Done"], ["Todo", "One", "Three"]]);
    expect(await idle(world.db, () => owner.caller.columns.restore({ boardId, columnId }))).toEqual(answer);
  });

  test("keeps its tasks, which can be found, read, changed and archived there", async ({ world }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo", "Done"], tasks: ["One", "Two"] });
    const { caller } = org.owner;
    const [boardId, columnId] = [board.id, board.column("Todo")];
    const [one, two] = [board.task("One"), board.task("Two")];
    await caller.columns.archive({ boardId, columnId });
    const { items } = await caller.tasks.list({ boardId, columnId, state: "open" });
    expect(items).toMatchObject([
      { id: one, columnId },
      { id: two, columnId },
    ]);
    expect(await caller.tasks.get({ boardId, taskId: one })).toEqual(items[0]);
    expect(await caller.tasks.update({ boardId, taskId: one, title: "Uno" })).toMatchObject({ title: "Uno" });
    await caller.tasks.archive({ boardId, taskId: two });
    await caller.tasks.archive({ boardId, taskId: one });
    expect(await caller.tasks.restore({ boardId, taskId: one })).toMatchObject({ state: "open", columnId });
    expect(await seen(org.owner, board)).toEqual([["Done"]]);
    await caller.columns.restore({ boardId, columnId });
    expect(await seen(org.owner, board)).toEqual([["Done"], ["Todo", "Uno"]]);
  });

  test("takes no tasks and no changes of its own", async ({ world }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Done", "Old"], tasks: ["One"] });
    const { caller } = org.owner;
    const [boardId, columnId] = [board.id, board.column("Old")];
    const task = await caller.tasks.create({ boardId, columnId, title: "Inside" });
    await caller.columns.archive({ boardId, columnId });
    const calls = {
      create: () => caller.tasks.create({ boardId, columnId, title: "New" }),
      moveIn: () => caller.tasks.move({ boardId, columnId, taskId: board.task("One") }),
      moveWithin: () => caller.tasks.move({ boardId, columnId, taskId: task.id, after: null }),
      rename: () => caller.columns.update({ boardId, columnId, name: "Older" }),
      sameName: () => caller.columns.update({ boardId, columnId, name: "Old" }),
      move: () => caller.columns.move({ boardId, columnId, after: null }),
    };
    for (const [name, call] of Object.entries(calls)) {
      expect([name, await refusedIdle(world.db, call)]).toEqual([name, "COLUMN_ARCHIVED"]);
    }
  });

  test("gives a task back to the board when the task is moved out of it", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const board = await org.board({ columns: ["Todo", "Done"], tasks: ["One", "Two"] });
    const [boardId, taskId, columnId] = [board.id, board.task("One"), board.column("Done")];
    await owner.caller.columns.archive({ boardId, columnId: board.column("Todo") });
    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.tasks.move({ boardId, taskId, columnId, mutationId }),
    );
    const { tasks } = await owner.caller.boards.get({ boardId });
    expect(tasks).toMatchObject([{ id: taskId, title: "One", columnId, version: 4 }]);
    expect(answer).toMatchObject({ ...tasks[0], state: "open" });
    expect(announced).toEqual([{ on: "board", type: "task.restored", version: 4, data: { task: tasks[0] } }]);
    await owner.caller.columns.restore({ boardId, columnId: board.column("Todo") });
    expect(await seen(owner, board)).toEqual([
      ["Done", "One"],
      ["Todo", "Two"],
    ]);
  });

  test("with very many tasks comes back as a new beginning for watchers", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const board = await org.board({ columns: ["Todo"] });
    const [boardId, columnId] = [board.id, board.column("Todo")];
    for (const count of [100, 100, 1]) {
      const changes = Array.from({ length: count }, (_, index) => {
        return { procedure: "tasks.create", columnId, title: `Task ${index}` } as const;
      });
      await owner.caller.boards.applyChanges({ boardId, changes });
    }
    const before = await owner.caller.boards.get({ boardId });
    await owner.caller.columns.archive({ boardId, columnId });
    const { announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.columns.restore({ boardId, columnId, mutationId }),
    );
    expect(announced).toMatchObject([{ on: "board", type: "board.reset", data: {} }]);
    expect((await owner.caller.boards.get({ boardId })).tasks).toEqual(before.tasks);
  });
});
