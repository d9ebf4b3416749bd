import { isTrackedEnvelope } from "@trpc/server";
import { sql } from "drizzle-orm";
import { expect } from "vitest";
import type { Db } from "../../db/client.ts";
import { newId } from "../../server/core/ids.ts";
import type { LiveMessage } from "../../server/events.ts";
import { whileHeld } from "../setup/held.ts";
import { announcedBy, versionOf } from "../setup/log.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { type Person, test, type TestOrg, type World } from "../setup/world.ts";

const NOBODY = "01900000-0000-7000-8000-000000000000";

async function rolesOf(org: TestOrg): Promise<Record<string, string>> {
  const { items } = await org.owner.caller.members.list({ orgId: org.id });
  return Object.fromEntries(items.map(({ userId, role }) => [userId, role]));
}

async function ownersLeft(world: World, org: TestOrg): Promise<number> {
  const rows = await world.db.execute(sql`select 1 from membership where org_id = ${org.id}::uuid and role = 'owner'`);
  return rows.length;
}

async function accessVersionOf(world: World, org: TestOrg): Promise<number> {
  const [row] = await world.db.execute<{ version: string }>(
    sql`select access_version as version from org where id = ${org.id}::uuid`,
  );
  return Number(row?.version);
}

function dropMembership(org: TestOrg, person: Person) {
  return (tx: Db) =>
    tx.execute(sql`delete from membership where org_id = ${org.id}::uuid and user_id = ${person.id}::uuid`);
}

/** Follows a board from its snapshot on: what was seen, and why it ended. */
async function watch(person: Person, boardId: string): Promise<{ seen: string[]; ended: Promise<string> }> {
  const seen: string[] = [];
  const messages = (await person.caller.boards.live({ boardId }))[Symbol.asyncIterator]();
  const take = async () => {
    const { done, value } = await messages.next();
    if (isTrackedEnvelope<LiveMessage>(value) && value[1].type !== "head") seen.push(value[1].type);
    return done !== true;
  };
  const followToTheEnd = async () => {
    while (await take());
  };
  await take();
  return { seen, ended: refusal(followToTheEnd()) };
}

test("members are listed by name, page by page, and two of one name both appear", async ({ world }) => {
  const org = await world.org();
  const names = ["Émile", "Ada", "Ada", "Zoë", "ada", "Bob"];
  for (const name of names) {
    const person = await world.person(name);
    const { token } = await org.owner.caller.members.invite({ orgId: org.id, email: person.email, role: "guest" });
    await person.caller.members.accept({ token });
  }
  const seen = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await org.owner.caller.members.list({ orgId: org.id, cursor, limit: 2 });
    seen.push(...page.items);
    cursor = page.nextCursor;
  }
  expect(seen.map(({ name }) => name)).toEqual([...names, org.owner.name].toSorted());
  expect(new Set(seen.map(({ userId }) => userId)).size).toBe(7);
  expect(seen.find(({ userId }) => userId === org.owner.id)).toMatchObject({ role: "owner", email: org.owner.email });
});

test("guests do not see the members, and strangers no organisation", async ({ world }) => {
  const [org, other] = [await world.org(), await world.org()];
  expect(await refusal((await org.as("guest")).caller.members.list({ orgId: org.id }))).toBe("ACTION_FORBIDDEN");
  expect(await refusal(other.owner.caller.members.list({ orgId: org.id }))).toBe("ORG_NOT_FOUND");
  expect((await (await org.as("member")).caller.members.list({ orgId: org.id })).items).toHaveLength(3);
});

test("a new role holds at once and is announced under a new access version", async ({ world }) => {
  const org = await world.org();
  const [admin, member] = [await org.as("admin"), await org.as("member")];
  const before = await accessVersionOf(world, org);
  const events = await announcedBy(world.db, org.id, async () => {
    const changed = await admin.caller.members.setRole({ orgId: org.id, userId: member.id, role: "guest" });
    expect(changed).toMatchObject({ userId: member.id, name: member.name, role: "guest" });
  });
  expect(events).toEqual([{ type: "member.role-changed", data: { userId: member.id, role: "guest", roleId: null } }]);
  const now = await accessVersionOf(world, org);
  expect(now).toBeGreaterThan(before);
  expect(await refusal(member.caller.members.list({ orgId: org.id }))).toBe("ACTION_FORBIDDEN");
  const [last] = await world.db.execute(sql`
    select e.access_version as event, m.access_version as membership
    from event e join membership m on m.org_id = e.org_id and m.user_id = ${member.id}::uuid
    where e.stream_id = ${org.id}::uuid order by e.version desc limit 1`);
  expect(last).toEqual({ event: String(now), membership: String(now) });
});

