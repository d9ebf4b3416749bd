import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { readEvents } from "../../server/core/event-log.ts";
import { newId } from "../../server/core/ids.ts";
import { toEvent } from "../../server/core/live/frames.ts";
import { LogReader } from "../../server/core/log-reader.ts";
import type { Notification } from "../../server/domains/home/notifications.contract.ts";
import { notifications } from "../../server/domains/home/notify.ts";
import type { WatchSubject } from "../../server/domains/home/watches.contract.ts";
import type { InboxEvent } from "../../server/events.ts";
import { attachFile, pieces } from "../setup/attachments.ts";
import { versionOf } from "../setup/log.ts";
import { outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { type Person, test, type TestBoard, type World } from "../setup/world.ts";

/** What somebody finds in their inbox, oldest first. */
async function toldTo({ services }: World, { caller }: Pick<Person, "caller">): Promise<string[]> {
  await services.logReader.catchUp();
  const { items } = await caller.notifications.list({});
  return items.map(({ reason, type }) => `${reason} ${type}`).toReversed();
}

function watch({ caller }: Person, subject: WatchSubject, level: "watching" | "involved" | "muted" | "default") {
  return caller.watches.set({ subject, level });
}

const ofTask = (board: TestBoard, title: string) => ({ boardId: board.id, taskId: board.task(title) });

test("who makes a task, is assigned to it, comments or is mentioned is told of what others do, and why", async ({
  world,
}) => {
  const org = await world.org();
  const board = await org.board();
  const [maker, helper, guest] = [await org.as("member"), await org.as("admin"), await board.as("commenter")];
  const boardId = board.id;
  const task = await maker.caller.tasks.create({
    boardId,
    columnId: board.column("Todo"),
    title: "Ship it",
    assigneeIds: [helper.id],
  });
  const at = { boardId, taskId: task.id };
  const comment = await guest.caller.comments.create({ ...at, text: `<@${org.owner.id}>, look` });
  await guest.caller.comments.update({ ...at, commentId: comment.id, text: `<@${org.owner.id}> <@${maker.id}>, look` });
  await helper.caller.tasks.move({ ...at, columnId: board.column("Done") });
  await helper.caller.tasks.move({ ...at, columnId: board.column("Done"), after: null });
  await maker.caller.tasks.update({ ...at, assigneeIds: [helper.id, guest.id] });
  await maker.caller.tasks.update({ ...at, assigneeIds: [helper.id] });
  expect(await toldTo(world, maker)).toEqual([
    "watched comment.created",
    "mentioned comment.updated",
    "watched task.moved",
  ]);
  expect(await toldTo(world, helper)).toEqual([
    "assigned task.created",
    "watched comment.created",
    "watched task.updated",
    "watched task.updated",
  ]);
  expect(await toldTo(world, org.owner)).toEqual([
    "mentioned comment.created",
    "watched task.moved",
    "watched task.updated",
    "watched task.updated",
  ]);
  expect(await toldTo(world, guest)).toEqual(["watched task.moved", "assigned task.updated", "watched task.updated"]);
  const { items } = await maker.caller.notifications.list({ limit: 1 });
  expect(items).toMatchObject([
    {
      ...at,
      orgId: org.id,
      actorId: helper.id,
      boardName: "Board",
      taskKey: task.key,
      taskTitle: "Ship it",
      readAt: null,
    },
  ]);
  const { items: watchers } = await guest.caller.watches.watchers(at);
  expect(watchers.map(({ userId }) => userId).toSorted()).toEqual(
    [maker, helper, guest, org.owner].map(({ id }) => id).toSorted(),
  );
  // In the log of their inbox there are ids, and nothing that anybody wrote.
  const log = JSON.stringify(await readEvents(world.db, maker.id, 0, 100));
  expect(log).toContain("notification.received");
  expect(log).not.toMatch(/Ship it|look/u);
});

test("who stopped watching a task is told of what addresses them alone, and who muted it, its board or project of nothing", async ({
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["One"] });
  const { owner, id: orgId } = org;
  const at = ofTask(board, "One");
  const [boardId, projectId] = [board.id, board.projectId];
  const muters: [Person, WatchSubject][] = [
    [await org.another("member"), { kind: "task", ...at }],
    [await org.another("member"), { kind: "board", boardId }],
    [await org.another("member"), { kind: "project", orgId, projectId }],
  ];
  const involved = await org.another("member");
  const people = [...muters.map(([person]) => person), involved];
  const assigneeIds = people.map(({ id }) => id);
  await owner.caller.tasks.update({ ...at, assigneeIds });
  await world.services.logReader.catchUp();
  for (const [person, subject] of muters) await watch(person, subject, "muted");
  await watch(involved, { kind: "task", ...at }, "involved");
  const text = people.map(({ id }) => `<@${id}>`).join(" ");
  await world.services.logReader.catchUp();
  await involved.caller.comments.create({ ...at, text: "I say something, and still do not watch" });
  await owner.caller.comments.create({ ...at, text });
  await owner.caller.tasks.update({ ...at, title: "Another" });
  for (const [person] of muters) expect(await toldTo(world, person)).toEqual(["assigned task.updated"]);
  expect(await toldTo(world, involved)).toEqual(["assigned task.updated", "mentioned comment.created"]);
  // What was said by hand is found again, and taken back.
  const found = await involved.caller.watches.list({ orgId });
  expect(found.items).toMatchObject([{ level: "involved", subject: { kind: "task", ...at } }]);
  await watch(involved, { kind: "task", ...at }, "default");
  expect((await involved.caller.watches.list({ orgId })).items).toEqual([]);
});

