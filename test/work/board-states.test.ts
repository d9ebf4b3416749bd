import { isTrackedEnvelope } from "@trpc/server";
import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import type { Database } from "../../db/client.ts";
import { BOARD_ACTIONS, POLICY, type Rule } from "../../server/policy.ts";
import { attachFile, pieces } from "../setup/attachments.ts";
import { callByPath } from "../setup/by-path.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { type Person, test, type TestBoard, type TestOrg, type World } from "../setup/world.ts";

async function namesOf({ caller }: Person, org: TestOrg, filter: object = {}): Promise<string[]> {
  const { items } = await caller.boards.list({ orgId: org.id, ...filter });
  return items.map(({ name }) => name);
}

/** A good input for every change of a board, by its procedure. */
async function changesOf(
  world: World,
  board: TestBoard,
  { person, colleague }: Record<"person" | "colleague", Person>,
) {
  const { caller } = person;
  const boardId = board.id;
  const { id: labelId } = await caller.labels.create({ boardId, name: "Bug", color: "red" });
  const [columnId, taskId] = [board.column("Todo"), board.task("Task")];
  const of = { boardId, taskId };
  const { id: transitionId } = await caller.transitions.create({ boardId, name: "Way", toColumnId: columnId });
  const { orgId, projectId } = (await caller.boards.get({ boardId })).board;
  const plan = { orgId, projectId, kind: "sprint", name: "Sprint" } as const;
  const { id: planId } = await caller.plans.create(plan);
  const weekly = { columnId, rule: "FREQ=WEEKLY", startsOn: "2026-01-05", timeZone: "UTC" };
  const { id: recurrenceId } = await caller.recurrences.create({ ...of, ...weekly });
  const { id: checklistId } = await caller.checklists.create({ ...of, name: "First" });
  const { id: itemId } = await caller.checkItems.create({ ...of, checklistId, text: "Item" });
  const { id: otherItemId } = await caller.checkItems.create({ ...of, checklistId, text: "Another" });
  const { id: commentId } = await caller.comments.create({ ...of, text: "Early" });
  await caller.comments.react({ ...of, commentId, emoji: "👍" });
  const attachment = await attachFile(world, person, { at: of, body: pieces("File") });
  const hour = { startedAt: "2026-03-02T09:00:00.000Z", stoppedAt: "2026-03-02T10:00:00.000Z" };
  const { id: entryId } = await caller.time.create({ ...of, ...hour });
  const otherTaskId = (await caller.tasks.create({ boardId, columnId, title: "Another" })).id;
  const { id: relationId } = await caller.relations.create({ ...of, name: "blocks", otherTaskId });
  const { version } = await caller.tasks.update({ ...of, description: "As it was" });
  await caller.tasks.update({ ...of, description: "As it is" });
  const change = await caller.tasks.update({ ...of, estimate: 1 });
  const trashedTaskId = (await caller.tasks.create({ boardId, columnId, title: "Deleted" })).id;
  await caller.tasks.delete({ boardId, taskIds: [trashedTaskId] });
  const goingTaskId = (await caller.tasks.create({ boardId, columnId, title: "Going" })).id;
  const { id: toBoardId } = await caller.boards.create({ orgId, projectId, name: "Elsewhere", columns: ["There"] });
  const [there] = (await caller.boards.get({ boardId: toBoardId })).columns;
  return {
    "boards.update": { boardId, name: "Other" },
    "boards.applyChanges": { boardId, changes: [{ procedure: "labels.create", name: "Feature", color: "green" }] },
    "boards.setLanes": { boardId, laneBy: "label" },
    "boards.share": { boardId, userId: colleague.id, role: "viewer" },
    "boards.unshare": { boardId, userId: colleague.id },
    "boards.archive": { boardId },
    "boards.restore": { boardId },
    "columns.create": { boardId, name: "New" },
    "columns.update": { boardId, columnId, name: "Other" },
    "columns.move": { boardId, columnId, after: board.column("Done") },
    "columns.archive": { boardId, columnId },
    "columns.restore": { boardId, columnId },
    "labels.create": { boardId, name: "New", color: "blue" },
    "labels.update": { boardId, labelId, name: "Other" },
    "labels.delete": { boardId, labelId },
    "tasks.create": { boardId, columnId, title: "New" },
    "tasks.update": { boardId, taskId, title: "Other" },
    "tasks.move": { boardId, taskId, columnId: board.column("Done") },
    "tasks.archive": { boardId, taskId },
    "tasks.restore": { boardId, taskId },
    "tasks.restoreDescription": { ...of, version },
    "tasks.bulkUpdate": { boardId, taskIds: [taskId], priority: "high" },
    "tasks.bulkMove": { boardId, taskIds: [taskId], columnId: board.column("Done") },
    "tasks.bulkArchive": { boardId, taskIds: [taskId] },
    "tasks.bulkRestore": { boardId, taskIds: [taskId] },
    "changes.undo": { boardId, version: change.version },
    "tasks.moveToBoard": { boardId, taskId: goingTaskId, toBoardId, columnId: there?.id },
    "tasks.copy": { boardId, taskId, columnId },
    "tasks.delete": { boardId, taskIds: [taskId] },
    "trash.restore": { boardId, taskIds: [taskId] },
    "trash.delete": { boardId, taskIds: [trashedTaskId] },
    "transitions.create": { boardId, name: "New", toColumnId: columnId },
    "transitions.update": { boardId, transitionId, name: "Other" },
    "transitions.delete": { boardId, transitionId },
    "plans.setTasks": { boardId, taskIds: [taskId], kind: "sprint", planId },
    "recurrences.create": { ...of, ...weekly },
    "recurrences.update": { boardId, recurrenceId, rule: "FREQ=DAILY" },
    "recurrences.pause": { boardId, recurrenceId },
    "recurrences.resume": { boardId, recurrenceId },
    "recurrences.delete": { boardId, recurrenceId },
    "checklists.create": { ...of, name: "New" },
    "checklists.update": { ...of, checklistId, name: "Other" },
    "checklists.move": { ...of, checklistId, after: null },
    "checkItems.create": { ...of, checklistId, text: "New" },
    "checkItems.update": { ...of, itemId, state: "done" },
    "checkItems.move": { ...of, itemId, checklistId, after: null },
    "checkItems.convert": { ...of, itemId: otherItemId, columnId },
    "checkItems.delete": { ...of, itemId },
    "checklists.delete": { ...of, checklistId },
    "time.start": of,
    "time.stop": { boardId },
    "time.create": { ...of, ...hour },
    "time.update": { boardId, entryId, note: "Other" },
    "time.delete": { boardId, entryId },
    "attachments.create": { ...of, name: "new.txt" },
    "attachments.update": { boardId, attachmentId: attachment.id, name: "other.txt" },
    "attachments.delete": { boardId, attachmentId: attachment.id },
    "relations.create": { ...of, name: "relates", otherTaskId },
    "relations.delete": { ...of, relationId },
    "comments.create": { ...of, text: "New" },
    "comments.update": { ...of, commentId, text: "Other" },
    "comments.react": { ...of, commentId, emoji: "🎉" },
    "comments.unreact": { ...of, commentId, emoji: "👍" },
    "comments.delete": { ...of, commentId },
  };
}