test("the role that somebody has already changes nothing", async ({ world }) => {
  const org = await world.org();
  const member = await org.as("member");
  const before = await accessVersionOf(world, org);
  const events = await announcedBy(world.db, org.id, () =>
    org.owner.caller.members.setRole({ orgId: org.id, userId: member.id, role: "member" }),
  );
  expect(events).toEqual([]);
  expect(await accessVersionOf(world, org)).toBe(before);
});

test("nobody gives or takes a role above their own", async ({ world }) => {
  const org = await world.org();
  const [admin, other, member] = [await org.as("admin"), await org.another("admin"), await org.as("member")];
  const { setRole, remove } = admin.caller.members;
  const orgId = org.id;
  expect(await refusal(setRole({ orgId, userId: member.id, role: "owner" }))).toBe("ROLE_TOO_HIGH");
  expect(await refusal(setRole({ orgId, userId: admin.id, role: "owner" }))).toBe("ROLE_TOO_HIGH");
  expect(await refusal(setRole({ orgId, userId: org.owner.id, role: "admin" }))).toBe("ROLE_TOO_HIGH");
  expect(await refusal(setRole({ orgId, userId: org.owner.id, role: "owner" }))).toBe("ROLE_TOO_HIGH");
  expect(await refusal(remove({ orgId, userId: org.owner.id }))).toBe("ROLE_TOO_HIGH");
  expect(await rolesOf(org)).toMatchObject({ [org.owner.id]: "owner", [member.id]: "member" });

  await setRole({ orgId, userId: member.id, role: "admin" });
  await setRole({ orgId, userId: other.id, role: "member" });
  await org.owner.caller.members.setRole({ orgId, userId: admin.id, role: "owner" });
  expect(await rolesOf(org)).toEqual({
    [org.owner.id]: "owner",
    [admin.id]: "owner",
    [other.id]: "member",
    [member.id]: "admin",
  });
});

test("who is not a member cannot be given a role or removed", async ({ world }) => {
  const [org, other] = [await world.org(), await world.org()];
  const { setRole, remove } = org.owner.caller.members;
  for (const userId of [NOBODY, other.owner.id]) {
    expect(await refusal(setRole({ orgId: org.id, userId, role: "guest" }))).toBe("MEMBER_NOT_FOUND");
    expect(await refusal(remove({ orgId: org.id, userId }))).toBe("MEMBER_NOT_FOUND");
  }
  expect(await refusal(remove({ orgId: other.id, userId: other.owner.id }))).toBe("ORG_NOT_FOUND");
  expect(await ownersLeft(world, other)).toBe(1);
});

test("the last owner can neither leave nor be made less", async ({ world }) => {
  const org = await world.org();
  await org.as("admin");
  const { leave, remove, setRole } = org.owner.caller.members;
  const userId = org.owner.id;
  expect(await refusal(leave({ orgId: org.id }))).toBe("OWNER_REQUIRED");
  expect(await refusal(remove({ orgId: org.id, userId }))).toBe("OWNER_REQUIRED");
  expect(await refusal(setRole({ orgId: org.id, userId, role: "admin" }))).toBe("OWNER_REQUIRED");
  const heir = await org.another("owner");
  expect(await leave({ orgId: org.id })).toBeNull();
  expect(await refusal(heir.caller.members.leave({ orgId: org.id }))).toBe("OWNER_REQUIRED");
});

test("an organisation keeps an owner when all of them go at the same moment", async ({ world }) => {
  const org = await world.org();
  const [second, third] = [await org.another("owner"), await org.another("owner")];
  const orgId = org.id;
  const ends = await whileHeld<unknown>(world.db, { streamId: orgId }, [
    () => org.owner.caller.members.leave({ orgId }),
    () => second.caller.members.setRole({ orgId, userId: second.id, role: "admin" }),
    () => third.caller.members.remove({ orgId, userId: third.id }),
  ]);
  expect(kindsOf(ends).toSorted()).toEqual(["OWNER_REQUIRED", "done", "done"]);
  expect(await ownersLeft(world, org)).toBe(1);
});

test("of two owners who make each other less at the same moment one stays", async ({ world }) => {
  const org = await world.org();
  const second = await org.another("owner");
  const orgId = org.id;
  const ends = await whileHeld(world.db, { streamId: orgId }, [
    () => org.owner.caller.members.setRole({ orgId, userId: second.id, role: "member" }),
    () => second.caller.members.setRole({ orgId, userId: org.owner.id, role: "member" }),
  ]);
  expect(kindsOf(ends).toSorted()).toEqual(["ACTION_FORBIDDEN", "done"]);
  expect(await ownersLeft(world, org)).toBe(1);
});

