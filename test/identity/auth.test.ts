import { sql } from "drizzle-orm";
import { expect } from "vitest";
import type { RequestContext } from "../../server/core/context.ts";
import { createCaller } from "../../server/router.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { callerContext, signedIn, test, type World } from "../setup/world.ts";

let counter = 0;
function newAccount() {
  counter += 1;
  return { email: `new-${counter}@example.test`, password: "correct horse", name: "Newcomer" };
}

/** Somebody without a session, and the cookies that were set for them. */
function stranger(world: World, came: Partial<RequestContext> = {}) {
  const cookies: string[] = [];
  const context = callerContext(world.services, undefined);
  const setCookie = (cookie: string) => {
    cookies.push(cookie);
  };
  return { caller: createCaller({ ...context, request: { ...context.request, setCookie, ...came } }), cookies };
}

async function countAccounts(world: World, email: string): Promise<number> {
  const rows = await world.db.execute(sql`select 1 from app_user where email = ${email}`);
  return rows.length;
}

test("a newcomer signs up in a browser and is signed in by the cookie", async ({ world }) => {
  const { caller, cookies } = stranger(world);
  const account = newAccount();
  const { user, token } = await caller.auth.signUp(account);
  expect(token).toBeNull();
  expect(user).toMatchObject({ email: account.email, name: "Newcomer" });
  expect(cookies.map((cookie) => cookie.replace(/=.*/u, ""))).toEqual(["trestle", "trestle-device"]);
  const [pair = "", ...attributes] = cookies[0]?.split("; ") ?? [];
  expect(pair).toMatch(/^trestle=[a-z2-7]{40}$/u);
  expect(attributes).toEqual(expect.arrayContaining(["HttpOnly", "SameSite=Lax", "Path=/"]));

  const claim = world.services.sessions.tokenOf({ cookie: pair });
  expect(claim?.via).toBe("cookie");
  const me = await (await signedIn(world.services, claim?.token ?? "")).caller.auth.me();
  expect(me).toEqual({ user, orgs: [] });
});

test("a program that asks for a token gets one, and no cookie", async ({ world }) => {
  const { caller, cookies } = stranger(world);
  const { email, password, name } = newAccount();
  const first = await caller.auth.signUp({ email, password, name, transport: "token" });
  const second = await caller.auth.signIn({ email, password, transport: "token" });
  expect(cookies).toEqual([]);
  expect(second.user).toEqual(first.user);
  expect(second.token).not.toBe(first.token);
  const claim = world.services.sessions.tokenOf({ authorization: `Bearer ${second.token}` });
  expect(claim).toEqual({ token: second.token, via: "bearer" });
  expect((await signedIn(world.services, second.token ?? "")).context.user).toEqual(first.user);
});

test("an e-mail address is the same in capitals and with spaces around it", async ({ world }) => {
  const { caller } = stranger(world);
  const { email, password, name } = newAccount();
  const { user } = await caller.auth.signUp({ email: ` ${email.toUpperCase()} `, password, name });
  expect(user.email).toBe(email);
  expect((await caller.auth.signIn({ email: email.toUpperCase(), password })).user).toEqual(user);
  expect(await refusal(caller.auth.signUp({ email, password, name }))).toBe("EMAIL_TAKEN");
});

test("a taken address changes nothing for the one who has it", async ({ world }) => {
  const { caller, cookies } = stranger(world);
  const { email, password, name } = newAccount();
  await caller.auth.signUp({ email, password, name });
  const other = { email, password: "another password", name: "Somebody else" };
  const before = cookies.length;
  expect(await refusal(caller.auth.signUp(other))).toBe("EMAIL_TAKEN");
  expect(cookies).toHaveLength(before);
  expect((await caller.auth.signIn({ email, password })).user?.name).toBe(name);
});

test("of several who sign up at once with one address one gets it", async ({ world }) => {
  const account = newAccount();
  const tries = Array.from({ length: 6 }, () => stranger(world).caller.auth.signUp(account));
  const ends = await Promise.allSettled(tries);
  expect(kindsOf(ends).toSorted()).toEqual([...Array.from({ length: 5 }, () => "EMAIL_TAKEN"), "done"]);
  expect(await countAccounts(world, account.email)).toBe(1);
});

test("a password has 8 to 128 characters, counted as people count them", async ({ world }) => {
  const { caller } = stranger(world);
  const signUp = (password: string) => caller.auth.signUp({ ...newAccount(), password });
  for (const password of ["short12", "🐎".repeat(7), "x".repeat(129), "🐎".repeat(129), "x".repeat(10_000)]) {
    expect(await refusal(signUp(password))).toBe("INPUT_INVALID");
  }
  for (const password of ["пароль12", "🐎".repeat(8), "x".repeat(128), "🐎".repeat(128)]) {
    expect((await signUp(password)).user.name).toBe("Newcomer");
  }
});

