import { sql } from "drizzle-orm";
import { expect, onTestFinished } from "vitest";
import { z } from "zod";
import { createTrestle } from "../../client/index.ts";
import { Renewed } from "../../server/domains/identity/auth.contract.ts";
import { createCaller } from "../../server/router.ts";
import { Browser } from "../setup/browser.ts";
import { until } from "../setup/clients.ts";
import { refusal } from "../setup/refusal.ts";
import type { Person, World } from "../setup/world.ts";
import { test } from "../live/live-test.ts";

const GRACE_MS = 10_000;

function later(world: World, ms: number): void {
  world.clock.advance(ms);
  onTestFinished(() => world.clock.advance(-ms));
}

/** A call by HTTP with this token. */
async function meBy(url: string, token: string) {
  const response = await fetch(`${url}/trpc/auth.me`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, cookies: response.headers.getSetCookie() };
}

const Answer = z.object({ result: z.object({ data: z.object({ json: Renewed }) }) });

async function proveBy(url: string, { password }: Person, headers: Record<string, string>) {
  const body = JSON.stringify({ json: { password } });
  const init = { method: "POST", headers: { "content-type": "application/json", ...headers }, body };
  const response = await fetch(`${url}/trpc/auth.reauthenticate`, init);
  const { result } = Answer.parse(await response.json());
  return { token: result.data.json.token, cookies: response.headers.getSetCookie() };
}

test("who proves themselves again has another token, the one of before ends in a moment, and their socket goes on", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["One"] });
  const member = await org.as("member");
  const { url } = await world.app();
  const watch = (await live.client(member)).watch(board.id);
  await until(() => watch.state !== undefined);
  const { id } = member.context.session ?? { id: "" };

  const proved = await proveBy(url, member, { authorization: `Bearer ${member.token}` });
  const token = proved.token ?? "";
  expect(token).toMatch(/^[a-z2-7]{40}$/u);
  expect([token === member.token, proved.cookies]).toEqual([false, []]);
  // Both, for what is under way; it is the same session.
  expect([(await meBy(url, member.token)).status, (await meBy(url, token)).status]).toEqual([200, 200]);
  expect((await member.caller.sessions.list({})).items.map((session) => session.id)).toEqual([id]);

  later(world, GRACE_MS);
  expect(await world.services.sessions.find(member.token)).toBeUndefined();
  expect((await world.services.sessions.find(token))?.session.id).toBe(id);
  // A process believes what it looked up for five seconds.
  await until(async () => (await meBy(url, member.token)).status === 401);
  expect((await meBy(url, token)).status).toBe(200);
  const { version } = await org.owner.caller.tasks.archive({ boardId: board.id, taskId: board.task("One") });
  await until(() => watch.version === version);
  expect(watch.ending).toBeUndefined();
  const again = (await live.client(member)).watch(board.id);
  await until(() => again.ending !== undefined);
  expect(again.ending).toBe("SIGN_IN_REQUIRED");
  // What is kept of either is worth nothing.
  const [row] = await world.db.execute<{ id: string; former: string }>(
    sql`select id, former_id as former from session where public_id = ${id}::uuid`,
  );
  for (const stored of [row?.id ?? "", row?.former ?? ""]) {
    expect(stored).toMatch(/^[0-9a-f]{64}$/u);
    expect((await meBy(url, stored)).status).toBe(401);
  }
  await member.caller.sessions.revokeOthers();
  await member.caller.auth.signOut();
  await until(async () => (await meBy(url, token)).status === 401);
});

test("a browser gets the new token as its cookie, and what it asked with the old one does not take it away", async ({
  world,
}) => {
  const person = await world.person();
  const { url } = await world.app();
  const browser = new Browser(url);
  await browser.trpc.auth.signIn.mutate({ email: person.email, password: person.password });
  const cookieOf = () => browser.cookies.get("trestle") ?? "";
  const before = cookieOf();
  expect(await browser.trpc.auth.reauthenticate.mutate({ password: person.password })).toEqual({ token: null });
  const after = cookieOf();
  expect(after).toMatch(/^[a-z2-7]{40}$/u);
  expect(after).not.toBe(before);
  // Requests of the page that were under way, also one of a session that is prolonged just then.
  await world.db.execute(
    sql`update session set expires_at = now() + interval '3 days' where user_id = ${person.id}::uuid`,
  );
  const late = Array.from({ length: 5 }, () =>
    fetch(`${url}/trpc/auth.me`, { headers: { cookie: `trestle=${before}` } }),
  );
  for (const response of await Promise.all(late)) {
    expect([response.status, response.headers.getSetCookie()]).toEqual([200, []]);
  }
  // A new password does the same, and nothing does it twice in ten seconds: what is under way has one of two tokens.
  expect(await browser.trpc.auth.reauthenticate.mutate({ password: person.password })).toEqual({ token: null });
  expect(cookieOf()).toBe(after);
  later(world, GRACE_MS);
  const change = { currentPassword: person.password, newPassword: "another horse battery" };
  expect(await browser.trpc.passwords.change.mutate(change)).toEqual({ token: null });
  expect([before, after]).not.toContain(cookieOf());
  later(world, GRACE_MS);
  expect(await world.services.sessions.find(after)).toBeUndefined();
  expect((await browser.trpc.auth.me.query()).user.id).toBe(person.id);
});

test("of proofs at the same moment one makes a new token, and none of them is signed out", async ({ world }) => {
  const person = await world.person();
  const { url } = await world.app();
  const ends = await Promise.all(
    Array.from({ length: 4 }, () => proveBy(url, person, { authorization: `Bearer ${person.token}` })),
  );
  const tokens = ends.flatMap(({ token }) => token ?? []);
  expect(tokens).toHaveLength(1);
  expect(ends.filter(({ token }) => token === null)).toHaveLength(3);
  later(world, GRACE_MS);
  expect(await world.services.sessions.find(tokens[0] ?? "")).toBeDefined();
});

test("createTrestle goes on with the new token, and a socket that a cookie opened says that it cannot get one", async ({
  world,
}) => {
  const person = await world.person();
  const { url, services } = await world.app();
  const trestle = createTrestle({ url });
  onTestFinished(() => trestle.close());
  const { email, password } = person;
  await trestle.auth.signIn.mutate({ email, password });
  const { token } = await trestle.auth.reauthenticate.mutate({ password });
  expect(token).not.toBeNull();
  later(world, 2 * GRACE_MS);
  expect((await trestle.auth.me.query()).user.id).toBe(person.id);
  expect((await services.sessions.find(token ?? ""))?.user.id).toBe(person.id);

  const { request } = person.context;
  const onSocket = { ...person.context, request: { ...request, transport: "websocket", via: "cookie" } as const };
  expect(await refusal(createCaller(onSocket).auth.reauthenticate({ password }))).toBe("TRANSPORT_UNSUPPORTED");
});
