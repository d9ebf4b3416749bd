import { generateKeyPairSync } from "node:crypto";
import { createTRPCClient, httpLink, type TRPCClient } from "@trpc/client";
import { sql } from "drizzle-orm";
import superjson from "superjson";
import { describe, expect } from "vitest";
import { errorKind } from "../../client/index.ts";
import { removeFactor } from "../../server/domains/identity/factors.service.ts";
import { PASSKEY_REMOVED } from "../../server/domains/identity/factor-mails.ts";
import type { AppRouter } from "../../server/router.ts";
import { SoftwareAuthenticator } from "../setup/authenticator.ts";
import { until } from "../setup/clients.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { callerContext, type Person, signedIn, test, type World } from "../setup/world.ts";
import { createCaller } from "../../server/router.ts";

const ORIGIN = "http://localhost:3000";

const ONCE_OF_FOUR = ["PASSKEY_WRONG", "PASSKEY_WRONG", "PASSKEY_WRONG", "done"];

/** A browser, or a program with a token: what it calls, and the cookie of the session that it was given. */
interface Visitor {
  readonly trpc: TRPCClient<AppRouter>;
  cookie(): string | undefined;
}

async function visitor(world: World, headers: Record<string, string> = {}): Promise<Visitor & { origin: string }> {
  const { url } = await world.app();
  const origin = `http://localhost:${new URL(url).port}`;
  const cookies = new Map<string, string>();
  const link = httpLink({
    url: `${url}/trpc`,
    transformer: superjson,
    headers: () => ({
      origin,
      ...(cookies.size === 0 ? {} : { cookie: [...cookies.values()].join("; ") }),
      ...headers,
    }),
    async fetch(input, init) {
      const response = await fetch(input, { ...init, signal: init?.signal ?? null });
      for (const line of response.headers.getSetCookie()) {
        const pair = line.split(";")[0] ?? "";
        cookies.set(pair.split("=")[0] ?? "", pair);
      }
      return response;
    },
  });
  return { trpc: createTRPCClient<AppRouter>({ links: [link] }), cookie: () => cookies.get("trestle"), origin };
}

/** The kind of a refusal that came by HTTP. */
async function kind(call: Promise<unknown>): Promise<string | undefined> {
  return call.then(
    () => "done",
    (error: unknown) => errorKind(error),
  );
}

const anonymous = (world: World) => createCaller(callerContext(world.services, undefined));

/** Gives somebody a passkey. */
async function withPasskey(person: Person, options?: { counts?: boolean }) {
  const device = new SoftwareAuthenticator(ORIGIN, options);
  const credential = device.create(await person.caller.passkeys.challenge());
  const { passkey, recoveryCodes } = await person.caller.passkeys.create({ name: "Phone", credential });
  return { device, passkey, recoveryCodes: recoveryCodes ?? [] };
}

/** A sign-in whose password was right, and which waits for more. */
async function ticketOf(world: World, { email, password }: Person): Promise<string> {
  const answer = await anonymous(world).auth.signIn({ email, password, transport: "token" });
  if (answer.state !== "second-factor") throw new Error("this account has no second factor");
  return answer.ticket;
}

/** Signs in by a passkey: alone, or with the ticket of a sign-in. */
async function assert(world: World, device: SoftwareAuthenticator, ticket?: string, misdeeds = {}) {
  const challenge = await anonymous(world).auth.passkeyChallenge(ticket === undefined ? {} : { ticket });
  return anonymous(world).auth.signInWithPasskey({
    ticket: challenge.ticket,
    credential: device.get(challenge.options, misdeeds),
    transport: "token",
  });
}

async function rowsOf(world: World, table: "session" | "mail", { id }: { id: string }): Promise<unknown[]> {
  return world.db.execute(
    table === "session"
      ? sql`select 1 from session where user_id = ${id}::uuid`
      : sql`select kind from mail where user_id = ${id}::uuid`,
  );
}

async function later<T>(world: World, ms: number, work: () => Promise<T>): Promise<T> {
  world.clock.advance(ms);
  try {
    return await work();
  } finally {
    world.clock.advance(-ms);
  }
}

