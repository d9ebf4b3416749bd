import { sql } from "drizzle-orm";
import fc from "fast-check";
import { expect } from "vitest";
import { STATE_GROUPS } from "../../db/enums.ts";
import { outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { test, type World } from "../setup/world.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const ZONE = "Pacific/Chatham";

/** A task as it is in the database: what reports are about. */
interface Seen extends Record<string, unknown> {
  id: string;
  group: (typeof STATE_GROUPS)[number];
  isOut: boolean;
  points: number;
  sprintId: string | null;
}

async function look(world: World, boardId: string): Promise<{ at: number; tasks: Seen[] }> {
  const tasks = await world.db.execute<Seen>(sql`
    select t.id, c.state_group as "group", coalesce(t.estimate, 0)::float8 as points, x.plan_id as "sprintId",
      t.state = 'trashed' or (c.state_group not in ('completed', 'cancelled') and (t.state <> 'open' or c.state <> 'open'))
        as "isOut"
    from task t join board_column c on c.id = t.column_id left join task_plan x on x.task_id = t.id and x.kind = 'sprint'
    where t.board_id = ${boardId}::uuid`);
  return { at: world.clock.now().getTime(), tasks };
}
type Look = Awaited<ReturnType<typeof look>>;

const dayIn = (at: number, timeZone: string) => new Intl.DateTimeFormat("en-CA", { timeZone }).format(at);

/** What a board looked like at the end of a day. */
function lastOf(looks: readonly Look[], day: string): readonly Seen[] {
  return looks.findLast(({ at }) => dayIn(at, ZONE) <= day)?.tasks.filter(({ isOut }) => !isOut) ?? [];
}

function amount(tasks: readonly Seen[]) {
  return { tasks: tasks.length, points: tasks.reduce((sum, task) => sum + task.points, 0) };
}

/** Of a sorted list, as Postgres has it. */
function percentile(sorted: readonly number[], part: number): number {
  const place = (sorted.length - 1) * part;
  const [low = 0, high = 0] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place - Math.floor(place));
}

test("numbers are those of the board as it was day by day, whatever happened on it", async ({ world }) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(13), fc.nat(1_000), fc.nat(1_000)), { minLength: 60, maxLength: 60 }),
      (steps) => check(world, steps),
    ),
    { numRuns: 2, endOnFailure: true },
  );
});

