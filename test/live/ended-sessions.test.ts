import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { sha256 } from "../../server/core/secrets.ts";
import {
  disableAccount,
  enableAccount,
  endAllSessions,
  endSessionsOf,
} from "../../server/domains/identity/accounts.service.ts";
import { until } from "../setup/clients.ts";
import { refusal } from "../setup/refusal.ts";
import { type Person, signedIn, type World } from "../setup/world.ts";
import { test } from "./live-test.ts";

/** As good as never: what is heard is heard by wake-ups. */
const NEVER_MS = 3_600_000;

/** A way for somebody's sessions to end, done in the process of these services. */
const ENDS: Record<string, (services: World["services"], person: Person) => Promise<unknown>> = {
  "signs out": async (services, { token }) => (await signedIn(services, token)).caller.auth.signOut(),
  "ends the session from another one": async (services, person) => {
    const { caller } = await signedIn(services, (await services.sessions.create(person.id, "another")).token);
    return caller.sessions.revokeOthers();
  },
  "changes the password elsewhere": async (services, person) => {
    const { caller } = await signedIn(services, (await services.sessions.create(person.id, "another")).token);
    await caller.passwords.change({ currentPassword: person.password, newPassword: "a new password" });
  },
  "sets a new password by mail": async (services, person) => {
    await services.db.within({ userId: person.id }).execute(sql`
      insert into password_reset (user_id, token_hash, email, expires_at)
      values (${person.id}::uuid, ${sha256("by mail")}, ${person.email}, now() + interval '1 hour')`);
    await person.caller.passwords.reset({ token: "by mail", password: "a new password" });
  },
  "moves to another address elsewhere": async (services, person) => {
    const { caller } = await signedIn(services, (await services.sessions.create(person.id, "another")).token);
    await services.db.within({ userId: person.id }).execute(sql`
      insert into email_code (user_id, email, code_hash, tries_left, expires_at)
      values (${person.id}::uuid, ${`new-${person.email}`}, ${await services.passwords.hash("12345678")}, 5,
        now() + interval '1 hour')`);
    await caller.emails.confirm({ code: "12345678" });
  },
  "loses the account": (services, { email }) => disableAccount(services, email),
  "is signed out by an operator": (services, { email }) => endSessionsOf(services, email),
};

for (const [how, end] of Object.entries(ENDS)) {
  test(`L15: whoever ${how} hears nothing more on any process`, async ({ world, live }) => {
    const org = await world.org();
    const board = await org.board({ tasks: ["Draft"] });
    const person = await org.another("member");
    const servers = [
      await live.serve({ pollMs: NEVER_MS, wakeUps: true }),
      await live.serve({ pollMs: NEVER_MS, wakeUps: true }),
    ];
    const watches = await Promise.all(
      servers.flatMap(({ url }) =>
        (["wsLink", "httpSubscriptionLink"] as const).map(async (transport) =>
          (await live.client(person, { url, transport })).watch(board.id),
        ),
      ),
    );
    const bystander = (await live.client(org.owner, { url: servers[1]?.url ?? "" })).watch(board.id);
    await until(() => [...watches, bystander].every((watch) => watch.state !== undefined));
    const startedAt = performance.now();
    await end(servers[0]?.services ?? world.services, person);
    await until(() => watches.every((watch) => watch.ending !== undefined));
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(watches.map(({ ending }) => ending)).toEqual(watches.map(() => "SIGN_IN_REQUIRED"));
    const { version } = await org.owner.caller.tasks.archive({ boardId: board.id, taskId: board.task("Draft") });
    servers[1]?.services.hub.wake(board.id, version);
    await until(() => bystander.version === version);
    expect(watches.map(({ heard }) => heard)).toEqual(watches.map(() => ["first"]));
  });
}

test("L15: with every wake-up and poll lost, an ended session hears nothing after ten seconds", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const board = await org.board();
  const person = await org.another("member");
  const { url } = await live.serve({ pollMs: NEVER_MS });
  const watch = (await live.client(person, { url })).watch(board.id);
  await until(() => watch.state !== undefined);
  const startedAt = performance.now();
  await (await signedIn(world.otherServices(), person.token)).caller.auth.signOut();
  await until(() => watch.ending !== undefined);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(watch.ending).toBe("SIGN_IN_REQUIRED");
});

test("a disabled account is signed in to by nobody until it is enabled again", async ({ world }) => {
  const { services } = world;
  const { email, password, token } = await world.person();
  const { caller } = await world.person();
  const signIn = () => caller.auth.signIn({ email, password, transport: "token" });
  expect(await disableAccount(services, ` ${email.toUpperCase()} `)).toBe("changed");
  expect(await disableAccount(services, email)).toBe("unchanged");
  expect(await refusal(signIn())).toBe("CREDENTIALS_WRONG");
  expect(await services.sessions.find(token)).toBeUndefined();
  expect(await enableAccount(services, email)).toBe("changed");
  expect(await enableAccount(services, email)).toBe("unchanged");
  expect(await signIn()).toMatchObject({ user: { email } });
  expect(await services.sessions.find(token)).toBeUndefined();
  expect(await disableAccount(services, "nobody@example.test")).toBe("unknown");
});

test("an operator ends the sessions of everybody, and sign-ins that have begun, on the record", async ({ world }) => {
  const { services } = world;
  const people = [await world.person(), await world.person(), await world.person()];
  const org = await world.org();
  const input = { orgId: org.id, name: "Key", actions: ["org:read" as const], expiresAt: null };
  const { token: key } = await org.owner.caller.keys.create(input);
  const others = people.slice(1);
  expect(await endSessionsOf(services, people[0]?.email ?? "")).toBe("changed");
  expect(await endSessionsOf(services, people[0]?.email ?? "")).toBe("unchanged");
  expect(await endSessionsOf(services, "nobody@example.test")).toBe("unknown");
  for (const { token } of others) expect(await services.sessions.find(token)).toBeDefined();

  const [before] = await world.db.execute(sql`select count(*)::int as count from session`);
  expect(await endAllSessions(services)).toBe(before?.["count"]);
  expect(await world.db.execute(sql`select from session`)).toHaveLength(0);
  for (const { token } of people) expect(await services.sessions.find(token)).toBeUndefined();
  // A key is no session, and whoever signs in again is in.
  expect(await services.sessions.find(key)).toBeDefined();
  const [{ email, password } = { email: "", password: "" }] = people;
  const { caller } = await world.person();
  expect(await caller.auth.signIn({ email, password, transport: "token" })).toMatchObject({ user: { email } });
  const records = await world.db.execute<{ id: string }>(sql`
    select distinct account_id as id from audit_record where action = 'accounts.endSessions' and outcome = 'done'`);
  expect(records.map(({ id }) => id)).toEqual(expect.arrayContaining(people.map(({ id }) => id)));
});
