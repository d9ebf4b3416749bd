import { sql } from "drizzle-orm";
import { TOTP, URI } from "otpauth";
import { describe, expect } from "vitest";
import { resetFactors } from "../../server/domains/identity/accounts.service.ts";
import { stepOfCode } from "../../server/domains/identity/totp.ts";
import { createCaller } from "../../server/router.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { callerContext, type Person, signedIn, test, type World } from "../setup/world.ts";

const STEP_MS = 30_000;
const anonymous = (world: World) => createCaller(callerContext(world.services, undefined));

/** What an app shows that has scanned the address. */
function app(world: World, uri: string) {
  const totp = URI.parse(uri);
  if (!(totp instanceof TOTP)) throw new Error("not an address of codes by time");
  return (steps = 0) => totp.generate({ timestamp: world.clock.now().getTime() + steps * STEP_MS });
}

async function withAuthenticator(world: World, person: Person) {
  const { uri, secret } = await person.caller.authenticator.create();
  const show = app(world, uri);
  // The code of before, so that those of now are still to be used.
  const { recoveryCodes } = await person.caller.authenticator.confirm({ code: show(-1) });
  return { show, secret, uri, recoveryCodes };
}

async function ticketOf(world: World, { email, password }: Person): Promise<string> {
  const answer = await anonymous(world).auth.signIn({ email, password, transport: "token" });
  if (answer.state !== "second-factor") throw new Error("this account has no second factor");
  return answer.ticket;
}

async function signIn(world: World, person: Person, code: string) {
  const ticket = await ticketOf(world, person);
  return anonymous(world).auth.signInWithCode({ ticket, code, transport: "token" });
}

async function later<T>(world: World, ms: number, work: () => Promise<T>): Promise<T> {
  world.clock.advance(ms);
  try {
    return await work();
  } finally {
    world.clock.advance(-ms);
  }
}

/** Another code than these. */
function wrong(...right: string[]): string {
  return ["000000", "000001", "000002", "000003"].find((code) => !right.includes(code)) ?? "";
}

test("codes are those of RFC 6238, of the step before, of now and of the next, and of no other", () => {
  // Its test vectors, of SHA-1, by their last six digits: "12345678901234567890" in base32.
  const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  const vectors = [
    [59, "287082"],
    [1_111_111_109, "081804"],
    [1_111_111_111, "050471"],
    [1_234_567_890, "005924"],
    [2_000_000_000, "279037"],
    [20_000_000_000, "353130"],
  ] as const;
  for (const [seconds, code] of vectors) {
    const step = Math.floor(seconds / 30);
    const at = (steps: number) => stepOfCode(secret, { code, now: new Date((step + steps) * STEP_MS) });
    expect([-2, -1, 0, 1, 2].map(at)).toEqual([undefined, step, step, step, undefined]);
  }
});

