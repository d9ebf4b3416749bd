import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { PRIORITIES } from "../../db/enums.ts";
import { newId } from "../../server/core/ids.ts";
import { toCard } from "../../server/domains/work/tasks.service.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { kindsOf } from "../setup/refusal.ts";
import { test, type TestBoard, type TestOrg } from "../setup/world.ts";

/** A board with one task, and how to change the task. */
async function oneTask(org: TestOrg) {
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ["Task"] });
  const target = { boardId: board.id, taskId: board.task("Task") };
  const { tasks } = org.owner.caller;
  type Patch = Omit<Parameters<typeof tasks.update>[0], "boardId" | "taskId">;
  return { board, target, update: (patch: Patch) => tasks.update({ ...target, ...patch }) };
}

function createIn(org: TestOrg, board: TestBoard) {
  type Rest = Partial<Parameters<typeof org.owner.caller.tasks.create>[0]>;
  return (rest: Rest = {}) =>
    org.owner.caller.tasks.create({ boardId: board.id, columnId: board.column("Todo"), title: "New", ...rest });
}

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
      dueAt: null,
      assigneeIds: [],
      assigneeNames: [],
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
  test("changes what is named and keeps the rest", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const { board, target, update } = await oneTask(org);
    const { id: labelId } = await owner.caller.labels.create({ boardId: board.id, name: "Bug", color: "red" });
    const patches = [
      { patch: { title: " Renamed " }, changes: { title: "Renamed" } },
      { patch: { description: "Text" }, changes: { hasDescription: true }, description: "Text" },
      { patch: { description: "Other" }, changes: {}, description: "Other" },
      { patch: { description: "" }, changes: { hasDescription: false }, description: "" },
      { patch: { priority: "high" }, changes: { priority: "high" } },
      { patch: { dueAt: "2030-01-01T01:00:00+02:00" }, changes: { dueAt: "2029-12-31T23:00:00.000Z" } },
      { patch: { dueAt: null }, changes: { dueAt: null } },
      { patch: { labelIds: [labelId] }, changes: { labelIds: [labelId] } },
      { patch: { labelIds: [] }, changes: { labelIds: [] } },
      { patch: { assigneeIds: [owner.id] }, changes: { assigneeIds: [owner.id] } },
      { patch: { assigneeIds: [] }, changes: { assigneeIds: [] } },
      { patch: { title: "All", priority: "low", labelIds: [] }, changes: { title: "All", priority: "low" } },
    ] as const;
    for (const { patch, changes, ...rest } of patches) {
      const before = await owner.caller.tasks.get(target);
      world.clock.advance(1_000);
      const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
        update(structuredClone({ ...patch, mutationId })),
      );
      const { version, updatedAt } = answer;
      expect(answer).toEqual({ ...before, ...changes, ...rest, version, updatedAt });
      expect(updatedAt > before.updatedAt).toBe(true);
      const newcomers = "assigneeIds" in changes ? changes.assigneeIds : [];
      const members = newcomers.map((userId) => ({ userId, name: owner.name, role: "manager" }));
      const data = { taskId: target.taskId, changes, ...rest, members };
      expect(announced).toEqual([{ on: "board", type: "task.updated", version, data }]);
      expect(await owner.caller.tasks.get(target)).toEqual(answer);
      expect((await owner.caller.boards.get({ boardId: board.id })).tasks).toEqual([toCard(answer)]);
      expect(await idle(world.db, () => update(structuredClone(patch)))).toEqual(answer);
    }
  });

  test("that already is as it is told to be stays as it is", async ({ world }) => {
    const org = await world.org();
    const { target, update } = await oneTask(org);
    const { id: labelId } = await org.owner.caller.labels.create({ boardId: target.boardId, name: "", color: "red" });
    const [member, dueAt] = [await org.as("member"), "2030-01-01T00:00:00.000Z"];
    const ids = { assigneeIds: [org.owner.id, member.id], labelIds: [labelId] };
    const task = await update({ description: "Text", priority: "low", dueAt, ...ids });
    const same = [
      {},
      { title: "  Task" },
      { description: "Text" },
      { priority: "low" as const },
      { dueAt },
      { dueAt: "2029-12-31T19:00:00-05:00" },
      { assigneeIds: ids.assigneeIds.toReversed() },
      { assigneeNames: ["Nobody whom it names"] },
      { labelIds: [labelId, labelId.toUpperCase()] },
      { ifVersion: task.version },
    ];
    for (const patch of same) expect([patch, await idle(world.db, () => update(patch))]).toEqual([patch, task]);
  });

  test("that somebody changed meanwhile is not overwritten by who says what they saw", async ({ world }) => {
    const org = await world.org();
    const { update } = await oneTask(org);
    const seen = await update({ title: "Mine" });
    const theirs = await update({ title: "Theirs", ifVersion: seen.version });
    for (const patch of [{ title: "Mine again" }, { title: "Theirs" }, {}]) {
      const late = () => update({ ...patch, ifVersion: seen.version });
      expect(await refusedIdle(world.db, late)).toBe("TASK_CHANGED");
    }
    const ends = await Promise.allSettled(["a", "b", "c"].map((title) => update({ title, ifVersion: theirs.version })));
    expect(kindsOf(ends).toSorted()).toEqual(["TASK_CHANGED", "TASK_CHANGED", "done"]);
    expect(await update({ priority: "low" })).toMatchObject({ priority: "low" });
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
    const data = { taskId: target.taskId, columnId: answer.columnId, rank: answer.rank };
    expect(announced).toEqual([{ on: "board", type: "task.moved", version: 2, data }]);
    expect((await owner.caller.boards.get({ boardId: board.id })).tasks).toEqual([toCard(answer)]);
    for (const after of [undefined, null, target.taskId]) {
      expect(await idle(world.db, () => owner.caller.tasks.move({ ...move, after }))).toEqual(answer);
    }
  });

  test("keeps the names of people without an account until they are taken off", async ({ world }) => {
    const org = await world.org();
    const { target, update } = await oneTask(org);
    await world.db.execute(
      sql`update task set assignee_names = '{"Ann","Bob","Cy"}' where id = ${target.taskId}::uuid`,
    );
    const { answer, announced } = await outcomeOf(world.db, org.owner, (mutationId) =>
      update({ assigneeNames: ["Cy", "Somebody else", "Ann"], mutationId }),
    );
    expect(answer.assigneeNames).toEqual(["Ann", "Cy"]);
    expect(announced).toMatchObject([{ type: "task.updated", data: { changes: { assigneeNames: ["Ann", "Cy"] } } }]);
    expect(await update({ title: "Renamed" })).toMatchObject({ assigneeNames: ["Ann", "Cy"] });
    expect(await update({ assigneeNames: [] })).toMatchObject({ assigneeNames: [] });
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

describe("the people of a task", () => {
  test("can see its board, and nobody else can be assigned", async ({ world }) => {
    const [org, elsewhere] = [await world.org(), await world.org()];
    const [open, hidden] = [await org.board(), await org.board({ visibility: "private" })];
    const [admin, member, guest] = [await org.as("admin"), await org.as("member"), await org.as("guest")];
    const [viewer, shared] = [await open.as("viewer"), await hidden.as("commenter")];
    const left = await org.another("member");
    await left.caller.members.leave({ orgId: org.id });
    const people = { owner: org.owner, admin, member, guest, viewer, shared, left, stranger: elsewhere.owner };
    const ends: Record<string, string[]> = {};
    for (const [name, board] of Object.entries({ open, hidden })) {
      const task = await createIn(org, board)();
      for (const [who, { id }] of Object.entries(people)) {
        const create = () => createIn(org, board)({ assigneeIds: [org.owner.id, id] });
        const target = { boardId: board.id, taskId: task.id };
        const update = () => org.owner.caller.tasks.update({ ...target, assigneeIds: [id] });
        const [created, updated] = kindsOf(await Promise.allSettled([create(), update()]));
        expect([who, created]).toEqual([who, updated]);
        (ends[`${name}: ${updated}`] ??= []).push(who);
      }
    }
    expect(ends).toEqual({
      "open: done": ["owner", "admin", "member", "viewer"],
      "open: ASSIGNEE_NOT_FOUND": ["guest", "shared", "left", "stranger"],
      "hidden: done": ["owner", "shared"],
      "hidden: ASSIGNEE_NOT_FOUND": ["admin", "member", "guest", "viewer", "left", "stranger"],
    });
  });

  test("stay assigned when they may no longer see the board, as long as nobody takes them off", async ({ world }) => {
    const org = await world.org();
    const { update, target } = await oneTask(org);
    const [leaver, member] = [await org.another("member"), await org.as("member")];
    await update({ assigneeIds: [leaver.id] });
    await leaver.caller.members.leave({ orgId: org.id });
    const both = [leaver.id, member.id].toSorted();
    expect(await update({ assigneeIds: both })).toMatchObject({ assigneeIds: both });
    const { members } = await org.owner.caller.boards.get({ boardId: target.boardId });
    expect(Object.fromEntries(members.map(({ userId, role }) => [userId, role]))).toEqual({
      [org.owner.id]: "manager",
      [leaver.id]: null,
      [member.id]: null,
    });
    await update({ assigneeIds: [member.id] });
    expect(await refusedIdle(world.db, () => update({ assigneeIds: both }))).toBe("ASSIGNEE_NOT_FOUND");
  });

  test("are up to fifty", async ({ world }) => {
    const org = await world.org();
    const { update } = await oneTask(org);
    await world.db.execute(sql`
      with people as (
        insert into app_user (id, email, name, password_hash, created_at)
        select gen_random_uuid(), gen_random_uuid() || '@example.test', 'Person ' || n, '', now()
        from generate_series(1, 50) n returning id)
      insert into membership (org_id, user_id, role, access_version, created_at)
      select ${org.id}::uuid, id, 'member', 0, now() from people`);
    const { items } = await org.owner.caller.members.list({ orgId: org.id, limit: 100 });
    const ids = items.map(({ userId }) => userId).filter((id) => id !== org.owner.id);
    const { answer, announced } = await outcomeOf(world.db, org.owner, (mutationId) =>
      update({ assigneeIds: ids, mutationId }),
    );
    expect(answer.assigneeIds).toEqual(ids.toSorted());
    expect(announced).toMatchObject([{ data: { members: { length: 50 } } }]);
    const tooMany = () => update({ assigneeIds: [...ids, org.owner.id] });
    expect(await refusedIdle(world.db, tooMany)).toBe("INPUT_INVALID");
  });
});

describe("what a task says", () => {
  test("may be as long as its limit in any script", async ({ world }) => {
    const org = await world.org();
    const { target, update } = await oneTask(org);
    const texts = [
      { title: "🎉".repeat(500), description: "🎉".repeat(32_768) },
      { title: "漢".repeat(500), description: "\u0001".repeat(32_768) },
      { title: `  ${"x".repeat(500)}  `, description: " ".repeat(32_768) },
      { title: `"\\'%$1{}\u2028.`, description: "\\u0000 \r\n\t <b>" },
    ];
    for (const { title, description } of texts) {
      const { answer } = await outcomeOf(world.db, org.owner, (mutationId) =>
        update({ title, description, mutationId }),
      );
      expect(answer).toMatchObject({ title: title.trim(), description, hasDescription: true });
      expect(await org.owner.caller.tasks.get(target)).toEqual(answer);
    }
  });

  test("may be due in any year from 1 to 9999, and is answered in UTC", async ({ world }) => {
    const org = await world.org();
    const { target, update } = await oneTask(org);
    const instants = {
      "0001-01-01T00:00:00Z": "0001-01-01T00:00:00.000Z",
      "0001-01-01T12:00:00-12:00": "0001-01-02T00:00:00.000Z",
      "9999-12-31T23:59:59.999Z": "9999-12-31T23:59:59.999Z",
      "1900-02-28T23:59:59.9999999Z": "1900-02-28T23:59:59.999Z",
      "2024-02-29T00:00:00+14:00": "2024-02-28T10:00:00.000Z",
    };
    for (const [given, dueAt] of Object.entries(instants)) {
      expect(await update({ dueAt: given })).toMatchObject({ dueAt });
      expect(await org.owner.caller.tasks.get(target)).toMatchObject({ dueAt });
      expect((await org.owner.caller.boards.get({ boardId: target.boardId })).tasks).toMatchObject([{ dueAt }]);
    }
  });

  test("has every priority that there is", async ({ world }) => {
    const { update } = await oneTask(await world.org());
    for (const priority of PRIORITIES) expect(await update({ priority })).toMatchObject({ priority });
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
