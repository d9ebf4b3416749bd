import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { readEvents } from "../../server/core/event-log.ts";
import type { BoardEvent } from "../../server/events.ts";
import { toEvent } from "../../server/core/live/frames.ts";
import { NO_SOURCE } from "../../server/core/audit/record.ts";
import { ERASE_ACCOUNT, eraseWorker } from "../../server/domains/home/account-erasure.ts";
import { deleteAccountOf } from "../../server/domains/home/account.service.ts";
import { closeAccount } from "../../server/domains/identity/accounts.service.ts";
import { evolve } from "../../server/domains/work/evolve.ts";
import { attachFile, pieces } from "../setup/attachments.ts";
import { until } from "../setup/clients.ts";
import { expectFolds } from "../setup/model.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { type Person, test, type TestOrg, type World } from "../setup/world.ts";

let count = 0;

/** Somebody with a past: in an organisation, on a shared and a private board, assigned, named in events and answers. */
async function createPast(world: World) {
  const org = await world.org();
  count += 1;
  const person = await world.person(`Zacharias the ${count}th`);
  const { token } = await org.owner.caller.members.invite({ orgId: org.id, email: person.email, role: "member" });
  await person.caller.members.accept({ token });
  const board = await org.board({ tasks: ["One", "Two"] });
  const boardId = board.id;
  const at = { boardId, taskId: board.task("Two") };
  await org.owner.caller.boards.share({ boardId, userId: person.id, role: "manager" });
  await org.owner.caller.tasks.update({ boardId, taskId: board.task("One"), assigneeIds: [person.id] });
  const many = { boardId, taskIds: [at.taskId] };
  await org.owner.caller.tasks.bulkUpdate({ ...many, addAssigneeIds: [person.id] });
  await org.owner.caller.tasks.bulkUpdate({ ...many, removeAssigneeIds: [person.id] });
  const { id: checklistId } = await org.owner.caller.checklists.create({ ...at, name: "List" });
  await org.owner.caller.checkItems.create({ ...at, checklistId, text: "Item", assigneeId: person.id });
  await person.caller.tasks.update({ boardId, taskId: board.task("Two"), title: "Theirs" });
  const { id: commentId } = await person.caller.comments.create({ ...at, text: "Their words" });
  await org.owner.caller.comments.update({
    ...at,
    commentId: (await org.owner.caller.comments.create({ ...at, text: "Hm" })).id,
    text: `Thanks <@${person.id}>`,
  });
  await attachFile(world, person, { at, name: "theirs.txt", body: pieces("Theirs") });
  await person.caller.comments.react({ ...at, commentId, emoji: "🎉" });
  await org.owner.caller.members.setRole({ orgId: org.id, userId: person.id, role: "admin" });
  const key = await person.caller.keys.create({ orgId: org.id, name: "Key", actions: ["org:read"], expiresAt: null });
  const other = await org.board();
  await org.owner.caller.boards.share({ boardId: other.id, userId: person.id, role: "viewer" });
  await world.services.sessions.create(person.id, "elsewhere", { address: "192.0.2.77" });
  return { org, person, boardId, board, otherBoardId: other.id, key };
}

/** Every row of every table in which a text stands. */
async function tablesWith({ db }: World, text: string): Promise<string[]> {
  const tables = await db.execute<{ schema: string; name: string }>(sql`
    select table_schema as schema, table_name as name from information_schema.tables
    where table_schema in ('public', 'pgboss') and table_type = 'BASE TABLE'`);
  const found = await Promise.all(
    tables.map(async ({ schema, name }) => {
      const rows = await db.execute(sql`
        select 1 from ${sql.identifier(schema)}.${sql.identifier(name)} t
        where position(${text}::text in t::text) > 0 limit 1`);
      return rows.length > 0 ? [name] : [];
    }),
  );
  return found.flat().toSorted();
}

async function cursorsOf({ db }: World): Promise<string[]> {
  const rows = await db.execute<{ cursor: string }>(
    sql`select concat_ws('.', stream_id, version, nonce) as cursor from event`,
  );
  return rows.map(({ cursor }) => cursor);
}

