import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { announcedBy } from "../setup/log.ts";
import { opened } from "../setup/opened.ts";
import { test } from "../setup/post.ts";
import type { Home } from "../../server/domains/home/me.contract.ts";
import { createCaller } from "../../server/router.ts";
import { until } from "../setup/clients.ts";
import { callerContext, type Person, type World } from "../setup/world.ts";

const MINUTE_MS = 60_000;

let counter = 0;
function newAddress(): string {
  counter += 1;
  return `moved-${counter}@example.test`;
}

/** A code that is not this one. */
function another(code: string): string {
  return code.replace(/\d$/u, (digit) => String((Number(digit) + 1) % 10));
}

async function later<T>(world: World, ms: number, work: () => Promise<T>): Promise<T> {
  world.clock.advance(ms);
  try {
    return await work();
  } finally {
    world.clock.advance(-ms);
  }
}

function confirm(person: Person, code: string) {
  return person.caller.emails.confirm({ code });
}

test("people prove their address by the code that comes by mail", async ({ world, post }) => {
  const person = await world.person();
  expect(await person.caller.emails.get()).toEqual({ email: person.email, isVerified: false });
  expect(await person.caller.emails.sendCode()).toBeNull();
  const code = await post.codeTo(person.email);
  expect(await confirm(person, code)).toEqual({ email: person.email, isVerified: true });
  expect(await person.caller.emails.get()).toEqual({ email: person.email, isVerified: true });
  expect(await refusal(confirm(person, code))).toBe("EMAIL_CODE_WRONG");
  // Nothing more is sent for an address that is proved.
  await person.caller.emails.sendCode();
  expect(await world.db.execute(sql`select 1 from mail where recipient = ${person.email}`)).toHaveLength(1);
});

test("a code is worth nothing to somebody else, after ten minutes, and once there is a newer one", async ({
  world,
  post,
}) => {
  const [person, other] = [await world.person(), await world.person()];
  await person.caller.emails.sendCode();
  const first = await post.codeTo(person.email);
  expect(await refusal(confirm(other, first))).toBe("EMAIL_CODE_WRONG");
  expect(await later(world, 10 * MINUTE_MS, () => refusal(confirm(person, first)))).toBe("EMAIL_CODE_WRONG");
  await person.caller.emails.sendCode();
  const second = await post.codeTo(person.email, 2);
  expect(await refusal(confirm(person, first))).toBe("EMAIL_CODE_WRONG");
  expect(await confirm(person, second)).toMatchObject({ isVerified: true });
});

test("a code can be guessed five times, however many guess at once", async ({ world, post }) => {
  const person = await world.person();
  await person.caller.emails.sendCode();
  const code = await post.codeTo(person.email);
  const guesses = Array.from({ length: 30 }, () => confirm(person, another(code)));
  expect(new Set(kindsOf(await Promise.allSettled(guesses)))).toEqual(new Set(["EMAIL_CODE_WRONG"]));
  expect(await refusal(confirm(person, code))).toBe("EMAIL_CODE_WRONG");
  expect(await person.caller.emails.get()).toMatchObject({ isVerified: false });
});

test("a code that many type at the same time is used once", async ({ world, post }) => {
  const person = await world.person();
  await person.caller.emails.sendCode();
  const code = await post.codeTo(person.email);
  const ends = kindsOf(await Promise.allSettled(Array.from({ length: 5 }, () => confirm(person, code))));
  expect(ends.filter((end) => end === "done")).toHaveLength(1);
});

test("people move to another address, and are signed in only where they did so", async ({ world, post }) => {
  const person = await world.person();
  const elsewhere = await world.services.sessions.create(person.id, "another browser");
  const address = newAddress();
  expect(await person.caller.emails.change({ email: address.toUpperCase() })).toBeNull();
  const code = await post.codeTo(address);
  // Nothing is changed before the code was typed.
  expect(await person.caller.emails.get()).toMatchObject({ email: person.email });
  const announced = await announcedBy(world.db, person.id, async () => {
    expect(await confirm(person, ` ${code.replace(" ", "-")} `)).toEqual({ email: address, isVerified: true });
  });
  expect(announced).toEqual([{ type: "account.changed", data: {} }]);
  expect(await world.services.sessions.find(elsewhere.token)).toBeUndefined();
  expect((await world.services.sessions.find(person.token))?.user.email).toBe(address);
  expect((await person.caller.auth.me()).user.email).toBe(address);
  await until(() => post.lastTo(person.email)?.source.includes("has another e-mail address") === true);
  const anonymous = createCaller(callerContext(world.services, undefined));
  const signIn = (email: string) => anonymous.auth.signIn({ email, password: person.password, transport: "token" });
  expect(await refusal(signIn(person.email))).toBe("CREDENTIALS_WRONG");
  expect((await signIn(address)).user?.id).toBe(person.id);
});

