import fc from "fast-check";
import { expect } from "vitest";
import { countBlockers } from "../../server/domains/work/blockers.ts";
import { blockersWorker } from "../../server/domains/work/blockers.service.ts";
import { RELATIONS_PER_TASK } from "../../server/domains/work/relations.service.ts";
import { fromCaller } from "../setup/clients.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { type Person, test, type TestBoard, type TestOrg, type World } from "../setup/world.ts";

/** Two boards of an organisation. */
async function boardsOf(org: TestOrg) {
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ["A", "B", "C"] });
  const other = await org.board({ columns: ["Todo", "Done"], tasks: ["X", "Y"] });
  for (const { id: boardId, column } of [board, other]) {
    await org.owner.caller.columns.update({ boardId, columnId: column("Done"), stateGroup: "completed" });
  }
  const at = (title: string) => ({ boardId: board.id, taskId: board.task(title) });
  const there = (title: string) => ({ boardId: other.id, taskId: other.task(title) });
  return { board, other, at, there };
}

/** How many tasks block one of a board, as whoever looks at it counts them. */
async function blockersOf({ caller }: Person, { boardId, taskId }: { boardId: string; taskId: string }) {
  return countBlockers(await caller.boards.get({ boardId })).get(taskId) ?? 0;
}

test("tasks are related, both ways to be read, and each board hears of its own task alone", async ({ world }) => {
  const org = await world.org();
  const { owner } = org;
  const { board, other, at, there } = await boardsOf(org);
  const made = await outcomeOf(world.db, owner, (mutationId) =>
    owner.caller.relations.create({ ...at("A"), name: "blocks", otherTaskId: board.task("B"), mutationId }),
  );
  const { id, createdAt } = made.answer;
  const said = { id, createdBy: owner.id, createdAt };
  const shown = async (title: string) => {
    const { key } = await owner.caller.tasks.get(at(title));
    return { id: board.task(title), boardId: board.id, key, title, state: "open", stateGroup: "unstarted" };
  };
  expect(made.answer).toEqual({ ...said, name: "blocks", task: await shown("B") });
  const relation = { id, kind: "blocks", fromTaskId: board.task("A"), toTaskId: board.task("B") };
  const blocked = { taskId: board.task("B"), blockerIds: [board.task("A")], blockersElsewhere: 0 };
  expect(made.announced).toMatchObject([{ on: "board", type: "relation.created", data: { relation, blocked } }]);
  expect(await owner.caller.relations.get(at("B"))).toEqual({
    taskId: board.task("B"),
    relations: [{ ...said, name: "blocked-by", task: await shown("A") }],
  });
  const elsewhere = await outcomeOf(world.db, owner, (mutationId) =>
    owner.caller.relations.create({ ...at("A"), name: "duplicated-by", otherTaskId: other.task("X"), mutationId }),
  );
  const told = (ends: object) => ({ id: elsewhere.answer.id, kind: "duplicates", ...ends });
  const heard = elsewhere.announced.map(({ data }) => data);
  expect(heard).toHaveLength(2);
  expect(heard).toContainEqual({ relation: told({ fromTaskId: null, toTaskId: board.task("A") }), blocked: null });
  expect(heard).toContainEqual({ relation: told({ fromTaskId: other.task("X"), toTaskId: null }), blocked: null });
  expect((await owner.caller.relations.get(there("X"))).relations).toMatchObject([
    { name: "duplicates", task: { id: board.task("A"), boardId: board.id } },
  ]);
  const deleted = await outcomeOf(world.db, owner, (mutationId) =>
    owner.caller.relations.delete({ ...at("B"), relationId: id, mutationId }),
  );
  const free = { taskId: board.task("B"), blockerIds: [], blockersElsewhere: 0 };
  expect(deleted.announced).toMatchObject([{ type: "relation.deleted", data: { relation, blocked: free } }]);
  expect(await refusal(owner.caller.relations.delete({ ...at("B"), relationId: id }))).toBe("RELATION_NOT_FOUND");
});