describe("an archived board", () => {
  test("is announced, to the organisation too, and so is its return", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const { id: boardId } = await org.board();
    const archived = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.boards.archive({ boardId, mutationId }),
    );
    expect(archived.answer).toMatchObject({ id: boardId, state: "archived", version: 1 });
    expect(archived.announced).toMatchObject([
      { on: "board", type: "board.archived", version: 1, data: { board: archived.answer } },
      { on: "inbox", to: owner.id, type: "board.changed", data: { board: archived.answer } },
      { on: "org", type: "board.changed", data: { board: archived.answer } },
    ]);
    expect(await idle(world.db, () => owner.caller.boards.archive({ boardId }))).toEqual(archived.answer);
    expect(await namesOf(owner, org, { state: "open" })).toEqual([]);
    expect(await namesOf(owner, org, { state: "archived" })).toEqual(["Board"]);

    const restored = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.boards.restore({ boardId, mutationId }),
    );
    expect(restored.answer).toMatchObject({ id: boardId, state: "open", version: 2 });
    expect(restored.announced).toMatchObject([
      { on: "board", type: "board.restored", version: 2, data: { board: restored.answer } },
      { on: "inbox", to: owner.id, type: "board.changed", data: { board: restored.answer } },
      { on: "org", type: "board.changed", data: { board: restored.answer } },
    ]);
    expect(await idle(world.db, () => owner.caller.boards.restore({ boardId }))).toEqual(restored.answer);
    expect((await owner.caller.boards.get({ boardId })).board).toEqual(restored.answer);
  });

  test("that is private is archived and restored before its own people only", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const { id: boardId } = await org.board({ visibility: "private" });
    for (const path of ["archive", "restore"] as const) {
      const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
        owner.caller.boards[path]({ boardId, mutationId }),
      );
      expect(announced).toMatchObject([
        { on: "board", type: `board.${path}d` },
        { on: "inbox", to: owner.id, type: "board.changed", data: { board: answer } },
      ]);
    }
  });

  test("can be read and watched", async ({ world }) => {
    const org = await world.org();
    const board = await org.board({ tasks: ["Task"] });
    const viewer = await board.as("viewer");
    await org.owner.caller.boards.archive({ boardId: board.id });
    const { caller } = viewer;
    const snapshot = await caller.boards.get({ boardId: board.id });
    expect(snapshot).toMatchObject({ board: { state: "archived" }, tasks: [{ title: "Task" }] });
    expect(await caller.tasks.get({ boardId: board.id, taskId: board.task("Task") })).toMatchObject({ state: "open" });
    expect((await caller.tasks.list({ boardId: board.id })).items).toHaveLength(1);
    expect(await caller.boards.access({ boardId: board.id })).toEqual({
      role: "viewer",
      actions: ["board:read", "task:read"],
    });
    for await (const message of await caller.boards.live({ boardId: board.id })) {
      expect(isTrackedEnvelope(message) && message[1]).toMatchObject({ type: "snapshot", reason: "first", snapshot });
      break;
    }
  });

  test("refuses every change but who may see it, and the end of one's own timer, until it is restored", async ({
    world,
  }) => {
    const org = await world.org();
    const board = await org.board({ tasks: ["Task"] });
    const member = await org.as("member");
    const changes = await changesOf(world, board, { person: org.owner, colleague: member });
    await member.caller.time.start({ boardId: board.id, taskId: board.task("Task") });
    await org.owner.caller.boards.archive({ boardId: board.id });
    const allowed = BOARD_ACTIONS.filter((action) => isAllowedArchived(POLICY[action]));
    const reads = ["board:read", "task:read", "task:history", "change:read", "trash:read"];
    const kept = ["board:export", "board:share", "board:archive", "board:restore", "board:delete"];
    expect(allowed.toSorted()).toEqual([...reads, ...kept].toSorted());
    for (const [path, input] of Object.entries(changes)) {
      if (/boards\.(share|unshare|archive|restore)|time\.stop/u.test(path)) continue;
      const kind = await refusedIdle(world.db, () => callByPath(org.owner, path, input));
      expect([path, kind]).toEqual([path, "BOARD_ARCHIVED"]);
    }
    expect(await member.caller.time.stop({ boardId: board.id })).toMatchObject({ taskId: board.task("Task") });
    const { share, unshare } = org.owner.caller.boards;
    expect(await share({ boardId: board.id, userId: member.id, role: "viewer" })).toMatchObject({ role: "viewer" });
    expect(await unshare({ boardId: board.id, userId: member.id })).toBeNull();
    await org.owner.caller.boards.restore({ boardId: board.id });
    for (const [path, input] of Object.entries(changes)) await callByPath(org.owner, path, input);
  });

  test("tells those who may not change it that, and strangers nothing", async ({ world }) => {
    const org = await world.org();
    const board = await org.board();
    const viewer = await board.as("viewer");
    await org.owner.caller.boards.archive({ boardId: board.id });
    const create = ({ caller }: Person) => caller.columns.create({ boardId: board.id, name: "New" });
    expect(await refusal(create(viewer))).toBe("ACTION_FORBIDDEN");
    expect(await refusal(create(await org.as("guest")))).toBe("BOARD_NOT_FOUND");
  });
});

