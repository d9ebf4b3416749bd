import { sql } from "drizzle-orm";
import { TOTP, URI } from "otpauth";
import { expect } from "vitest";
import { resetFactors } from "../../server/domains/identity/accounts.service.ts";
import type { Home } from "../../server/domains/home/me.contract.ts";
import type { OrgSnapshot } from "../../server/domains/orgs/orgs.contract.ts";
import { until } from "../setup/clients.ts";
import { whileHeld } from "../setup/held.ts";
import { opened } from "../setup/opened.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { type Person, signedIn, type TestOrg, type World } from "../setup/world.ts";
import { test } from "../live/live-test.ts";

/** Gives somebody an authenticator app. */
async function protect(world: World, { caller }: Person): Promise<void> {
  const totp = URI.parse((await caller.authenticator.create()).uri);
  if (!(totp instanceof TOTP)) throw new Error("not an address of codes by time");
  await caller.authenticator.confirm({ code: totp.generate({ timestamp: world.clock.now().getTime() }) });
}

async function orgOfProtected(world: World): Promise<TestOrg> {
  const org = await world.org();
  await protect(world, org.owner);
  return org;
}

function demand({ id: orgId, owner }: TestOrg, from: string | null = "now") {
  return owner.caller.orgs.demandSecondFactor({ orgId, from });
}

/** Who is a member without a factor and yet let in where one is demanded, or has one and is refused all the same. */
async function mistakes(world: World): Promise<unknown[]> {
  return world.db.execute(sql`
    select m.user_id as id, m.factor_due_at as due from membership m
    join org o on o.id = m.org_id join app_user u on u.id = m.user_id
    where m.factor_due_at is distinct from case when u.kind = 'person' and not exists (
      select from authenticator a where a.user_id = u.id and a.confirmed_at is not null)
      and not exists (select from passkey p where p.user_id = u.id) then o.factor_due_at end`);
}

test("where a second factor is demanded, whoever has none is refused everything but to go, and told what to do", async ({
  world,
}) => {
  const [org, elsewhere] = [await orgOfProtected(world), await world.org()];
  const orgId = org.id;
  const board = await org.board({ tasks: ["One"] });
  const boardId = board.id;
  const [admin, member] = [await org.as("admin"), await board.as("editor")];
  const { token } = await elsewhere.owner.caller.members.invite({
    orgId: elsewhere.id,
    email: member.email,
    role: "member",
  });
  await member.caller.members.accept({ token });

  const made = await outcomeOf(world.db, org.owner, (mutationId) =>
    org.owner.caller.orgs.demandSecondFactor({ orgId, from: "now", mutationId }),
  );
  const { factorDueAt } = made.answer;
  expect(made.announced.filter(({ on }) => on === "org")).toMatchObject([
    { type: "org.factor-demanded", data: { factorDueAt } },
  ]);
  const told = made.announced.flatMap(({ on, to, type, data }) => (on === "inbox" ? [{ to, type, data }] : []));
  expect(new Set(told.map(({ to }) => to))).toEqual(new Set([org.owner.id, admin.id, member.id]));
  expect(told[0]).toMatchObject({ type: "org.factor-demanded", data: { orgId, factorDueAt } });

  const task = { boardId, taskId: board.task("One") };
  for (const call of [
    () => member.caller.orgs.get({ orgId }),
    () => member.caller.orgs.access({ orgId }),
    () => member.caller.boards.list({ orgId }),
    () => member.caller.boards.get({ boardId }),
    () => member.caller.boards.access({ boardId }),
    () => member.caller.tasks.get(task),
    () => member.caller.tasks.update({ ...task, title: "Two" }),
    () =>
      member.caller.boards.applyChanges({ boardId, changes: [{ procedure: "tasks.archive", taskId: task.taskId }] }),
    () => admin.caller.members.list({ orgId }),
    () => admin.caller.orgs.update({ orgId, name: "Other" }),
    // Not even to undo it.
    () => admin.caller.orgs.demandSecondFactor({ orgId, from: null }),
  ]) {
    expect(await refusedIdle(world.db, call)).toBe("SECOND_FACTOR_DEMANDED");
  }
  const stranger = await world.person();
  expect(await refusal(stranger.caller.boards.get({ boardId }))).toBe("BOARD_NOT_FOUND");
  // The other organisation, their account, and the names of both are theirs as before.
  expect((await member.caller.boards.list({ orgId: elsewhere.id })).items).toEqual([]);
  const named = (await member.caller.auth.me()).orgs.map((each) => [each.id, each.factorDueAt]);
  expect(new Map(named.map(([id, due]) => [id, due]))).toEqual(
    new Map([
      [orgId, factorDueAt],
      [elsewhere.id, null],
    ]),
  );

  // Who leaves needs none for that; who gets one is in again at once.
  expect(await admin.caller.members.leave({ orgId })).toBeNull();
  await protect(world, member);
  expect((await member.caller.boards.get({ boardId })).tasks).toHaveLength(1);
  expect(await mistakes(world)).toEqual([]);
});