test("nobody learns of, or relates, a task on a board that they may not see or change", async ({ world }) => {
  const org = await world.org();
  const { owner } = org;
  const { board, at } = await boardsOf(org);
  const hidden = await org.board({ tasks: ["Hidden"], visibility: "private" });
  const member = await org.as("member");
  const { id: relationId } = await owner.caller.relations.create({
    ...at("A"),
    name: "blocked-by",
    otherTaskId: hidden.task("Hidden"),
  });
  // That something blocks the card is said of the card.
  expect(await blockersOf(member, at("A"))).toBe(1);
  expect((await member.caller.relations.get(at("A"))).relations).toEqual([]);
  expect((await owner.caller.relations.get(at("A"))).relations).toHaveLength(1);
  const events = await world.db.execute<{ text: string }>(
    `select string_agg(data::text, '') as text from event where stream_id = '${board.id}'`,
  );
  expect(events[0]?.text).not.toContain(hidden.task("Hidden"));
  expect(events[0]?.text).not.toContain(hidden.id);
  const relate = (otherTaskId: string) =>
    refusedIdle(world.db, () => member.caller.relations.create({ ...at("B"), name: "relates", otherTaskId }));
  expect(await relate(hidden.task("Hidden"))).toBe("TASK_NOT_FOUND");
  expect(await refusedIdle(world.db, () => member.caller.relations.delete({ ...at("A"), relationId }))).toBe(
    "RELATION_NOT_FOUND",
  );
  await owner.caller.boards.share({ boardId: hidden.id, userId: member.id, role: "viewer" });
  expect((await member.caller.relations.get(at("A"))).relations).toMatchObject([{ task: { title: "Hidden" } }]);
  expect(await relate(hidden.task("Hidden"))).toBe("ACTION_FORBIDDEN");
  await owner.caller.boards.share({ boardId: hidden.id, userId: member.id, role: "editor" });
  await owner.caller.boards.archive({ boardId: hidden.id });
  expect(await relate(hidden.task("Hidden"))).toBe("BOARD_ARCHIVED");
  const stranger = await world.org();
  const theirs = await stranger.board({ tasks: ["Theirs"] });
  expect(await relate(theirs.task("Theirs"))).toBe("TASK_NOT_FOUND");
});

test("what is related so already, to itself, in a circle, or too often is refused", async ({ world }) => {
  const org = await world.org();
  const { board, other, at, there } = await boardsOf(org);
  const { relations, tasks } = org.owner.caller;
  const create = (from: string, name: "blocks" | "blocked-by" | "relates" | "duplicates", to: string) =>
    relations.create({ ...at(from), name, otherTaskId: board.task(to) });
  await create("A", "blocks", "B");
  await relations.create({ ...at("B"), name: "blocks", otherTaskId: other.task("X") });
  expect(await refusal(create("B", "blocked-by", "A"))).toBe("RELATION_EXISTS");
  await create("A", "relates", "B");
  expect(await refusal(create("B", "relates", "A"))).toBe("RELATION_EXISTS");
  expect(await refusal(create("A", "relates", "A"))).toBe("RELATION_CYCLE");
  expect(await refusal(create("B", "blocks", "A"))).toBe("RELATION_CYCLE");
  // By way of another board.
  const back = { ...there("X"), name: "blocks", otherTaskId: board.task("A") } as const;
  expect(await refusedIdle(world.db, () => relations.create(back))).toBe("RELATION_CYCLE");
  await create("B", "duplicates", "A");
  expect(await refusal(create("A", "duplicates", "B"))).toBe("RELATION_CYCLE");
  await tasks.archive(at("C"));
  expect(await refusal(create("C", "relates", "A"))).toBe("TASK_ARCHIVED");
  await world.db.execute(`
    insert into task (id, org_id, project_id, board_id, column_id, number, rank, title, description, priority,
      assignee_names, state, version, created_by, created_at, updated_at)
    select gen_random_uuid(), org_id, project_id, board_id, column_id, 1000 + n, 'z' || n, 'Many', '', 'none', '{}', 'open',
      version, created_by, created_at, updated_at from task, generate_series(1, ${RELATIONS_PER_TASK}) n
    where id = '${other.task("Y")}'`);
  await world.db.execute(`
    insert into task_relation (id, org_id, kind, from_board_id, from_task_id, to_board_id, to_task_id, created_by, created_at)
    select gen_random_uuid(), y.org_id, 'blocks', y.board_id, y.id, m.board_id, m.id, y.created_by, y.created_at
    from task y join task m on m.board_id = y.board_id and m.title = 'Many' where y.id = '${other.task("Y")}'`);
  const more = { ...at("A"), name: "relates", otherTaskId: other.task("Y") } as const;
  expect(await refusal(relations.create(more))).toBe("RELATIONS_TOO_MANY");
});

test("a circle does not come about, whoever closes it at once", async ({ world }) => {
  const org = await world.org();
  const boards = [await org.board({ tasks: ["1", "2"] }), await org.board({ tasks: ["3", "4"] })];
  const all = boards.flatMap((board) => taskIdsOf(board));
  const pair = fc.uniqueArray(fc.nat(all.length - 1), { minLength: 2, maxLength: 2 });
  await fc.assert(
    fc.asyncProperty(fc.array(pair, { minLength: 2, maxLength: 8 }), async (pairs) => {
      await world.db.execute("delete from task_relation");
      await Promise.allSettled(
        pairs.map(([from = 0, to = 0]) =>
          org.owner.caller.relations.create({
            boardId: all[from]?.boardId ?? "",
            taskId: all[from]?.taskId ?? "",
            name: "blocks",
            otherTaskId: all[to]?.taskId ?? "",
          }),
        ),
      );
      expect(await circles(world)).toBe(0);
    }),
    { numRuns: 6, endOnFailure: true },
  );
  const [one, three] = [all[0], all[2]];
  if (!one || !three) throw new Error("there are four tasks");
  await world.db.execute("delete from task_relation");
  const ends = await Promise.allSettled([
    org.owner.caller.relations.create({ ...one, name: "blocks", otherTaskId: three.taskId }),
    org.owner.caller.relations.create({ ...three, name: "blocks", otherTaskId: one.taskId }),
  ]);
  expect(kindsOf(ends).toSorted()).toEqual(["RELATION_CYCLE", "done"]);
});