function isAllowedArchived(rule: Rule): boolean {
  return rule.on === "board" && rule.archived === true;
}

/** The rows that there are of a board, by table. */
async function leftOf(db: Database, boardId: string): Promise<Record<string, number>> {
  const tables = [
    "board_member",
    "board_column",
    "label",
    "task",
    "task_assignee",
    "task_label",
    "comment",
    "comment_reaction",
  ];
  const parts = [
    ...tables.map((table) => `select '${table}' as name from ${table} where board_id = '${boardId}'`),
    `select 'board' from board where id = '${boardId}'`,
    `select 'stream' from stream where id = '${boardId}'`,
    `select 'event' from event where stream_id = '${boardId}'`,
  ];
  const rows = await db.execute<{ name: string; count: number }>(
    sql.raw(`select name, count(*)::int as count from (${parts.join(" union all ")}) x group by name`),
  );
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
}

/** A board with something of everything. */
async function fullBoard(org: TestOrg, visibility: "org" | "private"): Promise<TestBoard> {
  const board = await org.board({ tasks: ["One", "Two", "Three"], visibility });
  const boardId = board.id;
  const { caller } = org.owner;
  const { id: labelId } = await caller.labels.create({ boardId, name: "Bug", color: "red" });
  const { id: userId } = await board.as("editor");
  const taskId = board.task("One");
  await caller.tasks.update({ boardId, taskId, labelIds: [labelId], assigneeIds: [userId, org.owner.id] });
  await caller.tasks.move({ boardId, taskId, columnId: board.column("Doing") });
  await caller.tasks.archive({ boardId, taskId: board.task("Two") });
  await caller.columns.archive({ boardId, columnId: board.column("Doing") });
  return board;
}

