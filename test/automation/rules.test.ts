import { sql } from "drizzle-orm";
import { expect } from "vitest";
import type { AppServices } from "../../server/core/context.ts";
import { runDueRules } from "../../server/domains/automation/clock.ts";
import { rulesWorker } from "../../server/domains/automation/run-rules.ts";
import { nextTime } from "../../server/domains/automation/triggers.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { type Person, test, type TestBoard, type TestOrg, type World } from "../setup/world.ts";

const { signal } = new AbortController();
/** Rules may lead to others; so many times is enough for any of these. */
const MOST_ROUNDS = 30;
let other: AppServices | undefined;

/** Lets two processes do all that rules have to do, at once, until nothing waits any more. */
async function settle(world: World): Promise<void> {
  other ??= world.otherServices();
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    await world.services.logReader.catchUp();
    const waiting = await world.db.execute<{ orgId: string; boardId: string }>(
      sql`select distinct org_id as "orgId", board_id as "boardId" from rule_run where outcome = 'waiting'`,
    );
    if (waiting.length === 0) return;
    for (const board of waiting) {
      await Promise.all([world.services, other].map((services) => rulesWorker(services).run(board, signal)));
    }
  }
  throw new Error("rules go on and on");
}

interface Scene {
  readonly org: TestOrg;
  readonly board: TestBoard;
  readonly author: Person;
  readonly at: { readonly orgId: string; readonly projectId: string };
}

async function sceneOf(world: World, tasks: readonly string[] = []): Promise<Scene> {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing", "Done"], tasks });
  const author = await org.as("member");
  return { org, board, author, at: { orgId: org.id, projectId: board.projectId } };
}

async function runsOf({ author, at }: Scene, ruleId: string): Promise<string[]> {
  const { items } = await author.caller.rules.runs({ orgId: at.orgId, ruleId });
  return items.map(({ outcome, reason, results }) => {
    return [reason ?? outcome, ...results.map(({ do: done, kind }) => `${done} ${kind ?? "done"}`)].join(", ");
  });
}

test("a rule does what it says to the tasks that its filter means, in its owner's name and once, whoever is killed", async ({
  world,
}) => {
  const scene = await sceneOf(world, ["A", "B", "C"]);
  const { org, board, author, at } = scene;
  const { caller } = org.owner;
  const boardId = board.id;
  const label = await caller.labels.create({ boardId, name: "Reviewed", color: "green" });
  const field = await caller.fields.create({ ...at, name: "Round", kind: "number" });
  // Without a rule nothing is read, and what has happened before it is passed over.
  await settle(world);
  const places = () =>
    world.db
      .execute(sql`select p.version = s.version as "isAtEnd" from log_position p join stream s on s.id = p.stream_id
      where p.reader = 'automation' and p.stream_id = ${boardId}::uuid`);
  expect(await places()).toEqual([]);
  const rule = await author.caller.rules.create({
    ...at,
    name: "What is done is reviewed",
    trigger: { on: "task-moved", toColumnIds: [board.column("Done")] },
    filter: "-A",
    timeZone: "Europe/Berlin",
    actions: [
      { do: "update", priority: "low", addLabelIds: [label.id], dueInDays: 2, fields: { [field.id]: 7 } },
      { do: "comment", text: "Please review." },
      { do: "notify", userIds: [org.owner.id] },
      { do: "create", columnId: board.column("Todo"), title: "Review" },
    ],
  });
  expect(await places()).toEqual([{ isAtEnd: true }]);
  const taskIds = ["A", "B", "C"].map(board.task);
  await caller.tasks.bulkMove({ boardId, taskIds, columnId: board.column("Done") });
  // They stay where they are: nothing came into the column.
  await caller.tasks.bulkMove({ boardId, taskIds: taskIds.toReversed(), columnId: board.column("Done"), after: null });
  await settle(world);
  const done = "done, update done, comment done, notify done, create done";
  expect(await runsOf(scene, rule.id)).toEqual([done]);
  const look = async () => {
    const { tasks } = await caller.boards.get({ boardId });
    return tasks.map(({ title, priority, labelIds, commentCount, fields }) => {
      return `${title} ${priority} ${labelIds.length} ${commentCount} ${JSON.stringify(Object.values(fields))}`;
    });
  };
  const after = ["C low 1 1 [7]", "B low 1 1 [7]", "A none 0 0 []", "Review none 0 0 []"];
  expect((await look()).toSorted()).toEqual(after.toSorted());
  const { items: comments } = await caller.comments.list({ boardId, taskId: board.task("B") });
  expect(comments).toMatchObject([{ text: "Please review.", authorId: author.id }]);
  const told = async () => (await caller.notifications.list({})).items.filter(({ reason }) => reason === "rule").length;
  expect(await told()).toBe(2);

  // As if the process was killed before it could say that it was done.
  await world.db.execute(sql`update rule_run set outcome = 'waiting', results = '[]' where rule_id = ${rule.id}::uuid`);
  world.clock.advance(2 * 86_400_000);
  await settle(world);
  expect(await runsOf(scene, rule.id)).toEqual([done]);
  expect((await look()).toSorted()).toEqual(after.toSorted());
  expect(await told()).toBe(2);

  await author.caller.rules.update({ orgId: org.id, ruleId: rule.id, state: "off" });
  await caller.tasks.move({ boardId, taskId: board.task("B"), columnId: board.column("Todo") });
  await caller.tasks.move({ boardId, taskId: board.task("B"), columnId: board.column("Done") });
  await settle(world);
  expect(await runsOf(scene, rule.id)).toEqual([done]);
});