async function check(world: World, steps: readonly (readonly [number, number, number])[]): Promise<void> {
  const org = await world.org();
  const { caller } = org.owner;
  const { id: boardId, projectId } = await org.board({ columns: [] });
  const of = { orgId: org.id, projectId };
  const columns: string[] = [];
  for (const stateGroup of ["unstarted", "started", "completed", "cancelled"] as const) {
    columns.push((await caller.columns.create({ boardId, name: stateGroup, stateGroup })).id);
  }
  const sprint = { ...of, kind: "sprint" } as const;
  const sprints = [
    await caller.plans.create({ ...sprint, name: "1" }),
    await caller.plans.create({ ...sprint, name: "2" }),
  ];
  const made: string[] = [];
  const looks: Look[] = [];
  const times = new Map<string, { created: number; started?: number; completed?: number }>();
  const begun = world.clock.now().getTime();
  const observe = async (): Promise<void> => {
    const seen = await look(world, boardId);
    looks.push(seen);
    for (const { id, group } of seen.tasks) {
      const known = times.get(id) ?? { created: seen.at };
      if (group === "started") known.started ??= seen.at;
      if (group === "completed") known.completed ??= seen.at;
      else delete known.completed;
      times.set(id, known);
    }
  };
  // One that is started twice before it is done, in columns that nothing else happens to.
  const own: string[] = [];
  for (const stateGroup of ["unstarted", "started", "completed"] as const) {
    own.push((await caller.columns.create({ boardId, name: "Own", stateGroup })).id);
  }
  const [todo = "", doing = "", done = ""] = own;
  const { id: twice } = await caller.tasks.create({ boardId, columnId: todo, title: "Twice" });
  await observe();
  for (const columnId of [doing, todo, doing, done]) {
    world.clock.advance(100 * MINUTE_MS);
    await caller.tasks.move({ boardId, taskId: twice, columnId });
    await observe();
  }
  for (const [what, one, other] of steps) {
    world.clock.advance((7 + (one % 90)) * MINUTE_MS);
    const pick = <T>(from: readonly T[], by: number): T | undefined => from[by % Math.max(from.length, 1)];
    const [taskId = "", second = ""] = [pick(made, one), pick(made, other)];
    const taskIds = [...new Set([taskId, second])];
    const columnId = pick(columns, other) ?? "";
    const planId = pick([...sprints.map(({ id }) => id), null], other) ?? null;
    const calls = [
      ...Array.from({ length: 3 }, () => async () => {
        const { id } = await caller.tasks.create({
          boardId,
          columnId,
          title: "Task",
          estimate: one % 5 === 0 ? null : one % 8,
        });
        made.push(id);
      }),
      ...Array.from({ length: 3 }, () => () => caller.tasks.move({ boardId, taskId, columnId })),
      () => caller.tasks.bulkMove({ boardId, taskIds, columnId }),
      () => caller.tasks.update({ boardId, taskId, estimate: other % 9 }),
      () => caller.tasks.bulkUpdate({ boardId, taskIds, estimate: one % 4 }),
      () =>
        other % 2 === 0 ? caller.tasks.archive({ boardId, taskId }) : caller.tasks.bulkRestore({ boardId, taskIds }),
      () => (other % 2 === 0 ? caller.tasks.delete({ boardId, taskIds }) : caller.trash.restore({ boardId, taskIds })),
      () => caller.plans.setTasks({ boardId, taskIds, kind: "sprint", planId }),
      () =>
        other % 2 === 0 ? caller.columns.archive({ boardId, columnId }) : caller.columns.restore({ boardId, columnId }),
      () => caller.columns.update({ boardId, columnId, stateGroup: pick(STATE_GROUPS, one) }),
    ];
    // What cannot be done just now is refused, and changes nothing.
    await calls[what]?.().catch(() => {});
    await observe();
    if (one % 7 === 0) await world.services.logReader.catchUp();
  }
  await world.services.logReader.catchUp();
  const [from, to] = [dayIn(begun - DAY_MS, ZONE), dayIn(world.clock.now().getTime() + DAY_MS, ZONE)];
  const period = { from, to, timeZone: ZONE };
  const flow = await caller.reports.flow({ ...of, ...period });
  expect(flow.days.length).toBeGreaterThan(3);
  for (const { on, groups } of flow.days) {
    const there = lastOf(looks, on);
    const expected = Object.fromEntries(
      STATE_GROUPS.map((group) => [group, amount(there.filter((task) => task.group === group))]),
    );
    expect([on, groups]).toEqual([on, expected]);
  }
  for (const { id: planId } of sprints) {
    const { days } = await caller.reports.burn({ orgId: org.id, planId, ...period });
    let scope = 0;
    for (const day of days) {
      const there = lastOf(looks, day.on).filter(({ sprintId }) => sprintId === planId);
      const done = there.filter(({ group }) => group === "completed");
      const counted = there.filter(({ group }) => group !== "cancelled");
      expect([day.on, day.scope, day.done]).toEqual([day.on, amount(counted), amount(done)]);
      scope += day.added - day.removed;
      expect([day.on, scope]).toEqual([day.on, there.length]);
    }
  }
  const last = looks.at(-1)?.tasks ?? [];
  const isTrashed = new Set((await caller.trash.list({ boardId, limit: 100 })).items.map(({ task }) => task.id));
  const ended = last.flatMap(({ id }) => {
    const { completed, created, started } = times.get(id) ?? { created: 0 };
    return completed === undefined || isTrashed.has(id) ? [] : [{ completed, created, started }];
  });
  const seconds = (all: (number | undefined)[]) =>
    all
      .filter((ms) => ms !== undefined)
      .map((ms) => ms / 1_000)
      .toSorted((a, b) => a - b);
  const lead = seconds(ended.map(({ completed, created }) => completed - created));
  const cycle = seconds(
    ended.map(({ completed, started }) => (started === undefined ? undefined : completed - started)),
  );
  const found = await caller.reports.times({ ...of, ...period });
  for (const [told, sorted] of [
    [found.lead, lead],
    [found.cycle, cycle],
  ] as const) {
    expect(told.count).toBe(sorted.length);
    expect(told.count).toBeGreaterThan(0);
    for (const [part, value] of [
      [0.5, told.p50],
      [0.85, told.p85],
      [0.95, told.p95],
    ] as const) {
      // The clock goes on while a call is under way; the steps are minutes apart.
      expect(Math.abs((value ?? 0) - percentile(sorted, part))).toBeLessThan(60);
    }
  }
  const perDay = Map.groupBy(ended, ({ completed }) => dayIn(completed, ZONE));
  expect(found.throughput.map(({ on, tasks }) => [on, tasks])).toEqual(
    [...perDay].map(([on, those]) => [on, those.length]).toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  );
}