function taskIdsOf(board: TestBoard) {
  return ["1", "2", "3", "4"].flatMap((title) => {
    try {
      return [{ boardId: board.id, taskId: board.task(title) }];
    } catch {
      return [];
    }
  });
}

/** How many tasks block themselves by whatever way. */
async function circles(world: World): Promise<number> {
  const [row] = await world.db.execute<{ count: number }>(`
    with recursive ahead(start, id) as (
      select from_task_id, to_task_id from task_relation
      union select a.start, r.to_task_id from ahead a join task_relation r on r.from_task_id = a.id)
    select count(*)::int as count from ahead where start = id`);
  return row?.count ?? -1;
}

test("a card says how many open tasks block it, whatever becomes of these, on whatever board", async ({ world }) => {
  const org = await world.org();
  const { owner } = org;
  const { board, other, at, there } = await boardsOf(org);
  const { relations, tasks, columns, boards } = owner.caller;
  const signal = new AbortController().signal;
  // As a process does that has the job; the test of the job itself is the next one.
  const counted = async () => {
    await blockersWorker(world.services).run({ boardId: board.id }, signal);
    return blockersOf(owner, at("A"));
  };
  await relations.create({ ...at("A"), name: "blocked-by", otherTaskId: board.task("B") });
  await relations.create({ ...at("A"), name: "blocked-by", otherTaskId: other.task("X") });
  await relations.create({ ...at("A"), name: "blocked-by", otherTaskId: other.task("Y") });
  expect(await blockersOf(owner, at("A"))).toBe(3);
  await tasks.move({ ...at("B"), columnId: board.column("Done") });
  expect(await blockersOf(owner, at("A"))).toBe(2);
  await tasks.move({ ...at("B"), columnId: board.column("Todo") });
  await tasks.archive(at("B"));
  expect(await blockersOf(owner, at("A"))).toBe(2);
  await tasks.restore(at("B"));
  expect(await blockersOf(owner, at("A"))).toBe(3);
  const steps: readonly [() => Promise<unknown>, number][] = [
    [() => tasks.move({ ...there("X"), columnId: other.column("Done") }), 2],
    [() => tasks.archive(there("Y")), 1],
    [() => tasks.restore(there("Y")), 2],
    [() => columns.update({ boardId: other.id, columnId: other.column("Todo"), stateGroup: "cancelled" }), 1],
    [() => columns.update({ boardId: other.id, columnId: other.column("Done"), stateGroup: "started" }), 2],
    [() => columns.archive({ boardId: other.id, columnId: other.column("Done") }), 1],
    [() => columns.restore({ boardId: other.id, columnId: other.column("Done") }), 2],
    [() => boards.archive({ boardId: other.id }), 1],
    [() => boards.restore({ boardId: other.id }), 2],
    [() => boards.delete({ boardId: other.id }), 1],
  ];
  const { version } = await tasks.get(at("A"));
  for (const [step, left] of steps) {
    const before = await jobs(world);
    await step();
    expect(await jobs(world)).toBe(before + 1);
    expect(await counted()).toBe(left);
  }
  // What blocks a task is no change of it.
  expect((await tasks.get(at("A"))).version).toBe(version);
  await idle(world.db, counted);
});

/** How many jobs wait that count blockers. */
async function jobs(world: World): Promise<number> {
  const [row] = await world.db.execute<{ count: number }>(
    "select count(*)::int as count from pgboss.job where name = 'blockers.recount'",
  );
  return row?.count ?? -1;
}

test("the count is announced by the job that comes with the change on the other board, to who goes on over it", async ({
  world,
}) => {
  const org = await world.org();
  const { owner } = org;
  const { board, other, at, there } = await boardsOf(org);
  const member = await org.as("member");
  await owner.caller.relations.create({ ...at("A"), name: "blocked-by", otherTaskId: other.task("X") });
  const { cursor: lastEventId } = await member.caller.boards.get({ boardId: board.id });
  const services = world.otherServices();
  await services.jobs.start([blockersWorker(services)]);
  await owner.caller.tasks.move({ ...there("X"), columnId: other.column("Done") });
  await expect.poll(() => blockersOf(owner, at("A")), { timeout: 5_000 }).toBe(0);
  const watch = await member.caller.boards.live({ boardId: board.id, lastEventId });
  const messages = watch[Symbol.asyncIterator]();
  // Not a snapshot, as of what was written before they were admitted (L8).
  expect(fromCaller(await messages.next()).data).toMatchObject({
    type: "task.blockers-counted",
    data: { taskId: board.task("A"), blockerIds: [], blockersElsewhere: 0 },
  });
  await messages.return?.();
});
