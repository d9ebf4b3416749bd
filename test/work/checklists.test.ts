import { sql } from "drizzle-orm";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { readEvents } from "../../server/core/event-log.ts";
import { newId } from "../../server/core/ids.ts";
import { toEvent } from "../../server/core/live/frames.ts";
import { ITEMS_PER_TASK } from "../../server/domains/work/check-items.service.ts";
import { CHECKLISTS_PER_TASK } from "../../server/domains/work/checklists.service.ts";
import type { TaskChecklists } from "../../server/domains/work/checklists.contract.ts";
import { evolveChecklists } from "../../server/domains/work/evolve-checklists.ts";
import type { BoardEvent } from "../../server/events.ts";
import { callByPath } from "../setup/by-path.ts";
import { pick, refusalOf } from "../setup/model.ts";
import { oneTask } from "../setup/one-task.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { test, type TestOrg } from "../setup/world.ts";

async function scene(org: TestOrg) {
  const { board, target, update } = await oneTask(org);
  const { checklists, checkItems, boards } = org.owner.caller;
  const list = await checklists.create({ ...target, name: "Shopping" });
  const add = (text: string, rest: object = {}) =>
    checkItems.create({ ...target, checklistId: list.id, text, ...rest });
  const read = () => checklists.get(target);
  const card = async () => (await boards.get({ boardId: board.id })).tasks.find(({ id }) => id === target.taskId);
  return { board, target, update, list, add, read, card, checklists, checkItems };
}

function shown({ checklists, items }: TaskChecklists): string[] {
  return checklists.map(({ id, name }) => {
    const ofIt = items.filter(({ checklistId }) => checklistId === id);
    return `${name}: ${ofIt.map(({ text, state }) => (state === "done" ? `[${text}]` : text)).join(", ")}`;
  });
}

