import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import type { Home } from "../../server/domains/home/me.contract.ts";
import { holdAccounts } from "../../server/domains/identity/sign-ups.service.ts";
import { deleteExpiredInvitations } from "../../server/domains/orgs/invitations.service.ts";
import { range, type StockClient, type Transport, until } from "../setup/clients.ts";
import { waiting, whileHeld } from "../setup/held.ts";
import { versionOf } from "../setup/log.ts";
import { opened } from "../setup/opened.ts";
import { callerContext, type Person, signedIn, type TestOrg, type World } from "../setup/world.ts";
import { createCaller } from "../../server/router.ts";
import { test } from "./live-test.ts";

const TRANSPORTS: Transport[] = ["wsLink", "httpSubscriptionLink"];
const DAY_MS = 86_400_000;

function homeOf({ caller }: Pick<Person, "caller">): Promise<Home> {
  return opened<Home>(caller.me.live());
}

/** Invites somebody again and again: as many events on their inbox. */
async function invite({ id, owner }: TestOrg, { email }: Person, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) {
    await owner.caller.members.invite({ orgId: id, email, role: turn % 2 === 0 ? "guest" : "member" });
  }
}

/** How a watch begins: the reason of its snapshot, its first version, or why there is none. */
async function beginning(client: StockClient, lastEventId?: string): Promise<unknown> {
  const watch = client.watchMe(lastEventId);
  await until(() => watch.heard.length > 0 || watch.heads.length > 0 || watch.ending !== undefined);
  watch.stop();
  return watch.heard[0] ?? watch.ending ?? "nothing was missed";
}

test.for(TRANSPORTS)(
  "L6: whoever watches on %s what concerns them sees each invitation, organisation and board come and go",
  async (transport, { world, live }) => {
    const org = await world.org();
    const { caller } = org.owner;
    const orgId = org.id;
    const person = await world.person("Grace");
    const client = await live.client(person, { transport });
    const watch = client.watchMe();
    await until(() => watch.state !== undefined);
    const user = { id: person.id, email: person.email, name: "Grace" };
    expect(watch.state).toEqual({ user, orgs: [], invitations: [], boards: [], operations: [], cursor: "0.0" });

    const { token, invitation } = await caller.members.invite({ orgId, email: person.email, role: "guest" });
    const { name, slug } = await caller.orgs.get({ orgId });
    await until(() => watch.version === 1);
    const { id, role, expiresAt } = invitation;
    expect(watch.state?.invitations).toEqual([{ id, orgId, orgName: name, role, expiresAt }]);
    await client.trpc.members.accept.mutate({ token });
    await until(() => watch.version === 3);
    expect(watch.state).toMatchObject({ invitations: [], orgs: [{ id: orgId, name, slug, role: "guest" }] });

    const { id: boardId } = await org.board({ visibility: "private" });
    const share = { boardId, userId: person.id };
    for (const change of [
      () => caller.boards.share({ ...share, role: "viewer" }),
      () => caller.boards.share({ ...share, role: "editor" }),
      () => caller.boards.update({ boardId, name: "Renamed" }),
      () => caller.boards.archive({ boardId }),
      () => caller.boards.unshare(share),
      () => caller.boards.share({ ...share, role: "viewer" }),
      () => caller.boards.delete({ boardId }),
      () => caller.members.setRole({ orgId, userId: person.id, role: "member" }),
      () => caller.orgs.update({ orgId, name: "Another name" }),
      () => caller.members.remove({ orgId, userId: person.id }),
    ]) {
      const { version } = watch;
      await change();
      await until(() => watch.version === version + 1);
      expect(watch.state).toEqual(await homeOf(person));
    }
    expect(watch.types).toEqual([
      "invitation.received",
      "invitation.withdrawn",
      "org.joined",
      "share.received",
      "share.received",
      "board.changed",
      "board.changed",
      "share.withdrawn",
      "share.received",
      "board.deleted",
      "org.role-changed",
      "org.renamed",
      "org.left",
    ]);
    expect(watch.heard).toEqual(["first", ...range(1, 13)]);
  },
);

test.for(TRANSPORTS)(
  "L7: who was cut off on %s gets exactly what they missed of their inbox",
  async (transport, { world, live }) => {
    const org = await world.org();
    const person = await world.person();
    const { wire, url } = await live.wireTo();
    const watch = (await live.client(person, { transport, url })).watchMe();
    await until(() => watch.state !== undefined);
    await invite(org, person, 1);
    await until(() => watch.version === 1);
    wire.set("refused");
    wire.cut();
    await invite(org, person, 3);
    wire.set("open");
    await until(() => watch.version === 4);
    expect(watch.heard).toEqual(["first", 1, 2, 3, 4]);
    expect(watch.state).toEqual(await homeOf(person));
  },
);

