import { sql } from "drizzle-orm";
import { expect } from "vitest";
import type { AppServices } from "../../server/core/context.ts";
import { remindPeople } from "../../server/domains/home/remind.ts";
import { outcomeOf } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { type Person, test, type TestBoard, type World } from "../setup/world.ts";

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

let other: AppServices | undefined;

/** Lets time pass, and everybody who reminds look: at once, as processes do. */
async function pass(world: World, minutes: number): Promise<void> {
  world.clock.advance(minutes * MINUTE_MS);
  other ??= world.otherServices();
  await Promise.all([world.services, other].map(remindPeople));
}

/** Lets time pass until some time of somebody's clock, in steps that nobody misses. */
async function passUntil(world: World, at: string): Promise<void> {
  await pass(world, (Date.parse(at) - world.clock.now().getTime()) / MINUTE_MS);
}

function inMinutes({ clock }: World, minutes: number): string {
  return new Date(clock.now().getTime() + minutes * MINUTE_MS).toISOString();
}

/** The dates that somebody was reminded of, oldest first. */
async function datesOf({ caller }: Person): Promise<(string | null)[]> {
  const { items } = await caller.notifications.list({});
  return items.flatMap(({ reason, dueAt }) => (reason === "due" ? [dueAt] : [])).toReversed();
}

async function taskOf(board: TestBoard, by: Person, fields: object): Promise<{ boardId: string; taskId: string }> {
  const { id } = await by.caller.tasks.create({
    boardId: board.id,
    columnId: board.column("Todo"),
    title: "Due",
    ...fields,
  });
  return { boardId: board.id, taskId: id };
}

test("who is assigned is reminded once at each chosen time before a date, of the date as it is by then", async ({
  world,
}) => {
  const org = await world.org();
  const board = await org.board();
  const [member, other] = [await org.as("member"), await org.as("admin")];
  await pass(world, 0);
  await member.caller.reminders.set({ leadMinutes: [0, 60] });
  const at = await taskOf(board, org.owner, { assigneeIds: [member.id, other.id], dueAt: inMinutes(world, 90) });
  await pass(world, 29);
  expect(await datesOf(member)).toEqual([]);
  await pass(world, 2);
  const first = await datesOf(member);
  expect(first).toHaveLength(1);
  // It is put off: what was to come at its time comes with the new one, and so does the hour before.
  const { dueAt: moved } = await org.owner.caller.tasks.update({ ...at, dueAt: inMinutes(world, 2 * DAY_MINUTES) });
  await pass(world, 70);
  expect(await datesOf(member)).toEqual(first);
  await pass(world, 2 * DAY_MINUTES - 120);
  expect(await datesOf(member)).toEqual([...first, moved]);
  // The other one has said nothing, and heard of it a day before.
  expect(await datesOf(other)).toEqual([moved]);
  await pass(world, 60);
  await pass(world, 60);
  expect(await datesOf(member)).toEqual([...first, moved, moved]);
});

test("nobody is reminded of what is done, out of sight, muted or not theirs to see; of one task as they like", async ({
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ visibility: "private" });
  const boardId = board.id;
  const [editor, watcher] = [await board.as("editor"), await board.as("viewer")];
  const { caller } = org.owner;
  await caller.columns.update({ boardId, columnId: board.column("Done"), stateGroup: "completed" });
  await pass(world, 0);
  await editor.caller.reminders.set({ leadMinutes: [60] });
  const dueAt = inMinutes(world, 120);
  const due = () => taskOf(board, org.owner, { assigneeIds: [editor.id], dueAt });
  const [done, gone, muted, quiet, told] = [await due(), await due(), await due(), await due(), await due()];
  await caller.tasks.move({ ...done, columnId: board.column("Done") });
  await caller.tasks.archive(gone);
  await editor.caller.watches.set({ subject: { kind: "task", ...muted }, level: "muted" });
  const said = await outcomeOf(world.db, editor, (mutationId) =>
    editor.caller.reminders.setOfTask({ ...quiet, leadMinutes: [], mutationId }),
  );
  expect(said.announced).toMatchObject([
    { on: "inbox", to: editor.id, type: "reminders.changed", data: { taskId: quiet.taskId, leadMinutes: [] } },
  ]);
  await watcher.caller.reminders.setOfTask({ ...told, leadMinutes: [30, 60] });
  expect(await watcher.caller.reminders.ofTask(told)).toEqual({ leadMinutes: [30, 60] });
  await pass(world, 61);
  for (const person of [editor, watcher]) expect(await datesOf(person)).toEqual([dueAt]);
  await caller.boards.unshare({ boardId, userId: watcher.id });
  await pass(world, 30);
  expect(await datesOf(watcher)).toEqual([]);
  await caller.boards.share({ boardId, userId: watcher.id, role: "viewer" });
  expect(await datesOf(watcher)).toEqual([dueAt]);
  expect(await refusal(org.owner.caller.reminders.setOfTask({ boardId, taskId: boardId, leadMinutes: [] }))).toBe(
    "TASK_NOT_FOUND",
  );
  const stranger = await org.as("member");
  expect(await refusal(stranger.caller.reminders.setOfTask({ ...told, leadMinutes: [0] }))).toBe("BOARD_NOT_FOUND");
});

test("a whole day is told of in the morning where it is meant, also when clocks are put forward", async ({ world }) => {
  const org = await world.org();
  const board = await org.board();
  const { owner } = org;
  await owner.caller.reminders.set({ leadMinutes: [0, DAY_MINUTES] });
  const ofDay = { assigneeIds: [owner.id], dueOn: "2031-03-30" };
  // On that day clocks go forward in Berlin, and not in Tokyo.
  const berlin = await taskOf(board, owner, { ...ofDay, timeZone: "Europe/Berlin" });
  const tokyo = await taskOf(board, owner, { ...ofDay, timeZone: "Asia/Tokyo" });
  // By then their session is over.
  const told = async ({ taskId }: { taskId: string }) => {
    const rows = await world.db.execute(sql`select from notification where task_id = ${taskId}::uuid`);
    return rows.length;
  };
  const seen = async () => [await told(berlin), await told(tokyo)];
  await passUntil(world, "2031-03-28T23:59:00Z");
  for (const [at, counts] of [
    ["2031-03-29T00:01:00Z", [0, 1]],
    ["2031-03-29T07:59:00Z", [0, 1]],
    ["2031-03-29T08:01:00Z", [1, 1]],
    ["2031-03-30T00:01:00Z", [1, 2]],
    ["2031-03-30T06:59:00Z", [1, 2]],
    ["2031-03-30T07:01:00Z", [2, 2]],
  ] as const) {
    await passUntil(world, at);
    expect({ at, counts: await seen() }).toEqual({ at, counts });
  }
});