test("tasks are in a milestone and a sprint of their project, and the report shows what came and went", async ({
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["A", "B", "C"] });
  const { caller } = org.owner;
  const of = { orgId: org.id, projectId: board.projectId };
  const boardId = board.id;
  const ids = (...titles: string[]) => titles.map((title) => board.task(title)).toSorted();
  const beta = await caller.plans.create({ ...of, kind: "milestone", name: "Beta", endsOn: "2026-12-31" });
  const first = await caller.plans.create({ ...of, kind: "sprint", name: "First" });
  const second = await caller.plans.create({
    ...of,
    kind: "sprint",
    name: "Second",
    startsOn: "2026-12-01",
    endsOn: "2026-12-14",
  });
  await caller.plans.setTasks({ boardId, taskIds: ids("A", "B"), kind: "milestone", planId: beta.id });
  await caller.plans.setTasks({ boardId, taskIds: ids("A", "B", "C"), kind: "sprint", planId: first.id });
  const moved = await outcomeOf(world.db, org.owner, (mutationId) =>
    caller.plans.setTasks({ boardId, taskIds: ids("A", "B"), kind: "sprint", planId: second.id, mutationId }),
  );
  expect(moved.answer).toMatchObject({ changed: 2 });
  const data = { taskIds: ids("A", "B"), kind: "sprint", planId: second.id, leftIds: [first.id] };
  expect(moved.announced).toMatchObject([{ on: "board", type: "tasks.planned", data }]);
  const again = await caller.plans.setTasks({ boardId, taskIds: ids("A"), kind: "sprint", planId: second.id });
  expect(again.changed).toBe(0);
  const plansOfA = async ({ caller: asker }: typeof org.owner) =>
    (await asker.plans.list({ ...of, taskId: board.task("A") })).items.map(({ name }) => name);
  expect(await plansOfA(org.owner)).toEqual(["Beta", "Second"]);
  await caller.boards.update({ boardId, visibility: "private" });
  expect(await plansOfA(await org.as("member"))).toEqual([]);
  await world.services.logReader.catchUp();
  const today = world.clock.now().toISOString().slice(0, 10);
  const burn = async (planId: string) =>
    (await caller.reports.burn({ orgId: org.id, planId, from: today, to: today })).days.map(
      ({ added, removed, scope }) => [added, removed, scope.tasks],
    );
  expect([await burn(beta.id), await burn(first.id), await burn(second.id)]).toEqual([
    [[2, 0, 2]],
    [[3, 2, 1]],
    [[2, 0, 2]],
  ]);
  // On another board it is in neither, and counted there.
  const there = await org.board();
  await caller.tasks.moveToBoard({
    boardId,
    taskId: board.task("A"),
    toBoardId: there.id,
    columnId: there.column("Todo"),
  });
  await world.services.logReader.catchUp();
  expect([await burn(beta.id), await burn(second.id)]).toEqual([[[2, 1, 1]], [[2, 1, 1]]]);
  const { days } = await caller.reports.flow({ ...of, from: today, to: today });
  expect(days[0]?.groups.unstarted.tasks).toBe(3);
  const refuse = (more: object) =>
    refusedIdle(world.db, () =>
      caller.plans.setTasks({ boardId, taskIds: ids("C"), kind: "sprint", planId: second.id, ...more }),
    );
  expect(await refuse({ planId: beta.id })).toBe("PLAN_NOT_FOUND");
  expect(await refuse({ taskIds: [boardId] })).toBe("TASK_NOT_FOUND");
  expect(await refusedIdle(world.db, () => caller.plans.delete({ orgId: org.id, planId: beta.id }))).toBe(
    "PLAN_IN_USE",
  );
  await caller.plans.update({ orgId: org.id, planId: second.id, state: "closed" });
  expect(await refuse({})).toBe("PLAN_CLOSED");
  expect(
    await refusal(
      caller.plans.create({ ...of, kind: "sprint", name: "X", startsOn: "2026-12-02", endsOn: "2026-12-01" }),
    ),
  ).toBe("DATES_REVERSED");
  expect((await caller.plans.list({ ...of, kind: "sprint", state: "open" })).items).toEqual([first]);
});

test("reports count what their reader may see, and nobody's load is somebody's", async ({ world }) => {
  const org = await world.org();
  const open = await org.board({ tasks: ["A", "B", "C"] });
  const hidden = await org.board({ tasks: ["D"], visibility: "private" });
  const { caller } = org.owner;
  const member = await org.as("member");
  const of = { orgId: org.id, projectId: open.projectId };
  const at = (title: string) => ({ boardId: open.id, taskId: open.task(title) });
  const due = { dueAt: new Date(world.clock.now().getTime() - DAY_MS).toISOString() };
  await caller.tasks.update({ ...at("A"), assigneeIds: [member.id], estimate: 3, ...due });
  await caller.tasks.update({ ...at("B"), assigneeIds: [member.id, org.owner.id], estimate: 1.5 });
  const load = await member.caller.reports.load(of);
  expect(load.people).toEqual([
    { userId: member.id, tasks: 2, points: 4.5, started: 0, overdue: 1 },
    { userId: org.owner.id, tasks: 1, points: 1.5, started: 0, overdue: 0 },
    { userId: null, tasks: 1, points: 0, started: 0, overdue: 0 },
  ]);
  expect((await caller.reports.load(of)).people.find(({ userId }) => userId === null)).toMatchObject({ tasks: 2 });
  await world.services.logReader.catchUp();
  const today = world.clock.now().toISOString().slice(0, 10);
  const count = async ({ caller: by }: typeof member, more: object = {}) =>
    (await by.reports.flow({ ...of, from: today, to: today, ...more })).days[0]?.groups.unstarted.tasks;
  expect([await count(org.owner), await count(member)]).toEqual([4, 3]);
  expect(await refusal(count(member, { boardId: hidden.id }))).toBe("BOARD_NOT_FOUND");
  const guest = await org.as("guest");
  expect(await refusal(guest.caller.reports.load(of))).toBe("PROJECT_NOT_FOUND");
  expect(await refusal(count(member, { from: "2020-01-01" }))).toBe("INPUT_INVALID");
});