test("who watches a board hears of all its tasks, and who watches a column of what comes into it", async ({
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["One", "Two"] });
  const boardId = board.id;
  await world.services.logReader.catchUp();
  const [ofBoard, ofColumn] = [await org.as("member"), await board.as("viewer")];
  await watch(ofBoard, { kind: "board", boardId }, "watching");
  await watch(ofBoard, { kind: "task", ...ofTask(board, "Two") }, "involved");
  await watch(ofColumn, { kind: "column", boardId, columnId: board.column("Done") }, "watching");
  for (const title of ["One", "Two"]) {
    const at = ofTask(board, title);
    await org.owner.caller.tasks.move({ ...at, columnId: board.column("Done") });
    await org.owner.caller.tasks.move({ ...at, columnId: board.column("Done"), after: null });
    await org.owner.caller.tasks.archive(at);
  }
  await org.owner.caller.tasks.create({ boardId, columnId: board.column("Done"), title: "Three" });
  expect(await toldTo(world, ofBoard)).toEqual(["watched task.moved", "watched task.archived", "watched task.created"]);
  expect(await toldTo(world, ofColumn)).toEqual(["moved task.moved", "moved task.moved", "moved task.created"]);
});

test("nobody is told of what they may not see: not when it happens, and not any more when they look later", async ({
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ visibility: "private", tasks: ["Secret"] });
  const { caller } = org.owner;
  const at = ofTask(board, "Secret");
  const [shared, stranger] = [await board.as("viewer"), await org.as("member")];
  const { id: roleId } = await caller.roles.create({
    orgId: org.id,
    name: "Blind",
    base: "member",
    actions: ["board:list"],
  });
  const blind = await org.another(roleId);
  await caller.boards.share({ boardId: board.id, userId: blind.id, role: "editor" });
  for (const { id } of [shared, blind]) await caller.tasks.update({ ...at, assigneeIds: [id] });
  await caller.comments.create({ ...at, text: `<@${stranger.id}> <@${shared.id}>` });
  expect(await refusal(watch(stranger, { kind: "task", ...at }, "watching"))).toBe("BOARD_NOT_FOUND");
  expect(await toldTo(world, shared)).toHaveLength(3);
  for (const { caller } of [stranger, blind]) {
    expect([await caller.notifications.list({}), await caller.notifications.count()]).toEqual([
      { items: [], nextCursor: null },
      { unread: 0 },
    ]);
  }
  // While they do not see it, nothing comes of what happens, also when it was done before.
  await caller.tasks.update({ ...at, title: "More secret" });
  await caller.boards.unshare({ boardId: board.id, userId: shared.id });
  const before = await versionOf(world.db, shared.id);
  expect(await toldTo(world, shared)).toEqual([]);
  expect(await shared.caller.notifications.count()).toEqual({ unread: 0 });
  expect(await versionOf(world.db, shared.id)).toBe(before);
  await caller.boards.share({ boardId: board.id, userId: shared.id, role: "viewer" });
  expect(await toldTo(world, shared)).toHaveLength(3);
  // Whoever leaves takes nothing along.
  await shared.caller.members.leave({ orgId: org.id });
  const [left] = await world.db
    .execute(sql`select (select count(*)::int from notification where user_id = ${shared.id}::uuid) as told,
    (select count(*)::int from watch where user_id = ${shared.id}::uuid) as watched`);
  expect(left).toEqual({ told: 0, watched: 0 });
});

