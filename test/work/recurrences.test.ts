import { expect } from "vitest";
import type { AppServices } from "../../server/core/context.ts";
import { newId } from "../../server/core/ids.ts";
import { plusDays } from "../../server/domains/work/recurrence-dates.ts";
import { occurrencesWorker, queueOccurrences } from "../../server/domains/work/occurrences.service.ts";
import { CreateRecurrence, PreviewRecurrence } from "../../server/domains/work/recurrences.contract.ts";
import { previewRecurrence, RECURRENCES_PER_BOARD } from "../../server/domains/work/recurrences.service.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { type Person, test, type TestBoard, type World } from "../setup/world.ts";

const DAY_MS = 86_400_000;
const BERLIN = { timeZone: "Europe/Berlin", time: "09:00" };

let processes: AppServices[] | undefined;

/** Lets two processes look for what is due, at once, and each do every job that there is, twice. */
async function look(world: World): Promise<void> {
  processes ??= [world.services, world.otherServices()];
  await Promise.all(processes.map(queueOccurrences));
  for (let wait = await waiting(world); wait.length > 0; wait = await waiting(world)) {
    const workers = processes.map(occurrencesWorker);
    const { signal } = new AbortController();
    await Promise.all(wait.flatMap(({ data }) => [...workers, ...workers].map((worker) => worker.run(data, signal))));
  }
}

/** The jobs that wait, taken from the queue. */
async function waiting({ db }: World): Promise<{ data: unknown }[]> {
  return db.execute<{ data: unknown }>(`delete from pgboss.job where name = 'recurrences.make' returning data`);
}

/** Moves the clock to a time of a day, counted from today. Sessions last for 30 days: so do all these tests together. */
function until({ clock }: World, day: string, time: string): void {
  const ms = Date.parse(`${day}T${time}:00.000Z`) - clock.now().getTime();
  if (ms < 0) throw new Error(`${day} has passed`);
  clock.advance(ms);
}

/** Days of UTC as the clock is now: the first one is tomorrow. */
function daysAhead({ clock }: World): (count: number) => string {
  const today = clock.now().toISOString().slice(0, 10);
  return (count) => plusDays(today, count);
}

async function made({ caller }: Person, { id: boardId }: TestBoard) {
  const { items } = await caller.tasks.list({ boardId });
  return items.slice(1).map(({ dueOn, columnId, createdBy, title }) => ({ dueOn, columnId, createdBy, title }));
}
const daysOf = async (by: Person, board: TestBoard) => (await made(by, board)).map(({ dueOn }) => dueOn);