test("who is removed is out at once, and it is announced under a new access version", async ({ world }) => {
  const org = await world.org();
  const member = await org.as("member");
  const board = await org.board();
  const before = await accessVersionOf(world, org);
  const events = await announcedBy(world.db, org.id, async () => {
    expect(await org.owner.caller.members.remove({ orgId: org.id, userId: member.id })).toBeNull();
  });
  expect(events).toEqual([{ type: "member.removed", data: { userId: member.id } }]);
  const now = await accessVersionOf(world, org);
  expect(now).toBeGreaterThan(before);
  expect(await refusal(member.caller.orgs.get({ orgId: org.id }))).toBe("ORG_NOT_FOUND");
  expect(await refusal(member.caller.boards.get({ boardId: board.id }))).toBe("BOARD_NOT_FOUND");
  expect((await member.caller.auth.me()).orgs).toEqual([]);
});

test("L14: whoever is removed, or loses the role that let them in, hears nothing more", async ({ world }) => {
  const org = await world.org();
  const [removed, demoted, stays] = [await org.as("member"), await org.another("member"), await org.another("member")];
  const board = await org.board();
  const [first, second, third] = await Promise.all([removed, demoted, stays].map((who) => watch(who, board.id)));
  await org.owner.caller.members.remove({ orgId: org.id, userId: removed.id });
  expect(await first?.ended).toBe("ACCESS_REVOKED");
  await org.owner.caller.members.setRole({ orgId: org.id, userId: demoted.id, role: "guest" });
  await org.owner.caller.tasks.create({ boardId: board.id, columnId: board.column("Todo"), title: "Secret" });
  expect(await second?.ended).toBe("ACCESS_REVOKED");
  expect([first?.seen, second?.seen]).toEqual([["snapshot"], ["snapshot"]]);
  await expect.poll(() => third?.seen).toEqual(["snapshot", "task.created"]);
  await org.owner.caller.orgs.delete({ orgId: org.id });
  expect(await third?.ended).toBe("ACCESS_REVOKED");
});

test("a guest leaves; a repeat is answered although they are out", async ({ world }) => {
  const org = await world.org();
  const guest = await org.as("guest");
  const mutationId = newId();
  const events = await announcedBy(world.db, org.id, async () => {
    expect(await guest.caller.members.leave({ orgId: org.id, mutationId })).toBeNull();
    expect(await guest.caller.members.leave({ orgId: org.id, mutationId })).toBeNull();
  });
  expect(events).toEqual([{ type: "member.removed", data: { userId: guest.id } }]);
  expect(await refusal(guest.caller.members.leave({ orgId: org.id }))).toBe("ORG_NOT_FOUND");
});

test("whoever goes loses their shares of boards, and keeps their assignments", async ({ world }) => {
  const org = await world.org();
  const guest = await org.as("guest");
  const shared = await org.board();
  const assigned = await org.board({ tasks: ["Theirs"] });
  const other = await org.board();
  for (const { id } of [shared, assigned]) {
    await org.owner.caller.boards.share({ boardId: id, userId: guest.id, role: "editor" });
  }
  const taskId = assigned.task("Theirs");
  await org.owner.caller.tasks.update({ boardId: assigned.id, taskId, assigneeIds: [guest.id] });
  const heads = new Map<string, number>();
  for (const { id } of [shared, assigned, other]) heads.set(id, await versionOf(world.db, id));

  await org.owner.caller.members.remove({ orgId: org.id, userId: guest.id });

  const known = { userId: guest.id, name: guest.name, role: null };
  const events = await world.db.execute<{ stream: string; type: string; data: unknown; transactions: number }>(sql`
    select stream_id as stream, type, data, (select count(distinct x.tx_id)::int from event x
      where x.org_id = ${org.id}::uuid and x.type in ('board.unshared', 'member.removed')) as transactions
    from event where type = 'board.unshared' and org_id = ${org.id}::uuid order by stream_id`);
  expect([...events]).toEqual(
    [
      { stream: shared.id, type: "board.unshared", data: { userId: guest.id, member: null }, transactions: 1 },
      { stream: assigned.id, type: "board.unshared", data: { userId: guest.id, member: known }, transactions: 1 },
    ].toSorted((a, b) => (a.stream < b.stream ? -1 : 1)),
  );
  expect(await versionOf(world.db, other.id)).toBe(heads.get(other.id));
  const members = async (boardId: string) => (await org.owner.caller.boards.get({ boardId })).members;
  expect(await members(shared.id)).not.toContainEqual(expect.objectContaining({ userId: guest.id }));
  expect(await members(assigned.id)).toContainEqual(known);
  const task = await org.owner.caller.tasks.get({ boardId: assigned.id, taskId });
  expect(task.assigneeIds).toEqual([guest.id]);
});

test("whoever comes back does not have their old shares", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ visibility: "private" });
  const guest = await board.as("editor");
  await guest.caller.members.leave({ orgId: org.id });
  const { token } = await org.owner.caller.members.invite({ orgId: org.id, email: guest.email, role: "member" });
  await guest.caller.members.accept({ token });
  expect(await refusal(guest.caller.boards.get({ boardId: board.id }))).toBe("BOARD_NOT_FOUND");
});