test("a password is taken exactly as it was typed", async ({ world }) => {
  const { caller } = stranger(world);
  const { email, name } = newAccount();
  await caller.auth.signUp({ email, name, password: " Pässword 1 " });
  expect(await refusal(caller.auth.signIn({ email, password: "Pässword 1" }))).toBe("CREDENTIALS_WRONG");
  expect(await refusal(caller.auth.signIn({ email, password: " pässword 1 " }))).toBe("CREDENTIALS_WRONG");
  expect((await caller.auth.signIn({ email, password: " Pässword 1 " })).user?.email).toBe(email);
});

test("an unknown address gets the answer of a wrong password", async ({ world }) => {
  const { caller, cookies } = stranger(world);
  const person = await world.person();
  const wrong = await caller.auth.signIn({ email: person.email, password: "wrong horse" }).catch(String);
  const unknown = await caller.auth.signIn({ email: "nobody@example.test", password: "wrong horse" }).catch(String);
  expect(unknown).toBe(wrong);
  expect(await refusal(caller.auth.signIn({ email: "nobody@example.test", password: "x" }))).toBe("CREDENTIALS_WRONG");
  expect(cookies).toEqual([]);
});

test("over a WebSocket only a token can be had, and nothing is done for a cookie", async ({ world }) => {
  const { caller } = stranger(world, { transport: "websocket" });
  const { email, password, name } = newAccount();
  expect(await refusal(caller.auth.signUp({ email, password, name }))).toBe("TRANSPORT_UNSUPPORTED");
  expect(await countAccounts(world, email)).toBe(0);
  expect((await caller.auth.signUp({ email, password, name, transport: "token" })).token).not.toBeNull();
  expect(await refusal(caller.auth.signIn({ email, password }))).toBe("TRANSPORT_UNSUPPORTED");
  expect((await caller.auth.signIn({ email, password, transport: "token" })).token).not.toBeNull();
});

test("names and addresses that cannot be kept are refused", async ({ world }) => {
  const { caller } = stranger(world);
  const account = newAccount();
  for (const name of ["", "   ", "x".repeat(101), "a\0b", "half \ud83d of a pair"]) {
    expect(await refusal(caller.auth.signUp({ ...account, name }))).toBe("INPUT_INVALID");
  }
  for (const email of ["", "nobody", "a b@example.test", `${"x".repeat(250)}@example.test`, "a\0@example.test"]) {
    expect(await refusal(caller.auth.signUp({ ...account, email }))).toBe("INPUT_INVALID");
  }
  const withMore = { ...account, role: "owner" };
  expect(await refusal(caller.auth.signUp(withMore))).toBe("INPUT_INVALID");
});

test("what a client says it is, is cut to what can be stored and shown", async ({ world }) => {
  const userAgent = `${"x".repeat(198)}\0${"🐎".repeat(10)}`;
  const { caller } = stranger(world, { userAgent });
  const { token } = await caller.auth.signUp({ ...newAccount(), transport: "token" });
  const { items } = await (await signedIn(world.services, token ?? "")).caller.sessions.list({});
  expect(items.map((session) => session.userAgent)).toEqual([`${"x".repeat(198)}\ufffd`]);
});

test("who signs out is signed out everywhere that session was used, and loses the cookie", async ({ world }) => {
  const person = await world.person();
  const ended: string[] = [];
  world.services.sessions.onEnded((ids) => ended.push(...ids));
  const { cookies } = stranger(world);
  const request = { ...person.context.request, setCookie: (cookie: string) => cookies.push(cookie) };
  expect(await createCaller({ ...person.context, request }).auth.signOut()).toBeNull();
  expect(cookies).toEqual([world.services.sessions.blankCookie]);
  expect(ended).toEqual([person.context.session?.id]);
  expect(await world.services.sessions.find(person.token)).toBeUndefined();
});

test("who is not signed in may sign out, and is told nothing else", async ({ world }) => {
  const { caller, cookies } = stranger(world);
  expect(await caller.auth.signOut()).toBeNull();
  expect(cookies).toEqual([world.services.sessions.blankCookie]);
  expect(await refusal(caller.auth.me())).toBe("SIGN_IN_REQUIRED");
});

test("nobody is told that they are signed out while nobody can be recognised", async ({ world }) => {
  const caller = createCaller({ ...callerContext(world.services, undefined), unrecognised: true });
  expect(await refusal(caller.auth.signOut())).toBe("SERVER_UNAVAILABLE");
  expect(await refusal(caller.auth.me())).toBe("SERVER_UNAVAILABLE");
});

test("people see who they are and their organisations by name", async ({ world }) => {
  const person = await world.person("Grace");
  const owned = await person.caller.orgs.create({ name: "Zebra" });
  const org = await world.org();
  const { token } = await org.owner.caller.members.invite({ orgId: org.id, email: person.email, role: "guest" });
  const joined = await person.caller.members.accept({ token });
  const me = await person.caller.auth.me();
  expect(me.user).toEqual({ id: person.id, email: person.email, name: "Grace" });
  expect(me.orgs).toEqual([
    { id: joined.id, name: joined.name, slug: joined.slug, role: "guest", customRole: null, factorDueAt: null },
    { id: owned.id, name: "Zebra", slug: owned.slug, role: "owner", customRole: null, factorDueAt: null },
  ]);
});