test("a demand is made by who may, has just proved who they are and has a factor, from a time on, and ends", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const orgId = org.id;
  const { orgs } = org.owner.caller;
  const client = await live.client(org.owner);
  const [home, seen] = [client.watchMe(), client.watchOrg(orgId)];
  await until(() => home.state !== undefined && seen.state !== undefined);
  const [admin, member] = [await org.as("admin"), await org.as("member")];
  const nextWeek = new Date(world.clock.now().getTime() + 7 * 86_400_000).toISOString();
  const inTwoYears = new Date(world.clock.now().getTime() + 800 * 86_400_000).toISOString();
  for (const from of ["now", nextWeek]) {
    expect(await refusedIdle(world.db, () => demand(org, from))).toBe("SECOND_FACTOR_NOT_FOUND");
  }
  await protect(world, admin);
  expect(await refusal(admin.caller.orgs.demandSecondFactor({ orgId, from: inTwoYears }))).toBe("INPUT_INVALID");
  expect(await admin.caller.orgs.demandSecondFactor({ orgId, from: nextWeek })).toMatchObject({
    factorDueAt: nextWeek,
  });
  await idle(world.db, () => admin.caller.orgs.demandSecondFactor({ orgId, from: nextWeek }));
  // Until then nobody is refused, and all can see it coming.
  expect(await member.caller.orgs.get({ orgId })).toMatchObject({ factorDueAt: nextWeek });
  expect(await orgs.get({ orgId })).toMatchObject({ factorDueAt: nextWeek });
  await protect(world, org.owner);
  // At that time, as the database tells it.
  const { factorDueAt } = await demand(org);
  expect(await refusal(member.caller.orgs.get({ orgId }))).toBe("SECOND_FACTOR_DEMANDED");
  await idle(world.db, () => demand(org));
  expect(factorDueAt).not.toBe(nextWeek);
  expect(await demand(org, null)).toMatchObject({ factorDueAt: null });
  expect(await member.caller.orgs.get({ orgId })).toMatchObject({ factorDueAt: null });
  await idle(world.db, () => demand(org, null));
  expect(await mistakes(world)).toEqual([]);

  // Whoever watched has folded what there is.
  await until(() => seen.state?.org.factorDueAt === null && home.state?.orgs[0]?.factorDueAt === null);
  expect([seen.heard[0], home.heard[0], seen.heard.includes("reset")]).toEqual(["first", "first", false]);
  expect(seen.state).toEqual(await opened<OrgSnapshot>(org.owner.caller.orgs.live({ orgId })));
  expect(home.state).toEqual(await opened<Home>(org.owner.caller.me.live()));

  // Each of these is recorded, with digests of before and after; what was refused, too.
  await world.services.audit.seal();
  const { items } = await org.owner.caller.audit.list({ orgId, action: "orgs.demandSecondFactor" });
  expect(items.filter(({ outcome }) => outcome === "done").map(({ actorId }) => actorId)).toContain(admin.id);
});