test("invitations belong to an address: those of the old one are gone, those of the new one are there", async ({
  world,
  post,
}) => {
  const person = await world.person();
  const address = newAddress();
  const [before, after] = [await world.org(), await world.org()];
  await before.owner.caller.members.invite({ orgId: before.id, email: person.email, role: "guest" });
  const { token } = await after.owner.caller.members.invite({ orgId: after.id, email: address, role: "guest" });
  await person.caller.emails.change({ email: address });
  await confirm(person, await post.codeTo(address));
  const home = await opened<Home>(person.caller.me.live({}));
  expect(home.user.email).toBe(address);
  expect(home.invitations.map(({ orgId }) => orgId)).toEqual([after.id]);
  expect((await person.caller.members.accept({ token })).id).toBe(after.id);
});

test("an address that somebody has is not given to another, and only its owner is told", async ({ world, post }) => {
  const [person, owner] = [await world.person(), await world.person()];
  expect(await person.caller.emails.change({ email: owner.email })).toBeNull();
  await until(() => post.lastTo(owner.email)?.source.includes("You have an account with") === true);
  expect(post.lastTo(owner.email)?.source).not.toMatch(/\d{4} \d{4}/u);
  expect(await refusal(confirm(person, "12345678"))).toBe("EMAIL_CODE_WRONG");
});

test("of two who prove the same new address one gets it", async ({ world, post }) => {
  const people = [await world.person(), await world.person()];
  const address = newAddress();
  const codes: string[] = [];
  for (const [index, person] of people.entries()) {
    await person.caller.emails.change({ email: address });
    codes.push(await post.codeTo(address, index + 1));
  }
  const ends = await Promise.allSettled(people.map((person, index) => confirm(person, codes[index] ?? "")));
  expect(kindsOf(ends).toSorted()).toEqual(["EMAIL_TAKEN", "done"]);
});

test("who has not proved who they are for a while does so again before they change their address", async ({
  world,
}) => {
  const person = await world.person();
  await later(world, 10 * MINUTE_MS, async () => {
    const change = () => person.caller.emails.change({ email: newAddress() });
    expect(await refusal(change())).toBe("REAUTHENTICATION_REQUIRED");
    expect(await refusal(person.caller.auth.reauthenticate({ password: "wrong horse" }))).toBe("PASSWORD_WRONG");
    expect(await refusal(change())).toBe("REAUTHENTICATION_REQUIRED");
    expect((await person.caller.auth.reauthenticate({ password: person.password })).token).toMatch(/^[a-z2-7]{40}$/u);
    expect(await change()).toBeNull();
  });
});

test("a session that ended elsewhere is not taken for one that has just proved itself", async ({ world }) => {
  const person = await world.person();
  await world.db.execute(sql`delete from session where user_id = ${person.id}::uuid`);
  expect(await refusal(person.caller.emails.change({ email: newAddress() }))).toBe("SIGN_IN_REQUIRED");
});

test("a copy of the tables proves no address", async ({ world, post }) => {
  const person = await world.person();
  await person.caller.emails.sendCode();
  const code = (await post.codeTo(person.email)).replace(" ", "");
  const rows = await world.db.execute(sql`
    select to_jsonb(c)::text as row from email_code c where user_id = ${person.id}::uuid
    union all select to_jsonb(m)::text from mail m where recipient = ${person.email}`);
  expect(rows).toHaveLength(2);
  expect(JSON.stringify(rows)).not.toContain(code);
  expect(JSON.stringify(rows)).toContain("$argon2id$v=19$m=19456,t=2,p=1$");
});