test("dates are days by the clocks of a zone, over both of their changes", () => {
  const preview = (rule: string, startsOn: string, more: { time?: string; count?: number } = {}) => {
    const asked = { boardId: newId(), rule, startsOn, ...BERLIN, ...more };
    return previewRecurrence(PreviewRecurrence.parse(asked), new Date("2027-01-01T00:00:00Z")).dates;
  };
  const on = (...asked: Parameters<typeof preview>) => preview(...asked).map((date) => date.on);
  // Clocks skip 02:30 on the 28th of March and show it twice on the 31st of October: no day is lost or doubled.
  expect(preview("FREQ=DAILY", "2027-03-27", { time: "02:30", count: 3 })).toEqual([
    { on: "2027-03-27", at: "2027-03-27T01:30:00.000Z" },
    { on: "2027-03-28", at: "2027-03-28T01:00:00.000Z" },
    { on: "2027-03-29", at: "2027-03-29T00:30:00.000Z" },
  ]);
  expect(preview("FREQ=DAILY", "2027-10-30", { time: "02:30", count: 3 })).toEqual([
    { on: "2027-10-30", at: "2027-10-30T00:30:00.000Z" },
    { on: "2027-10-31", at: "2027-10-31T00:30:00.000Z" },
    { on: "2027-11-01", at: "2027-11-01T01:30:00.000Z" },
  ]);
  const lastDays = ["2027-01-31", "2027-02-28", "2027-03-31"];
  expect(on("rrule:freq=monthly;bymonthday=-1", "2027-01-10", { count: 3 })).toEqual(lastDays);
  // A month without a 31st is left out, and so are years without a 29th of February.
  expect(on("FREQ=MONTHLY", "2027-01-31", { count: 3 })).toEqual(["2027-01-31", "2027-03-31", "2027-05-31"]);
  expect(on("FREQ=YEARLY", "2024-02-29", { count: 2 })).toEqual(["2028-02-29", "2032-02-29"]);
  const lastWorkdays = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1";
  expect(on(lastWorkdays, "2027-01-01", { count: 2 })).toEqual(["2027-01-29", "2027-02-26"]);
  // Dates that have passed count, and an instant ends with the time of the day.
  expect(on("FREQ=WEEKLY;BYDAY=MO;COUNT=4", "2026-12-21")).toEqual(["2027-01-04", "2027-01-11"]);
  expect(on("FREQ=DAILY;UNTIL=20270103", "2026-12-21")).toEqual(["2027-01-01", "2027-01-02", "2027-01-03"]);
  expect(on("FREQ=DAILY;UNTIL=20270102T075959Z", "2026-12-21")).toEqual(["2027-01-01"]);
  expect(on("FREQ=DAILY;UNTIL=20270102T080000Z", "2026-12-21")).toEqual(["2027-01-01", "2027-01-02"]);
  // Every other week goes on from where it began, however long ago.
  expect(on("FREQ=WEEKLY;INTERVAL=2", "1970-01-01", { count: 2 })).toEqual(["2027-01-14", "2027-01-28"]);
  expect(on("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2027-01-01")).toEqual([]);
  const wrong = [
    ["FREQ=HOURLY", "FREQ=MINUTELY", "FREQ=DAILY;BYHOUR=9,10", "FREQ=DAILY;COUNT=2;UNTIL=20270101", "DAILY", ""],
    ["FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=1000", "FREQ=DAILY;BYDAY=1MO", "FREQ=WEEKLY;FREQ=DAILY", "FREQ=DAILY;X=1"],
    ["FREQ=DAILY\nDTSTART:20270101", "FREQ=WEEKLY;BYMONTHDAY=1", "FREQ=DAILY;BYSETPOS=1", "FREQ=DAILY;INTERVAL=-1"],
    ["FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=MONTHLY;BYMONTHDAY=0", "FREQ=YEARLY;BYDAY=MO,", "COUNT=2"],
  ];
  const isGood = (rule: string) => CreateRecurrence.shape.rule.safeParse(rule).success;
  expect(wrong.flat().filter(isGood)).toEqual([]);
});

test("each date makes one task like the pattern, whoever looks, however often", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Pattern"] });
  const { caller } = org.owner;
  const editor = await org.as("member");
  const at = { boardId: board.id, taskId: board.task("Pattern") };
  const day = daysAhead(world);
  const label = await caller.labels.create({ boardId: board.id, name: "Chore", color: "red" });
  const of = { orgId: org.id, projectId: board.projectId };
  const [kept, gone] = [
    await caller.fields.create({ ...of, name: "Room", kind: "text" }),
    await caller.fields.create({ ...of, name: "Old", kind: "number" }),
  ];
  await caller.tasks.update({ ...at, fields: { [kept.id]: "Kitchen", [gone.id]: 5 }, description: "Mop", estimate: 2 });
  await caller.fields.archive({ ...of, fieldId: gone.id });
  const leaver = await org.another("member");
  await caller.tasks.update({ ...at, assigneeIds: [editor.id, leaver.id], labelIds: [label.id], priority: "high" });
  const list = await caller.checklists.create({ ...at, name: "Steps" });
  const item = await caller.checkItems.create({ ...at, checklistId: list.id, text: "Sweep", assigneeId: leaver.id });
  await caller.checkItems.create({ ...at, checklistId: list.id, text: "Mop" });
  await caller.checkItems.update({ ...at, itemId: item.id, state: "done" });
  await caller.members.remove({ orgId: org.id, userId: leaver.id });
  const daily = { rule: "FREQ=DAILY;COUNT=4", startsOn: day(1), time: "09:00", timeZone: "UTC", dueAfterDays: 1 };
  const set = await outcomeOf(world.db, editor, (mutationId) =>
    editor.caller.recurrences.create({ ...at, columnId: board.column("Doing"), ...daily, mutationId }),
  );
  const { id: recurrenceId } = set.answer;
  expect(set.answer).toMatchObject({ state: "active", nextOn: day(1), ownerId: editor.id, made: 0 });
  expect(set.announced).toMatchObject([{ type: "recurrence.created", data: { recurrence: set.answer } }]);
  until(world, day(1), "08:59");
  await look(world);
  expect(await made(org.owner, board)).toEqual([]);
  until(world, day(1), "09:00");
  // Whoever takes it up is killed: after a while somebody else does.
  await queueOccurrences(world.services);
  expect(await waiting(world)).toHaveLength(1);
  await look(world);
  expect(await made(org.owner, board)).toEqual([]);
  until(world, day(1), "09:11");
  await look(world);
  await look(world);
  expect(await made(org.owner, board)).toEqual([
    { dueOn: day(2), columnId: board.column("Doing"), createdBy: editor.id, title: "Pattern" },
  ]);
  const [, task] = (await caller.tasks.list({ boardId: board.id })).items;
  expect(task).toMatchObject({ description: "Mop", estimate: 2, priority: "high", labelIds: [label.id] });
  expect(task).toMatchObject({
    assigneeIds: [editor.id],
    fields: { [kept.id]: "Kitchen" },
    itemsDone: 0,
    itemsTotal: 2,
  });
  const copied = await caller.checklists.get({ boardId: board.id, taskId: task?.id ?? "" });
  expect(copied.checklists.map(({ name }) => name)).toEqual(["Steps"]);
  expect(copied.items.map(({ text, assigneeId }) => [text, assigneeId])).toEqual([
    ["Sweep", null],
    ["Mop", null],
  ]);
  // What the pattern says by then; and dates that passed while nobody looked are made up for, once each.
  await caller.tasks.update({ ...at, title: "Cleaning" });
  until(world, day(5), "12:00");
  await look(world);
  expect((await made(org.owner, board)).map(({ dueOn, title }) => [dueOn, title])).toEqual([
    [day(2), "Pattern"],
    [day(3), "Cleaning"],
    [day(4), "Cleaning"],
    [day(5), "Cleaning"],
  ]);
  const { items } = await caller.recurrences.list({ boardId: board.id, taskId: at.taskId });
  expect(items).toMatchObject([{ id: recurrenceId, state: "ended", made: 4, lastOn: day(4), nextOn: null }]);
  // A day that it has made a task for is not made again, not even by another rule.
  const again = await caller.recurrences.update({ boardId: board.id, recurrenceId, rule: "FREQ=DAILY" });
  expect(again).toMatchObject({ state: "active", nextOn: day(6), ownerId: org.owner.id });
  // Twelve days late: the newest dates, and no more.
  until(world, day(17), "12:00");
  await look(world);
  expect((await daysOf(org.owner, board)).slice(4)).toEqual(Array.from({ length: 10 }, (_, n) => day(n + 9)));
});

