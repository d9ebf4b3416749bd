import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { deleteSessions } from "../../server/domains/identity/session-end.ts";
import { createCaller } from "../../server/router.ts";
import { hash } from "@node-rs/argon2";
import { until } from "../setup/clients.ts";
import { test } from "../setup/post.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { callerContext, signedIn, type World } from "../setup/world.ts";

const HOUR_MS = 3_600_000;

const anonymous = (world: World) => createCaller(callerContext(world.services, undefined));

function signIn(world: World, email: string, password: string) {
  return anonymous(world).auth.signIn({ email, password, transport: "token" });
}

test("who forgot their password gets a link, sets a new one, and signs in with it", async ({ world, post }) => {
  const person = await world.person();
  const other = await world.person();
  const ended: string[] = [];
  world.services.sessions.onEnded((ids) => ended.push(...ids));
  expect(await anonymous(world).passwords.requestReset({ email: person.email.toUpperCase() })).toBeNull();
  const token = await post.linkTo(person.email);
  expect(await anonymous(world).passwords.reset({ token, password: "a new password" })).toBeNull();
  expect(ended).toEqual([person.context.session?.id]);
  expect(await world.services.sessions.find(person.token)).toBeUndefined();
  expect(await world.services.sessions.find(other.token)).toBeDefined();
  expect(await refusal(signIn(world, person.email, person.password))).toBe("CREDENTIALS_WRONG");
  const { token: session } = await signIn(world, person.email, "a new password");
  // Whoever reads the mail of an address has proved it.
  const { caller } = await signedIn(world.services, session ?? "");
  expect(await caller.emails.get()).toEqual({ email: person.email, isVerified: true });
  await until(() => post.lastTo(person.email)?.source.includes("Your password was changed") === true);
});

test("a link works once, also for many at the same time", async ({ world, post }) => {
  const person = await world.person();
  await anonymous(world).passwords.requestReset({ email: person.email });
  const token = await post.linkTo(person.email);
  const tries = Array.from({ length: 8 }, (_, number) =>
    anonymous(world).passwords.reset({ token, password: `new password ${number}` }),
  );
  const ends = kindsOf(await Promise.allSettled(tries));
  expect(ends.filter((end) => end === "done")).toHaveLength(1);
  expect(new Set(ends)).toEqual(new Set(["done", "RESET_TOKEN_WRONG"]));
  const winner = ends.indexOf("done");
  expect((await signIn(world, person.email, `new password ${winner}`)).user?.id).toBe(person.id);
});

test("a newer link replaces an older one", async ({ world, post }) => {
  const person = await world.person();
  await anonymous(world).passwords.requestReset({ email: person.email });
  const older = await post.linkTo(person.email);
  await anonymous(world).passwords.requestReset({ email: person.email });
  const newer = await post.linkTo(person.email, 2);
  const reset = (token: string) => anonymous(world).passwords.reset({ token, password: "a new password" });
  expect(await refusal(reset(older))).toBe("RESET_TOKEN_WRONG");
  expect(await reset(newer)).toBeNull();
});

test("a link is worth nothing after an hour, after a change of password, and for a disabled account", async ({
  world,
  post,
}) => {
  const reset = (token: string) => refusal(anonymous(world).passwords.reset({ token, password: "a new password" }));
  const person = await world.person();
  await anonymous(world).passwords.requestReset({ email: person.email });
  const late = await post.linkTo(person.email);
  world.clock.advance(HOUR_MS);
  try {
    expect(await reset(late)).toBe("RESET_TOKEN_WRONG");
  } finally {
    world.clock.advance(-HOUR_MS);
  }
  await person.caller.passwords.change({ currentPassword: person.password, newPassword: "another password" });
  expect(await reset(late)).toBe("RESET_TOKEN_WRONG");

  const disabled = await world.person();
  await anonymous(world).passwords.requestReset({ email: disabled.email });
  const token = await post.linkTo(disabled.email);
  await world.db.execute(sql`update app_user set disabled_at = now() where id = ${disabled.id}::uuid`);
  expect(await reset(token)).toBe("RESET_TOKEN_WRONG");
  for (const guess of ["", "x", token.slice(1), token.toUpperCase()]) {
    expect(await reset(guess)).toBe("RESET_TOKEN_WRONG");
  }
});

