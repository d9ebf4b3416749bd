import { sql } from "drizzle-orm";
import { expect } from "vitest";
import type { OrgSnapshot } from "../../server/domains/orgs/orgs.contract.ts";
import { type OrgWatch, range, type StockClient, type Transport, until } from "../setup/clients.ts";
import { versionOf } from "../setup/log.ts";
import { opened } from "../setup/opened.ts";
import { type Person, signedIn, type TestOrg, type World } from "../setup/world.ts";
import { test } from "./live-test.ts";

const TRANSPORTS: Transport[] = ["wsLink", "httpSubscriptionLink"];

function snapshotOf({ caller }: Person, orgId: string): Promise<OrgSnapshot> {
  return opened<OrgSnapshot>(caller.orgs.live({ orgId }));
}

/** Renames the organisation so many times: as many events on its stream. */
async function rename({ id, owner }: TestOrg, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) {
    await owner.caller.orgs.update({ orgId: id, name: `Name ${Math.random()}` });
  }
}

/** How a watch begins: the reason of its snapshot, its first version, or why there is none. */
async function beginning(client: StockClient, orgId: string, lastEventId?: string): Promise<unknown> {
  const watch = client.watchOrg(orgId, lastEventId);
  await until(() => watch.heard.length > 0 || watch.heads.length > 0 || watch.ending !== undefined);
  watch.stop();
  return watch.heard[0] ?? watch.ending ?? "nothing was missed";
}

test.for(TRANSPORTS)(
  "L6: whoever watches an organisation on %s sees its people, projects and boards, and each change of them",
  async (transport, { world, live }) => {
    const org = await world.org();
    const { caller } = org.owner;
    const orgId = org.id;
    const board = await org.board();
    const [member, guest] = [await org.as("member"), await org.as("guest")];
    const watch = (await live.client(member, { transport })).watchOrg(orgId);
    await until(() => watch.state !== undefined);
    expect(watch.state?.org).toMatchObject({ id: orgId });
    const roles = new Map(watch.state?.members.map(({ userId, role }) => [userId, role]));
    expect(roles).toEqual(
      new Map([
        [org.owner.id, "owner"],
        [member.id, "member"],
        [guest.id, "guest"],
      ]),
    );
    expect(watch.state?.boards.map(({ id }) => id)).toEqual([board.id]);

    const { id: projectId } = await caller.projects.create({ orgId, name: "Next", key: "NEXT" });
    const { id: boardId } = await member.caller.boards.create({ orgId, projectId, name: "Plan" });
    for (const change of [
      () => caller.boards.update({ boardId, name: "Plans" }),
      () => caller.boards.archive({ boardId }),
      () => caller.projects.update({ orgId, projectId, name: "Later" }),
      () => caller.orgs.update({ orgId, name: "Renamed", slug: `renamed-${transport.toLowerCase()}` }),
      () => caller.members.setRole({ orgId, userId: guest.id, role: "admin" }),
      () => caller.members.remove({ orgId, userId: guest.id }),
      () => caller.boards.delete({ boardId }),
      () => caller.projects.delete({ orgId, projectId }),
      () => org.another("member"),
    ]) {
      await change();
      const version = await versionOf(world.db, orgId);
      await until(() => watch.version === version);
      expect(watch.state).toEqual(await snapshotOf(org.owner, orgId));
    }
    expect(watch.heard).toEqual(["first", ...range(Number(watch.heard[1]), watch.version)]);
  },
);

test("L6: a big organisation comes in parts, which are together what is there", async ({ world, live }) => {
  const org = await world.org();
  const { id: projectId } = await org.project();
  await world.db.execute(sql`
    insert into board (id, org_id, project_id, name, visibility, state, version, created_at, updated_at)
    select gen_random_uuid(), ${org.id}::uuid, ${projectId}::uuid, repeat('x', 200), 'org', 'open', 0, now(), now()
    from generate_series(1, 1000)`);
  const watch = (await live.client(org.owner)).watchOrg(org.id);
  await until(() => watch.state !== undefined);
  expect(watch.messages.length).toBeGreaterThan(2);
  expect(watch.state?.boards).toHaveLength(1_000);
  expect(watch.state?.members).toHaveLength(1);
  await rename(org, 1);
  await until(() => watch.heard.length === 2);
  expect(watch.heard).toEqual(["first", await versionOf(world.db, org.id)]);
});

test.for(TRANSPORTS)(
  "L7: who was cut off on %s gets exactly what they missed of an organisation",
  async (transport, { world, live }) => {
    const org = await world.org();
    const { wire, url } = await live.wireTo();
    const watch = (await live.client(org.owner, { transport, url })).watchOrg(org.id);
    await until(() => watch.state !== undefined);
    const begin = watch.version;
    await rename(org, 1);
    await until(() => watch.version === begin + 1);
    wire.set("refused");
    wire.cut();
    await rename(org, 3);
    wire.set("open");
    await until(() => watch.version === begin + 4);
    expect(watch.heard).toEqual(["first", ...range(begin + 1, begin + 4)]);
    expect(watch.state).toEqual(await snapshotOf(org.owner, org.id));
  },
);