test("an app counts once it has shown a code, and is asked for from then on", async ({ world }) => {
  const person = await world.person();
  const { caller, email, password } = person;
  const { token } = await world.services.sessions.create(person.id, "another device");
  const { uri, secret } = await caller.authenticator.create();
  expect(uri).toMatch(
    /^otpauth:\/\/totp\/Trestle:[^?]+\?issuer=Trestle&secret=[A-Z2-7]{32}&algorithm=SHA1&digits=6&period=30$/u,
  );
  expect(uri).toContain(secret);
  // Not yet: whoever stops half-way is not locked out.
  expect(await anonymous(world).auth.signIn({ email, password })).toMatchObject({ state: "signed-in" });
  expect(
    await refusal(
      caller.authenticator.confirm({ code: wrong(app(world, uri)(-1), app(world, uri)(), app(world, uri)(1)) }),
    ),
  ).toBe("CODE_WRONG");
  expect((await caller.factors.get()).authenticator).toBeNull();
  const other = app(world, (await caller.authenticator.create()).uri);
  expect(await refusal(caller.authenticator.confirm({ code: app(world, uri)() }))).toBe("CODE_WRONG");
  const first = other(-1);
  const { recoveryCodes } = await caller.authenticator.confirm({ code: first });
  expect(recoveryCodes).toHaveLength(10);
  expect(await refusal(caller.authenticator.create())).toBe("AUTHENTICATOR_EXISTS");
  expect(await refusal(caller.authenticator.confirm({ code: other() }))).toBe("AUTHENTICATOR_NOT_FOUND");
  // Whoever had signed in without it is out.
  expect(await world.services.sessions.find(token)).toBeUndefined();
  expect(await world.services.sessions.find(person.token)).toBeDefined();

  const answer = await anonymous(world).auth.signIn({ email, password });
  expect(answer).toMatchObject({ state: "second-factor", factors: ["authenticator", "recovery-code"] });
  // The code that confirmed it was used by that.
  expect(await refusal(signIn(world, person, first))).toBe("CODE_WRONG");
  const signed = await signIn(world, person, ` ${other().slice(0, 3)} ${other().slice(3)} `);
  expect(signed.user.id).toBe(person.id);
  expect((await (await signedIn(world.services, signed.token ?? "")).caller.auth.me()).user.email).toBe(email);
  const mails = await world.db.execute(sql`select kind from mail where user_id = ${person.id}::uuid`);
  expect(mails).toEqual([{ kind: "authenticator-added" }]);

  await caller.factors.renewRecoveryCodes();
  await caller.authenticator.delete();
  const records = await world.db.execute(sql`
    select action from audit_record where account_id = ${person.id}::uuid and action ~ '^(authenticator|factors)' order by at, id`);
  expect(records.map(({ action }) => action)).toEqual([
    "authenticator.confirm",
    "factors.renewRecoveryCodes",
    "authenticator.delete",
  ]);
});

test("of many who say a code at the same moment one gets in, and none who says it or an older one later", async ({
  world,
}) => {
  const person = await world.person();
  const { show } = await withAuthenticator(world, person);
  const code = show();
  const tickets = await Promise.all([1, 2, 3, 4].map(() => ticketOf(world, person)));
  const { auth } = anonymous(world);
  const ends = await Promise.allSettled(
    tickets.map((ticket) => auth.signInWithCode({ ticket, code, transport: "token" })),
  );
  expect(kindsOf(ends).toSorted()).toEqual(["CODE_WRONG", "CODE_WRONG", "CODE_WRONG", "done"]);
  const next = show(1);
  expect((await signIn(world, person, next)).user.id).toBe(person.id);
  expect(await refusal(signIn(world, person, code))).toBe("CODE_WRONG");
  expect(await refusal(signIn(world, person, next))).toBe("CODE_WRONG");
});

test("who guesses codes has five tries, however many try at once and by whatever tickets, and then ever longer pauses", async ({
  world,
}) => {
  const person = await world.person();
  const { show, recoveryCodes } = await withAuthenticator(world, person);
  const tickets = await Promise.all(Array.from({ length: 4 }, () => ticketOf(world, person)));
  const { auth } = anonymous(world);
  const code = wrong(show(-1), show(), show(1));
  const guesses = tickets.flatMap((ticket) =>
    Array.from({ length: 5 }, () => auth.signInWithCode({ ticket, code, transport: "token" })),
  );
  const ends = kindsOf(await Promise.allSettled(guesses));
  expect(ends.filter((end) => end === "CODE_WRONG")).toHaveLength(5);
  expect(ends.filter((end) => end === "CODES_TOO_MANY")).toHaveLength(15);
  // Nor by another way, with the right code: but who is not a guesser has another way.
  const { password } = person;
  expect(await refusal(person.caller.auth.reauthenticate({ password, code: show() }))).toBe("CODES_TOO_MANY");
  expect((await signIn(world, person, recoveryCodes?.[0] ?? "")).user.id).toBe(person.id);
  await later(world, 31_000, async () => {
    expect(await refusal(signIn(world, person, wrong(show(-1), show(), show(1))))).toBe("CODE_WRONG");
  });
  await later(world, 35_000, async () => {
    expect(await refusal(signIn(world, person, show()))).toBe("CODES_TOO_MANY");
  });
  await later(world, 1_000_000, async () => {
    expect((await signIn(world, person, show())).user.id).toBe(person.id);
    expect(await refusal(signIn(world, person, wrong(show(-1), show(), show(1))))).toBe("CODE_WRONG");
    expect((await signIn(world, person, show(1))).user.id).toBe(person.id);
  });
});