test("a run that waits, or that a killed process has begun, is not run as another rule or in another's name", async ({
  world,
}) => {
  const scene = await sceneOf(world, ["A", "B"]);
  const { org, board, author, at } = scene;
  const { caller } = org.owner;
  const rule = await author.caller.rules.create({
    ...at,
    name: "What is done is reviewed",
    trigger: { on: "task-moved", toColumnIds: [board.column("Done")] },
    actions: [{ do: "comment", text: "Please review." }],
  });
  const move = (title: string) =>
    caller.tasks.move({ boardId: board.id, taskId: board.task(title), columnId: board.column("Done") });
  const comments = async (title: string) => {
    const { items } = await caller.comments.list({ boardId: board.id, taskId: board.task(title) });
    return items.map(({ text, authorId }) => [text, authorId]);
  };
  await move("A");
  await settle(world);
  // As if the process was killed before it could say that it was done.
  await world.db.execute(sql`update rule_run set outcome = 'waiting', results = '[]' where rule_id = ${rule.id}::uuid`);
  await move("B");
  await world.services.logReader.catchUp();
  const change = { orgId: org.id, ruleId: rule.id };
  await caller.rules.update({ ...change, actions: [{ do: "comment", text: "Look at it." }] });
  await settle(world);
  expect(await runsOf(scene, rule.id)).toEqual(["RULE_CHANGED", "RULE_CHANGED"]);
  expect(await comments("A")).toEqual([["Please review.", author.id]]);
  expect(await comments("B")).toEqual([]);

  // Another name changes nothing of what it does.
  await caller.tasks.move({ boardId: board.id, taskId: board.task("B"), columnId: board.column("Todo") });
  await move("B");
  await world.services.logReader.catchUp();
  await author.caller.rules.update({ ...change, name: "Reviews" });
  await settle(world);
  expect(await comments("B")).toEqual([["Look at it.", org.owner.id]]);
});

