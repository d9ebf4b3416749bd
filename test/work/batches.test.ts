import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { createServices } from "../../server/app.ts";
import { newId } from "../../server/core/ids.ts";
import { createLogger } from "../../server/core/log.ts";
import { range } from "../setup/clients.ts";
import { waiting } from "../setup/held.ts";
import { versionOf } from "../setup/log.ts";
import { databaseWire } from "../setup/proxy.ts";
import { kindsOf } from "../setup/refusal.ts";
import { lockStreams } from "../../server/core/event-log.ts";
import { TEST_ROOT_KEYS } from "../setup/root-keys.ts";
import { type Caller, signedIn, test, type TestBoard, type World } from "../setup/world.ts";

// Commands that are given at once: the server runs them as one transaction.

/** Of each board, how many transactions have written the events after a version. */
async function transactionsOf(world: World, boardIds: readonly string[], after: number): Promise<number> {
  const [row] = await world.db.execute<{ count: number }>(sql`
    select count(distinct tx_id)::int as count from event
    where stream_id = any(${`{${boardIds.join(",")}}`}::uuid[]) and version > ${after}::bigint`);
  return row?.count ?? 0;
}

function createMany(caller: Caller, board: TestBoard, titles: readonly string[], after?: string | null) {
  const place = { boardId: board.id, columnId: board.column("Todo"), ...(after === undefined ? {} : { after }) };
  return titles.map((title) => caller.tasks.create({ ...place, title }));
}

function titlesOf(count: number): string[] {
  return range(1, count).map((number) => `New ${number}`);
}

/** Makes rows with such a title impossible, whoever writes them. */
async function poison(world: World, title: string): Promise<void> {
  await world.db.execute(
    sql.raw(`
    create or replace function refuse_poison() returns trigger language plpgsql as $$
      begin if new.title = '${title}' then raise exception 'poison'; end if; return new; end $$`),
  );
  await world.db.execute(sql`drop trigger if exists poison on task`);
  await world.db.execute(sql`
    create trigger poison before insert or update on task for each row execute function refuse_poison()`);
}