test("what follows completions is made when the last one is done, for a date from then on", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Plants"] });
  const { caller } = org.owner;
  const boardId = board.id;
  const [todo, done] = [board.column("Todo"), board.column("Done")];
  await caller.columns.update({ boardId, columnId: done, stateGroup: "completed" });
  const day = daysAhead(world);
  const every = {
    rule: "FREQ=DAILY;INTERVAL=10;COUNT=3",
    startsOn: day(0),
    mode: "completion" as const,
    timeZone: "UTC",
  };
  const pattern = { boardId, taskId: board.task("Plants") };
  const { id: recurrenceId } = await caller.recurrences.create({ ...pattern, columnId: todo, ...every });
  await look(world);
  expect(await daysOf(org.owner, board)).toEqual([]);
  await caller.tasks.move({ ...pattern, columnId: done });
  await look(world);
  await look(world);
  expect(await daysOf(org.owner, board)).toEqual([day(10)]);
  until(world, day(1), "12:00");
  await look(world);
  const last = async () => {
    const [{ lastTaskId } = { lastTaskId: null }] = (await caller.recurrences.list({ boardId })).items;
    return { boardId, taskId: lastTaskId ?? "" };
  };
  // It is done before its date: the next one is counted from there. Archiving is as good, and another date on a day.
  await caller.tasks.bulkMove({ boardId, taskIds: [(await last()).taskId], columnId: done });
  await look(world);
  await caller.tasks.archive(await last());
  await look(world);
  expect(await daysOf(org.owner, board)).toEqual([day(10), day(11), day(21)]);
  await caller.tasks.archive(await last());
  await look(world);
  expect((await caller.recurrences.list({ boardId })).items).toMatchObject([
    { id: recurrenceId, state: "ended", made: 3 },
  ]);
});