test("L8: a cursor of an organisation goes on, and one that is of something else gets a snapshot", async ({
  world,
  live,
}) => {
  const [org, other] = [await world.org(), await world.org()];
  const board = await org.board({ tasks: ["One", "Two"] });
  const client = await live.client(org.owner);
  const { cursor } = await snapshotOf(org.owner, org.id);
  const version = await versionOf(world.db, org.id);
  expect(await beginning(client, org.id)).toBe("first");
  expect(await beginning(client, org.id, cursor)).toBe("nothing was missed");
  await rename(org, 1);
  expect(await beginning(client, org.id, cursor)).toBe(version + 1);
  const cursors = ["", "x", "0.1", "1.1", (await snapshotOf(other.owner, other.id)).cursor];
  cursors.push((await org.owner.caller.boards.get({ boardId: board.id })).cursor);
  for (const strange of cursors) {
    expect([strange, await beginning(client, org.id, strange)]).toEqual([strange, "unknown"]);
  }
  expect(await beginning(client, org.id, "9999.1")).toBe("ahead");
  await world.db.execute(sql`update stream set floor = version where id = ${org.id}::uuid`);
  // A server that holds nothing in memory.
  const fresh = await live.client(org.owner, { url: (await live.serve()).url });
  expect(await beginning(fresh, org.id, cursor)).toBe("too-old");
});

/** As many events as if it had been renamed so often, written by another process. */
async function renameElsewhere(world: World, { id, owner }: TestOrg, times: number): Promise<void> {
  await world.db.execute(sql`
    with added as (
      insert into event (stream_id, version, nonce, org_id, access_version, type, actor_id, mutation_id, data, at)
      select s.id, s.version + n, n, s.org_id, o.access_version, 'org.updated', ${owner.id}::uuid, gen_random_uuid(),
        json_build_object('name', o.name, 'slug', o.slug), now()
      from stream s join org o on o.id = s.id, generate_series(1, ${times}::int) n where s.id = ${id}::uuid
      returning version, nonce)
    update stream s set version = a.version, nonce = a.nonce from added a
    where s.id = ${id}::uuid and a.version = s.version + ${times}::int`);
}

test("L8: who missed more than 500 events of an organisation gets a snapshot, who missed 500 gets them", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const client = await live.client(org.owner);
  const { cursor } = await snapshotOf(org.owner, org.id);
  await renameElsewhere(world, org, 500);
  expect(await beginning(client, org.id, cursor)).toBe(2);
  await renameElsewhere(world, org, 1);
  const watch = client.watchOrg(org.id, cursor);
  await until(() => watch.state !== undefined);
  expect(watch.heard).toEqual(["too-far"]);
  expect(watch.state).toEqual(await snapshotOf(org.owner, org.id));
});

test("L8: who was a guest for a while, or away, gets a snapshot of the organisation", async ({ world, live }) => {
  const org = await world.org();
  const { caller } = org.owner;
  const member = await org.another("member");
  const client = await live.client(member);
  const first = await snapshotOf(member, org.id);
  await caller.members.setRole({ orgId: org.id, userId: member.id, role: "guest" });
  await rename(org, 1);
  expect(await beginning(client, org.id, first.cursor)).toBe("ACCESS_REVOKED");
  await caller.members.setRole({ orgId: org.id, userId: member.id, role: "member" });
  expect(await beginning(client, org.id, first.cursor)).toBe("access");
  const second = await snapshotOf(member, org.id);
  await caller.members.remove({ orgId: org.id, userId: member.id });
  expect(await beginning(client, org.id, second.cursor)).toBe("ACCESS_REVOKED");
  const { token } = await caller.members.invite({ orgId: org.id, email: member.email, role: "member" });
  await member.caller.members.accept({ token });
  expect(await beginning(client, org.id, second.cursor)).toBe("access");
});