test("nobody learns from a request whether there is an account, and no mail goes to who has none", async ({
  world,
  post,
}) => {
  const person = await world.person();
  const disabled = await world.person();
  await world.db.execute(sql`update app_user set disabled_at = now() where id = ${disabled.id}::uuid`);
  // The same is done for each: what becomes of it is decided when it is sent.
  for (const email of ["nobody@example.test", disabled.email, person.email]) {
    expect(await anonymous(world).passwords.requestReset({ email })).toBeNull();
    expect(await world.db.execute(sql`select 1 from mail where recipient = ${email}`)).toHaveLength(1);
  }
  await post.linkTo(person.email);
  await until(async () => (await world.db.execute(sql`select 1 from mail where state = 'waiting'`)).length === 0);
  expect(post.received.map(({ to }) => to)).toEqual([person.email]);
});

test("it takes as long to ask for a link with an address that has an account as with one that has none", async ({
  world,
}) => {
  // Another process than the one that sends the mails, which would be in the way.
  const { caller } = await signedIn(world.otherServices(), "");
  const people = await Promise.all(Array.from({ length: 20 }, () => world.person()));
  const best = { known: Number.POSITIVE_INFINITY, unknown: Number.POSITIVE_INFINITY };
  const ask = async (which: keyof typeof best, email: string) => {
    const startedAt = performance.now();
    await caller.passwords.requestReset({ email });
    best[which] = Math.min(best[which], performance.now() - startedAt);
  };
  // Five an hour are queued for each address. Each comes first as often as second, which is quicker.
  for (let round = 0; round < 4; round += 1) {
    for (const { email } of people) {
      const asks = [() => ask("known", email), () => ask("unknown", `no-${email}`)];
      for (const each of round % 2 === 0 ? asks : asks.toReversed()) await each();
    }
  }
  // The best of each: whatever else the machine does only adds to it.
  expect(best.known / best.unknown).toBeGreaterThan(0.5);
  expect(best.known / best.unknown).toBeLessThan(2);
});

test("the tables and the queue hold no link that works", async ({ world, post }) => {
  const person = await world.person();
  await anonymous(world).passwords.requestReset({ email: person.email });
  const token = await post.linkTo(person.email);
  const rows = await world.db.execute(sql`
    select to_jsonb(r)::text as row from password_reset r union all select to_jsonb(m)::text from mail m
    union all select to_jsonb(j)::text from pgboss.job j union all select to_jsonb(e)::text from event e`);
  expect(rows.length).toBeGreaterThan(2);
  expect(JSON.stringify(rows)).not.toContain(token);
  const jobs = await world.db.execute(sql`select to_jsonb(j)::text as row from pgboss.job j`);
  expect(JSON.stringify(jobs)).not.toContain("@");
  const [{ hash: stored } = { hash: "" }] = await world.db.execute<{ hash: string }>(
    sql`select token_hash as hash from password_reset where user_id = ${person.id}::uuid`,
  );
  expect(await refusal(anonymous(world).passwords.reset({ token: stored, password: "a new password" }))).toBe(
    "RESET_TOKEN_WRONG",
  );
});

test("who changes their password stays signed in here, and nowhere else", async ({ world, post }) => {
  const person = await world.person();
  const elsewhere = await world.services.sessions.create(person.id, "another browser");
  const wrong = person.caller.passwords.change({ currentPassword: "wrong horse", newPassword: "a new password" });
  expect(await refusal(wrong)).toBe("PASSWORD_WRONG");
  expect(await world.services.sessions.find(elsewhere.token)).toBeDefined();
  const change = { currentPassword: person.password, newPassword: "a new password" };
  expect((await person.caller.passwords.change(change)).token).toMatch(/^[a-z2-7]{40}$/u);
  expect(await world.services.sessions.find(person.token)).toBeDefined();
  expect(await world.services.sessions.find(elsewhere.token)).toBeUndefined();
  expect(await refusal(signIn(world, person.email, person.password))).toBe("CREDENTIALS_WRONG");
  expect((await signIn(world, person.email, "a new password")).user?.id).toBe(person.id);
  await until(() => post.lastTo(person.email)?.source.includes("Your password was changed") === true);
});

