import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { AppError } from "../../server/core/app-error.ts";
import { newId } from "../../server/core/ids.ts";
import { toCard } from "../../server/domains/work/tasks.service.ts";
import { createIn, oneTask } from "../setup/one-task.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { test } from "../setup/world.ts";

describe("tasks", () => {
  test("a task gets the next number of its project and goes where it was put", async ({ world }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo", "Done"], tasks: ["One", "Two"] });
    const { caller } = org.owner;
    const moved = await caller.tasks.move({
      boardId: board.id,
      taskId: board.task("One"),
      columnId: board.column("Done"),
    });
    expect(moved).toMatchObject({ key: "PRJ-1", columnId: board.column("Done"), version: 3 });
    const snapshot = await caller.boards.get({ boardId: board.id });
    expect(snapshot.tasks.map((task) => [task.title, task.key])).toEqual(
      expect.arrayContaining([
        ["One", "PRJ-1"],
        ["Two", "PRJ-2"],
      ]),
    );
    expect(snapshot.cursor).toMatch(/^3\.\d+$/u);
  });
});

describe("a new task", () => {
  test("needs a title alone", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const board = await org.board({ columns: ["Todo"] });
    const create = { boardId: board.id, columnId: board.column("Todo"), title: "  Write it down\t" };
    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.tasks.create({ ...create, mutationId }),
    );
    const { id, rank, createdAt, ...rest } = answer;
    expect(rest).toEqual({
      boardId: board.id,
      columnId: create.columnId,
      number: 1,
      key: "PRJ-1",
      title: "Write it down",
      description: "",
      hasDescription: false,
      priority: "none",
      startAt: null,
      startOn: null,
      dueAt: null,
      dueOn: null,
      timeZone: null,
      estimate: null,
      coverColor: null,
      itemsDone: 0,
      itemsTotal: 0,
      parentId: null,
      blockerIds: [],
      blockersElsewhere: 0,
      fields: {},
      attachmentCount: 0,
      assigneeIds: [],
      assigneeNames: [],
      commentCount: 0,
      labelIds: [],
      state: "open",
      version: 1,
      createdBy: owner.id,
      updatedAt: createdAt,
    });
    expect([id, rank]).toEqual([expect.any(String), expect.any(String)]);
    const data = { task: toCard(answer), description: "", members: [] };
    expect(announced).toEqual([{ on: "board", type: "task.created", version: 1, data }]);
    expect((await owner.caller.boards.get({ boardId: board.id })).tasks).toEqual([toCard(answer)]);
    expect(await owner.caller.tasks.get({ boardId: board.id, taskId: answer.id })).toEqual(answer);
    expect((await owner.caller.tasks.list({ boardId: board.id })).items).toEqual([answer]);
  });

  test("holds all that it was given", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const board = await org.board({ columns: ["Todo"] });
    const [boardId, columnId] = [board.id, board.column("Todo")];
    const [member, viewer] = [await org.as("member"), await board.as("viewer")];
    const { id: bug } = await owner.caller.labels.create({ boardId, name: "Bug", color: "red" });
    const { id: other } = await owner.caller.labels.create({ boardId, name: "", color: "blue" });
    const [assigneeIds, labelIds] = [
      [viewer.id, member.id],
      [other, bug],
    ];
    const details = { title: "Whole", description: "  two\n\nlines ", priority: "urgent" } as const;
    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.tasks.create({
        boardId,
        columnId,
        ...details,
        dueAt: "2030-02-01T00:30:00.5+05:30",
        assigneeIds: [...assigneeIds, member.id.toUpperCase()],
        labelIds: [...labelIds, bug],
        mutationId,
      }),
    );
    expect(answer).toMatchObject({
      ...details,
      hasDescription: true,
      dueAt: "2030-01-31T19:00:00.500Z",
      assigneeIds: assigneeIds.toSorted(),
      labelIds: labelIds.toSorted(),
    });
    const known = [
      { userId: member.id, name: member.name, role: null },
      { userId: viewer.id, name: viewer.name, role: "viewer" },
    ];
    const data = { task: toCard(answer), description: details.description, members: { length: 2 } };
    expect(announced).toMatchObject([{ type: "task.created", data }]);
    const snapshot = await owner.caller.boards.get({ boardId });
    expect(snapshot.tasks).toEqual([toCard(answer)]);
    expect(snapshot.tasks[0]).not.toHaveProperty("description");
    expect(snapshot.members).toEqual(expect.arrayContaining(known));
    expect(await owner.caller.tasks.get({ boardId, taskId: answer.id })).toEqual(answer);
  });

  test("gets a number of its own, on whatever board of the project it is created", async ({ world }) => {
    const org = await world.org();
    const boards = [await org.board(), await org.board(), await org.board({ visibility: "private" })];
    const creates = [...boards, ...boards, ...boards].map((board) => createIn(org, board));
    const tasks = await Promise.all(creates.map((create) => create()));
    const numbers = tasks.map(({ number }) => number).toSorted((a, b) => a - b);
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(tasks.map(({ key }) => key)).toEqual(tasks.map(({ number }) => `PRJ-${number}`));
  });

  test("that is refused takes no number", async ({ world }) => {
    const org = await world.org();
    const board = await org.board();
    const create = createIn(org, board);
    expect(await refusedIdle(world.db, () => create({ labelIds: [newId()] }))).toBe("LABEL_NOT_FOUND");
    expect(await create()).toMatchObject({ number: 1 });
  });

  test("counts anew in another project", async ({ world }) => {
    const org = await world.org();
    await oneTask(org);
    const { caller } = org.owner;
    const { id: projectId } = await caller.projects.create({ orgId: org.id, name: "Web", key: "WEB" });
    const columns = ["Todo"];
    const { id: boardId } = await caller.boards.create({ orgId: org.id, projectId, name: "Web", columns });
    const columnId = (await caller.boards.get({ boardId })).columns[0]?.id ?? "";
    expect(await caller.tasks.create({ boardId, columnId, title: "New" })).toMatchObject({ key: "WEB-1" });
  });

  test("has the id that its client gives it, once over all boards", async ({ world }) => {
    const [org, other] = [await world.org(), await world.org()];
    const board = await org.board();
    const creates = [createIn(org, board), createIn(org, await org.board()), createIn(other, await other.board())];
    const id = newId();
    const first = await createIn(org, board)({ id });
    expect(first.id).toBe(id);
    for (const create of creates) expect(await refusedIdle(world.db, () => create({ id }))).toBe("ID_TAKEN");
    await org.owner.caller.tasks.archive({ boardId: board.id, taskId: id });
    for (const create of creates) expect(await refusedIdle(world.db, () => create({ id }))).toBe("ID_TAKEN");
    const racing = newId();
    const ends = await Promise.allSettled([...creates, ...creates].map((create) => create({ id: racing })));
    expect(kindsOf(ends).toSorted()).toEqual([...Array.from({ length: 5 }, () => "ID_TAKEN"), "done"]);
  });
});