describe("the checklists of a task", () => {
  test("are in the order in which they were put, and their card counts what is done", async ({ world }) => {
    const org = await world.org();
    const it = await scene(org);
    const { target, checklists, checkItems } = it;
    const milk = await it.add("Milk");
    const bread = await it.add(" Bread ", { after: null, state: "done", dueAt: "2030-01-01T01:00:00+01:00" });
    const eggs = await it.add("Eggs", { after: bread.id });
    expect(bread).toMatchObject({ text: "Bread", dueAt: "2030-01-01T00:00:00.000Z" });
    const chores = await checklists.create({ ...target, name: "Chores", after: null });
    expect(shown(await it.read())).toEqual(["Chores: ", "Shopping: [Bread], Eggs, Milk"]);
    const { answer, announced } = await outcomeOf(world.db, org.owner, (mutationId) =>
      checkItems.update({ ...target, itemId: milk.id, state: "done", mutationId }),
    );
    const { version } = answer;
    const data = { item: answer, members: [], taskId: target.taskId, itemsDone: 2, itemsTotal: 3 };
    expect(announced).toEqual([{ on: "board", type: "check-item.updated", version, data }]);
    expect(await it.card()).toMatchObject({ itemsDone: 2, itemsTotal: 3, version });
    expect(await org.owner.caller.tasks.get(target)).toMatchObject({ itemsDone: 2, itemsTotal: 3, version });
    await checkItems.move({ ...target, itemId: eggs.id, checklistId: chores.id });
    await checklists.move({ ...target, checklistId: chores.id });
    await checklists.update({ ...target, checklistId: it.list.id, name: "Food" });
    expect(shown(await it.read())).toEqual(["Food: [Bread], [Milk]", "Chores: Eggs"]);
    // An anchor that is gone is the last place.
    await checkItems.delete({ ...target, itemId: bread.id });
    await it.add("Salt", { after: bread.id });
    expect(shown(await it.read())).toEqual(["Food: [Milk], Salt", "Chores: Eggs"]);
    await checklists.delete({ ...target, checklistId: it.list.id });
    expect(shown(await it.read())).toEqual(["Chores: Eggs"]);
    expect(await it.card()).toMatchObject({ itemsDone: 0, itemsTotal: 1 });
  });

  test("that are told to be as they are stay as they are", async ({ world }) => {
    const it = await scene(await world.org());
    const { target, list, checklists, checkItems } = it;
    const item = await it.add("Milk", { dueAt: "2030-01-01T00:00:00Z" });
    const last = await it.add("Bread");
    const checklistId = list.id;
    const same: (() => Promise<object>)[] = [
      () => checklists.update({ ...target, checklistId, name: " Shopping" }),
      () => checklists.move({ ...target, checklistId }),
      () => checkItems.update({ ...target, itemId: item.id }),
      () => checkItems.update({ ...target, itemId: item.id, state: "open", dueAt: "2030-01-01T01:00:00+01:00" }),
      () => checkItems.move({ ...target, itemId: item.id, checklistId, after: null }),
      () => checkItems.move({ ...target, itemId: last.id, checklistId, after: last.id }),
    ];
    for (const call of same) await idle(world.db, call);
  });

  test("belong to their task, and change with it alone", async ({ world }) => {
    const org = await world.org();
    const [it, elsewhere] = [await scene(org), await scene(org)];
    const [item, foreign] = [await it.add("Milk"), await elsewhere.add("Milk")];
    const { target, checklists, checkItems, list } = it;
    const calls = {
      CHECKLIST_NOT_FOUND: [
        () => checklists.update({ ...target, checklistId: elsewhere.list.id, name: "New" }),
        () => checkItems.create({ ...target, checklistId: elsewhere.list.id, text: "New" }),
        () => checkItems.move({ ...target, itemId: item.id, checklistId: elsewhere.list.id }),
      ],
      CHECK_ITEM_NOT_FOUND: [
        () => checkItems.update({ ...target, itemId: foreign.id, state: "done" }),
        () => checkItems.delete({ ...target, itemId: foreign.id }),
      ],
      TASK_NOT_FOUND: [
        () => checklists.get({ ...target, taskId: newId() }),
        () => checkItems.update({ ...elsewhere.target, boardId: target.boardId, itemId: foreign.id }),
      ],
      ID_TAKEN: [
        () => checklists.create({ ...target, id: elsewhere.list.id, name: "New" }),
        () => checkItems.create({ ...target, checklistId: list.id, id: foreign.id, text: "New" }),
      ],
    };
    for (const [kind, refused] of Object.entries(calls)) {
      for (const call of refused) expect(await refusedIdle(world.db, call)).toBe(kind);
    }
    await org.owner.caller.tasks.archive(target);
    expect(await refusedIdle(world.db, () => it.add("More"))).toBe("TASK_ARCHIVED");
    expect(shown(await it.read())).toEqual(["Shopping: Milk"]);
  });

  test("are as many as one answer may hold", async ({ world }) => {
    const it = await scene(await world.org());
    const { id: checklistId, taskId, boardId } = it.list;
    await world.db.execute(sql`
      insert into checklist (id, org_id, board_id, task_id, name, rank, version)
      select gen_random_uuid(), org_id, board_id, task_id, 'L', 'b' || lpad(n::text, 3, '0'), 1
      from checklist, generate_series(1, ${CHECKLISTS_PER_TASK - 2}::int) n where id = ${checklistId}::uuid`);
    await world.db.execute(sql`
      insert into check_item (id, org_id, board_id, task_id, checklist_id, text, state, rank, version)
      select gen_random_uuid(), org_id, board_id, task_id, id, 'I', 'open', 'b' || lpad(n::text, 3, '0'), 1
      from checklist, generate_series(1, ${ITEMS_PER_TASK - 1}::int) n where id = ${checklistId}::uuid`);
    await it.add("Last");
    await it.checklists.create({ boardId, taskId, name: "Last" });
    expect(await refusedIdle(world.db, () => it.add("More"))).toBe("TASK_FULL");
    expect(await refusedIdle(world.db, () => it.checklists.create({ boardId, taskId, name: "More" }))).toBe(
      "TASK_FULL",
    );
    const { items, checklists } = await it.read();
    expect([items.length, checklists.length]).toEqual([ITEMS_PER_TASK, CHECKLISTS_PER_TASK]);
    for (const text of ["", " ", "x".repeat(2_001), "nul\0"]) expect(await refusal(it.add(text))).toBe("INPUT_INVALID");
  });
});