test("one that cannot be made waits and says why; one whose owner may not is paused", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Pattern"] });
  const { caller } = org.owner;
  const boardId = board.id;
  const doing = board.column("Doing");
  const editor = await board.as("editor");
  const day = daysAhead(world);
  const daily = { rule: "FREQ=DAILY", startsOn: day(1), timeZone: "UTC", time: "12:00" };
  const of = { boardId, taskId: board.task("Pattern"), columnId: doing };
  const { id: recurrenceId } = await editor.caller.recurrences.create({ ...of, ...daily });
  const now = async () => (await caller.recurrences.list({ boardId })).items[0];
  const filling = await caller.tasks.create({ boardId, columnId: doing, title: "Filling" });
  await caller.columns.update({ boardId, columnId: doing, wipLimit: 1 });
  const count = async () => (await caller.tasks.list({ boardId })).items.length - 2;
  until(world, day(1), "12:00");
  await look(world);
  expect(await now()).toMatchObject({ state: "active", problem: "WIP_LIMIT_REACHED", nextOn: day(1) });
  const { version } = (await now()) ?? {};
  await caller.tasks.archive({ boardId, taskId: filling.id });
  await caller.boards.archive({ boardId });
  world.clock.advance(DAY_MS / 24);
  await look(world);
  expect(await now()).toMatchObject({ state: "active", problem: "BOARD_ARCHIVED" });
  await caller.boards.restore({ boardId });
  world.clock.advance(DAY_MS / 24);
  expect(await count()).toBe(0);
  await look(world);
  expect(await now()).toMatchObject({ state: "active", problem: null, nextOn: day(2), made: 1 });
  expect((await now())?.version).toBeGreaterThan(version ?? 0);
  await caller.columns.update({ boardId, columnId: doing, wipLimit: null });
  // Whoever it acts for lost their share of the board: it says so, and whoever resumes it takes it over.
  await caller.boards.unshare({ boardId, userId: editor.id });
  until(world, day(2), "12:00");
  await look(world);
  expect(await now()).toMatchObject({ state: "paused", problem: "BOARD_NOT_FOUND", nextOn: null, made: 1 });
  const resumed = await outcomeOf(world.db, org.owner, (mutationId) =>
    caller.recurrences.resume({ boardId, recurrenceId, mutationId }),
  );
  expect(resumed.answer).toMatchObject({ state: "active", problem: null, ownerId: org.owner.id, nextOn: day(3) });
  expect(resumed.announced).toMatchObject([{ type: "recurrence.updated", data: { recurrence: resumed.answer } }]);
  until(world, day(3), "12:00");
  await look(world);
  expect(await count()).toBe(2);
  await caller.recurrences.pause({ boardId, recurrenceId });
  await idle(world.db, () => caller.recurrences.pause({ boardId, recurrenceId }));
  world.clock.advance(DAY_MS);
  await look(world);
  expect(await count()).toBe(2);
  await caller.recurrences.resume({ boardId, recurrenceId });
  await idle(world.db, () => caller.recurrences.update({ boardId, recurrenceId, rule: "FREQ=DAILY" }));
  await caller.recurrences.delete({ boardId, recurrenceId });
  world.clock.advance(DAY_MS);
  await look(world);
  expect(await count()).toBe(2);
});

test("what cannot recur is refused", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Pattern"] });
  const { caller } = org.owner;
  const other = await org.board({ tasks: ["Elsewhere"] });
  const good = {
    boardId: board.id,
    taskId: board.task("Pattern"),
    columnId: board.column("Todo"),
    rule: "FREQ=DAILY",
    startsOn: "2026-01-01",
    timeZone: "UTC",
  };
  const refuse = (more: object) => refusedIdle(world.db, () => caller.recurrences.create({ ...good, ...more }));
  expect(await refuse({ taskId: other.task("Elsewhere") })).toBe("TASK_NOT_FOUND");
  expect(await refuse({ columnId: other.column("Todo") })).toBe("COLUMN_NOT_FOUND");
  expect(await refuse({ rule: "FREQ=DAILY;UNTIL=20200101" })).toBe("RECURRENCE_EMPTY");
  expect(await refuse({ rule: "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30" })).toBe("RECURRENCE_EMPTY");
  expect(await refuse({ timeZone: "Mars/Olympus" })).toBe("INPUT_INVALID");
  expect(await refuse({ time: "24:00" })).toBe("INPUT_INVALID");
  const target = { boardId: board.id, recurrenceId: newId() };
  expect(await refusal(caller.recurrences.delete(target))).toBe("RECURRENCE_NOT_FOUND");
  const { id: recurrenceId } = await caller.recurrences.create(good);
  const late = { boardId: board.id, recurrenceId, rule: "FREQ=DAILY;UNTIL=20200101" };
  expect(await refusedIdle(world.db, () => caller.recurrences.update(late))).toBe("RECURRENCE_EMPTY");
  await world.db.execute(`insert into recurrence
    select (json_populate_record(r, json_build_object('id', gen_random_uuid()))).*
    from recurrence r, generate_series(2, ${RECURRENCES_PER_BOARD}) where r.id = '${recurrenceId}'`);
  expect(await refuse({})).toBe("BOARD_FULL");
});