test("rules lead to each other, and those that would go on for ever are stopped, and their owners hear of it", async ({
  world,
}) => {
  const scene = await sceneOf(world, ["A"]);
  const { org, board, author, at } = scene;
  const move = (from: string, to: string) => ({
    ...at,
    name: `${from} to ${to}`,
    trigger: { on: "task-moved" as const, toColumnIds: [board.column(from)] },
    actions: [{ do: "move" as const, columnId: board.column(to) }],
  });
  const first = await author.caller.rules.create(move("Doing", "Done"));
  const task = { boardId: board.id, taskId: board.task("A") };
  await org.owner.caller.tasks.move({ ...task, columnId: board.column("Doing") });
  await settle(world);
  expect(await org.owner.caller.tasks.get(task)).toMatchObject({ columnId: board.column("Done") });

  const second = await author.caller.rules.create(move("Done", "Doing"));
  await org.owner.caller.tasks.move({ ...task, columnId: board.column("Todo") });
  await org.owner.caller.tasks.move({ ...task, columnId: board.column("Doing") });
  await settle(world);
  const { items } = await author.caller.rules.list(at);
  expect(items.map(({ id, state, stopReason }) => [id, state, stopReason])).toEqual([
    [first.id, "stopped", "loop"],
    [second.id, "stopped", "loop"],
  ]);
  expect(await runsOf(scene, first.id)).toEqual(["RULE_LOOP", "done, move done", "done, move done"]);
  const { items: told } = await author.caller.notifications.list({});
  expect(told.filter(({ reason }) => reason === "rule-stopped")).toHaveLength(2);
  const again = { orgId: org.id, ruleId: first.id, state: "on" } as const;
  expect(await author.caller.rules.update(again)).toMatchObject({ state: "on", stopReason: null });
  await world.db.execute(sql`
    insert into rule_run (id, org_id, rule_id, board_id, task_ids, chain, outcome, results, created_at)
    select gen_random_uuid(), ${org.id}::uuid, ${first.id}::uuid, ${board.id}::uuid, '{}', '{}', 'done', '[]',
      ${world.clock.now().toISOString()}::timestamptz from generate_series(1, 997)`);
  await org.owner.caller.tasks.move({ ...task, columnId: board.column("Todo") });
  await org.owner.caller.tasks.move({ ...task, columnId: board.column("Doing") });
  await settle(world);
  const { items: now } = await author.caller.rules.list(at);
  expect(now[0]).toMatchObject({ state: "stopped", stopReason: "too-often" });
});

test("a rule may do what its owner may by then, and whoever changes it is its owner", async ({ world }) => {
  const scene = await sceneOf(world, ["A"]);
  const { org, board, author, at } = scene;
  const boardId = board.id;
  const input = {
    ...at,
    name: "Archive",
    trigger: { on: "task-updated" as const, parts: ["title" as const] },
    actions: [{ do: "archive" as const }, { do: "comment" as const, text: "Gone" }],
  };
  const rule = await author.caller.rules.create(input);
  const rename = async (title: string) => {
    await org.owner.caller.tasks.update({ boardId, taskId: board.task("A"), title });
    await settle(world);
    return (await org.owner.caller.tasks.get({ boardId, taskId: board.task("A") })).state;
  };
  // The filter is its owner's: whom they may not see, they do not change.
  await org.owner.caller.boards.update({ boardId, visibility: "private" });
  expect(await rename("Private")).toBe("open");
  await org.owner.caller.boards.share({ boardId, userId: author.id, role: "commenter" });
  expect(await rename("Shared")).toBe("open");
  expect(await runsOf(scene, rule.id)).toEqual(["partly, archive ACTION_FORBIDDEN, comment done"]);

  // Somebody who sees no such board knows of no such rule.
  const stranger = await org.as("admin");
  await author.caller.rules.update({ orgId: org.id, ruleId: rule.id, boardId });
  expect(await stranger.caller.rules.list(at)).toEqual({ items: [], nextCursor: null });
  const target = { orgId: org.id, ruleId: rule.id };
  for (const call of [
    () => stranger.caller.rules.runs(target),
    () => stranger.caller.rules.update({ ...target, state: "off" }),
    () => stranger.caller.rules.delete(target),
  ]) {
    expect(await refusal(call())).toBe("RULE_NOT_FOUND");
  }
  // To rename it, or to turn it off, makes nobody its owner; to say what it does, or to turn it on, does.
  const { caller } = org.owner;
  expect(await caller.rules.update({ ...target, name: "Put away", state: "off" })).toMatchObject({
    ownerId: author.id,
  });
  const updated = await outcomeOf(world.db, org.owner, (mutationId) =>
    caller.rules.update({ ...target, state: "on", mutationId }),
  );
  expect(updated.announced).toMatchObject([{ on: "org", type: "rule.updated", data: { ruleId: rule.id } }]);
  expect(updated.answer).toMatchObject({ ownerId: org.owner.id, state: "on" });
  expect(await rename("By its new owner")).toBe("archived");

  const gone = stranger;
  await caller.tasks.restore({ boardId, taskId: board.task("A") });
  await gone.caller.rules.create({ ...input, actions: [{ do: "archive" }] });
  await caller.rules.delete(target);
  await caller.members.remove({ orgId: org.id, userId: gone.id });
  expect(await rename("Nobody's")).toBe("open");
  expect((await caller.rules.list(at)).items).toMatchObject([{ state: "stopped", stopReason: "owner-gone" }]);
});