test("those who may demand a factor see who has one, and are told when it is why somebody is refused", async ({
  world,
}) => {
  const org = await orgOfProtected(world);
  const orgId = org.id;
  const board = await org.board();
  const [admin, member] = [await org.as("admin"), await org.as("member")];
  await protect(world, admin);
  const seen = async ({ caller }: Person) => {
    const { items } = await caller.members.list({ orgId });
    return new Map(items.map(({ userId, hasSecondFactor }) => [userId, hasSecondFactor]));
  };
  const known = new Map([
    [org.owner.id, true],
    [admin.id, true],
    [member.id, false],
  ]);
  expect([await seen(org.owner), await seen(admin)]).toEqual([known, known]);
  // Whom to attack is nobody else's to know.
  expect(await seen(member)).toEqual(new Map([...known.keys()].map((id) => [id, undefined])));

  await demand(org);
  const explained = { allowed: false, refusal: "SECOND_FACTOR_DEMANDED", rule: "secondFactor" };
  const { access } = org.owner.caller;
  expect(await access.explain({ action: "board:list", orgId, userId: member.id })).toMatchObject(explained);
  expect(await access.explain({ action: "task:create", boardId: board.id, userId: member.id })).toMatchObject(
    explained,
  );
  expect(await access.explain({ action: "member:leave", orgId, userId: member.id })).toMatchObject({ allowed: true });
  expect(await access.explain({ action: "task:create", boardId: board.id, userId: admin.id })).toMatchObject({
    allowed: true,
  });
  expect(await refusal(member.caller.access.explain({ action: "board:list", orgId }))).toBe("SECOND_FACTOR_DEMANDED");
});

test("an API key is refused with its owner, and a service account, which can have no factor, is not", async ({
  world,
}) => {
  const org = await orgOfProtected(world);
  const orgId = org.id;
  const board = await org.board();
  const member = await org.as("member");
  const input = { orgId, name: "Key", actions: ["board:read" as const], expiresAt: null };
  const { token } = await member.caller.keys.create(input);
  const { id: serviceId } = await org.owner.caller.serviceAccounts.create({ orgId, name: "Robot", role: "member" });
  const robot = await org.owner.caller.keys.create({ ...input, serviceId });
  const byKey = async (key: string) => (await signedIn(world.services, key)).caller.boards.get({ boardId: board.id });
  await demand(org);
  expect(await refusal(byKey(token))).toBe("SECOND_FACTOR_DEMANDED");
  expect(await byKey(robot.token)).toMatchObject({ board: { id: board.id } });
  const later = await org.owner.caller.serviceAccounts.create({ orgId, name: "Robot 2", role: "member" });
  expect(later).toMatchObject({ state: "active" });
  await protect(world, member);
  expect(await byKey(token)).toMatchObject({ board: { id: board.id } });
  expect(await mistakes(world)).toEqual([]);
});