describe("the secret of an app", () => {
  test("is in no table as it is, and one that was moved to another account is refused", async ({ world }) => {
    const [person, thief] = [await world.person(), await world.person()];
    const { secret } = await withAuthenticator(world, person);
    const theirs = await withAuthenticator(world, thief);
    const rows = await world.db.execute<{ row: string }>(sql`select to_jsonb(a)::text as row from authenticator a`);
    expect(rows.map(({ row }) => row).join("\n")).not.toContain(secret);
    expect(JSON.stringify(await person.caller.factors.get())).not.toContain(secret);
    await world.db.execute(sql`
      update authenticator set secret = (select secret from authenticator where user_id = ${thief.id}::uuid)
      where user_id = ${person.id}::uuid`);
    await expect(signIn(world, person, theirs.show())).rejects.toThrow("ciphertext");
  });

  test("goes with the app: only its owner removes it, and the other sessions end", async ({ world }) => {
    const person = await world.person();
    const { show } = await withAuthenticator(world, person);
    const { token } = await signIn(world, person, show());
    expect(await person.caller.authenticator.delete()).toBeNull();
    expect(await world.services.sessions.find(token ?? "")).toBeUndefined();
    expect(await person.caller.factors.get()).toEqual({ authenticator: null, passkeys: [], recoveryCodesLeft: 0 });
    expect(await refusal(person.caller.authenticator.delete())).toBe("AUTHENTICATOR_NOT_FOUND");
    const { email, password } = person;
    expect(await anonymous(world).auth.signIn({ email, password })).toMatchObject({ state: "signed-in" });
  });
});

test("whoever has lost everything is let in by their password once the operator has reset their factors", async ({
  world,
}) => {
  const person = await world.person();
  await withAuthenticator(world, person);
  const waiting = await ticketOf(world, person);
  expect(await resetFactors(world.services, person.email.toUpperCase())).toBe("changed");
  expect(await resetFactors(world.services, person.email)).toBe("unchanged");
  expect(await resetFactors(world.services, "nobody@example.test")).toBe("unknown");
  expect(await world.services.sessions.find(person.token)).toBeUndefined();
  expect(await refusal(anonymous(world).auth.passkeyChallenge({ ticket: waiting }))).toBe("SIGN_IN_EXPIRED");
  const { email, password } = person;
  const { token } = await anonymous(world).auth.signIn({ email, password, transport: "token" });
  const { caller } = await signedIn(world.services, token ?? "");
  expect(await caller.factors.get()).toEqual({ authenticator: null, passkeys: [], recoveryCodesLeft: 0 });
  const mails = await world.db.execute<{ kind: string }>(sql`select kind from mail where user_id = ${person.id}::uuid`);
  expect(mails.map(({ kind }) => kind)).toEqual(["authenticator-added", "factors-reset"]);
});

test("a right password counts as a try until the second factor is shown, too", async ({ world }) => {
  const person = await world.person();
  const { show } = await withAuthenticator(world, person);
  const mostTries = 10;
  for (let tries = 1; tries < mostTries; tries += 1) await ticketOf(world, person);
  await signIn(world, person, show());
  // The last one was given back: there is one more, and no other.
  await ticketOf(world, person);
  expect(await refusal(ticketOf(world, person))).toBe("TRIES_TOO_MANY");
});

test("whoever exports their account sees what it is signed in with, and no secret of it", async ({ world }) => {
  const person = await world.person();
  const { secret, recoveryCodes } = await withAuthenticator(world, person);
  const exported = await person.caller.account.export();
  expect(exported.factors).toMatchObject({
    authenticator: { lastUsedAt: null },
    recoveryCodesLeft: recoveryCodes?.length,
  });
  expect(JSON.stringify(exported)).not.toContain(secret);
});