describe("a task", () => {
  test("that others changed meanwhile takes what they did not touch, and tells both values of what they did", async ({
    world,
  }) => {
    const org = await world.org();
    const { board, target, update } = await oneTask(org);
    const { tasks, checklists } = org.owner.caller;
    const seen = await update({ title: "Mine" });
    await update({ title: "Theirs", priority: "high" });
    const described = await update({ description: "Theirs", startOn: "2026-03-01", timeZone: "Europe/Berlin" });
    await tasks.move({ ...target, columnId: board.column("Done") });
    await checklists.create({ ...target, name: "Theirs" });
    const ifVersion = seen.version;
    // What nobody touched, what becomes what it is already, and nothing.
    const merged = await update({ estimate: 3, title: "Theirs", labelIds: [], ifVersion });
    expect(merged).toMatchObject({ title: "Theirs", estimate: 3, description: "Theirs", priority: "high" });
    expect(await idle(world.db, () => update({ ifVersion }))).toEqual(merged);
    const conflictsOf = async (patch: Parameters<typeof update>[0]) => {
      const late = () => update({ ...patch, ifVersion });
      expect(await refusedIdle(world.db, late)).toBe("TASK_CHANGED");
      return late().catch((error: unknown) => (error instanceof AppError ? error.conflicts : error));
    };
    expect(await conflictsOf({ title: "Mine again", description: "Mine", coverColor: "red" })).toEqual({
      title: { yours: "Mine again", theirs: "Theirs", version: ifVersion + 1 },
      description: { yours: "Mine", theirs: "Theirs", version: described.version },
    });
    // Another time zone moved this day, so a date of somebody who has not seen that is in conflict with it.
    expect(await conflictsOf({ startOn: "2026-03-02", timeZone: "Asia/Tokyo" })).toEqual({
      startOn: { yours: "2026-03-02", theirs: "2026-03-01", version: described.version },
      startAt: { yours: "2026-03-01T15:00:00.000Z", theirs: "2026-02-28T23:00:00.000Z", version: described.version },
      timeZone: { yours: "Asia/Tokyo", theirs: "Europe/Berlin", version: described.version },
    });
    expect(await conflictsOf({ estimate: null })).toEqual({
      estimate: { yours: null, theirs: 3, version: merged.version },
    });
    const change = { procedure: "tasks.update", taskId: target.taskId, title: "Mine", ifVersion } as const;
    const title = { yours: "Mine", theirs: "Theirs", version: ifVersion + 1 };
    expect(await org.owner.caller.boards.applyChanges({ boardId: board.id, changes: [change] })).toMatchObject([
      { status: "refused", kind: "TASK_CHANGED", conflicts: { title } },
    ]);
    expect(await update({ title: "Mine", ifVersion: title.version })).toMatchObject({ title: "Mine" });
    const racing = ["a", "b", "c"].map((text) => update({ description: text, ifVersion: merged.version }));
    expect(kindsOf(await Promise.allSettled(racing)).toSorted()).toEqual(["TASK_CHANGED", "TASK_CHANGED", "done"]);
  });

  test("that was last changed before its fields had versions is not overwritten at all", async ({ world }) => {
    const { target, update } = await oneTask(await world.org());
    const seen = await update({ title: "Old" });
    const { version } = await update({ priority: "low" });
    await world.db.execute(sql`update task set field_versions = null where id = ${target.taskId}::uuid`);
    expect(await refusal(update({ title: "Mine", ifVersion: seen.version }))).toBe("TASK_CHANGED");
    await update({ estimate: 1 });
    expect(await refusal(update({ title: "Mine", ifVersion: seen.version }))).toBe("TASK_CHANGED");
    expect(await update({ title: "Mine", ifVersion: version })).toMatchObject({ title: "Mine", estimate: 1 });
  });

  test("is moved to another column, and the one that stands there already is not", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const { board, target } = await oneTask(org);
    const move = { ...target, columnId: board.column("Done") };
    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.tasks.move({ ...move, mutationId }),
    );
    expect(answer).toMatchObject({ columnId: board.column("Done"), version: 2 });
    const fromColumnId = board.column("Todo");
    const data = { fromColumnId, taskId: target.taskId, columnId: answer.columnId, rank: answer.rank };
    expect(announced).toEqual([{ on: "board", type: "task.moved", version: 2, data }]);
    expect((await owner.caller.boards.get({ boardId: board.id })).tasks).toEqual([toCard(answer)]);
    for (const after of [undefined, null, target.taskId]) {
      expect(await idle(world.db, () => owner.caller.tasks.move({ ...move, after }))).toEqual(answer);
    }
  });
});