test("a rule runs when a date has passed, or at its time by the clocks of its zone, once", async ({ world }) => {
  const scene = await sceneOf(world, ["A", "B"]);
  const { org, board, author, at } = scene;
  const boardId = board.id;
  const pass = async (minutes: number) => {
    world.clock.advance(minutes * 60_000);
    other ??= world.otherServices();
    await Promise.all([world.services, other].map(runDueRules));
    await settle(world);
  };
  const overdue = await author.caller.rules.create({
    ...at,
    name: "Late",
    trigger: { on: "date-passed", date: "due", offsetMinutes: 60 },
    filter: "-is:done",
    actions: [{ do: "update", priority: "urgent" }],
  });
  const dueAt = new Date(world.clock.now().getTime() + 30 * 60_000).toISOString();
  await org.owner.caller.tasks.update({ boardId, taskId: board.task("A"), dueAt });
  for (const minutes of [50, 39]) await pass(minutes);
  expect(await runsOf(scene, overdue.id)).toEqual([]);
  for (const minutes of [2, 5, 60]) await pass(minutes);
  expect(await runsOf(scene, overdue.id)).toEqual(["done, update done"]);
  const { tasks } = await org.owner.caller.boards.get({ boardId });
  expect(tasks.map(({ title, priority }) => `${title} ${priority}`)).toEqual(["A urgent", "B none"]);

  const weekly = await author.caller.rules.create({
    ...at,
    boardId,
    name: "Every morning",
    trigger: { on: "schedule", weekdays: [1, 2, 3, 4, 5, 6, 7], time: "09:00" },
    filter: "priority:urgent",
    actions: [
      { do: "move", columnId: board.column("Done") },
      { do: "create", columnId: board.column("Todo"), title: "Plan" },
    ],
  });
  await pass(1_440);
  expect(await runsOf(scene, weekly.id)).toEqual(["done, move done, create done"]);
  await pass(1_440);
  const { items } = await org.owner.caller.tasks.list({ boardId });
  expect(items.map(({ title }) => title)).toEqual(["A", "B", "Plan", "Plan"]);

  // Clocks in Berlin go from 2 to 3 at the end of March, and from 3 to 2 at the end of October.
  const trigger = { on: "schedule" as const, weekdays: [7], time: "02:30" };
  const next = (after: string) => nextTime(trigger, "Europe/Berlin", new Date(after))?.toISOString();
  expect(next("2026-03-28T12:00:00.000Z")).toBe("2026-03-29T01:00:00.000Z");
  expect(next("2026-03-29T01:00:00.000Z")).toBe("2026-04-05T00:30:00.000Z");
  expect(next("2026-10-24T12:00:00.000Z")).toBe("2026-10-25T00:30:00.000Z");
  expect(next("2026-10-25T00:30:00.000Z")).toBe("2026-11-01T01:30:00.000Z");
});