describe("commands that are given at once", () => {
  test("share a transaction, and each has its own answer or refusal", async ({ world }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo", "Done"], tasks: ["A", "B", "C"] });
    const other = await org.board({ columns: ["Todo"], tasks: ["X"] });
    const [viewer, stranger] = [await board.as("viewer"), await world.person()];
    const { caller } = org.owner;
    const boardId = board.id;
    await caller.tasks.archive({ boardId, taskId: board.task("C") });
    const before = await versionOf(world.db, boardId);
    const done = board.column("Done");
    const ends = await Promise.allSettled([
      caller.tasks.move({ boardId, taskId: board.task("A"), columnId: done }),
      caller.tasks.move({ boardId, taskId: board.task("B"), columnId: newId() }),
      viewer.caller.tasks.move({ boardId, taskId: board.task("B"), columnId: done }),
      stranger.caller.tasks.move({ boardId, taskId: board.task("B"), columnId: done }),
      caller.tasks.update({ boardId, taskId: board.task("C"), title: "Archived" }),
      caller.tasks.create({ boardId, columnId: done, title: "New", labelIds: [newId()] }),
      caller.tasks.create({ boardId, columnId: done, title: "New", after: board.task("A") }),
      caller.tasks.update({ boardId, taskId: board.task("B"), title: "B2" }),
      caller.boards.applyChanges({
        boardId,
        changes: [
          { procedure: "tasks.archive", taskId: board.task("A") },
          { procedure: "tasks.archive", taskId: other.task("X") },
        ],
      }),
    ]);
    expect(kindsOf(ends)).toEqual([
      "done",
      "COLUMN_NOT_FOUND",
      "ACTION_FORBIDDEN",
      "BOARD_NOT_FOUND",
      "TASK_ARCHIVED",
      "LABEL_NOT_FOUND",
      "done",
      "done",
      "done",
    ]);
    expect(ends[0]).toMatchObject({ value: { columnId: done, version: before + 1 } });
    expect(ends[8]).toMatchObject({ value: [{ version: before + 4 }, { kind: "TASK_NOT_FOUND" }] });
    expect(await versionOf(world.db, boardId)).toBe(before + 4);
    expect(await transactionsOf(world, [boardId], before)).toBe(1);
    const { tasks } = await caller.boards.get({ boardId });
    expect(tasks.map(({ title }) => title).toSorted()).toEqual(["B2", "New"]);
  });

  test("on several boards of several organisations share one too", async ({ world }) => {
    const orgs = [await world.org(), await world.org()];
    const boards = await Promise.all(
      orgs.flatMap((org) => [org.board(), org.board()].map(async (board) => ({ org, board: await board }))),
    );
    const created = await Promise.all(
      boards.flatMap(({ org, board }) => createMany(org.owner.caller, board, titlesOf(3))),
    );
    // Boards of one project share its numbers.
    expect(created.map(({ number }) => number)).toEqual([...range(1, 6), ...range(1, 6)]);
    expect(
      await transactionsOf(
        world,
        boards.map(({ board }) => board.id),
        0,
      ),
    ).toBe(1);
  });

  test("do not wait for a board that somebody else holds", async ({ world }) => {
    const org = await world.org();
    const [held, free] = [await org.board(), await org.board()];
    const late = await world.db.transaction(async (tx) => {
      await lockStreams(tx, [held.id]);
      const waits = createMany(org.owner.caller, held, titlesOf(2));
      const [created] = await Promise.all(createMany(org.owner.caller, free, ["Free"]));
      expect(created).toMatchObject({ title: "Free" });
      expect(await versionOf(world.db, held.id)).toBe(0);
      return [Promise.all(waits)];
    });
    expect((await late[0])?.map(({ version }) => version)).toEqual([1, 2]);
  });

  test("do not wait for a project whose numbers somebody else takes", async ({ world }) => {
    const [org, other] = [await world.org(), await world.org()];
    const [held, free] = [await org.board({ tasks: ["A"] }), await other.board()];
    const before = await versionOf(world.db, held.id);
    const late = await world.db.transaction(async (tx) => {
      await tx.execute(sql`select 1 from project where id = ${held.projectId}::uuid for update`);
      // What comes before the new task in one call is not done twice.
      const changes = [
        { procedure: "tasks.update" as const, taskId: held.task("A"), title: "B" },
        { procedure: "tasks.create" as const, columnId: held.column("Todo"), title: "New" },
      ];
      const waits = org.owner.caller.boards.applyChanges({ boardId: held.id, changes });
      await Promise.all(createMany(other.owner.caller, free, ["Free"]));
      return [waits];
    });
    expect(await late[0]).toMatchObject([{ version: before + 1 }, { version: before + 2, value: { number: 2 } }]);
    expect(await versionOf(world.db, held.id)).toBe(before + 2);
  });

  test("L5: under one mutation id are done once, and refused for another call", async ({ world }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo"], tasks: ["A"] });
    const { tasks } = org.owner.caller;
    const admin = await org.as("admin");
    const [boardId, taskId] = [board.id, board.task("A")];
    const before = await versionOf(world.db, boardId);
    const rename = { boardId, taskId, title: "Once", mutationId: newId() };
    const ends = await Promise.allSettled([
      tasks.update(rename),
      tasks.update(rename),
      tasks.update({ ...rename, title: "Otherwise" }),
      tasks.archive({ boardId, taskId, mutationId: rename.mutationId }),
      admin.caller.tasks.update({ ...rename, title: "Somebody else's id" }),
    ]);
    expect(kindsOf(ends)).toEqual(["done", "done", "MUTATION_ID_REUSED", "MUTATION_ID_REUSED", "done"]);
    expect(ends[1]).toEqual(ends[0]);
    expect(await versionOf(world.db, boardId)).toBe(before + 2);
    expect(await transactionsOf(world, [boardId], before)).toBe(1);
  });

  test("L4: by somebody who is removed while their batch waits are refused, and those of others are not", async ({
    world,
  }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo"] });
    const member = await org.as("member");
    const late = await world.db.transaction(async (tx) => {
      await lockStreams(tx, [board.id]);
      const ends = Promise.allSettled([
        ...createMany(org.owner.caller, board, ["First"]),
        ...createMany(member.caller, board, ["Removed"]),
        ...createMany(org.owner.caller, board, ["Last"]),
      ]);
      await waiting(world.db, 1);
      await tx.execute(sql`delete from membership where user_id = ${member.id}::uuid`);
      return [ends];
    });
    expect(kindsOf((await late[0]) ?? [])).toEqual(["done", "BOARD_NOT_FOUND", "done"]);
    expect(await transactionsOf(world, [board.id], 0)).toBe(1);
  });

  test("L4: are no more than a limit lets through", async ({ world }) => {
    const org = await world.org();
    const titles = titlesOf(32);
    const board = await org.board({ columns: ["Todo", "Done"], tasks: titles });
    const { tasks, columns } = org.owner.caller;
    const place = { boardId: board.id, columnId: board.column("Done") };
    await columns.update({ ...place, wipLimit: 1 });
    const before = await versionOf(world.db, board.id);
    const ends = await Promise.allSettled(titles.map((title) => tasks.move({ ...place, taskId: board.task(title) })));
    expect(kindsOf(ends)).toEqual(["done", ...Array.from({ length: 31 }, () => "WIP_LIMIT_REACHED")]);
    expect(await transactionsOf(world, [board.id], before)).toBe(1);
    // Who leaves makes room for the next in the same batch.
    const swapped = await Promise.allSettled([
      tasks.move({ ...place, taskId: board.task("New 2") }),
      tasks.archive({ boardId: board.id, taskId: board.task("New 1") }),
      tasks.move({ ...place, taskId: board.task("New 3") }),
      tasks.restore({ boardId: board.id, taskId: board.task("New 1") }),
    ]);
    expect(kindsOf(swapped)).toEqual(["WIP_LIMIT_REACHED", "done", "done", "WIP_LIMIT_REACHED"]);
  });

  test("all behind the same card stand there in turn, the latest first, each with a rank of its own", async ({
    world,
  }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo"], tasks: ["A", "B"] });
    const { caller } = org.owner;
    const before = await versionOf(world.db, board.id);
    await Promise.all(createMany(caller, board, titlesOf(32), board.task("A")));
    expect(await transactionsOf(world, [board.id], before)).toBe(1);
    const { tasks } = await caller.boards.get({ boardId: board.id });
    expect(tasks.map(({ title }) => title)).toEqual(["A", ...titlesOf(32).toReversed(), "B"]);
    expect(new Set(tasks.map(({ rank }) => rank)).size).toBe(34);
    // All of them the other way round.
    const places = tasks.map(({ id }) => ({ boardId: board.id, columnId: board.column("Todo"), taskId: id }));
    await Promise.all(places.map((place) => caller.tasks.move({ ...place, after: null })));
    const { tasks: turned } = await caller.boards.get({ boardId: board.id });
    expect(turned.map(({ id }) => id)).toEqual(tasks.map(({ id }) => id).toReversed());
  });
});

