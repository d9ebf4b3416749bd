import { sql } from "drizzle-orm";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import { RANK_LIMIT } from "../../server/core/rank.ts";
import type { Task } from "../../server/domains/work/tasks.contract.ts";
import { announcedBy } from "../setup/log.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { test, type TestBoard, type TestOrg, type World } from "../setup/world.ts";

/** The titles of a column's tasks, in order. */
async function titlesIn(org: TestOrg, board: TestBoard, column = "Todo"): Promise<string> {
  const { tasks } = await org.owner.caller.boards.get({ boardId: board.id });
  return tasks
    .filter(({ columnId }) => columnId === board.column(column))
    .map(({ title }) => title)
    .join(" ");
}

/** A board with tasks A B C D in its first column, and what can be done to them by their titles. */
async function abcd(world: World) {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ["A", "B", "C", "D"] });
  const { tasks } = org.owner.caller;
  const at = (title: string) => ({ boardId: board.id, taskId: board.task(title) });
  const behind = (after: string | null | undefined) =>
    after === undefined ? {} : { after: after === null ? null : board.task(after) };
  return {
    org,
    board,
    at,
    titles: (column?: string) => titlesIn(org, board, column),
    move: (title: string, column: string, after?: string | null): Promise<Task> =>
      tasks.move({ ...at(title), columnId: board.column(column), ...behind(after) }),
    create: (title: string, column: string, after?: string | null): Promise<Task> =>
      tasks.create({ boardId: board.id, columnId: board.column(column), title, ...behind(after) }),
    archive: (title: string): Promise<Task> => tasks.archive(at(title)),
    restore: (title: string): Promise<Task> => tasks.restore(at(title)),
  };
}

/** No two open tasks of a column have the same rank, and none has one that is too long. */
async function expectSoundRanks(world: World, boardId: string): Promise<void> {
  const rows = await world.db.execute<{ columnId: string; rank: string }>(sql`
    select column_id as "columnId", rank from task where board_id = ${boardId}::uuid and state = 'open'`);
  expect(new Set(rows.map(({ columnId, rank }) => `${columnId} ${rank}`)).size).toBe(rows.length);
  expect(Math.max(...rows.map(({ rank }) => rank.length))).toBeLessThanOrEqual(RANK_LIMIT);
}