test("the last factor stays where one is demanded, unless an operator removes it: that shuts its owner out at once", async ({
  world,
  live,
}) => {
  const org = await orgOfProtected(world);
  const board = await org.board();
  const [member, other] = [await org.as("member"), await org.another("member")];
  await protect(world, member);
  const input = { orgId: org.id, name: "Key", actions: ["board:read" as const], expiresAt: null };
  const { token } = await member.caller.keys.create(input);
  const nextWeek = new Date(world.clock.now().getTime() + 7 * 86_400_000).toISOString();
  await demand(org, nextWeek);
  expect(await refusal(member.caller.authenticator.delete())).toBe("LAST_FACTOR");
  await demand(org);
  expect(await refusal(member.caller.authenticator.delete())).toBe("LAST_FACTOR");
  expect(await refusal(org.owner.caller.authenticator.delete())).toBe("LAST_FACTOR");

  // On another process, by a key: it is no session, and its owner's access ends all the same.
  const watch = (await live.client({ ...member, token }, { url: (await live.serve()).url })).watch(board.id);
  await until(() => watch.state !== undefined);
  expect(await resetFactors(world.services, member.email)).toBe("changed");
  await until(() => watch.ending !== undefined);
  expect(watch.ending).toBe("ACCESS_REVOKED");
  const again = await signedIn(world.services, (await world.services.sessions.create(member.id, "test")).token);
  expect(await refusal(again.caller.boards.get({ boardId: board.id }))).toBe("SECOND_FACTOR_DEMANDED");

  // Who left has nobody who demands it.
  await again.caller.members.leave({ orgId: org.id });
  await protect(world, { ...member, ...again });
  await again.caller.authenticator.delete();
  expect(await refusal(other.caller.authenticator.delete())).toBe("AUTHENTICATOR_NOT_FOUND");
  expect(await mistakes(world)).toEqual([]);
});

test("L14: a demand in the middle of a burst ends the watches of whoever has no factor, on every process, and their writes", async ({
  world,
  live,
}) => {
  const org = await orgOfProtected(world);
  const board = await org.board({ tasks: ["One"] });
  const boardId = board.id;
  const [first, second, third] = [await org.as("member"), await org.another("member"), await org.another("member")];
  await protect(world, third);
  const elsewhere = { url: (await live.serve({ wakeUps: true })).url };
  const watches = [
    (await live.client(first)).watch(boardId),
    (await live.client(second, { ...elsewhere, transport: "httpSubscriptionLink" })).watch(boardId),
  ];
  const orgWatch = (await live.client(first, elsewhere)).watchOrg(org.id);
  const kept = (await live.client(third, elsewhere)).watch(boardId);
  await until(() => [...watches, kept].every(({ state }) => state !== undefined) && orgWatch.state !== undefined);

  let isOver = false;
  const ends: string[] = [];
  const burst = async ({ caller }: Person) => {
    for (let turn = 0; !isOver; turn += 1) {
      const title = `Title ${turn}`;
      const call = caller.tasks.update({ boardId, taskId: board.task("One"), title });
      ends.push(...kindsOf(await Promise.allSettled([call])));
    }
  };
  const { trpc } = await live.client(third, elsewhere);
  const bursts = [burst(first), burst(second), burst(org.owner)];
  await until(() => ends.length > 20);
  await demand(org);
  const isShut = () => [...watches, orgWatch].every(({ ending }) => ending !== undefined);
  await until(() => isShut() && ends.filter((end) => end === "SECOND_FACTOR_DEMANDED").length > 5);
  isOver = true;
  await Promise.all(bursts);
  expect([...watches, orgWatch].map(({ ending }) => ending)).toEqual(
    watches.concat(watches[0] ?? []).map(() => "ACCESS_REVOKED"),
  );
  expect(new Set(ends)).toEqual(new Set(["done", "SECOND_FACTOR_DEMANDED"]));

  const later = await world.db.execute<{ version: string; actorId: string }>(sql`
    select e.version, e.actor_id as "actorId" from event e join org o on o.id = e.org_id
    where e.stream_id = ${boardId}::uuid and e.access_version = o.access_version`);
  expect(later.length).toBeGreaterThan(0);
  expect(new Set(later.map(({ actorId }) => actorId))).toEqual(new Set([org.owner.id]));
  const heard = watches.flatMap((watch) => watch.heard);
  expect(heard.filter((version) => later.some((event) => Number(event.version) === version))).toEqual([]);
  const head = Math.max(...later.map(({ version }) => Number(version)));
  await until(() => kept.version >= head);
  expect(kept.ending).toBeUndefined();
  expect((await trpc.boards.get.query({ boardId })).tasks).toHaveLength(1);
  const again = (await live.client(first)).watch(boardId);
  await until(() => again.ending !== undefined);
  expect(again.ending).toBe("SECOND_FACTOR_DEMANDED");
});

