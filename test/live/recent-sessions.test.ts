import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { sha256 } from "../../server/core/secrets.ts";
import { disableAccount } from "../../server/domains/identity/accounts.service.ts";
import { RecentSessions } from "../../server/recent-sessions.ts";
import { ask } from "../setup/ask.ts";
import { until } from "../setup/clients.ts";
import { type Person, signedIn, type World } from "../setup/world.ts";
import { test } from "./live-test.ts";

/** As good as never: what is heard is heard by wake-ups. */
const NEVER_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Calls as somebody by their token: the kind of the refusal, or none. */
async function callAs({ token }: { token: string }, url: string): Promise<string | undefined> {
  const { kind } = await ask(url, "/trpc/auth.me", { headers: { authorization: `Bearer ${token}` } });
  return kind;
}

/** The ways in which a session ends, done in the process of these services. */
const ENDS: Record<string, (services: World["services"], person: Person) => Promise<unknown>> = {
  "signs out": async (services, { token }) => (await signedIn(services, token)).caller.auth.signOut(),
  "ends the session from another one": async (services, person) => {
    const { caller } = await signedIn(services, (await services.sessions.create(person.id, "another")).token);
    return caller.sessions.revokeOthers();
  },
  "loses the account": (services, { email }) => disableAccount(services, email),
};

for (const [how, end] of Object.entries(ENDS)) {
  test(`L15: whoever ${how} calls no more in the same moment, and soon on every other process`, async ({
    world,
    live,
  }) => {
    const person = await world.person();
    const bystander = await world.person();
    const [here, there] = [
      await live.serve({ pollMs: NEVER_MS, wakeUps: true }),
      await live.serve({ pollMs: NEVER_MS, wakeUps: true }),
    ];
    for (const { url } of [here, there]) {
      expect(await callAs(person, url)).toBeUndefined();
      expect(await callAs(bystander, url)).toBeUndefined();
    }
    await end(here.services, person);
    expect(await callAs(person, here.url)).toBe("SIGN_IN_REQUIRED");
    const startedAt = performance.now();
    await until(async () => (await callAs(person, there.url)) === "SIGN_IN_REQUIRED");
    // By the wake-up: what is remembered would be believed for longer.
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    for (const { url } of [here, there]) expect(await callAs(bystander, url)).toBeUndefined();
  });
}

test("L15: with every wake-up and poll lost, an ended session calls no more after ten seconds, however often it calls", async ({
  world,
  live,
}) => {
  const person = await world.person();
  const { url } = await live.serve({ pollMs: NEVER_MS });
  expect(await callAs(person, url)).toBeUndefined();
  const startedAt = performance.now();
  await (await signedIn(world.otherServices(), person.token)).caller.auth.signOut();
  await until(async () => (await callAs(person, url)) === "SIGN_IN_REQUIRED");
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

test("L15: a session that ended while it was looked up is not remembered", async ({ world }) => {
  const person = await world.person();
  const { services } = world;
  const find: typeof services.sessions.find = async (token) => {
    const found = await services.sessions.find(token);
    await person.caller.auth.signOut();
    return found;
  };
  const recent = new RecentSessions({ ...services, sessions: { ...services.sessions, find } });
  expect(await recent.find(person.token)).toMatchObject({ user: { id: person.id } });
  expect(recent.known(person.token)).toBeUndefined();
});

test("who calls again is not looked up again", async ({ world, live }) => {
  const person = await world.person();
  const { app, wire } = await live.serveOnWire({ pollMs: NEVER_MS });
  let lookUps = 0;
  wire.fate = (sent) => {
    if (sent.includes(sha256(person.token))) lookUps += 1;
    return undefined;
  };
  expect([await callAs(person, app.url), lookUps]).toEqual([undefined, 1]);
  expect([await callAs(person, app.url), lookUps]).toEqual([undefined, 1]);
});

test("a session that is remembered is prolonged once, and is not remembered beyond its end", async ({ world }) => {
  const person = await world.person();
  const expiresAt = new Date(Date.now() + DAY_MS);
  await world.db.execute(sql`
    update session set expires_at = ${expiresAt.toISOString()}::timestamptz where id = ${sha256(person.token)}`);
  const { url } = await world.app();
  const setCookie = async () =>
    (await ask(url, "/trpc/auth.me", { headers: { cookie: `trestle=${person.token}` } })).headers["set-cookie"];
  expect(await setCookie()).toEqual([expect.stringContaining(person.token)]);
  expect([await setCookie(), await setCookie()]).toEqual([undefined, undefined]);

  const recent = new RecentSessions(world.services);
  await recent.find(person.token);
  expect(recent.known(person.token)).toMatchObject({ user: { id: person.id } });
  world.clock.advance(31 * DAY_MS);
  expect(recent.known(person.token)).toBeUndefined();
  world.clock.advance(-31 * DAY_MS);
});

test("of very many who call, those are remembered who called last", async ({ world }) => {
  const person = await world.person();
  const { services } = world;
  const found = await services.sessions.find(person.token);
  const find: typeof services.sessions.find = async () => found;
  const recent = new RecentSessions({ ...services, sessions: { ...services.sessions, find } });
  for (let count = 0; count <= 10_000; count += 1) await recent.find(`token ${count}`);
  expect(recent.known("token 0")).toBeUndefined();
  expect([1, 5_000, 10_000].map((count) => recent.known(`token ${count}`))).toEqual([found, found, found]);
});