describe("an archived task", () => {
  test("goes off the board and comes back, last in its column", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const board = await org.board({ columns: ["Todo"], tasks: ["One", "Two"] });
    const target = { boardId: board.id, taskId: board.task("One") };
    const archived = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.tasks.archive({ ...target, mutationId }),
    );
    expect(archived.answer).toMatchObject({ title: "One", state: "archived", version: 3 });
    const gone = { on: "board", type: "task.archived", version: 3, data: { taskId: target.taskId } };
    expect(archived.announced).toEqual([gone]);
    expect(await idle(world.db, () => owner.caller.tasks.archive(target))).toEqual(archived.answer);
    expect(await owner.caller.tasks.get(target)).toEqual(archived.answer);

    const restored = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.tasks.restore({ ...target, mutationId }),
    );
    const { answer } = restored;
    expect(answer).toMatchObject({ title: "One", state: "open", columnId: board.column("Todo"), version: 4 });
    const data = { task: toCard(answer) };
    expect(restored.announced).toEqual([{ on: "board", type: "task.restored", version: 4, data }]);
    const { tasks } = await owner.caller.boards.get({ boardId: board.id });
    expect(tasks.map(({ title }) => title)).toEqual(["Two", "One"]);
    expect(await idle(world.db, () => owner.caller.tasks.restore(target))).toEqual(answer);
  });

  test("is neither changed nor moved", async ({ world }) => {
    const org = await world.org();
    const { board, target, update } = await oneTask(org);
    const { tasks } = org.owner.caller;
    const { version } = await tasks.archive(target);
    const calls = {
      rename: () => update({ title: "Renamed" }),
      sameTitle: () => update({ title: "Task" }),
      withVersion: () => update({ ifVersion: version, title: "Renamed" }),
      move: () => tasks.move({ ...target, columnId: board.column("Done") }),
      moveWithin: () => tasks.move({ ...target, columnId: board.column("Todo"), after: null }),
    };
    for (const [name, call] of Object.entries(calls)) {
      expect([name, await refusedIdle(world.db, call)]).toEqual([name, "TASK_ARCHIVED"]);
    }
  });
});

describe("the tasks of a board", () => {
  test("are listed by number, by column and by state, and those of other boards are not", async ({ world }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo", "Done"], tasks: ["One", "Two", "Three"] });
    await org.board({ tasks: ["Other"] });
    const { tasks } = org.owner.caller;
    const [boardId, columnId] = [board.id, board.column("Done")];
    await createIn(org, board)({ title: "Last", after: null });
    await tasks.move({ boardId, taskId: board.task("Two"), columnId });
    await tasks.archive({ boardId, taskId: board.task("One") });
    const titles = async (filter: { columnId?: string; state?: "open" | "archived" } = {}) =>
      (await tasks.list({ boardId, ...filter })).items.map(({ title }) => title);
    expect(await titles()).toEqual(["One", "Two", "Three", "Last"]);
    expect(await titles({ state: "open" })).toEqual(["Two", "Three", "Last"]);
    expect(await titles({ state: "archived" })).toEqual(["One"]);
    expect(await titles({ columnId })).toEqual(["Two"]);
    expect(await titles({ columnId: board.column("Todo"), state: "archived" })).toEqual(["One"]);
    expect(await titles({ columnId: newId() })).toEqual([]);
  });
});
