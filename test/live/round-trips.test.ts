import { sql } from "drizzle-orm";
import { expect } from "vitest";
import type { Wire } from "../setup/proxy.ts";
import { statementsOf } from "../setup/statements.ts";
import type { TestBoard, TestOrg, World } from "../setup/world.ts";
import { test } from "./live-test.ts";

/** As good as never: only what is asked for goes over the wire. */
const NEVER_MS = 3_600_000;

/**
 * What a call costs once its statements are prepared: the third and fourth time it is made, each time on something
 * else. On a busy machine what was sent together may pass in two pieces, with an answer in between, and every few
 * seconds a call asks for its session, too: the less counts.
 */
async function costOf(
  wire: Wire,
  call: (turn: number) => Promise<unknown>,
): Promise<{ roundTrips: number; statements: number }> {
  await call(1);
  await call(2);
  const costs: { roundTrips: number; statements: number }[] = [];
  for (const turn of [3, 4]) {
    const before = wire.roundTrips;
    const statements = statementsOf(wire);
    await call(turn);
    statements.stop();
    costs.push({ roundTrips: wire.roundTrips - before, statements: statements.count() });
  }
  return {
    roundTrips: Math.min(...costs.map(({ roundTrips }) => roundTrips)),
    statements: Math.min(...costs.map(({ statements }) => statements)),
  };
}

async function addTasks(world: World, board: TestBoard, count: number): Promise<void> {
  await world.db.execute(sql`
    insert into task (id, org_id, project_id, board_id, column_id, number, rank, title, description, priority,
      assignee_names, state, version, created_by, created_at, updated_at)
    select gen_random_uuid(), t.org_id, t.project_id, t.board_id, t.column_id, 10000 + n,
      'b' || to_char(n, 'FM00000') || 'V', 'Task', '', 'none', '{}', 'open', 0, t.created_by, now(), now()
    from task t, generate_series(1, ${count}::int) n where t.id = ${board.task("Task 1")}::uuid`);
}

async function addBoards(world: World, org: TestOrg, board: TestBoard, count: number): Promise<void> {
  await world.db.execute(sql`
    insert into board (id, org_id, project_id, name, visibility, state, version, created_at, updated_at)
    select gen_random_uuid(), ${org.id}::uuid, ${board.projectId}::uuid, 'Board ' || n, 'org', 'open', 0, now(), now()
    from generate_series(1, ${count}::int) n`);
}

test("a board is read in one round trip, and a task is moved in two round trips, its commit included", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ["Task 1", "Task 2", "Task 3", "Task 4"] });
  const boardId = board.id;
  const { app, wire } = await live.serveOnWire({ pollMs: NEVER_MS, poolSize: 1 });
  const { trpc } = await live.client(org.owner, { url: app.url });

  const get = await costOf(wire, () => trpc.boards.get.query({ boardId }));
  // Begin, the tenant, the board, commit: whose session it is was looked up by the call before.
  expect(get).toEqual({ roundTrips: 1, statements: 4 });

  const move = await costOf(wire, (turn) =>
    trpc.tasks.move.mutate({
      boardId,
      taskId: board.task(`Task ${turn}`),
      columnId: board.column("Done"),
      after: turn === 1 ? null : board.task(`Task ${turn - 1}`),
    }),
  );
  // Begin, the tenant, lock, what was done before, access and what is decided on; the task, event, answer and commit.
  expect(move.statements).toBe(10);
  expect(move.roundTrips).toBeLessThanOrEqual(2);
});

test("what a call costs does not grow with the number of rows", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ["Task 1", "Task 2", "Task 3"] });
  const boardId = board.id;
  const { app, wire } = await live.serveOnWire({ pollMs: NEVER_MS, poolSize: 1 });
  const { trpc } = await live.client(org.owner, { url: app.url });
  const columns = [board.column("Todo"), board.column("Done")];
  const calls: Record<string, (turn: number) => Promise<unknown>> = {
    "boards.get": () => trpc.boards.get.query({ boardId }),
    "boards.list": () => trpc.boards.list.query({ orgId: org.id, limit: 100 }),
    "tasks.list": () => trpc.tasks.list.query({ boardId, limit: 100 }),
    "tasks.move": (turn) =>
      trpc.tasks.move.mutate({ boardId, taskId: board.task("Task 2"), columnId: columns[turn % 2] ?? "" }),
    "tasks.create": (turn) => trpc.tasks.create.mutate({ boardId, columnId: columns[0] ?? "", title: `New ${turn}` }),
    "tasks.update": (turn) =>
      trpc.tasks.update.mutate({ boardId, taskId: board.task("Task 3"), title: `${Math.random()} ${turn}` }),
  };
  const costs = async () => {
    const found: Record<string, unknown> = {};
    for (const [name, call] of Object.entries(calls)) found[name] = await costOf(wire, call);
    return found;
  };
  await addTasks(world, board, 10);
  await addBoards(world, org, board, 10);
  const few = await costs();
  await world.db.execute(sql`delete from task where number > 10000`);
  await addTasks(world, board, 1_000);
  await addBoards(world, org, board, 1_000);
  expect(await costs()).toEqual(few);
  expect(few).toMatchObject({
    // Begin, the tenant, access and rows, which `boards.get` has in one statement, and commit.
    "boards.get": { statements: 4 },
    "boards.list": { roundTrips: 1, statements: 5 },
    "tasks.list": { roundTrips: 1, statements: 5 },
  });
});