function remove({ caller, password }: Person) {
  return caller.account.delete({ password });
}

test("people export everything that there is about them, and nothing that lets anybody in", async ({ world }) => {
  const { org, person, board, boardId, otherBoardId, key } = await createPast(world);
  const invited = await world.org();
  await invited.owner.caller.members.invite({ orgId: invited.id, email: person.email, role: "guest" });
  const taskId = board.task("Two");
  const span = { startedAt: "2026-03-02T09:00:00.000Z", stoppedAt: "2026-03-02T10:00:00.000Z" };
  await person.caller.time.create({ boardId, taskId, note: "Their hour", ...span });
  const exported = await person.caller.account.export();
  expect(exported).toMatchObject({
    user: { id: person.id, email: person.email, name: person.name },
    sessions: { count: 2, items: [{ userAgent: "elsewhere", lastAddress: "192.0.2.77" }, { userAgent: "test" }] },
    keys: { count: 1, items: [{ id: key.key.id, name: "Key", actions: ["org:read"] }] },
    orgs: { count: 1, items: [{ id: org.id, role: "admin" }] },
    invitations: { count: 1, items: [{ orgId: invited.id, role: "guest" }] },
    boards: {
      count: 2,
      items: [
        { id: otherBoardId, role: "viewer" },
        { id: boardId, role: "manager" },
      ],
    },
    tasks: { count: 1, items: [{ id: board.task("One"), title: "One" }] },
    attachments: { count: 1, items: [{ boardId, name: "theirs.txt", sizeBytes: 6 }] },
    comments: { count: 1, items: [{ boardId, taskId, text: "Their words" }] },
    timeEntries: { count: 1, items: [{ boardId, taskId, note: "Their hour", ...span }] },
  });
  expect(exported.events.items).toEqual([
    expect.objectContaining({ streamId: boardId, type: "time.changed" }),
    expect.objectContaining({ streamId: boardId, type: "comment.reacted" }),
    expect.objectContaining({ streamId: boardId, type: "attachment.created" }),
    expect.objectContaining({ streamId: boardId, type: "comment.created" }),
    expect.objectContaining({ streamId: boardId, type: "task.updated" }),
    expect.objectContaining({ streamId: org.id, type: "member.joined" }),
  ]);
  const text = JSON.stringify(exported);
  for (const secret of [person.token, key.token, "argon2", "e1.", org.owner.email]) expect(text).not.toContain(secret);
});

