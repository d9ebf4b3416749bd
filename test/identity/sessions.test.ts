import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { sha256 } from "../../server/core/secrets.ts";
import { createSessions } from "../../server/domains/identity/lucia.ts";
import { refusal } from "../setup/refusal.ts";
import { type Person, signedIn, test, type World } from "../setup/world.ts";

const DAY_MS = 86_400_000;
const SOME_ID = "01900000-0000-7000-8000-000000000000";

function inDays(days: number): Date {
  return new Date(Date.now() + days * DAY_MS);
}

/** Moves the ends of a person's session, as time would. */
async function setEnds(world: World, person: Person, ends: { expiresAt: Date; endsAt: Date }): Promise<void> {
  await world.db.execute(sql`
    update session set expires_at = ${ends.expiresAt.toISOString()}::timestamptz,
      ends_at = ${ends.endsAt.toISOString()}::timestamptz
    where id = ${sha256(person.token)}`);
}

async function expiryOf(world: World, person: Person): Promise<number> {
  const [row] = await world.db.execute<{ at: string }>(
    sql`select iso(expires_at) as at from session where id = ${sha256(person.token)}`,
  );
  return Date.parse(row?.at ?? "");
}

async function anotherSession(world: World, person: Person) {
  const { token } = await world.services.sessions.create(person.id, "another browser");
  return { token, ...(await signedIn(world.services, token)) };
}

test("a copy of the session table signs nobody in", async ({ world }) => {
  const person = await world.person();
  const rows = await world.db.execute<{ id: string; public_id: string }>(
    sql`select * from session where user_id = ${person.id}::uuid`,
  );
  expect(rows).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toContain(person.token);
  for (const value of [rows[0]?.id ?? "", rows[0]?.public_id ?? ""]) {
    expect(await world.services.sessions.find(value)).toBeUndefined();
  }
});

test("a malformed cookie or header signs nobody in and breaks nothing", async ({ world }) => {
  const { token } = await world.person();
  const { sessions } = world.services;
  for (const cookie of ["", "trestle", "trestle=", "trestle=%E0%A4%A", `other=%zz; trestle=%zz`, "=;=;;"]) {
    expect(sessions.tokenOf({ cookie })).toBeUndefined();
  }
  for (const authorization of ["", "Bearer", "Bearer ", `Basic ${token}`, `bearer${token}`]) {
    expect(sessions.tokenOf({ authorization })).toBeUndefined();
  }
  for (const claim of ["", "x", "%00", "a\0b", `${token}x`, token.toUpperCase(), "a".repeat(40)]) {
    expect(await sessions.find(claim)).toBeUndefined();
  }
  expect(sessions.tokenOf({ cookie: `a=b; trestle=${token}` })).toEqual({ token, via: "cookie" });
});

test("a server that is reached by https binds its cookie to https and to its host", async ({ world }) => {
  const sessions = createSessions(world.services, { secure: true });
  const { cookie } = await sessions.create((await world.person()).id, "test");
  expect(cookie).toMatch(/^__Host-trestle=/u);
  expect(cookie).toContain("; Secure");
  expect(sessions.blankCookie).toMatch(/^__Host-trestle=;.*Max-Age=0/u);
});

test("a session that is used lives on, but is written only past half of its life", async ({ world }) => {
  const person = await world.person();
  const before = await expiryOf(world, person);
  expect((await world.services.sessions.find(person.token))?.cookie).toBeUndefined();
  expect(await expiryOf(world, person)).toBe(before);

  const early = inDays(16);
  await setEnds(world, person, { expiresAt: early, endsAt: inDays(80) });
  expect((await world.services.sessions.find(person.token))?.cookie).toBeUndefined();
  expect(await expiryOf(world, person)).toBe(early.getTime());

  await setEnds(world, person, { expiresAt: inDays(14), endsAt: inDays(80) });
  const found = await world.services.sessions.find(person.token);
  expect(found?.cookie).toContain(person.token);
  expect(await expiryOf(world, person)).toBeGreaterThan(inDays(29).getTime());
});

test("a session ends for good however much it is used", async ({ world }) => {
  const person = await world.person();
  const endsAt = inDays(3);
  await setEnds(world, person, { expiresAt: inDays(2), endsAt });
  const found = await world.services.sessions.find(person.token);
  expect(await expiryOf(world, person)).toBe(endsAt.getTime());
  expect(found?.session.expiresAt).toEqual(endsAt);
  await setEnds(world, person, { expiresAt: inDays(20), endsAt: inDays(-0.01) });
  expect(await world.services.sessions.find(person.token)).toBeUndefined();
});