test("L8: a cursor of one's own inbox goes on, and one that is of something else gets a snapshot", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const [person, other] = [await world.person(), await world.person()];
  const client = await live.client(person);
  expect(await beginning(client)).toBe("first");
  await invite(org, person, 1);
  await invite(org, other, 2);
  const old = (await homeOf(person)).cursor;
  await invite(org, person, 1);
  expect(await beginning(client, old)).toBe(2);
  const { cursor } = await homeOf(person);
  expect(await beginning(client, cursor)).toBe("nothing was missed");
  for (const strange of ["", "x", "0.1", "1.1", (await homeOf(other)).cursor]) {
    expect([strange, await beginning(client, strange)]).toEqual([strange, "unknown"]);
  }
  expect(await beginning(client, "9999.1")).toBe("ahead");
  await world.db.execute(sql`update stream set floor = version where id = ${person.id}::uuid`);
  // A server that holds nothing in memory.
  const fresh = await live.client(person, { url: (await live.serve()).url });
  expect(await beginning(fresh, old)).toBe("too-old");
  await world.db.execute(sql`update stream set floor = 0 where id = ${person.id}::uuid`);
  await world.db.execute(sql`
    insert into event (stream_id, version, nonce, access_version, type, actor_id, mutation_id, data, at)
    select ${person.id}::uuid, 2 + n, 1, 0, 'invitation.withdrawn', ${person.id}::uuid, gen_random_uuid(),
      json_build_object('invitationId', gen_random_uuid()), now() from generate_series(1, 500) n`);
  await world.db.execute(sql`update stream set version = 502, nonce = 1 where id = ${person.id}::uuid`);
  expect(await beginning(fresh, old)).toBe("too-far");
});

test("L8: the cursor 0.0, which every new inbox has, is nobody's: the next one to sign in gets their own state", async ({
  world,
  live,
}) => {
  const [ada, ben] = [await world.person("Ada"), await world.person("Ben")];
  const { cursor } = await homeOf(ada);
  expect(cursor).toBe("0.0");
  const watch = (await live.client(ben)).watchMe(cursor);
  await until(() => watch.state !== undefined);
  expect(watch.heard).toEqual(["unknown"]);
  expect(watch.state?.user.name).toBe("Ben");
});

test("nobody hears of what concerns others: neither of private boards, nor by a number that is left out", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const { caller } = org.owner;
  const people = [await org.as("admin"), await org.as("member"), await org.as("guest"), await world.person()];
  const watches = await Promise.all(people.map(async (person) => (await live.client(person)).watchMe()));
  await until(() => watches.every(({ state }) => state !== undefined));
  const before = watches.map(({ state }) => state);
  const { id: boardId } = await org.board({ visibility: "private" });
  const friend = await org.another("guest");
  await caller.boards.share({ boardId, userId: friend.id, role: "viewer" });
  await caller.boards.update({ boardId, name: "Secret" });
  await caller.members.setRole({ orgId: org.id, userId: friend.id, role: "member" });
  await caller.boards.delete({ boardId });
  const versions = await Promise.all(people.map(({ id }) => versionOf(world.db, id)));
  expect(watches.map(({ version }) => version)).toEqual(versions);
  // Their watches still work: this concerns all who belong to it.
  await caller.orgs.update({ orgId: org.id, name: "Renamed" });
  await until(() => watches.slice(0, 3).every(({ types }) => types.length > 0));
  expect(watches.map(({ types }) => types)).toEqual([["org.renamed"], ["org.renamed"], ["org.renamed"], []]);
  const orgs = watches.map(({ state }) => state?.orgs);
  const cursors = watches.map(({ state }) => state?.cursor);
  expect(watches.map(({ state }) => state)).toEqual(
    before.map((home, index) => ({ ...home, orgs: orgs[index], cursor: cursors[index] })),
  );
  expect((await homeOf(friend)).boards).toEqual([]);
});

test("two accounts on one socket's server have two inboxes, and each sees its own", async ({ world, live }) => {
  const org = await world.org();
  const [ada, ben] = [await world.person("Ada"), await world.person("Ben")];
  const watches = [(await live.client(ada)).watchMe(), (await live.client(ben)).watchMe()];
  await until(() => watches.every(({ state }) => state !== undefined));
  await invite(org, ada, 1);
  await invite(org, ben, 2);
  await until(() => watches[0]?.version === 1 && watches[1]?.version === 2);
  expect(watches.map(({ state }) => state?.user.name)).toEqual(["Ada", "Ben"]);
  const [first, second] = watches.map(({ messages }) => JSON.stringify(messages));
  expect(first).not.toContain(ben.email);
  expect(second).not.toContain(ada.email);
  expect(JSON.stringify(watches.map(({ messages }) => messages.slice(1)))).not.toContain("@");
});