describe("a deleted account", () => {
  test("is nobody's at once, on every process, and its name is nowhere, while what it did stays", async ({ world }) => {
    const { org, person, board, boardId, otherBoardId, key } = await createPast(world);
    const [app, other] = [await world.app(), world.otherServices()];
    const statuses = () =>
      Promise.all(
        [person.token, key.token].map(async (token) => {
          const headers = { authorization: `Bearer ${token}` };
          return (await fetch(`${app.url}/trpc/auth.me`, { headers })).status;
        }),
      );
    expect(await statuses()).toEqual([200, 200]);
    const cursors = await cursorsOf(world);
    const before = await org.owner.caller.boards.get({ boardId });
    expect(before.members).toContainEqual({ userId: person.id, name: person.name, role: "manager" });

    await remove(person);
    const records = sql`select actor_id as "actorId" from audit_record where action = 'account.delete'`;
    expect([...(await world.db.execute(records))]).toEqual([{ actorId: person.id }]);
    await until(async () => (await statuses()).every((status) => status === 401));
    for (const token of [person.token, key.token]) {
      expect(await other.sessions.find(token)).toBeUndefined();
    }
    const { email, password } = person;
    expect(await refusal(signIn(world, { email, password }))).toBe("CREDENTIALS_WRONG");

    const after = await org.owner.caller.boards.get({ boardId });
    expect(after.members).toContainEqual({ userId: person.id, name: "Deleted account", role: null });
    expect(after.tasks.map(({ assigneeIds }) => assigneeIds)).toEqual(
      before.tasks.map(({ assigneeIds }) => assigneeIds),
    );
    expect((await org.owner.caller.boards.get({ boardId: otherBoardId })).members.map(({ userId }) => userId)).toEqual([
      org.owner.id,
    ]);
    const { items } = await org.owner.caller.members.list({ orgId: org.id });
    expect(items.map(({ userId }) => userId)).not.toContain(person.id);
    const events = await readEvents(world.db, boardId, 0, 1_000);
    expectFolds(
      [before, after],
      events.map((event) => toEvent<BoardEvent>(event)),
      evolve,
    );

    expect(await cursorsOf(world)).toEqual(expect.arrayContaining(cursors));
    const { items: comments } = await org.owner.caller.comments.list({ boardId, taskId: board.task("Two") });
    expect(comments).toMatchObject([{ authorId: person.id, text: "Their words" }, { mentionIds: [person.id] }]);
    expect(await tablesWith(world, person.name)).toEqual([]);
    expect(await tablesWith(world, email)).toEqual([]);
    expect(await tablesWith(world, person.id)).toEqual(expect.arrayContaining(["app_user", "event", "task_assignee"]));
    // The names of others stay.
    expect(await tablesWith(world, org.owner.name)).toEqual(expect.arrayContaining(["app_user", "event"]));
    const again = { email, password: "another good phrase", name: "New", transport: "token" } as const;
    expect((await org.owner.caller.auth.signUp(again)).user.id).not.toBe(person.id);
  });

  test("takes the organisations with it to which nobody else belongs", async ({ world }) => {
    const org = await world.org();
    await org.board();
    await remove(org.owner);
    expect(await world.db.execute(sql`select 1 from org where id = ${org.id}::uuid`)).toEqual([]);
  });

  test("needs its password", async ({ world }) => {
    const person = await world.person();
    expect(await refusal(person.caller.account.delete({ password: "another phrase" }))).toBe("PASSWORD_WRONG");
    expect((await person.caller.auth.me()).user.email).toBe(person.email);
  });

  test("is never the only owner of an organisation with others, not even when two owners go at once", async ({
    world,
  }) => {
    const org = await world.org();
    await org.as("member");
    expect(await refusal(remove(org.owner))).toBe("ACCOUNT_OWNS_ORG");
    expect((await org.owner.caller.auth.me()).orgs).toHaveLength(1);
    const heir = await org.another("owner");
    const outcomes = kindsOf(await Promise.allSettled([remove(org.owner), remove(heir)]));
    expect(outcomes.toSorted()).toEqual(["ACCOUNT_OWNS_ORG", "done"]);
    const left = outcomes[0] === "done" ? heir : org.owner;
    expect((await ownersOf(world, org)).toSorted()).toEqual([left.id]);
  });

  test("is taken out of its organisations by a job when its process was ended in the middle", async ({ world }) => {
    const { org, person } = await createPast(world);
    const deed = { action: "account.delete", accountId: person.id, source: NO_SOURCE } as const;
    await closeAccount(world.services, deed, (tx) =>
      world.services.jobs.enqueue(tx, ERASE_ACCOUNT, { userId: person.id }),
    );
    const isMember = async () =>
      (await org.owner.caller.members.list({ orgId: org.id })).items.some(({ userId }) => userId === person.id);
    expect(await isMember()).toBe(true);
    const other = world.otherServices();
    await other.jobs.start([eraseWorker(other)]);
    await until(async () => (await tablesWith(world, person.name)).length === 0);
    expect(await isMember()).toBe(false);
  });

  test("may be deleted by whoever runs the server", async ({ world }) => {
    const { person } = await createPast(world);
    expect(await deleteAccountOf(world.services, person.email.toUpperCase())).toBe("changed");
    expect(await deleteAccountOf(world.services, person.email)).toBe("unknown");
    expect(await world.services.sessions.find(person.token)).toBeUndefined();
  });
});

async function signIn(world: World, account: { email: string; password: string }): Promise<unknown> {
  const nobody = await world.person();
  return nobody.caller.auth.signIn({ ...account, transport: "token" });
}

async function ownersOf({ db }: World, { id }: TestOrg): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(
    sql`select user_id as id from membership where org_id = ${id}::uuid and role = 'owner'`,
  );
  return rows.map((row) => row.id);
}