test("of two changes from the same password one is made", async ({ world }) => {
  const person = await world.person();
  const change = (newPassword: string) =>
    person.caller.passwords.change({ currentPassword: person.password, newPassword });
  const ends = kindsOf(await Promise.allSettled([change("first password"), change("second password")]));
  expect(ends.toSorted()).toEqual(["PASSWORD_WRONG", "done"]);
  const made = ends[0] === "done" ? "first password" : "second password";
  expect((await signIn(world, person.email, made)).user?.id).toBe(person.id);
});

test("no session begins with a password that was replaced meanwhile", async ({ world }) => {
  const person = await world.person();
  // A sign-in has found the password right, and is held up by the transaction of a reset.
  const late = await world.db.transaction(async (tx) => {
    await tx.execute(sql`update app_user set password_hash = 'new' where id = ${person.id}::uuid`);
    const started = world.services.sessions.create(person.id, "late", { signInVersion: 0 });
    started.catch(() => {});
    await deleteSessions(tx, person.id);
    return [started];
  });
  expect(await refusal(late[0] ?? Promise.resolve())).toBe("CREDENTIALS_WRONG");
  expect(await world.db.execute(sql`select 1 from session where user_id = ${person.id}::uuid`)).toEqual([]);
});

test("passwords that many have, or that are made of the name, are refused wherever one is set", async ({ world }) => {
  const email = "grace.hopper@example.test";
  const signUp = (password: string) =>
    anonymous(world).auth.signUp({ email, name: "Grace Hopper", password, transport: "token" });
  for (const password of [
    "password123",
    "Qwertyuiop",
    "ＰＡＳＳＷＯＲＤ１２３",
    email,
    "Grace Hopper",
    "GRACE.HOPPER!",
    "gracehopper1906",
    "Trestle-2026",
  ]) {
    expect([password, await refusal(signUp(password))]).toEqual([password, "PASSWORD_GUESSABLE"]);
  }
  expect((await signUp("grace likes hoppers")).user.email).toBe(email);
  const person = await world.person();
  const weak = person.caller.passwords.change({ currentPassword: person.password, newPassword: "iloveyou1" });
  expect(await refusal(weak)).toBe("PASSWORD_GUESSABLE");
});

test("a password is the same however the keyboard composed its characters", async ({ world }) => {
  const email = "composed@example.test";
  const password = "zw\u00f6lf gr\u00fc\u00dfe";
  await anonymous(world).auth.signUp({ email, name: "Composed", password, transport: "token" });
  expect((await signIn(world, email, password.normalize("NFD"))).user?.email).toBe(email);
  expect(await refusal(signIn(world, email, password.toUpperCase()))).toBe("CREDENTIALS_WRONG");
});

test("a hash of older parameters is renewed when its owner signs in, and only then", async ({ world }) => {
  const person = await world.person();
  const old = await hash(person.password, { memoryCost: 4_096, timeCost: 1, parallelism: 1 });
  const store = (value: string) =>
    world.db.execute(sql`update app_user set password_hash = ${value} where id = ${person.id}::uuid`);
  const stored = async () => {
    const [row] = await world.db.execute<{ stored: string }>(
      sql`select password_hash as stored from app_user where id = ${person.id}::uuid`,
    );
    return row?.stored ?? "";
  };
  await store(old);
  expect(await refusal(signIn(world, person.email, "wrong horse"))).toBe("CREDENTIALS_WRONG");
  expect(await stored()).toBe(old);
  await signIn(world, person.email, person.password);
  const renewed = await stored();
  expect(renewed).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/u);
  await signIn(world, person.email, person.password);
  expect(await stored()).toBe(renewed);
});