test("a board that turns private goes out of the members' sight, and nothing of it is heard any more", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const { caller } = org.owner;
  const board = await org.board({ tasks: ["Draft"] });
  const boardId = board.id;
  const watch = (await live.client(await org.as("member"))).watchOrg(org.id);
  await until(() => watch.state !== undefined);
  const begin = watch.version;
  await caller.boards.update({ boardId, visibility: "private", name: "Secret" });
  await until(() => watch.types.includes("board.hidden"));
  expect(watch.state?.boards).toEqual([]);
  await caller.boards.update({ boardId, name: "More secret" });
  await caller.boards.share({ boardId, userId: (await org.as("admin")).id, role: "viewer" });
  await caller.boards.archive({ boardId });
  await caller.boards.restore({ boardId });
  await caller.boards.update({ boardId, visibility: "org", name: "Shown" });
  await until(() => watch.state?.boards.length === 1);
  expect(watch.types).toEqual(["board.hidden", "invitation.created", "member.joined", "board.changed"]);
  expect(watch.heard).toEqual(["first", ...range(begin + 1, begin + 4)]);
  expect(JSON.stringify(watch.messages)).not.toMatch(/secret/iu);
  expect(watch.state).toEqual(await snapshotOf(org.owner, org.id));
});

test("a board that was always private is not heard of, not even by a number that is left out", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const { caller } = org.owner;
  const { id: projectId } = await org.project();
  const orgId = org.id;
  const watch = (await live.client(await org.as("admin"))).watchOrg(orgId);
  await until(() => watch.state !== undefined);
  const before = watch.state;
  const make = { orgId, projectId, name: "Secret", visibility: "private" } as const;
  const { id: boardId } = await caller.boards.create(make);
  await caller.boards.update({ boardId, name: "Still secret" });
  await caller.boards.delete({ boardId });
  const version = await versionOf(world.db, orgId);
  expect(version).toBe(watch.version);
  await rename(org, 1);
  await until(() => watch.version > version);
  expect(watch.heard).toEqual(["first", version + 1]);
  expect(watch.state).toEqual({ ...before, org: watch.state?.org, cursor: watch.state?.cursor });
});

test("guests may not watch an organisation, and for strangers there is none", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board();
  const guest = await live.client(await board.as("manager"));
  const stranger = await live.client(await world.person());
  expect(await beginning(guest, org.id)).toBe("ACTION_FORBIDDEN");
  expect(await beginning(stranger, org.id)).toBe("ORG_NOT_FOUND");
  expect(await beginning(await live.client(org.owner), board.id)).toBe("ORG_NOT_FOUND");
  expect(await beginning(await live.client(org.owner), org.owner.id)).toBe("ORG_NOT_FOUND");
});

const LOSSES = [
  {
    name: "is removed",
    lose: ({ caller }: Pick<Person, "caller">, at: { orgId: string; userId: string }) => caller.members.remove(at),
  },
  {
    name: "is made a guest",
    lose: ({ caller }: Pick<Person, "caller">, at: { orgId: string; userId: string }) =>
      caller.members.setRole({ ...at, role: "guest" }),
  },
];

for (const place of ["the same process", "another process"]) {
  test.for(LOSSES)(
    `L14: who $name, in ${place}, hears nothing more of the organisation`,
    async ({ lose }, { world, live }) => {
      const org = await world.org();
      const victim = await org.another("member");
      const app = await live.serve({ pollMs: 20 });
      const here = await signedIn(app.services, org.owner.token);
      const watch = (await live.client(victim, { url: app.url })).watchOrg(org.id);
      const bystander = (await live.client(org.owner, { url: app.url })).watchOrg(org.id);
      await until(() => watch.state !== undefined && bystander.state !== undefined);
      const { version } = watch;
      await lose(place === "the same process" ? here : org.owner, { orgId: org.id, userId: victim.id });
      await rename(org, 3);
      await until(() => watch.ending !== undefined && bystander.version === version + 4);
      expect(watch.ending).toBe("ACCESS_REVOKED");
      expect(watch.heard).toEqual(["first"]);
      expect(bystander.ending).toBeUndefined();
    },
  );
}

test("L14: who is made an admin goes on without a gap", async ({ world, live }) => {
  const org = await world.org();
  const member = await org.another("member");
  const watch = (await live.client(member)).watchOrg(org.id);
  await until(() => watch.state !== undefined);
  await org.owner.caller.members.setRole({ orgId: org.id, userId: member.id, role: "admin" });
  await rename(org, 1);
  const version = await versionOf(world.db, org.id);
  await until(() => watch.version === version);
  expect(watch.heard).toEqual(["first", version - 1, version]);
});

test("L14: an organisation that is deleted ends its watches", async ({ world, live }) => {
  const org = await world.org();
  const watches: OrgWatch[] = [];
  for (const person of [org.owner, await org.as("member")]) watches.push((await live.client(person)).watchOrg(org.id));
  await until(() => watches.every(({ state }) => state !== undefined));
  const { caller } = await signedIn((await world.app()).services, org.owner.token);
  await caller.orgs.delete({ orgId: org.id });
  await until(() => watches.every(({ ending }) => ending !== undefined));
  expect(watches.map(({ ending }) => ending)).toEqual(["ACCESS_REVOKED", "ACCESS_REVOKED"]);
});