/** What the log of an inbox makes of its notifications: id → whether it is unread. */
async function folded({ db }: World, userId: string): Promise<Map<string, boolean>> {
  const unread = new Map<string, boolean>();
  for (const event of (await readEvents(db, userId, 0, 10_000)).map((each) => toEvent<InboxEvent>(each))) {
    if (event.type === "notification.received") unread.set(event.data.notification.id, true);
    if (event.type === "notification.changed" && event.data.readAt !== undefined) {
      for (const id of event.data.notificationIds) unread.set(id, event.data.readAt === null);
    }
    if (event.type === "notification.all-read") {
      for (const id of unread.keys()) if (id <= event.data.upTo) unread.set(id, false);
    }
  }
  return unread;
}

async function listed({ caller }: Person): Promise<Notification[]> {
  const items: Notification[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: { items: Notification[]; nextCursor: string | null } = await caller.notifications.list({
      cursor,
      limit: 7,
    });
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

test("each event tells each person once, and counts stay exact, while readers race, fail half-way, and people read", async ({
  world,
}) => {
  const org = await world.org();
  const boards = [await org.board({ tasks: ["One"] }), await org.board({ tasks: ["One"] })];
  const [reader, writer] = [await org.as("member"), await org.as("admin")];
  for (const { id: boardId } of boards) await watch(reader, { kind: "board", boardId }, "watching");
  const { services } = world;
  await services.logReader.catchUp();
  const known = (await folded(world, reader.id)).size;
  // A process that ends when everything is done but the commit.
  const failing = new LogReader(services, {
    consumers: [
      {
        ...notifications,
        async consume(tx, events) {
          await notifications.consume(tx, events);
          await tx.flush();
          throw new Error("ended");
        },
      },
    ],
    losses: () => 0,
  });
  const other = world.otherServices();
  const titles = Array.from({ length: 12 }, (_, index) => `Title ${index}`);
  const changes = titles.flatMap((title) =>
    boards.map((board) => writer.caller.tasks.update({ ...ofTask(board, "One"), title })),
  );
  const readings = titles.map(async (_, index) => {
    await (index % 3 === 0
      ? failing.catchUp().catch(() => {})
      : (index % 3 === 1 ? services : other).logReader.catchUp());
    const { items } = await reader.caller.notifications.list({ limit: 3 });
    const notificationIds = items.map(({ id }) => id);
    const [upTo] = notificationIds;
    if (upTo === undefined) return;
    if (index % 4 === 0) await reader.caller.notifications.readAll({ upTo });
    else if (index % 4 === 1) await reader.caller.notifications.unread({ notificationIds });
    else await reader.caller.notifications.read({ notificationIds });
  });
  expect(new Set(kindsOf(await Promise.allSettled([...changes, ...readings])))).toEqual(new Set(["done"]));
  await Promise.all([services.logReader.catchUp(), other.logReader.catchUp()]);
  await expect(failing.catchUp()).resolves.toBeUndefined();
  const items = await listed(reader);
  expect(items).toHaveLength(known + changes.length);
  const unread = items.filter(({ readAt }) => readAt === null).map(({ id }) => id);
  expect(await reader.caller.notifications.count()).toEqual({ unread: unread.length });
  const fold = [...(await folded(world, reader.id))];
  expect(fold.map(([id]) => id).toSorted()).toEqual(items.map(({ id }) => id).toSorted());
  expect(fold.flatMap(([id, isUnread]) => (isUnread ? [id] : [])).toSorted()).toEqual(unread.toSorted());
});

test("what somebody was told of is read, unread, and snoozed until its time, by themselves alone", async ({
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["One"] });
  const [member, other] = [await org.as("member"), await org.as("admin")];
  const at = ofTask(board, "One");
  for (let times = 0; times < 2; times += 1) {
    await org.owner.caller.comments.create({ ...at, text: `<@${member.id}>` });
  }
  expect(await toldTo(world, member)).toEqual(["mentioned comment.created", "mentioned comment.created"]);
  const { caller } = member;
  const [second = "", first = ""] = (await listed(member)).map(({ id }) => id);
  const counts = async () => [
    (await caller.notifications.count()).unread,
    (await caller.notifications.list({ state: "snoozed" })).items.length,
  ];
  const read = await outcomeOf(world.db, member, (mutationId) =>
    caller.notifications.read({ notificationIds: [first], mutationId }),
  );
  expect(read.announced).toMatchObject([
    { on: "inbox", to: member.id, type: "notification.changed", data: { notificationIds: [first] } },
  ]);
  expect(await counts()).toEqual([1, 0]);
  await caller.notifications.unread({ notificationIds: [first, second] });
  const until = new Date(world.clock.now().getTime() + 60_000).toISOString();
  await caller.notifications.snooze({ notificationIds: [second], until });
  expect(await counts()).toEqual([1, 1]);
  world.clock.advance(61_000);
  expect(await counts()).toEqual([2, 0]);
  const all = await outcomeOf(world.db, member, (mutationId) =>
    caller.notifications.readAll({ upTo: first, orgId: org.id, mutationId }),
  );
  expect(all.announced).toMatchObject([{ type: "notification.all-read", data: { upTo: first } }]);
  expect((await caller.notifications.list({ state: "unread" })).items.map(({ id }) => id)).toEqual([second]);
  for (const notificationIds of [[second], [newId()]]) {
    expect(await refusedIdle(world.db, () => other.caller.notifications.read({ notificationIds }))).toBe(
      "NOTIFICATION_NOT_FOUND",
    );
  }
  expect(await refusal(other.caller.notifications.readAll({ upTo: second }))).toBe("NOTIFICATION_NOT_FOUND");
  const subject = { kind: "board", boardId: board.id } as const;
  const said = await outcomeOf(world.db, member, (mutationId) =>
    caller.watches.set({ subject, level: "muted", mutationId }),
  );
  expect(said.announced).toMatchObject([{ on: "inbox", type: "watch.changed", data: { subject, level: "muted" } }]);
  expect(await refusal(caller.watches.set({ subject, level: "involved" }))).toBe("INPUT_INVALID");
});

test("of a change of many tasks everybody is told once, of how many it is, and for the first of their reasons", async ({
  world,
}) => {
  const org = await world.org();
  const titles = ["One", "Two", "Three", "Four"];
  const board = await org.board({ tasks: titles });
  const { caller } = org.owner;
  const [assigned, watcher, ofColumn] = [await org.as("member"), await org.as("admin"), await board.as("viewer")];
  const boardId = board.id;
  const taskIds = titles.map((title) => board.task(title));
  await world.services.logReader.catchUp();
  await watch(watcher, { kind: "board", boardId }, "watching");
  await watch(watcher, { kind: "task", ...ofTask(board, "Four") }, "muted");
  await watch(ofColumn, { kind: "column", boardId, columnId: board.column("Done") }, "watching");

  await caller.tasks.bulkUpdate({ boardId, taskIds: taskIds.slice(0, 2), addAssigneeIds: [assigned.id] });
  await caller.tasks.bulkUpdate({ boardId, taskIds, addAssigneeIds: [assigned.id], priority: "high" });
  await caller.tasks.bulkMove({ boardId, taskIds: taskIds.slice(1), columnId: board.column("Done") });
  // Two of them stand there already.
  await caller.tasks.bulkMove({ boardId, taskIds: taskIds.slice(0, 3), columnId: board.column("Done") });
  await caller.tasks.bulkArchive({ boardId, taskIds });
  await caller.tasks.bulkRestore({ boardId, taskIds: taskIds.slice(0, 1) });
  await toldTo(world, watcher);
  const told = async (person: Person) =>
    (await listed(person)).map((one) => `${one.reason} ${one.type} ${one.taskCount} ${one.taskTitle}`).toReversed();
  expect(await told(assigned)).toEqual([
    "assigned tasks.updated 2 One",
    // Of the other two it tells that they are theirs from then on, and so it does not of the first.
    "assigned tasks.updated 2 Three",
    "watched tasks.moved 3 Two",
    "watched tasks.moved 1 One",
    "watched tasks.archived 4 One",
    "watched tasks.restored 1 One",
  ]);
  expect(await told(watcher)).toEqual([
    "watched tasks.updated 2 One",
    "watched tasks.updated 3 One",
    "watched tasks.moved 2 Two",
    "watched tasks.moved 1 One",
    "watched tasks.archived 3 One",
    "watched tasks.restored 1 One",
  ]);
  expect(await told(ofColumn)).toEqual(["moved tasks.moved 3 Two", "moved tasks.moved 1 One"]);
});

test("a re-plan of a thousand tasks is one notification for each of whom it concerns, which names how many", async ({
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["One"] });
  const [member, boardId] = [await org.as("member"), board.id];
  await world.db.execute(sql`
    insert into task (id, org_id, project_id, board_id, column_id, number, rank, title, description, priority,
      assignee_names, state, version, created_by, created_at, updated_at)
    select gen_random_uuid(), org_id, project_id, board_id, column_id, 100 + n, 'b' || lpad(n::text, 5, '0'), 'Task', '',
      'none', '{}', 'open', 0, created_by, created_at, updated_at from task, generate_series(1, 999) n
    where board_id = ${boardId}::uuid`);
  const rows = await world.db.execute<{ id: string }>(
    sql`select id from task where board_id = ${boardId}::uuid order by number`,
  );
  const taskIds = rows.map(({ id }) => id);
  await org.owner.caller.tasks.bulkUpdate({ boardId, taskIds, addAssigneeIds: [member.id] });
  expect(await toldTo(world, member)).toEqual(["assigned tasks.updated"]);
  expect(await listed(member)).toMatchObject([{ taskCount: 1_000, taskId: taskIds[0] }]);
  expect(await member.caller.notifications.count()).toEqual({ unread: 1 });
});