test("a session that was not used for long signs nobody in", async ({ world }) => {
  const person = await world.person();
  await setEnds(world, person, { expiresAt: inDays(-0.01), endsAt: inDays(60) });
  expect(await world.services.sessions.find(person.token)).toBeUndefined();
});

test("a socket that stays open does not outlive its session", async ({ world }) => {
  const person = await world.person();
  const session = person.context.session;
  expect(session).toBeDefined();
  world.clock.advance(31 * DAY_MS);
  try {
    expect(await refusal(person.caller.auth.me())).toBe("SIGN_IN_REQUIRED");
    expect(await refusal(person.caller.orgs.create({ name: "Too late" }))).toBe("SIGN_IN_REQUIRED");
  } finally {
    world.clock.advance(-31 * DAY_MS);
  }
});

test("people see their own sessions, newest first, and which one asks", async ({ world }) => {
  const person = await world.person();
  await world.person();
  const others = [];
  for (let count = 0; count < 4; count += 1) others.push(await anotherSession(world, person));
  const seen = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await person.caller.sessions.list({ cursor, limit: 2 });
    expect(page.items.length).toBeLessThanOrEqual(2);
    seen.push(...page.items);
    cursor = page.nextCursor;
  }
  const own = person.context.session?.id;
  expect(seen.map(({ id }) => id)).toEqual([...others.map(({ context }) => context.session?.id).toReversed(), own]);
  expect(seen.filter(({ current }) => current).map(({ id }) => id)).toEqual([own]);
  expect(seen[0]).toMatchObject({ userAgent: "another browser" });
});

test("sessions that have ended are not listed", async ({ world }) => {
  const person = await world.person();
  const { caller } = await anotherSession(world, person);
  await setEnds(world, person, { expiresAt: inDays(-1), endsAt: inDays(60) });
  expect((await caller.sessions.list({})).items.map(({ current }) => current)).toEqual([true]);
});

test("a cursor that is not one of this list is refused", async ({ world }) => {
  const { caller } = await world.person();
  const made = ["x", "WzFd", Buffer.from('["a\\u0000b","c"]').toString("base64url"), ""];
  for (const cursor of made) expect(await refusal(caller.sessions.list({ cursor }))).toBe("INPUT_INVALID");
  expect(await refusal(caller.sessions.list({ limit: 101 }))).toBe("INPUT_INVALID");
});

test("people end a session of theirs, and nobody else's", async ({ world }) => {
  const [person, other] = [await world.person(), await world.person()];
  const lost = await anotherSession(world, person);
  const sessionId = lost.context.session?.id ?? "";
  const ended: string[] = [];
  world.services.sessions.onEnded((ids) => ended.push(...ids));

  expect(await refusal(other.caller.sessions.revoke({ sessionId }))).toBe("SESSION_NOT_FOUND");
  expect(await refusal(person.caller.sessions.revoke({ sessionId: SOME_ID }))).toBe("SESSION_NOT_FOUND");
  expect(await world.services.sessions.find(lost.token)).toBeDefined();
  expect(ended).toEqual([]);

  expect(await person.caller.sessions.revoke({ sessionId })).toBeNull();
  expect(await world.services.sessions.find(lost.token)).toBeUndefined();
  expect(ended).toEqual([sessionId]);
  expect(await refusal(person.caller.sessions.revoke({ sessionId }))).toBe("SESSION_NOT_FOUND");
});

test("people end all of their sessions but the one that asks", async ({ world }) => {
  const [person, other] = [await world.person(), await world.person()];
  const lost = [await anotherSession(world, person), await anotherSession(world, person)];
  const ended: string[] = [];
  world.services.sessions.onEnded((ids) => ended.push(...ids));

  expect(await person.caller.sessions.revokeOthers()).toEqual({ revoked: 2 });
  expect(ended.toSorted()).toEqual(
    lost.map(({ context }) => context.session?.id ?? "").toSorted((a, b) => (a < b ? -1 : 1)),
  );
  for (const { token } of lost) expect(await world.services.sessions.find(token)).toBeUndefined();
  for (const { token } of [person, other]) expect(await world.services.sessions.find(token)).toBeDefined();
  expect(await person.caller.sessions.revokeOthers()).toEqual({ revoked: 0 });
});