describe("a task goes", () => {
  test("first for `after: null`, last without `after`, behind the one that is named", async ({ world }) => {
    const { move, create, titles } = await abcd(world);
    await move("C", "Todo", null);
    expect(await titles()).toBe("C A B D");
    await move("A", "Todo");
    expect(await titles()).toBe("C B D A");
    await move("A", "Todo", "C");
    expect(await titles()).toBe("C A B D");
    await create("first", "Todo", null);
    await create("last", "Todo");
    await create("third", "Todo", "C");
    expect(await titles()).toBe("first C third A B D last");
    await move("B", "Done", null);
    await move("D", "Done");
    await move("A", "Done", "B");
    expect(await titles("Done")).toBe("B A D");
  });

  test("nowhere when it stands there already: no event, no new version", async ({ world }) => {
    const { org, board, move } = await abcd(world);
    const { version } = await move("B", "Todo", "C");
    const announced = await announcedBy(world.db, board.id, async () => {
      for (const after of ["B", "C"]) expect(await move("B", "Todo", after)).toMatchObject({ version });
      await move("A", "Todo", null);
      await move("D", "Todo");
      await org.owner.caller.columns.move({ boardId: board.id, columnId: board.column("Done") });
      await org.owner.caller.columns.move({ boardId: board.id, columnId: board.column("Todo"), after: null });
      await org.owner.caller.columns.move({
        boardId: board.id,
        columnId: board.column("Todo"),
        after: board.column("Todo"),
      });
    });
    expect(announced).toEqual([]);
  });

  test("to the place that its neighbour had before it left for another column", async ({ world }) => {
    const { move, create, titles } = await abcd(world);
    await move("B", "Done");
    await move("D", "Todo", "B");
    expect(await titles()).toBe("A D C");
    await create("E", "Todo", "B");
    expect(await titles()).toBe("A E D C");
  });

  test("to the place that its neighbour had before it was archived", async ({ world }) => {
    const { move, create, archive, titles } = await abcd(world);
    await archive("B");
    await move("D", "Todo", "B");
    expect(await titles()).toBe("A D C");
    await create("E", "Todo", "B");
    expect(await titles()).toBe("A E D C");
    await archive("A");
    await move("C", "Todo", "A");
    expect(await titles()).toBe("C E D");
  });

  test("last when its neighbour was never in that column", async ({ world }) => {
    const { org, at, board, move, create, titles } = await abcd(world);
    const { id: after } = await create("E", "Done");
    await org.owner.caller.tasks.move({ ...at("A"), columnId: board.column("Todo"), after });
    expect(await titles()).toBe("B C D A");
    await move("B", "Done", "C");
    expect(await titles("Done")).toBe("E B");
  });

  test("last when its neighbour is itself and comes from elsewhere", async ({ world }) => {
    const { move, create, titles } = await abcd(world);
    await create("E", "Done");
    await move("A", "Done", "A");
    expect(await titles("Done")).toBe("E A");
  });

  test("nowhere behind what was never on this board", async ({ world }) => {
    const { org, board, at, titles } = await abcd(world);
    const other = await org.board({ tasks: ["Elsewhere"] });
    const { tasks, columns } = org.owner.caller;
    const columnId = board.column("Todo");
    for (const after of [newId(), other.task("Elsewhere"), columnId]) {
      expect(await refusal(tasks.move({ ...at("A"), columnId, after }))).toBe("TASK_NOT_FOUND");
      expect(await refusal(tasks.create({ boardId: board.id, columnId, title: "New", after }))).toBe("TASK_NOT_FOUND");
    }
    for (const after of [newId(), other.column("Todo"), board.task("A")]) {
      expect(await refusal(columns.move({ boardId: board.id, columnId, after }))).toBe("COLUMN_NOT_FOUND");
      expect(await refusal(columns.create({ boardId: board.id, name: "New", after }))).toBe("COLUMN_NOT_FOUND");
    }
    expect(await titles()).toBe("A B C D");
  });

  test("last in its column when it is restored, and its old place is nobody's", async ({ world }) => {
    const { move, archive, restore, titles } = await abcd(world);
    await archive("B");
    await move("D", "Todo", "B");
    await restore("B");
    expect(await titles()).toBe("A D C B");
  });
});

test("a column goes where it is put, and an archived neighbour counts as the place that it had", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["A", "B", "C", "D"] });
  const { columns, boards } = org.owner.caller;
  const boardId = board.id;
  const names = async () => (await boards.get({ boardId })).columns.map(({ name }) => name).join(" ");
  await columns.move({ boardId, columnId: board.column("C"), after: null });
  expect(await names()).toBe("C A B D");
  await columns.move({ boardId, columnId: board.column("A") });
  expect(await names()).toBe("C B D A");
  await columns.archive({ boardId, columnId: board.column("B") });
  await columns.move({ boardId, columnId: board.column("A"), after: board.column("B") });
  expect(await names()).toBe("C A D");
  await columns.restore({ boardId, columnId: board.column("B") });
  expect(await names()).toBe("C A D B");
  await columns.create({ boardId, name: "E", after: board.column("A") });
  expect(await names()).toBe("C A E D B");
});

test("always behind the same card: the ranks are renewed before they are long, and everybody keeps their place", async ({
  world,
}) => {
  const { org, board, create, archive, titles } = await abcd(world);
  const { caller } = org.owner;
  await archive("B");
  const created: string[] = [];
  const announced = await announcedBy(world.db, board.id, async () => {
    for (let turn = 0; turn < 12; turn += 1) {
      const changes = Array.from({ length: 50 }, (_, index) => ({
        procedure: "tasks.create" as const,
        columnId: board.column("Todo"),
        title: `${turn}.${index}`,
        after: board.task("A"),
      }));
      await caller.boards.applyChanges({ boardId: board.id, changes });
      created.unshift(...changes.map(({ title }) => title).toReversed());
    }
  });
  expect(announced.filter(({ type }) => type === "column.reranked").length).toBeGreaterThan(0);
  expect(await titles()).toBe(["A", ...created, "C", "D"].join(" "));
  await expectSoundRanks(world, board.id);
  // The archived one was renumbered with the others: its place is still between A and C, behind all that came there.
  await create("behind B", "Todo", "B");
  expect(await titles()).toBe(["A", ...created, "behind B", "C", "D"].join(" "));
});