test("L12: what another process says to an inbox comes there too", async ({ world, live }) => {
  const org = await world.org();
  const person = await world.person();
  const elsewhere = await signedIn(world.otherServices(), org.owner.token);
  const watch = (await live.client(person)).watchMe();
  await until(() => watch.state !== undefined);
  await elsewhere.caller.members.invite({ orgId: org.id, email: person.email, role: "member" });
  await until(() => watch.version === 1);
  expect(watch.types).toEqual(["invitation.received"]);
});

test("L5: an acceptance that comes again tells nobody twice", async ({ world, live }) => {
  const org = await world.org();
  const person = await world.person();
  const watch = (await live.client(person)).watchMe();
  const { token } = await org.owner.caller.members.invite({ orgId: org.id, email: person.email, role: "member" });
  const accept = { token, mutationId: newId() };
  const answers = await Promise.all([1, 2, 3].map(() => person.caller.members.accept(accept)));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  await until(() => watch.version === 3);
  expect(await versionOf(world.db, person.id)).toBe(3);
});

test("an organisation that is deleted is gone from the sight of its members and of those who were invited", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const board = await org.board();
  const [guest, invited] = [await board.as("viewer"), await world.person()];
  await invite(org, invited, 1);
  const watches = [(await live.client(guest)).watchMe(), (await live.client(invited)).watchMe()];
  await until(() => watches.every(({ state }) => state !== undefined));
  expect(watches.map(({ state }) => [state?.orgs.length, state?.boards.length, state?.invitations.length])).toEqual([
    [1, 1, 0],
    [0, 0, 1],
  ]);
  await org.owner.caller.orgs.delete({ orgId: org.id });
  await until(() => watches.every(({ types }) => types.length > 0));
  expect(watches.map(({ types }) => types)).toEqual([["org.left"], ["invitation.withdrawn"]]);
  for (const { state } of watches) expect(state).toMatchObject({ orgs: [], boards: [], invitations: [] });
  expect(watches[0]?.state).toEqual(await homeOf(guest));
});

test("an invitation that has expired goes, from its list and from its inbox; one that was renewed stays", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const [late, renewed] = [await world.person(), await world.person()];
  await invite(org, late, 1);
  await invite(org, renewed, 1);
  const watch = (await live.client(late)).watchMe();
  await until(() => watch.state?.invitations.length === 1);
  world.clock.advance(8 * DAY_MS);
  await invite(org, renewed, 1);
  await deleteExpiredInvitations((await world.app()).services);
  await until(() => watch.types.length > 0);
  expect(watch.types).toEqual(["invitation.withdrawn"]);
  expect(watch.state).toEqual(await homeOf(late));
  expect((await homeOf(renewed)).invitations).toHaveLength(1);
  const { items } = await org.owner.caller.invitations.list({ orgId: org.id });
  expect(items.map(({ email }) => email)).toEqual([renewed.email]);
});

function signUp({ services }: World, email: string): Promise<Pick<Person, "caller"> & { id: string }> {
  const anonymous = createCaller(callerContext(services, undefined));
  const input = { email, password: "a long password", name: "New", transport: "token" } as const;
  return anonymous.auth.signUp(input).then(async ({ user, token }) => {
    return { id: user.id, caller: (await signedIn(services, token ?? "")).caller };
  });
}

test("L9: whoever signs up while they are invited is told, if the invitation was not there when they looked", async ({
  world,
}) => {
  const org = await world.org();
  const email = `${newId()}@example.test`;
  const homes: { id: string; home: Home }[] = [];
  // The invitation looked for an account, found none, and waits for the organisation.
  const [invited] = await whileHeld(
    world.db,
    {
      streamId: org.id,
      change: async () => {
        const person = await signUp(world, email);
        homes.push({ id: person.id, home: await homeOf(person) });
      },
    },
    [() => org.owner.caller.members.invite({ orgId: org.id, email, role: "member" })],
  );
  expect(invited?.status).toBe("fulfilled");
  const [{ id, home } = { id: "", home: undefined }] = homes;
  expect(home?.invitations).toEqual([]);
  expect(await versionOf(world.db, id)).toBe(1);
});

test("L9: a sign-up waits for whoever decides whether there is an account with its address", async ({ world }) => {
  const email = `${newId()}@example.test`;
  const order: string[] = [];
  const [signingUp] = await world.db.transaction(async (tx) => {
    expect(await holdAccounts(tx, [email])).toEqual(new Map());
    const started = signUp(world, email).then(() => order.push("signed up"));
    await waiting(world.db, 1);
    expect(await holdAccounts(tx, [email])).toEqual(new Map());
    order.push("decided");
    return [started];
  });
  await signingUp;
  expect(order).toEqual(["decided", "signed up"]);
});