test("who is about a task hears of its relations, parts and files, and who becomes an item's that it is theirs", async ({
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Whole", "Other"] });
  const { caller } = org.owner;
  const [member, other] = [await org.as("member"), await org.as("admin")];
  const at = ofTask(board, "Whole");
  await world.services.logReader.catchUp();
  await watch(member, { kind: "task", ...at }, "watching");
  const relation = await caller.relations.create({ ...at, name: "blocks", otherTaskId: board.task("Other") });
  await caller.relations.delete({ ...at, relationId: relation.id });
  const into = { boardId: board.id, columnId: board.column("Todo") };
  const part = await caller.tasks.create({ ...into, title: "Part", parentId: at.taskId });
  await caller.tasks.update({ ...at, taskId: part.id, parentId: null });
  await caller.tasks.update({ ...at, taskId: part.id, parentId: at.taskId });
  const file = await attachFile(world, org.owner, { at, body: pieces("Text") });
  await caller.attachments.delete({ boardId: board.id, attachmentId: file.id });
  const { id: checklistId } = await caller.checklists.create({ ...at, name: "List" });
  const item = await caller.checkItems.create({ ...at, checklistId, text: "Item" });
  const ofItem = { ...at, itemId: item.id };
  await caller.checkItems.update({ ...ofItem, state: "done" });
  await caller.checkItems.update({ ...ofItem, assigneeId: other.id });
  await caller.checkItems.update({ ...ofItem, state: "open" });
  expect(await toldTo(world, member)).toEqual([
    "watched relation.created",
    "watched relation.deleted",
    "watched task.created",
    "watched task.updated",
    "watched attachment.created",
    "watched attachment.deleted",
  ]);
  expect((await listed(member)).map(({ taskId, taskCount }) => [taskId, taskCount])).toEqual(
    Array.from({ length: 6 }, () => [at.taskId, 1]),
  );
  expect(await toldTo(world, other)).toEqual(["assigned check-item.updated"]);
  expect((await other.caller.watches.watchers(at)).items.map(({ userId }) => userId)).toContain(other.id);
});