test("L4: a write that waited while a factor was demanded is refused", async ({ world }) => {
  const org = await orgOfProtected(world);
  const board = await org.board({ tasks: ["One"] });
  const admin = await org.as("admin");
  const { id: orgId } = org;
  const ends = await whileHeld<unknown>(
    world.db,
    {
      streamId: orgId,
      change: async (tx) => {
        await tx.execute(sql`update org set factor_due_at = clock_timestamp() where id = ${orgId}::uuid`);
        await tx.execute(
          sql`update membership set factor_due_at = factor_due_for(org_id, user_id) where org_id = ${orgId}::uuid`,
        );
      },
    },
    [
      () => admin.caller.orgs.update({ orgId, name: "Other" }),
      () => admin.caller.members.invite({ orgId, email: "somebody@example.test", role: "member" }),
      () => admin.caller.projects.create({ orgId, name: "Other", key: "OTH" }),
    ],
  );
  expect(kindsOf(ends)).toEqual(Array.from(ends, () => "SECOND_FACTOR_DEMANDED"));
  expect(await refusal(admin.caller.tasks.archive({ boardId: board.id, taskId: board.task("One") }))).toBe(
    "SECOND_FACTOR_DEMANDED",
  );
});

test("L14: watches end when the time of a demand has come, though nobody writes anything then", async ({
  world,
  live,
}) => {
  const org = await orgOfProtected(world);
  const board = await org.board();
  const member = await org.as("member");
  const elsewhere = (await live.serve()).url;
  const watches = [
    (await live.client(member)).watch(board.id),
    (await live.client(member, { url: elsewhere })).watch(board.id),
  ];
  await until(() => watches.every(({ state }) => state !== undefined));
  // Soon enough not to wait for long, and late enough to be told of it first.
  await demand(org, new Date(Date.now() + 2_500).toISOString());
  expect(await member.caller.boards.get({ boardId: board.id })).toMatchObject({ board: { id: board.id } });
  expect(watches.map(({ ending }) => ending)).toEqual([undefined, undefined]);
  await until(() => watches.every(({ ending }) => ending !== undefined));
  expect(watches.map(({ ending }) => ending)).toEqual(["ACCESS_REVOKED", "ACCESS_REVOKED"]);
  expect(await refusal(member.caller.boards.get({ boardId: board.id }))).toBe("SECOND_FACTOR_DEMANDED");
});

test("whatever of demands, factors and members changes at the same moment, nobody is let in without a factor or kept out with one", async ({
  world,
}) => {
  for (let round = 0; round < 6; round += 1) {
    const org = await orgOfProtected(world);
    const orgId = org.id;
    const [leaver, comer, newcomer] = [await org.another("member"), await org.another("member"), await world.person()];
    for (const person of [leaver, newcomer]) await protect(world, person);
    const { token } = await org.owner.caller.members.invite({ orgId, email: newcomer.email, role: "member" });
    const ends = await Promise.allSettled<unknown>([
      demand(org),
      leaver.caller.authenticator.delete(),
      protect(world, comer),
      newcomer.caller.members.accept({ token }),
      newcomer.caller.authenticator.delete(),
      org.owner.caller.authenticator.delete(),
    ]);
    const kinds = kindsOf(ends);
    for (const kind of kinds) expect(["done", "LAST_FACTOR", "SECOND_FACTOR_NOT_FOUND"]).toContain(kind);
    // Either the demand was made, or its author's factor removed: never both.
    expect([kinds[0], kinds[5]]).not.toEqual(["done", "done"]);
    expect([round, await mistakes(world)]).toEqual([round, []]);
  }
});