test("a task takes the place that another one leaves in the same batch", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ["A", "B", "C", "D"] });
  const { tasks } = org.owner.caller;
  const move = (title: string, column: string, after?: string) => {
    const place = { boardId: board.id, columnId: board.column(column), ...(after ? { after: board.task(after) } : {}) };
    return tasks.move({ ...place, taskId: board.task(title) });
  };
  const [{ rank }] = await Promise.all([tasks.get({ boardId: board.id, taskId: board.task("B") }), move("D", "Done")]);
  const before = await versionOf(world.db, board.id);
  const [, , moved] = await Promise.all([
    // Written first, unless the one whose place it takes is put aside.
    tasks.update({ boardId: board.id, taskId: board.task("D"), title: "DD" }),
    move("B", "Done"),
    move("D", "Todo", "A"),
  ]);
  expect(moved.rank).toBe(rank);
  expect(await transactionsOf(world, [board.id], before)).toBe(1);
  const { tasks: cards } = await org.owner.caller.boards.get({ boardId: board.id });
  expect(cards.map(({ title }) => title)).toEqual(["A", "DD", "C", "B"]);
});

describe("one that cannot be written", () => {
  test("fails alone: those that were given with it are done", async ({ world }) => {
    const org = await world.org();
    const [board, other] = [await org.board({ tasks: ["A"] }), await org.board()];
    await poison(world, "poison");
    const { caller } = org.owner;
    const before = await versionOf(world.db, board.id);
    const ends = await Promise.allSettled([
      ...createMany(caller, board, ["First", "poison", "Last"]),
      caller.tasks.update({ boardId: board.id, taskId: board.task("A"), title: "poison" }),
      ...createMany(caller, other, ["Elsewhere"]),
    ]);
    expect(kindsOf(ends)).toEqual(["done", "INTERNAL", "done", "INTERNAL", "done"]);
    expect(await versionOf(world.db, board.id)).toBe(before + 2);
    expect(await versionOf(world.db, other.id)).toBe(1);
    const numbers = ends.flatMap((end) => (end.status === "fulfilled" ? [end.value.number] : []));
    expect(numbers.toSorted((a, b) => a - b)).toEqual([2, 3, 4]);
  });

  test.for(["lost", "unanswered"] as const)(
    "because the connection ends at the commit, which is %s, is done once with all others",
    async (fate, { world }) => {
      const org = await world.org();
      const board = await org.board({ columns: ["Todo"] });
      const { wire, connection } = await databaseWire(world);
      const { services, close } = createServices({
        connection,
        poolSize: 4,
        rootKeys: TEST_ROOT_KEYS,
        log: createLogger("silent"),
        secure: false,
      });
      const { caller } = await signedIn(services, org.owner.token);
      const titles = titlesOf(16);
      let commits = 0;
      wire.fate = (sent) => {
        if (!sent.includes("commit\0")) return undefined;
        commits += 1;
        return commits === 1 ? fate : undefined;
      };
      const created = await Promise.all(createMany(caller, board, titles));
      wire.fate = undefined;
      await close();
      await wire.close();
      expect(commits).toBe(fate === "lost" ? 2 : 1);
      expect(created.map(({ title, number, version }) => [title, number, version])).toEqual(
        titles.map((title, index) => [title, index + 1, index + 1]),
      );
      expect(await transactionsOf(world, [board.id], 0)).toBe(1);
      expect(await versionOf(world.db, board.id)).toBe(16);
    },
  );
});
