import fc from "fast-check";
import { expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import { countSubtasks, DEEPEST, SUBTASKS_PER_TASK } from "../../server/domains/work/family.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { test, type World } from "../setup/world.ts";

async function sceneOf(world: World) {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Done", "Never"], tasks: ["A", "B", "C", "D"] });
  const boardId = board.id;
  const { caller } = org.owner;
  const [todo, done, never] = [board.column("Todo"), board.column("Done"), board.column("Never")];
  await caller.columns.update({ boardId, columnId: done, stateGroup: "completed" });
  await caller.columns.update({ boardId, columnId: never, stateGroup: "cancelled" });
  const at = (title: string) => ({ boardId, taskId: board.task(title) });
  const part = (title: string, of: string | null) =>
    caller.tasks.update({ ...at(title), parentId: of === null ? null : board.task(of) });
  return { world, org, board, boardId, caller, todo, done, never, at, part };
}

test("a card says how much of a task is done, whatever becomes of its parts", async ({ world }) => {
  const { caller, board, boardId, at, part, todo, done, never } = await sceneOf(world);
  const progress = async () => countSubtasks(await caller.boards.get({ boardId })).get(board.task("A"));
  expect(await progress()).toBeUndefined();
  await part("B", "A");
  await part("C", "A");
  const made = await caller.tasks.create({ boardId, columnId: todo, title: "New", parentId: board.task("A") });
  expect(made.parentId).toBe(board.task("A"));
  expect(await progress()).toEqual({ done: 0, total: 3 });
  await caller.tasks.move({ ...at("B"), columnId: done });
  expect(await progress()).toEqual({ done: 1, total: 3 });
  await caller.tasks.move({ ...at("C"), columnId: never });
  expect(await progress()).toEqual({ done: 1, total: 2 });
  await caller.tasks.archive({ boardId, taskId: made.id });
  expect(await progress()).toEqual({ done: 1, total: 1 });
  // Its parts stay where they are, and what they are parts of.
  await caller.tasks.archive(at("A"));
  expect(await caller.tasks.get(at("B"))).toMatchObject({ parentId: board.task("A"), state: "open" });
  await caller.tasks.restore(at("A"));
  expect(await progress()).toEqual({ done: 1, total: 1 });
  const parts = await caller.tasks.list({ boardId, parentId: board.task("A") });
  expect(parts.items.map(({ title }) => title)).toEqual(["B", "C", "New"]);
});

test("what a task is a part of is a field as others are: announced, repeated, checked by version", async ({
  world,
}) => {
  const { org, caller, board, at, part } = await sceneOf(world);
  const { version: seen } = await caller.tasks.get(at("B"));
  const parentId = board.task("A");
  const set = await outcomeOf(world.db, org.owner, (mutationId) =>
    caller.tasks.update({ ...at("B"), parentId, mutationId }),
  );
  expect(set.announced).toMatchObject([
    { type: "task.updated", data: { taskId: board.task("B"), changes: { parentId } } },
  ]);
  await idle(world.db, () => part("B", "A"));
  // Nobody else has touched the title.
  await caller.tasks.update({ ...at("B"), title: "Other", ifVersion: seen });
  const late = { ...at("B"), parentId: board.task("C"), ifVersion: seen };
  expect(await refusedIdle(world.db, () => caller.tasks.update(late))).toBe("TASK_CHANGED");
  expect((await part("B", null)).parentId).toBeNull();
});

test("a task is a part of an open one of its board, of none of its parts, not too deep, nor one too many", async ({
  world,
}) => {
  const { org, caller, board, boardId, at, part, todo } = await sceneOf(world);
  const other = await org.board({ tasks: ["Elsewhere"] });
  const under = (parentId: string) => refusal(caller.tasks.update({ ...at("A"), parentId }));
  expect(await under(other.task("Elsewhere"))).toBe("PARENT_NOT_FOUND");
  expect(await under(newId())).toBe("PARENT_NOT_FOUND");
  expect(await under(board.task("A"))).toBe("PARENT_CYCLE");
  await part("B", "A");
  await part("C", "B");
  expect(await under(board.task("C"))).toBe("PARENT_CYCLE");
  await caller.tasks.archive(at("D"));
  expect(await under(board.task("D"))).toBe("PARENT_NOT_FOUND");
  await caller.tasks.restore(at("D"));
  // A with its parts is three deep, so that it fits below the second of others, and not below the third.
  const second = await caller.tasks.create({ boardId, columnId: todo, title: "Second", parentId: board.task("D") });
  const third = await caller.tasks.create({ boardId, columnId: todo, title: "Third", parentId: second.id });
  expect(DEEPEST).toBe(5);
  expect(await under(third.id)).toBe("SUBTASKS_TOO_DEEP");
  expect((await caller.tasks.update({ ...at("A"), parentId: second.id })).parentId).toBe(second.id);
  const below = { boardId, columnId: todo, title: "Sixth", parentId: board.task("C") };
  expect(await refusedIdle(world.db, () => caller.tasks.create(below))).toBe("SUBTASKS_TOO_DEEP");
});

test("no circle comes about, whoever makes its parts at once, and no task gets too many", async ({ world }) => {
  const { org, caller, board, boardId, at, todo } = await sceneOf(world);
  const member = await org.as("member");
  const titles = ["A", "B", "C", "D"];
  const pair = fc.tuple(fc.constantFrom(...titles), fc.constantFrom(...titles));
  await fc.assert(
    fc.asyncProperty(fc.array(pair, { minLength: 2, maxLength: 8 }), async (pairs) => {
      await world.db.execute(`update task set parent_id = null where board_id = '${boardId}'`);
      await Promise.allSettled(
        pairs.map(([title, of], index) => {
          const { tasks } = index % 2 === 0 ? caller : member.caller;
          return tasks.update({ ...at(title), parentId: board.task(of) });
        }),
      );
      const rows = await world.db.execute<{ id: string; parentId: string | null }>(
        `select id, parent_id as "parentId" from task where board_id = '${boardId}'`,
      );
      const parents = new Map(rows.map(({ id, parentId }) => [id, parentId]));
      for (const { id } of rows) {
        const above: string[] = [];
        for (let next = parents.get(id); typeof next === "string"; next = parents.get(next)) {
          expect(next).not.toBe(id);
          above.push(next);
          expect(above.length).toBeLessThan(DEEPEST);
        }
      }
    }),
    { numRuns: 6, endOnFailure: true },
  );
  await world.db.execute(`update task set parent_id = null where board_id = '${boardId}'`);
  await world.db.execute(`
    insert into task (id, org_id, project_id, board_id, column_id, number, rank, title, description, priority,
      assignee_names, state, version, parent_id, created_by, created_at, updated_at)
    select gen_random_uuid(), org_id, project_id, board_id, column_id, 1000 + n, 'z' || n, 'Many', '', 'none', '{}', 'archived',
      version, id, created_by, created_at, updated_at from task, generate_series(1, ${SUBTASKS_PER_TASK - 1}) n
    where id = '${board.task("A")}'`);
  const make = () => caller.tasks.create({ boardId, columnId: todo, title: "Last", parentId: board.task("A") });
  const ends = await Promise.allSettled([make(), make(), make()]);
  expect(kindsOf(ends).toSorted()).toEqual(["SUBTASKS_TOO_MANY", "SUBTASKS_TOO_MANY", "done"]);
});

test("an item becomes a part of its task, with what it said, and goes", async ({ world }) => {
  const { org, caller, board, boardId, at, todo } = await sceneOf(world);
  const member = await org.as("member");
  const { id: checklistId } = await caller.checklists.create({ ...at("A"), name: "List" });
  const dueAt = "2026-05-01T00:00:00.000Z";
  const says = { text: "Call them", assigneeId: member.id, dueAt };
  const { id: itemId } = await caller.checkItems.create({ ...at("A"), checklistId, ...says });
  const id = newId();
  const converted = await outcomeOf(world.db, org.owner, (mutationId) =>
    caller.checkItems.convert({ ...at("A"), itemId, columnId: todo, id, after: null, mutationId }),
  );
  const parentId = board.task("A");
  const task = { id, title: "Call them", description: "", parentId, assigneeIds: [member.id], dueAt };
  expect(converted.answer).toMatchObject(task);
  expect(converted.announced.map(({ type }) => type)).toEqual(["task.created", "check-item.deleted"]);
  expect((await caller.checklists.get(at("A"))).items).toEqual([]);
  const { tasks } = await caller.boards.get({ boardId });
  expect(tasks.filter(({ columnId }) => columnId === todo).map((card) => card.id)[0]).toBe(id);
  expect(tasks.find((card) => card.id === parentId)).toMatchObject({ itemsTotal: 0 });
  const again = { ...at("A"), itemId, columnId: todo };
  expect(await refusal(caller.checkItems.convert(again))).toBe("CHECK_ITEM_NOT_FOUND");
  const text = `${"long 🎉 ".repeat(200)}end`;
  const long = await caller.checkItems.create({ ...at("A"), checklistId, text });
  const made = await caller.checkItems.convert({ ...at("A"), itemId: long.id, columnId: todo });
  expect(made).toMatchObject({ description: text, hasDescription: true });
  expect(made.title).toMatch(/^long 🎉 .*…$/u);
  expect(Array.from(made.title).length).toBeLessThanOrEqual(500);
  // What is refused leaves the item.
  const { id: kept } = await caller.checkItems.create({ ...at("A"), checklistId, text: "Stay" });
  await caller.columns.update({ boardId, columnId: todo, wipLimit: 1 });
  const full = { ...at("A"), itemId: kept, columnId: todo };
  expect(await refusedIdle(world.db, () => caller.checkItems.convert(full))).toBe("WIP_LIMIT_REACHED");
});