test("a column that is always put behind the same one never gets a rank that is too long", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["A", "Z"] });
  const { caller } = org.owner;
  const names: string[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    const changes = Array.from({ length: 100 }, (_, index) => ({
      procedure: "columns.create" as const,
      name: `${turn}.${index}`,
      after: board.column("A"),
    }));
    await caller.boards.applyChanges({ boardId: board.id, changes });
    names.unshift(...changes.map(({ name }) => name).toReversed());
  }
  const { columns } = await caller.boards.get({ boardId: board.id });
  expect(columns.map(({ name }) => name)).toEqual(["A", ...names, "Z"]);
  expect(Math.max(...columns.map(({ rank }) => rank.length))).toBeLessThanOrEqual(RANK_LIMIT);
});

test("many who move at once keep every task, in one order", async ({ world }) => {
  const org = await world.org();
  const titles = Array.from({ length: 16 }, (_, index) => `T${index}`);
  const board = await org.board({ columns: ["Todo", "Done"], tasks: titles });
  const movers = [org.owner, await org.as("member"), await board.as("editor"), await board.as("manager")];
  const results = await Promise.allSettled(
    Array.from({ length: 32 }, (_, index) => {
      const { caller } = movers[index % movers.length] ?? org.owner;
      const taskId = board.task(`T${(index * 7) % 16}`);
      const after = [null, undefined, board.task(`T${(index * 3) % 16}`), board.task("T0")][index % 4];
      const columnId = board.column(index % 3 === 0 ? "Todo" : "Done");
      return caller.tasks.move({ boardId: board.id, taskId, columnId, ...(after === undefined ? {} : { after }) });
    }),
  );
  expect(kindsOf(results)).toEqual(results.map(() => "done"));
  await expectSoundRanks(world, board.id);
  const { tasks } = await org.owner.caller.boards.get({ boardId: board.id });
  expect(tasks.map(({ title }) => title).toSorted()).toEqual(titles.toSorted());
});

test("many who want the last places of a column get no more than there are", async ({ world }) => {
  const org = await world.org();
  const titles = Array.from({ length: 12 }, (_, index) => `T${index}`);
  const board = await org.board({ columns: ["Todo", "Done"], tasks: titles });
  const [first, second] = [org.owner.caller, (await org.as("member")).caller];
  const columnId = board.column("Done");
  await first.columns.update({ boardId: board.id, columnId, wipLimit: 5 });
  const outcomes = await Promise.allSettled(
    titles.map((title, index) =>
      (index % 2 ? first : second).tasks.move({ boardId: board.id, taskId: board.task(title), columnId }),
    ),
  );
  expect(kindsOf(outcomes).filter((kind) => kind === "WIP_LIMIT_REACHED")).toHaveLength(7);
  expect((await titlesIn(org, board, "Done")).split(" ")).toHaveLength(5);
});

test("whatever is moved where, the order is that of a list from which it is taken and into which it is put", async ({
  world,
}) => {
  const org = await world.org();
  const { caller } = org.owner;
  const titles = ["A", "B", "C", "D", "E"];
  const columns = ["Todo", "Done"] as const;
  const step = fc.record({
    title: fc.constantFrom(...titles),
    column: fc.constantFrom(...columns),
    after: fc.constantFrom(null, undefined, ...titles),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 15 }), async (steps) => {
      const board = await org.board({ columns: [...columns], tasks: titles });
      const lists: Record<(typeof columns)[number], string[]> = { Todo: [...titles], Done: [] };
      for (const { title, column, after } of steps) {
        const list = lists[column];
        // Who is named but stands elsewhere has a place that this list does not know: see the tests above.
        if (typeof after === "string" && !list.includes(after)) continue;
        await caller.tasks.move({
          boardId: board.id,
          taskId: board.task(title),
          columnId: board.column(column),
          ...(after === undefined ? {} : { after: after === null ? null : board.task(after) }),
        });
        if (after === title) continue;
        for (const other of columns) lists[other] = lists[other].filter((known) => known !== title);
        const to = after === null ? 0 : after === undefined ? lists[column].length : lists[column].indexOf(after) + 1;
        lists[column].splice(to, 0, title);
      }
      for (const column of columns) expect(await titlesIn(org, board, column)).toBe(lists[column].join(" "));
    }),
    { numRuns: 10, endOnFailure: true },
  );
});