test("a passkey signs its owner in without a password, and from then on a password alone does not", async ({
  world,
}) => {
  const [browser, program] = [await visitor(world), await visitor(world)];
  const account = { email: "ada@example.test", password: "correct horse battery" };
  const { user } = await browser.trpc.auth.signUp.mutate({ ...account, name: "Ada" });
  const elsewhere = await program.trpc.auth.signIn.mutate({ ...account, transport: "token" });
  const other = await visitor(world, { authorization: `Bearer ${elsewhere.token}` });
  expect((await other.trpc.auth.me.query()).user).toEqual(user);

  const device = new SoftwareAuthenticator(browser.origin);
  const made = device.create(await browser.trpc.passkeys.challenge.mutate());
  const { passkey, recoveryCodes } = await browser.trpc.passkeys.create.mutate({ name: "Phone", credential: made });
  expect(recoveryCodes).toHaveLength(10);
  expect(await browser.trpc.factors.get.query()).toEqual({
    authenticator: null,
    passkeys: [passkey],
    recoveryCodesLeft: 10,
  });
  // Whoever had signed in without it is out.
  expect(await kind(other.trpc.auth.me.query())).toBe("SIGN_IN_REQUIRED");
  expect(await rowsOf(world, "mail", user)).toEqual([{ kind: "passkey-added" }]);

  await browser.trpc.auth.signOut.mutate();
  const challenge = await browser.trpc.auth.passkeyChallenge.mutate();
  expect(challenge.options).toMatchObject({ rpId: "localhost", allowCredentials: [], userVerification: "required" });
  const { ticket } = challenge;
  const credential = device.get(challenge.options);
  expect((await browser.trpc.auth.signInWithPasskey.mutate({ ticket, credential })).user).toEqual(user);
  expect((await browser.trpc.auth.me.query()).user).toEqual(user);

  const fresh = await visitor(world);
  const waiting = await fresh.trpc.auth.signIn.mutate(account);
  expect(waiting).toMatchObject({ state: "second-factor", user: null, token: null });
  expect(fresh.cookie()).toBeUndefined();
  if (waiting.state !== "second-factor") throw new Error("a session began without the second factor");
  expect(waiting.factors).toEqual(["passkey", "recovery-code"]);
  const second = await fresh.trpc.auth.passkeyChallenge.mutate({ ticket: waiting.ticket });
  expect(second.options.allowCredentials.map(({ id }) => id)).toEqual([made.id]);
  // Its owner has said the password already: the device need not be unlocked.
  const touched = device.get(second.options, { isUserVerified: false });
  const signed = await fresh.trpc.auth.signInWithPasskey.mutate({ ticket: second.ticket, credential: touched });
  expect(signed).toEqual({ state: "signed-in", user, token: null });
  expect((await fresh.trpc.auth.me.query()).user).toEqual(user);
});

test("a ticket is no session: by no header, cookie or procedure", async ({ world }) => {
  const person = await world.person();
  await withPasskey(person);
  const ticket = await ticketOf(world, person);
  const before = await rowsOf(world, "session", person);
  for (const headers of [
    { authorization: `Bearer ${ticket}` },
    { cookie: `trestle=${ticket}` },
    { cookie: `__Host-trestle=${ticket}` },
  ]) {
    const { trpc } = await visitor(world, headers);
    expect(await kind(trpc.auth.me.query())).toBe("SIGN_IN_REQUIRED");
    expect(await kind(trpc.passkeys.challenge.mutate())).toBe("SIGN_IN_REQUIRED");
    expect(await kind(trpc.auth.reauthenticate.mutate({ password: person.password }))).toBe("SIGN_IN_REQUIRED");
  }
  const { email, password } = person;
  await anonymous(world).auth.signIn({ email, password });
  expect(await rowsOf(world, "session", person)).toEqual(before);
});