describe("a board that is deleted", () => {
  test("is gone with everything on it, and nothing else is", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const [board, other] = [await fullBoard(org, "org"), await fullBoard(org, "org")];
    const boardId = board.id;
    const [before, kept] = [await leftOf(world.db, boardId), await leftOf(world.db, other.id)];
    expect(before).toEqual(kept);
    expect(Object.keys(before)).toHaveLength(9);
    const snapshot = await owner.caller.boards.get({ boardId: other.id });

    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.boards.delete({ boardId, mutationId }),
    );
    expect(answer).toBeNull();
    expect(announced.filter(({ on }) => on === "inbox").map(({ type, data }) => ({ type, data }))).toEqual(
      snapshot.members.filter(({ role }) => role !== null).map(() => ({ type: "board.deleted", data: { boardId } })),
    );
    expect(announced.at(-1)).toMatchObject({ on: "org", type: "board.hidden", data: { boardId } });
    expect(await leftOf(world.db, boardId)).toEqual({});
    expect(await leftOf(world.db, other.id)).toEqual(kept);
    expect(await owner.caller.boards.get({ boardId: other.id })).toEqual(snapshot);
    expect(await refusal(owner.caller.boards.get({ boardId }))).toBe("BOARD_NOT_FOUND");
    expect(await refusedIdle(world.db, () => owner.caller.boards.delete({ boardId }))).toBe("BOARD_NOT_FOUND");
    expect((await owner.caller.boards.list({ orgId: org.id })).items.map(({ id }) => id)).toEqual([other.id]);
  });

  test("is nobody's news but its own people's when it was private, and when it was archived too", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const { id: boardId } = await fullBoard(org, "private");
    await owner.caller.boards.archive({ boardId });
    const { announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.boards.delete({ boardId, mutationId }),
    );
    expect(new Set(announced.map(({ on, type }) => `${on} ${type}`))).toEqual(new Set(["inbox board.deleted"]));
    expect(await leftOf(world.db, boardId)).toEqual({});
  });

  test("ends what its watchers saw of it", async ({ world }) => {
    const org = await world.org();
    const { id: boardId } = await org.board();
    const member = await org.as("member");
    const messages = (await member.caller.boards.live({ boardId }))[Symbol.asyncIterator]();
    await messages.next();
    const toTheEnd = async () => {
      while ((await messages.next()).done !== true);
    };
    const ended = refusal(toTheEnd());
    await org.owner.caller.boards.delete({ boardId });
    expect(await ended).toBe("ACCESS_REVOKED");
  });

  test("leaves the numbers of its tasks taken, and its id free", async ({ world }) => {
    const org = await world.org();
    const { caller } = org.owner;
    const board = await org.board({ tasks: ["One", "Two"] });
    await caller.boards.delete({ boardId: board.id });
    const again = { orgId: org.id, projectId: board.projectId, id: board.id, name: "Again", columns: ["Todo"] };
    expect(await caller.boards.create(again)).toMatchObject({ id: board.id, version: 0 });
    const { columns } = await caller.boards.get({ boardId: board.id });
    const columnId = columns[0]?.id ?? "";
    const task = await caller.tasks.create({ boardId: board.id, columnId, title: "Three" });
    expect(task).toMatchObject({ key: "PRJ-3", version: 1 });
  });
});
