import { expect } from "vitest";
import type { SumTime } from "../../server/domains/work/time.contract.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { test } from "../setup/world.ts";

const MINUTE = 60_000;

test("one timer of a person runs: starting another one stops it, on whatever board or in whatever organisation", async ({
  world,
}) => {
  const [org, other] = [await world.org(), await world.org()];
  const member = await org.as("member");
  const [board, second] = [await org.board({ tasks: ["One"] }), await org.board({ tasks: ["Two"] })];
  const { token } = await other.owner.caller.members.invite({ orgId: other.id, email: member.email, role: "member" });
  await member.caller.members.accept({ token });
  const elsewhere = await other.board({ tasks: ["Elsewhere"] });
  const { time } = member.caller;
  const at = { boardId: board.id, taskId: board.task("One") };
  const first = await outcomeOf(world.db, member, (mutationId) => time.start({ ...at, note: "Draft", mutationId }));
  expect(first.announced).toMatchObject([
    {
      on: "board",
      type: "time.changed",
      data: { taskId: at.taskId, userId: member.id, change: "started", seconds: null },
    },
    { on: "inbox", to: member.id, type: "timer.changed", data: { entry: { note: "Draft", stoppedAt: null } } },
  ]);
  expect(await time.timer()).toEqual(first.answer.entry);
  world.clock.advance(10 * MINUTE);
  const started = await outcomeOf(world.db, member, (mutationId) =>
    time.start({ boardId: second.id, taskId: second.task("Two"), mutationId }),
  );
  expect(started.answer.stopped).toMatchObject({ id: first.answer.entry.id, boardId: board.id });
  expect(started.announced.map(({ on, data }) => [on, data])).toMatchObject([
    ["board", { change: "stopped" }],
    ["board", { change: "started" }],
    ["inbox", { entry: { boardId: second.id } }],
  ]);
  // Nobody else sees to which organisation they went.
  const there = await time.start({ boardId: elsewhere.id, taskId: elsewhere.task("Elsewhere") });
  expect(there.stopped).toMatchObject({ id: started.answer.entry.id });
  expect(await refusal(time.stop({ boardId: board.id }))).toBe("TIMER_NOT_RUNNING");
  // A timer that nobody stopped counts a day.
  world.clock.advance(30 * 60 * MINUTE);
  expect((await time.ofTask({ boardId: elsewhere.id, taskId: elsewhere.task("Elsewhere") })).seconds).toBe(86_400);
  const stopped = await time.stop({ boardId: elsewhere.id });
  expect(Date.parse(stopped.stoppedAt ?? "") - Date.parse(stopped.startedAt)).toBe(24 * 60 * MINUTE);
  expect(await time.timer()).toBeNull();
  // Raced by several, one runs.
  const starts = [at, { boardId: second.id, taskId: second.task("Two") }, at].map((where) => time.start(where));
  expect(kindsOf(await Promise.allSettled(starts))).toEqual(["done", "done", "done"]);
  const { items } = await time.list({ orgId: org.id, userId: member.id });
  expect(items.filter(({ stoppedAt }) => stoppedAt === null)).toHaveLength(1);
});

test("time is added, corrected and deleted by whose it is, or by who manages the board", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["One"] });
  const [member, colleague, viewer] = [await org.as("member"), await org.another("member"), await board.as("viewer")];
  const at = { boardId: board.id, taskId: board.task("One") };
  const hour = { startedAt: "2026-03-02T09:00:00.000Z", stoppedAt: "2026-03-02T10:00:00.000Z" };
  const { time } = member.caller;
  const made = await outcomeOf(world.db, member, (mutationId) => time.create({ ...at, ...hour, mutationId }));
  expect(made.announced).toMatchObject([
    { on: "board", type: "time.changed", data: { change: "added", seconds: 3_600 } },
  ]);
  const entry = { boardId: board.id, entryId: made.answer.id };
  for (const { caller } of [colleague]) {
    expect(await refusedIdle(world.db, () => caller.time.update({ ...entry, note: "Theirs" }))).toBe("TIME_NOT_OWN");
    expect(await refusedIdle(world.db, () => caller.time.delete(entry))).toBe("TIME_NOT_OWN");
    expect(await refusal(caller.time.create({ ...at, ...hour, userId: member.id }))).toBe("TIME_NOT_OWN");
  }
  expect(await refusal(viewer.caller.time.create({ ...at, ...hour }))).toBe("ACTION_FORBIDDEN");
  const corrected = await outcomeOf(world.db, org.owner, (mutationId) =>
    org.owner.caller.time.update({ ...entry, stoppedAt: "2026-03-02T11:00:00.000Z", mutationId }),
  );
  expect(corrected.announced).toMatchObject([
    { type: "time.changed", data: { userId: member.id, change: "corrected", seconds: 7_200 } },
  ]);
  await org.owner.caller.time.create({ ...at, ...hour, userId: colleague.id });
  const guest = await org.as("guest");
  expect(await refusal(org.owner.caller.time.create({ ...at, ...hour, userId: guest.id }))).toBe("MEMBER_NOT_FOUND");
  for (const wrong of [
    { startedAt: hour.stoppedAt, stoppedAt: hour.startedAt },
    { startedAt: hour.startedAt, stoppedAt: "2026-03-03T09:00:00.001Z" },
    { startedAt: hour.startedAt, stoppedAt: hour.startedAt },
    { startedAt: new Date(world.clock.now().getTime() - MINUTE).toISOString(), stoppedAt: "2099-01-01T00:00:00.000Z" },
  ]) {
    expect(await refusedIdle(world.db, () => time.create({ ...at, ...wrong }))).toBe("TIME_SPAN_INVALID");
  }
  // A manager stops somebody's timer, and they hear of it.
  const { entry: running } = await time.start(at);
  world.clock.advance(MINUTE);
  const stop = { boardId: board.id, entryId: running.id, stoppedAt: world.clock.now().toISOString() };
  const stopped = await outcomeOf(world.db, org.owner, (mutationId) =>
    org.owner.caller.time.update({ ...stop, mutationId }),
  );
  expect(stopped.announced).toMatchObject([
    { on: "board", data: { change: "stopped" } },
    { on: "inbox", to: member.id, type: "timer.changed", data: { entry: null } },
  ]);
  await time.delete(entry);
  const ofTask = await viewer.caller.time.ofTask(at);
  expect(ofTask.people.map(({ userId }) => userId).toSorted()).toEqual([member.id, colleague.id].toSorted());
});