describe("a passkey is refused", () => {
  const WRONG = {
    "on a page of another site": { origin: "http://localhost.evil.test:3000" },
    "on the same host by another port": { origin: "http://localhost:3001" },
    "by something that is no page": { origin: "null" },
    "inside a page of another site": { crossOrigin: true },
    "for another host": { rpId: "evil.test" },
    "with a challenge of its own": { challenge: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
    "with what was signed to make one": { type: "webauthn.create" },
    "when its owner did not unlock it": { isUserVerified: false },
    "when another key has signed": { key: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey },
    "when it says that it is somebody else's": { userHandle: "AAAAAAAAAAAAAAAAAAAAAA" },
    "when nobody knows it": { credentialId: "AAAAAAAAAAAAAAAAAAAAAA" },
    "when it counts backwards": { count: 1 },
    "when it has stopped to count": { count: 0 },
  } as const;

  test("whenever anything about it is wrong, and then it still works as it should", async ({ world }) => {
    const person = await world.person();
    const { device } = await withPasskey(person);
    await assert(world, device);
    for (const [why, misdeeds] of Object.entries(WRONG)) {
      expect([why, await refusal(assert(world, device, undefined, misdeeds))]).toEqual([why, "PASSKEY_WRONG"]);
    }
    expect((await assert(world, device)).user).toMatchObject({ id: person.id });
  });

  test("also when it is made", async ({ world }) => {
    const person = await world.person();
    for (const misdeeds of [
      { origin: "http://localhost:3001" },
      { crossOrigin: true },
      { rpId: "evil.test" },
      { challenge: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
      { type: "webauthn.get" },
      { isUserVerified: false },
    ]) {
      const credential = new SoftwareAuthenticator(ORIGIN).create(await person.caller.passkeys.challenge(), misdeeds);
      expect(await refusal(person.caller.passkeys.create({ name: "Phone", credential }))).toBe("PASSKEY_WRONG");
    }
    expect(await person.caller.factors.get()).toEqual({ authenticator: null, passkeys: [], recoveryCodesLeft: 0 });
  });

  test("by who did not ask for it, for what it was not asked, and five minutes later", async ({ world }) => {
    const [person, thief] = [await world.person(), await world.person()];
    const { device } = await withPasskey(person, { counts: false });
    const again = await signedIn(world.services, (await assert(world, device)).token ?? "");
    const { auth } = anonymous(world);
    const asked = await auth.passkeyChallenge();
    const others = await auth.passkeyChallenge();
    const signIn = (ticket: string) =>
      auth.signInWithPasskey({ ticket, credential: device.get(asked.options), transport: "token" });
    expect(await refusal(signIn(others.ticket))).toBe("PASSKEY_WRONG");
    expect(await refusal(later(world, 300_000, () => signIn(asked.ticket)))).toBe("PASSKEY_WRONG");
    // What a sign-in asked proves nobody to a session, nor the other way round, nor to another session.
    expect(await refusal(again.caller.auth.reauthenticate({ credential: device.get(asked.options) }))).toBe(
      "PASSKEY_WRONG",
    );
    const mine = device.get(await again.caller.auth.reauthenticationChallenge());
    expect(await refusal(person.caller.auth.reauthenticate({ credential: mine }))).toBe("PASSKEY_WRONG");
    expect(await refusal(thief.caller.auth.reauthenticate({ credential: mine }))).toBe("PASSKEY_WRONG");
    expect(await refusal(auth.signInWithPasskey({ ticket: asked.ticket, credential: mine }))).toBe("PASSKEY_WRONG");
    const toMake = await person.caller.passkeys.challenge();
    const stolen = new SoftwareAuthenticator(ORIGIN).create(toMake);
    expect(await refusal(thief.caller.passkeys.create({ name: "Mine", credential: stolen }))).toBe("PASSKEY_WRONG");
    // None of these used up what was asked of others.
    expect(await signIn(asked.ticket)).toMatchObject({ user: { id: person.id } });
    expect((await again.caller.auth.reauthenticate({ credential: mine })).token).toMatch(/^[a-z2-7]{40}$/u);
  });
});

test("an answer that is sent many times at once counts once, to sign in, to prove oneself and to be made", async ({
  world,
}) => {
  const person = await world.person();
  const device = new SoftwareAuthenticator(ORIGIN, { counts: false });
  const made = device.create(await person.caller.passkeys.challenge());
  const created = [1, 2, 3, 4].map((n) => person.caller.passkeys.create({ name: `${n}`, credential: made }));
  expect(kindsOf(await Promise.allSettled(created)).toSorted()).toEqual(ONCE_OF_FOUR);
  expect((await person.caller.factors.get()).passkeys).toHaveLength(1);

  const { ticket, options } = await anonymous(world).auth.passkeyChallenge();
  const input = { ticket, credential: device.get(options), transport: "token" } as const;
  const signIns = [1, 2, 3, 4].map(() => anonymous(world).auth.signInWithPasskey(input));
  expect(kindsOf(await Promise.allSettled(signIns)).toSorted()).toEqual(ONCE_OF_FOUR);

  const credential = device.get(await person.caller.auth.reauthenticationChallenge());
  const proofs = [1, 2, 3, 4].map(() => person.caller.auth.reauthenticate({ credential }));
  expect(kindsOf(await Promise.allSettled(proofs)).toSorted()).toEqual(ONCE_OF_FOUR);
  expect(await rowsOf(world, "session", person)).toHaveLength(2);
});

describe("a ticket", () => {
  test("takes a factor of its own account, once, however many come at once", async ({ world }) => {
    const [person, thief] = [await world.person(), await world.person()];
    const [{ device, recoveryCodes }, theirs] = [await withPasskey(person), await withPasskey(thief)];
    const ticket = await ticketOf(world, person);
    expect(await refusal(assert(world, theirs.device, ticket))).toBe("PASSKEY_WRONG");
    const [stolen = ""] = theirs.recoveryCodes;
    const { auth } = anonymous(world);
    expect(await refusal(auth.signInWithCode({ ticket, code: stolen, transport: "token" }))).toBe("CODE_WRONG");

    const answers = await Promise.all(
      [1, 2].map(async () => device.get((await auth.passkeyChallenge({ ticket })).options)),
    );
    const [code = ""] = recoveryCodes;
    const ends = await Promise.allSettled([
      ...answers.map((credential) => auth.signInWithPasskey({ ticket, credential, transport: "token" })),
      auth.signInWithCode({ ticket, code, transport: "token" }),
    ]);
    expect(kindsOf(ends).toSorted()).toEqual(["SIGN_IN_EXPIRED", "SIGN_IN_EXPIRED", "done"]);
    expect(await refusal(assert(world, device, ticket))).toBe("SIGN_IN_EXPIRED");
    expect((await thief.caller.factors.get()).recoveryCodesLeft).toBe(10);
  });

  test("has five tries, however many try at once, and ten minutes", async ({ world }) => {
    const person = await world.person();
    const { device, recoveryCodes } = await withPasskey(person);
    const [code = ""] = recoveryCodes;
    const { auth } = anonymous(world);
    const guessed = await ticketOf(world, person);
    const guesses = Array.from({ length: 20 }, () =>
      auth.signInWithCode({ ticket: guessed, code: "AAAA-AAAA-AAAA-AAAA", transport: "token" }),
    );
    const ends = kindsOf(await Promise.allSettled(guesses));
    expect(ends.filter((end) => end === "CODE_WRONG")).toHaveLength(5);
    expect(ends.filter((end) => end === "SIGN_IN_EXPIRED")).toHaveLength(15);
    expect(await refusal(auth.signInWithCode({ ticket: guessed, code, transport: "token" }))).toBe("SIGN_IN_EXPIRED");
    expect(await refusal(assert(world, device, guessed))).toBe("SIGN_IN_EXPIRED");
    const late = await ticketOf(world, person);
    const tooLate = () => auth.signInWithCode({ ticket: late, code, transport: "token" });
    expect(await refusal(later(world, 600_000, tooLate))).toBe("SIGN_IN_EXPIRED");
    expect(await tooLate()).toMatchObject({ state: "signed-in" });
  });

  test("is worth nothing once the password has changed, or the account is disabled", async ({ world }) => {
    const person = await world.person();
    const { device } = await withPasskey(person);
    const ticket = await ticketOf(world, person);
    const { caller, password: currentPassword } = person;
    await caller.passwords.change({ currentPassword, newPassword: "another horse battery" });
    expect(await refusal(assert(world, device, ticket))).toBe("SIGN_IN_EXPIRED");
    await world.db.execute(sql`update app_user set disabled_at = now() where id = ${person.id}::uuid`);
    expect(await refusal(assert(world, device))).toBe("PASSKEY_WRONG");
  });

  test("is in no table, nor is a challenge or a recovery code", async ({ world }) => {
    const person = await world.person();
    const { recoveryCodes } = await withPasskey(person);
    const ticket = await ticketOf(world, person);
    const { options } = await anonymous(world).auth.passkeyChallenge({ ticket });
    const rows = await world.db.execute<{ row: string }>(sql`
      select to_jsonb(t)::text as row from sign_in_ticket t union all select to_jsonb(c)::text from challenge c
      union all select to_jsonb(r)::text from recovery_code r union all select to_jsonb(m)::text from mail m`);
    const dump = rows.map(({ row }) => row).join("\n");
    const secrets = [ticket, options.challenge, ...recoveryCodes.flatMap((code) => [code, code.replaceAll("-", "")])];
    expect(secrets.filter((secret) => dump.includes(secret))).toEqual([]);
    const hashes = await world.db.execute<{ hash: string }>(sql`select token_hash as hash from sign_in_ticket`);
    for (const { hash } of hashes) {
      expect(await refusal(anonymous(world).auth.passkeyChallenge({ ticket: hash }))).toBe("SIGN_IN_EXPIRED");
    }
  });
});

describe("recovery codes", () => {
  test("sign in after the password, each once, and the owner is told and sees how many are left", async ({ world }) => {
    const person = await world.person();
    const { recoveryCodes } = await withPasskey(person);
    const [code = "", other = ""] = recoveryCodes;
    const tickets = await Promise.all([1, 2, 3].map(() => ticketOf(world, person)));
    const { auth } = anonymous(world);
    const signIn = (ticket: string, typed: string) => auth.signInWithCode({ ticket, code: typed, transport: "token" });
    const ends = kindsOf(await Promise.allSettled(tickets.map((ticket) => signIn(ticket, code))));
    expect(ends.toSorted()).toEqual(["CODE_WRONG", "CODE_WRONG", "done"]);
    const { caller } = await signedIn(world.services, person.token);
    expect(await caller.factors.get()).toMatchObject({ recoveryCodesLeft: 9 });
    expect(await rowsOf(world, "mail", person)).toContainEqual({ kind: "recovery-code-used" });
    // As people type them.
    const typed = other.toLowerCase().replaceAll("-", " ");
    expect(await signIn(await ticketOf(world, person), typed)).toMatchObject({ state: "signed-in" });
  });

  test("are replaced by new ones, for who has a second factor and has just proved who they are", async ({ world }) => {
    const [person, without] = [await world.person(), await world.person()];
    const { recoveryCodes } = await withPasskey(person);
    const [old = ""] = recoveryCodes;
    const renewed = await person.caller.factors.renewRecoveryCodes();
    expect(new Set([...renewed.recoveryCodes, ...recoveryCodes]).size).toBe(20);
    const ticket = await ticketOf(world, person);
    const { auth } = anonymous(world);
    expect(await refusal(auth.signInWithCode({ ticket, code: old }))).toBe("CODE_WRONG");
    expect(await refusal(without.caller.factors.renewRecoveryCodes())).toBe("SECOND_FACTOR_NOT_FOUND");
  });
});

describe("whoever has a second factor", () => {
  test("proves themselves again by all of it, not by the password alone", async ({ world }) => {
    const person = await world.person();
    const { password } = person;
    const { device, recoveryCodes } = await withPasskey(person);
    const [code = ""] = recoveryCodes;
    await later(world, 600_000, async () => {
      const { auth, passkeys, sessions } = person.caller;
      expect(await refusal(passkeys.challenge())).toBe("REAUTHENTICATION_REQUIRED");
      expect(await refusal(sessions.revokeOthers())).toBe("REAUTHENTICATION_REQUIRED");
      expect(await refusal(auth.reauthenticate({ password }))).toBe("CODE_REQUIRED");
      expect(await refusal(auth.reauthenticate({ password: "wrong horse", code }))).toBe("PASSWORD_WRONG");
      expect(await refusal(passkeys.challenge())).toBe("REAUTHENTICATION_REQUIRED");
      expect((await auth.reauthenticate({ password, code })).token).toMatch(/^[a-z2-7]{40}$/u);
      expect(await passkeys.challenge()).toMatchObject({ rp: { id: "localhost" } });
      expect(await refusal(auth.reauthenticate({ password, code }))).toBe("CODE_WRONG");
    });
    await later(world, 1_300_000, async () => {
      const { auth, sessions } = person.caller;
      const options = await auth.reauthenticationChallenge();
      const locked = device.get(options, { isUserVerified: false });
      expect(await refusal(auth.reauthenticate({ credential: locked }))).toBe("PASSKEY_WRONG");
      expect(await refusal(sessions.revokeOthers())).toBe("REAUTHENTICATION_REQUIRED");
      const credential = device.get(await auth.reauthenticationChallenge());
      expect((await auth.reauthenticate({ credential })).token).toMatch(/^[a-z2-7]{40}$/u);
      expect(await sessions.revokeOthers()).toEqual({ revoked: 0 });
    });
  });

  test("renames and removes their passkeys, and nobody else's: what was signed in elsewhere ends", async ({
    world,
  }) => {
    const [person, thief] = [await world.person(), await world.person()];
    const { device, passkey } = await withPasskey(person);
    const second = await withPasskey(person);
    expect(second.recoveryCodes).toEqual([]);
    const rename = { passkeyId: passkey.id, name: "Old phone" };
    expect(await refusal(thief.caller.passkeys.update(rename))).toBe("PASSKEY_NOT_FOUND");
    expect(await refusal(thief.caller.passkeys.delete({ passkeyId: passkey.id }))).toBe("PASSKEY_NOT_FOUND");
    expect(await person.caller.passkeys.update(rename)).toMatchObject({ name: "Old phone", lastUsedAt: null });

    const { token } = await assert(world, device);
    expect(await person.caller.passkeys.delete({ passkeyId: passkey.id })).toBeNull();
    expect(await world.services.sessions.find(token ?? "")).toBeUndefined();
    expect(await refusal(assert(world, device))).toBe("PASSKEY_WRONG");
    expect((await person.caller.factors.get()).recoveryCodesLeft).toBe(10);
    await person.caller.passkeys.delete({ passkeyId: second.passkey.id });
    // Without a factor there is nothing to recover.
    expect(await person.caller.factors.get()).toEqual({ authenticator: null, passkeys: [], recoveryCodesLeft: 0 });
    const { email, password } = person;
    expect(await anonymous(world).auth.signIn({ email, password })).toMatchObject({ state: "signed-in" });
  });

  test("keeps it when the password is set anew by a link", async ({ world }) => {
    const person = await world.person();
    await withPasskey(person);
    const token = "a token that came by mail";
    await world.db.execute(sql`
      insert into password_reset (user_id, token_hash, email, expires_at)
      values (${person.id}::uuid, encode(sha256(${token}::bytea), 'hex'), ${person.email}, now() + interval '1 hour')`);
    await anonymous(world).passwords.reset({ token, password: "another horse battery" });
    const signIn = { email: person.email, password: "another horse battery" };
    expect(await anonymous(world).auth.signIn(signIn)).toMatchObject({ state: "second-factor" });
  });
});

test("no session begins by a passkey that was removed meanwhile", async ({ world }) => {
  const person = await world.person();
  const { device } = await withPasskey(person);
  const { session, user } = person.context;
  if (!session || !user) throw new Error("the test's person is signed in");
  let late: Promise<unknown> | undefined;
  const waiting = sql`
    select 1 from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like '%insert into session%'`;
  await removeFactor(
    world.services,
    { session, user, request: person.context.request },
    {
      action: "passkeys.delete",
      mail: PASSKEY_REMOVED,
      // It was found right just before.
      async change(tx) {
        await tx.execute(sql`update app_user set name = name where id = ${person.id}::uuid`);
        late = assert(world, device);
        late.catch(() => {});
        await until(async () => (await world.db.execute(waiting)).length > 0);
      },
    },
  );
  expect(await refusal(late ?? Promise.resolve())).toBe("CREDENTIALS_WRONG");
  expect(await rowsOf(world, "session", person)).toHaveLength(1);
});

test("who signs in again with the same browser leaves no session behind", async ({ world }) => {
  const [ann, ben] = [await world.person(), await world.person()];
  const browser = await visitor(world);
  const signIn = ({ email, password }: Person) => browser.trpc.auth.signIn.mutate({ email, password });
  await signIn(ann);
  const [before, first] = [await rowsOf(world, "session", ann), browser.cookie()];
  await signIn(ann);
  expect(browser.cookie()).not.toBe(first);
  expect(await rowsOf(world, "session", ann)).toHaveLength(before.length);
  await signIn(ben);
  expect(await rowsOf(world, "session", ann)).toHaveLength(before.length - 1);
  expect((await browser.trpc.auth.me.query()).user).toMatchObject({ id: ben.id });
});