test("a preview tells what would be done and what would be refused, and does nothing", async ({ world }) => {
  const { org, board, author } = await sceneOf(world, ["A", "B", "C"]);
  const boardId = board.id;
  await org.owner.caller.columns.update({ boardId, columnId: board.column("Done"), wipLimit: 2, wipMode: "hard" });
  const preview = (more: object) =>
    author.caller.rules.preview({
      boardId,
      filter: "-C",
      actions: [{ do: "move", columnId: board.column("Done") }, { do: "comment", text: "Done" }, { do: "archive" }],
      ...more,
    });
  const seen = await idle(world.db, () => preview({}));
  expect(seen).toEqual({
    taskIds: [board.task("A"), board.task("B")],
    results: ["move", "comment", "archive"].map((done) => ({ do: done, outcome: "done", kind: null })),
  });
  const full = await idle(world.db, () => preview({ filter: "" }));
  expect(full.results.map(({ kind }) => kind)).toEqual(["WIP_LIMIT_REACHED", null, null]);
  expect(await preview({ taskId: board.task("C") })).toMatchObject({ taskIds: [] });
  const viewer = await board.as("viewer");
  expect(await refusal(viewer.caller.rules.preview({ boardId, actions: [{ do: "archive" }] }))).toBe(
    "ACTION_FORBIDDEN",
  );
  expect(await refusal(preview({ filter: "due:" }))).toBe("FILTER_INVALID");
});

test("a rule that names what is not there, or not its author's to see, is refused, and so is one too many", async ({
  world,
}) => {
  const { org, board, author, at } = await sceneOf(world);
  const elsewhere = await (await world.org()).board();
  const hidden = await org.board({ visibility: "private" });
  const input = {
    ...at,
    name: "Rule",
    trigger: { on: "task-created" as const },
    actions: [{ do: "archive" as const }],
  };
  const create = (more: object) => refusedIdle(world.db, () => author.caller.rules.create({ ...input, ...more }));
  expect(await create({ projectId: elsewhere.projectId })).toBe("PROJECT_NOT_FOUND");
  expect(await create({ projectId: hidden.projectId, boardId: hidden.id })).toBe("BOARD_NOT_FOUND");
  expect(await create({ boardId: elsewhere.id })).toBe("BOARD_NOT_FOUND");
  expect(await create({ actions: [{ do: "move", columnId: elsewhere.column("Todo") }] })).toBe("COLUMN_NOT_FOUND");
  expect(await create({ actions: [{ do: "update", addLabelIds: [board.id] }] })).toBe("LABEL_NOT_FOUND");
  expect(await create({ actions: [{ do: "update", fields: { [board.id]: 1 } }] })).toBe("FIELD_NOT_FOUND");
  expect(await create({ actions: [{ do: "notify", userIds: [elsewhere.id] }] })).toBe("MEMBER_NOT_FOUND");
  expect(await create({ filter: "label:" })).toBe("FILTER_INVALID");
  const rule = await author.caller.rules.create(input);
  await world.db.execute(sql`
    insert into rule select (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid()))).*
    from rule r, generate_series(1, 98) where r.id = ${rule.id}::uuid`);
  const tries = await Promise.allSettled([1, 2].map(() => author.caller.rules.create(input)));
  expect(kindsOf(tries).toSorted()).toEqual(["RULES_TOO_MANY", "done"]);
  const pages = [await author.caller.rules.list({ ...at, limit: 60 })];
  pages.push(await author.caller.rules.list({ ...at, limit: 60, cursor: pages[0]?.nextCursor }));
  expect(new Set(pages.flatMap(({ items }) => items.map(({ id }) => id))).size).toBe(100);
});