test("totals are by person, task and period, whose borders are those of the time zone, of what the caller sees", async ({
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["One", "Two"] });
  const hidden = await org.board({ visibility: "private", tasks: ["Secret"] });
  const [{ caller }, member] = [org.owner, await org.as("member")];
  const add = (by: typeof member, title: string, startedAt: string, stoppedAt: string) =>
    by.caller.time.create({ boardId: board.id, taskId: board.task(title), startedAt, stoppedAt });
  // Over midnight, and the end of February, in Berlin; within one day in New York.
  await add(member, "One", "2026-02-28T21:00:00.000Z", "2026-03-01T01:00:00.000Z");
  // Over the hour that summer time skips: 01:30 to 03:30 there is one hour.
  await add(member, "Two", "2026-03-29T00:30:00.000Z", "2026-03-29T01:30:00.000Z");
  await add(org.owner, "Two", "2026-03-02T08:00:00.000Z", "2026-03-02T08:30:00.000Z");
  const secret = { boardId: hidden.id, taskId: hidden.task("Secret") };
  await caller.time.create({ ...secret, startedAt: "2026-03-02T09:00:00.000Z", stoppedAt: "2026-03-02T10:00:00.000Z" });
  interface Input {
    readonly by: SumTime["by"];
    readonly from?: string;
    readonly to?: string;
    readonly timeZone?: string;
    readonly boardId?: string;
  }
  const totals = async (asker: typeof member, input: Input) => {
    const found: [string, number][] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page: { items: { key: string; name: string | null; seconds: number }[]; nextCursor: string | null } =
        await asker.caller.time.totals({ orgId: org.id, limit: 1, ...input, cursor });
      found.push(...page.items.map(({ key, name, seconds }): [string, number] => [name ?? key, seconds / 60]));
      cursor = page.nextCursor;
    }
    return found.toSorted(([a], [b]) => (a < b ? -1 : 1));
  };
  const berlin = { timeZone: "Europe/Berlin" } as const;
  expect(await totals(member, { by: "day", ...berlin })).toEqual([
    ["2026-02-28", 120],
    ["2026-03-01", 120],
    ["2026-03-02", 30],
    ["2026-03-29", 60],
  ]);
  expect(await totals(member, { by: "day", timeZone: "America/New_York" })).toEqual([
    ["2026-02-28", 240],
    ["2026-03-02", 30],
    ["2026-03-28", 60],
  ]);
  expect(await totals(member, { by: "month", ...berlin })).toEqual([
    ["2026-02-01", 120],
    ["2026-03-01", 210],
  ]);
  expect(await totals(member, { by: "week", ...berlin })).toEqual([
    ["2026-02-23", 240],
    ["2026-03-02", 30],
    ["2026-03-23", 60],
  ]);
  // Of days what lies in them.
  const march = { ...berlin, from: "2026-03-01", to: "2026-03-31" };
  expect(await totals(member, { by: "person", ...march })).toEqual(
    expect.arrayContaining([
      [member.name, 180],
      [org.owner.name, 30],
    ]),
  );
  expect(await totals(member, { by: "task", ...march })).toEqual([
    ["PRJ-1 One", 120],
    ["PRJ-2 Two", 90],
  ]);
  expect(await totals(org.owner, { by: "project", ...march })).toEqual([["Project", 270]]);
  expect(await totals(member, { by: "board", ...march, boardId: hidden.id })).toEqual([]);
  expect(await refusal(totals(member, { by: "day", from: "2026-03-02", to: "2026-03-01" }))).toBe("INPUT_INVALID");
  const first = await member.caller.time.list({ orgId: org.id, limit: 2, ...march });
  const rest = await member.caller.time.list({ orgId: org.id, limit: 2, ...march, cursor: first.nextCursor });
  expect([...first.items, ...rest.items].map(({ taskTitle, userName }) => [taskTitle, userName])).toEqual([
    ["Two", member.name],
    ["Two", org.owner.name],
    ["One", member.name],
  ]);
});