test("a board that is shared with somebody while they are removed is not theirs afterwards", async ({ world }) => {
  const org = await world.org();
  const guest = await org.as("guest");
  const boards = [await org.board(), await org.board(), await org.board()];
  const shares = boards.map(({ id }) =>
    org.owner.caller.boards.share({ boardId: id, userId: guest.id, role: "viewer" }),
  );
  const [ends] = await Promise.all([
    Promise.allSettled(shares),
    org.owner.caller.members.remove({ orgId: org.id, userId: guest.id }),
  ]);
  expect(["done", "MEMBER_NOT_FOUND"]).toEqual(expect.arrayContaining(kindsOf(ends)));
  const left = await world.db.execute(
    sql`select 1 from board_member where user_id = ${guest.id}::uuid and role is not null`,
  );
  expect(left).toHaveLength(0);
});

test("L4: a share that came up after the look before the lock is found under it", async ({ world }) => {
  const org = await world.org();
  const [guest, board] = [await org.as("guest"), await org.board()];
  const [end] = await whileHeld(
    world.db,
    {
      streamId: org.id,
      change: (tx) =>
        tx.execute(sql`insert into board_member (org_id, board_id, user_id, role)
          values (${org.id}::uuid, ${board.id}::uuid, ${guest.id}::uuid, 'viewer')`),
    },
    [() => guest.caller.members.leave({ orgId: org.id })],
  );
  expect(end?.status).toBe("fulfilled");
  const { members } = await org.owner.caller.boards.get({ boardId: board.id });
  expect(members.map(({ userId }) => userId)).not.toContain(guest.id);
});

test("L4: what a removed admin was about to do is refused", async ({ world }) => {
  const org = await world.org();
  const [admin, member] = [await org.as("admin"), await org.as("member")];
  const { members, orgs, invitations } = admin.caller;
  const orgId = org.id;
  const issued = await members.invite({ orgId, email: "somebody@example.test", role: "guest" });
  const version = await versionOf(world.db, orgId);
  const ends = await whileHeld<unknown>(world.db, { streamId: orgId, change: dropMembership(org, admin) }, [
    () => members.setRole({ orgId, userId: member.id, role: "guest" }),
    () => members.remove({ orgId, userId: member.id }),
    () => members.invite({ orgId, email: "other@example.test", role: "guest" }),
    () => members.leave({ orgId }),
    () => orgs.update({ orgId, name: "Taken over" }),
    () => invitations.revoke({ orgId, invitationId: issued.invitation.id }),
  ]);
  expect(kindsOf(ends)).toEqual(Array.from(ends, () => "ORG_NOT_FOUND"));
  expect(await versionOf(world.db, orgId)).toBe(version);
  expect(await rolesOf(org)).toEqual({ [org.owner.id]: "owner", [member.id]: "member" });
});

test("L4: an admin who was made a guest meanwhile acts as a guest", async ({ world }) => {
  const org = await world.org();
  const [admin, member] = [await org.as("admin"), await org.as("member")];
  const change = (tx: Db) =>
    tx.execute(sql`update membership set role = 'guest'
      where org_id = ${org.id}::uuid and user_id = ${admin.id}::uuid`);
  const ends = await whileHeld<unknown>(world.db, { streamId: org.id, change }, [
    () => admin.caller.members.remove({ orgId: org.id, userId: member.id }),
  ]);
  expect(kindsOf(ends)).toEqual(["ACTION_FORBIDDEN"]);
});

test("L5: a call that waited for its own repeat is answered, not done again", async ({ world }) => {
  const org = await world.org();
  const [member, other] = [await org.as("member"), await org.another("member")];
  const orgId = org.id;
  const { setRole, remove } = org.owner.caller.members;
  const version = await versionOf(world.db, orgId);
  const [first, second] = [newId(), newId()];
  const ends = await whileHeld<unknown>(world.db, { streamId: orgId }, [
    () => setRole({ orgId, userId: member.id, role: "admin", mutationId: first }),
    () => setRole({ orgId, userId: member.id, role: "admin", mutationId: first }),
    () => remove({ orgId, userId: other.id, mutationId: second }),
    () => remove({ orgId, userId: other.id, mutationId: second }),
  ]);
  expect(kindsOf(ends)).toEqual(["done", "done", "done", "done"]);
  expect(ends[0]).toEqual(ends[1]);
  expect(await versionOf(world.db, orgId)).toBe(version + 2);
  expect(await refusal(setRole({ orgId, userId: member.id, role: "guest", mutationId: first }))).toBe(
    "MUTATION_ID_REUSED",
  );
});