test("whoever is to do an item can see the board, and stays known there when they may not any more", async ({
  world,
}) => {
  const org = await world.org();
  const it = await scene(org);
  const { boardId } = it.target;
  const [guest, stranger] = [await org.as("guest"), await world.person()];
  for (const { id } of [guest, stranger]) {
    expect(await refusedIdle(world.db, () => it.add("Milk", { assigneeId: id }))).toBe("ASSIGNEE_NOT_FOUND");
  }
  await org.owner.caller.boards.share({ boardId, userId: guest.id, role: "viewer" });
  const item = await it.add("Milk", { assigneeId: guest.id });
  const exported = await guest.caller.account.export();
  expect(exported.checkItems.items).toEqual([{ id: item.id, boardId, taskId: it.target.taskId, text: "Milk" }]);
  await org.owner.caller.boards.unshare({ boardId, userId: guest.id });
  const { members } = await org.owner.caller.boards.get({ boardId });
  expect(members).toContainEqual({ userId: guest.id, name: guest.name, role: null });
  expect((await it.read()).items).toMatchObject([{ assigneeId: guest.id }]);
  await org.owner.caller.boards.delete({ boardId });
});

const PATHS = [
  "checklists.create",
  "checklists.update",
  "checklists.move",
  "checklists.delete",
  "checkItems.create",
  "checkItems.create",
  "checkItems.update",
  "checkItems.move",
  "checkItems.move",
  "checkItems.delete",
  "tasks.update",
];

test("L9: an opened task follows the events of its board to what its checklists are", async ({ world }) => {
  const org = await world.org();
  const number = fc.noBias(fc.nat(1_000));
  const steps = fc.array(fc.tuple(fc.constantFrom(...PATHS), number, number, number), { minLength: 15, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const { board, target, read, card, add } = await scene(org);
      await add("Milk");
      const reads = [await read()];
      for (const [path, p0, p1, p2] of history) {
        const now = reads.at(-1) ?? (await read());
        const checklistId = pick([...now.checklists.map(({ id }) => id), newId()], p0);
        const itemId = pick([...now.items.map(({ id }) => id), newId()], p1);
        const anchors = path.startsWith("checklists") ? now.checklists : now.items;
        const after = pick<object>([{}, { after: null }, ...anchors.map(({ id }) => ({ after: id }))], p2);
        const inputs: Record<string, object> = {
          "checklists.create": { name: `List ${p1}`, ...after },
          "checklists.update": { checklistId, name: `List ${p1}` },
          "checklists.move": { checklistId, ...after },
          "checklists.delete": { checklistId },
          "checkItems.create": { checklistId, text: `Item ${p1}`, state: pick(["open", "done"], p0), ...after },
          "checkItems.update": { itemId, ...pick<object>([{ state: "done" }, { text: `Text ${p2}` }], p2) },
          "checkItems.move": { itemId, checklistId, ...after },
          "checkItems.delete": { itemId },
          "tasks.update": { title: `Title ${p1}` },
        };
        await refusalOf(callByPath(org.owner, path, { ...target, ...inputs[path] }));
        reads.push(await read());
      }
      const events = (await readEvents(world.db, board.id, 0, 1_000)).map((event) => toEvent<BoardEvent>(event));
      const last = reads.at(-1);
      for (const first of reads) {
        const state = events.reduce(evolveChecklists, first);
        // What else was announced of the task is not its checklists.
        expect({ ...state, version: 0 }).toEqual({ ...last, version: 0 });
      }
      const items = last?.items ?? [];
      const itemsDone = items.filter(({ state }) => state === "done").length;
      expect(await card()).toMatchObject({ itemsDone, itemsTotal: items.length });
    }),
    { numRuns: 6, endOnFailure: true },
  );
});
