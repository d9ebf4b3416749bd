import { generateKeyPairSync } from "node:crypto";
import { sql } from "drizzle-orm";
import type { ClientMetadata } from "oidc-provider";
import { describe, expect, onTestFinished } from "vitest";
import { errorKind } from "../../client/index.ts";
import { createApp } from "../../server/app.ts";
import { CallLimits } from "../../server/core/call-limits.ts";
import type { ProviderConfig } from "../../server/core/identity-providers.ts";
import { newId } from "../../server/core/ids.ts";
import { createLogger } from "../../server/core/log.ts";
import { CALLBACK_COST } from "../../server/costs.ts";
import { createProvider } from "../../server/domains/identity/oidc-client.ts";
import { finishTrip } from "../../server/domains/identity/provider-sign-in.service.ts";
import { parseEnvironment } from "../../server/env.ts";
import { SoftwareAuthenticator } from "../setup/authenticator.ts";
import { Browser } from "../setup/browser.ts";
import { part, signed, startProvider, type Subject, type TestProvider, type Token } from "../setup/oidc-provider.ts";
import { refusal } from "../setup/refusal.ts";
import { createCaller } from "../../server/router.ts";
import { callerContext, type Person, test as base, type World } from "../setup/world.ts";

const log = createLogger("silent");
const CLIENT = { clientId: "trestle", clientSecret: "a secret: of+the/test", scope: "openid email profile" };

/** Trestle with three providers: one as most are, a company's own, and one of a public client. */
interface Scene {
  readonly home: string;
  readonly acme: TestProvider;
  readonly corp: TestProvider;
  readonly open: TestProvider;
  /** Puts what was refused into the audit log. */
  writeRefusals(): Promise<void>;
  /** Makes the keys of a provider anew. */
  renewKeys(provider: TestProvider): void;
}

const test = base.extend<{ $file: { scene: Scene } }>({
  scene: [
    async ({ world }, use) => {
      const [acme, corp, open] = await Promise.all([startProvider(), startProvider(), startProvider()]);
      const providers: ProviderConfig[] = [
        {
          ...CLIENT,
          id: "acme",
          name: "Acme",
          issuer: acme.issuer,
          clientAuth: "basic",
          multiFactorAcr: [],
          linksByEmail: false,
        },
        { ...CLIENT, id: "corp", name: "Corp", issuer: corp.issuer, multiFactorAcr: [], linksByEmail: true },
        {
          id: "open",
          name: "Open",
          issuer: open.issuer,
          clientId: "public",
          scope: "openid email",
          multiFactorAcr: [],
          linksByEmail: false,
        },
      ];
      const { connection, clock, services } = world;
      const app = await createApp({
        connection,
        clock,
        log,
        providers,
        rootKeys: services.rootKeys,
        poolSize: 8,
        host: "127.0.0.1",
        port: 0,
      });
      const home = `http://localhost:${new URL(app.url).port}`;
      const clientOf = (id: string) => ({ redirect_uris: [`${home}/sign-in/oidc/${id}/callback`] });
      const secret = { client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret };
      const post = { ...secret, token_endpoint_auth_method: "client_secret_post" } as const;
      const clients = new Map<TestProvider, ClientMetadata>([
        [acme, { ...secret, ...clientOf("acme") }],
        [corp, { ...post, ...clientOf("corp") }],
        [open, { client_id: "public", token_endpoint_auth_method: "none", ...clientOf("open") }],
      ]);
      const renewKeys = (provider: TestProvider) => {
        const client = clients.get(provider);
        provider.open(client ? [client] : []);
      };
      for (const provider of [acme, corp, open]) renewKeys(provider);
      const writeRefusals = () => app.services.audit.writeRefusals();
      await use({ home, acme, corp, open, renewKeys, writeRefusals });
      await app.close();
      for (const provider of [acme, corp, open]) await provider.close();
    },
    { scope: "file" },
  ],
});

/** Somebody that a provider knows, by an address that it has verified. */
function subject(): Subject & { email: string };
function subject(more: Partial<Subject>): Subject;
function subject(more: Partial<Subject> = {}): Subject {
  const sub = newId();
  return { sub, email: `${sub}@example.test`, email_verified: true, name: "Ada", ...more };
}

/** The start of a sign-in: where the browser goes. */
async function leave(browser: Browser, providerId = "acme", returnTo = "/boards"): Promise<string> {
  const { url } = await browser.trpc.identities.signIn.mutate({ providerId, returnTo });
  return url;
}

/** Goes to the provider, and to the door of the way back. */
async function comeBack(browser: Browser, providerId = "acme"): Promise<string> {
  return browser.go(await leave(browser, providerId), (url) => url.includes("/callback?"));
}

/** A whole sign-in: the address that it ends at, below home. */
async function signIn({ home }: Scene, browser: Browser, providerId = "acme"): Promise<string> {
  return (await browser.go(await leave(browser, providerId))).slice(home.length);
}

async function kind(call: Promise<unknown>): Promise<string | undefined> {
  return call.then(
    () => "done",
    (error: unknown) => errorKind(error),
  );
}

/** A browser in which somebody is signed in by their password. */
async function browserOf({ home }: Scene, { email, password }: Person): Promise<Browser> {
  const browser = new Browser(home);
  await browser.trpc.auth.signIn.mutate({ email, password });
  return browser;
}

async function link({ home }: Scene, browser: Browser, providerId = "acme"): Promise<string> {
  const { url } = await browser.trpc.identities.link.mutate({ providerId, returnTo: "/account" });
  return (await browser.go(url)).slice(home.length);
}

async function reauthenticate({ home }: Scene, browser: Browser, providerId = "acme"): Promise<string> {
  const { url } = await browser.trpc.identities.reauthenticate.mutate({ providerId, returnTo: "/account" });
  return (await browser.go(url)).slice(home.length);
}

function verify(world: World, { id }: Person): Promise<unknown> {
  return world.db.execute(sql`update app_user set email_verified_at = now() where id = ${id}::uuid`);
}

/** Their sessions began longer ago than one may have proved oneself. */
function age(world: World, userId: string): Promise<unknown> {
  return world.db.execute(sql`
    update session set created_at = created_at - interval '1 hour', authenticated_at = null
    where user_id = ${userId}::uuid`);
}

/** What the audit log has of whoever is signed in, newest first. */
async function deedsOf(browser: Browser): Promise<string[]> {
  const { items } = await browser.trpc.audit.listOwn.query({ outcome: "done" });
  return items.map(({ action }) => action);
}

async function mailsTo(world: World, email: string): Promise<string[]> {
  const rows = await world.db.execute<{ kind: string }>(sql`
    select kind from mail where recipient = ${email} order by id`);
  return rows.map((row) => row.kind);
}

describe("people sign in by a provider", () => {
  test.for(["acme", "corp", "open"] as const)("%s", async (id, { scene, world }) => {
    const who = subject();
    scene[id].subject = who;
    const browser = new Browser(scene.home);
    expect((await browser.trpc.identities.providers.query()).items).toContainEqual({
      id,
      name: id.replace(/^./u, (letter) => letter.toUpperCase()),
    });
    expect(await signIn(scene, browser, id)).toBe("/boards");
    const me = await browser.trpc.auth.me.query();
    expect(me.user.email).toBe(who.email);
    expect([...browser.cookies.keys()].toSorted()).toEqual(["trestle", "trestle-device"]);
    expect(await browser.trpc.emails.get.query()).toMatchObject({ isVerified: true });
    expect(await browser.trpc.identities.list.query()).toMatchObject({
      hasPassword: false,
      items: [{ provider: { id }, issuer: scene[id].issuer, email: who.email }],
    });
    // It is who they are at the provider that counts, and neither address nor name.
    scene[id].subject = { ...who, email: "moved@example.test", email_verified: false, name: "Countess" };
    const elsewhere = new Browser(scene.home);
    expect(await signIn(scene, elsewhere, id)).toBe("/boards");
    expect(await elsewhere.trpc.auth.me.query()).toEqual(me);
    expect(await refusal(signInByPassword(world, who))).toBe("CREDENTIALS_WRONG");
  });

  test("several windows and a double first visit make one account", async ({ scene, world }) => {
    const who = subject();
    scene.acme.subject = who;
    const [one, two] = [new Browser(scene.home), new Browser(scene.home)];
    const visits = [
      { browser: one, back: await comeBack(one) },
      { browser: one, back: await comeBack(one) },
      { browser: two, back: await comeBack(two) },
    ];
    const ends = await Promise.all(visits.map(({ browser, back }) => browser.go(back)));
    expect(ends).toEqual(visits.map(() => `${scene.home}/boards`));
    expect(await world.db.execute(sql`select 1 from app_user where email = ${who.email}`)).toHaveLength(1);
  });

  test("without a verified address no account is made", async ({ scene }) => {
    for (const more of [
      { email_verified: false },
      { email_verified: undefined },
      { email: undefined },
      { email: "no" },
    ]) {
      scene.acme.subject = subject(more);
      const browser = new Browser(scene.home);
      expect(await signIn(scene, browser)).toBe("/sign-in#error=EMAIL_UNVERIFIED");
      expect(await kind(browser.trpc.auth.me.query())).toBe("SIGN_IN_REQUIRED");
    }
  });

  test("nobody signs in to a disabled account", async ({ scene, world }) => {
    const who = subject();
    scene.acme.subject = who;
    await signIn(scene, new Browser(scene.home));
    await world.db.execute(sql`update app_user set disabled_at = now() where email = ${who.email}`);
    const browser = new Browser(scene.home);
    expect(await signIn(scene, browser)).toBe("/sign-in#error=ACCOUNT_DISABLED");
    expect([...browser.cookies]).toEqual([]);
  });
});

function signInByPassword(world: World, { email }: { email: string }): Promise<unknown> {
  return createCaller(callerContext(world.services, undefined)).auth.signIn({
    email,
    password: "null",
    transport: "token",
  });
}

describe("an answer of a provider counts", () => {
  test("once, also when it comes four times at the same moment", async ({ scene }) => {
    scene.acme.subject = subject();
    const browser = new Browser(scene.home);
    const back = await comeBack(browser);
    const ends = await Promise.all([1, 2, 3, 4].map(() => browser.go(back)));
    expect(ends.filter((url) => url === `${scene.home}/boards`)).toHaveLength(1);
    expect(ends.filter((url) => url.endsWith("/sign-in#error=SIGN_IN_EXPIRED"))).toHaveLength(3);
    expect(await browser.go(back)).toMatch(/#error=SIGN_IN_EXPIRED$/u);
  });

  test("in the browser that asked, and who tries it elsewhere spoils nothing", async ({ scene }) => {
    scene.acme.subject = subject();
    const [browser, other] = [new Browser(scene.home), new Browser(scene.home)];
    const back = await comeBack(browser);
    await leave(other);
    expect(await other.go(back)).toMatch(/\/sign-in#error=SIGN_IN_EXPIRED$/u);
    expect(await kind(other.trpc.auth.me.query())).toBe("SIGN_IN_REQUIRED");
    expect(await browser.go(back)).toBe(`${scene.home}/boards`);
  });

  test("for ten minutes", async ({ scene, world }) => {
    scene.acme.subject = subject();
    const browser = new Browser(scene.home);
    const back = await comeBack(browser);
    world.clock.advance(600_000);
    try {
      expect(await browser.go(back)).toMatch(/#error=SIGN_IN_EXPIRED$/u);
    } finally {
      world.clock.advance(-600_000);
    }
  });

  test("for its own state: a code that was stolen, or is used again, is worth nothing in another sign-in", async ({
    scene,
  }) => {
    scene.acme.subject = subject();
    const [victim, thief] = [new Browser(scene.home), new Browser(scene.home)];
    const code = (url: string) => new URL(url).searchParams.get("code") ?? "";
    const stolen = await comeBack(victim);
    const own = new URL(await comeBack(thief));
    own.searchParams.set("code", code(stolen));
    expect(await thief.go(own.href)).toMatch(/\/sign-in#error=PROVIDER_REFUSED$/u);

    const used = await comeBack(victim);
    await victim.go(used);
    const again = new URL(await comeBack(victim));
    again.searchParams.set("code", code(used));
    expect(await victim.go(again.href)).toMatch(/#error=PROVIDER_REFUSED$/u);
  });

  test("at the provider that was asked: answers of one at the door of another are refused", async ({ scene }) => {
    scene.acme.subject = subject();
    scene.corp.subject = subject();
    const browser = new Browser(scene.home);
    const back = await comeBack(browser);
    expect(await browser.go(back.replace("/oidc/acme/", "/oidc/corp/"))).toMatch(/#error=SIGN_IN_EXPIRED$/u);
    // RFC 9207: who answers says who it is.
    for (const iss of [scene.corp.issuer, undefined]) {
      const mixed = new URL(await comeBack(browser));
      if (iss === undefined) mixed.searchParams.delete("iss");
      else mixed.searchParams.set("iss", iss);
      const before = scene.acme.asked.filter((path) => path === "/token").length;
      expect(await browser.go(mixed.href)).toMatch(/#error=PROVIDER_REFUSED$/u);
      expect(scene.acme.asked.filter((path) => path === "/token")).toHaveLength(before);
    }
    expect(await kind(browser.trpc.auth.me.query())).toBe("SIGN_IN_REQUIRED");
  });

  test("only when it says who it is: a refusal, nonsense, and nothing at all sign nobody in", async ({ scene }) => {
    const browser = new Browser(scene.home);
    const state = new URL(await leave(browser)).searchParams.get("state") ?? "";
    const door = `${scene.home}/sign-in/oidc/acme/callback`;
    const iss = encodeURIComponent(scene.acme.issuer);
    expect(await browser.go(`${door}?error=access_denied&state=${state}&iss=${iss}`)).toMatch(
      /#error=PROVIDER_REFUSED$/u,
    );
    for (const query of ["", "?state=", "?state=%00", "?code=1", "?state=__proto__&code=1"]) {
      expect(await browser.go(door + query)).toMatch(/\/sign-in#error=SIGN_IN_EXPIRED$/u);
    }
    expect(await browser.go(`${scene.home}/sign-in/oidc/none/callback?state=1`)).toMatch(/#error=PROVIDER_NOT_FOUND$/u);
  });
});

const OTHER_KEY = generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey;

/** What an answer of the provider's address must not get through with, though all else of it is right. */
const FORGED: Record<string, (token: Token, key: Parameters<typeof signed>[1]) => string> = {
  "for another nonce": ({ header, claims }, key) => signed({ header, claims: { ...claims, nonce: "of another" } }, key),
  "without a nonce": ({ header, claims: { nonce: _, ...claims } }, key) => signed({ header, claims }, key),
  "for another client": ({ header, claims }, key) => signed({ header, claims: { ...claims, aud: "another" } }, key),
  "for several clients, of which another asked": ({ header, claims }, key) =>
    signed({ header, claims: { ...claims, aud: ["another", "trestle"], azp: "another" } }, key),
  "of another issuer": ({ header, claims }, key) =>
    signed({ header, claims: { ...claims, iss: "https://evil.example" } }, key),
  "that is over": ({ header, claims }, key) => signed({ header, claims: { ...claims, exp: 1_000_000_000 } }, key),
  "about nobody": ({ header, claims: { sub: _, ...claims } }, key) => signed({ header, claims }, key),
  "without a signature": ({ header, claims }) => `${part({ ...header, alg: "none" })}.${part(claims)}.`,
  "by an algorithm that its key is not of": ({ header, claims }, key) =>
    signed({ header: { ...header, alg: "HS256" }, claims }, key),
  "with a key of somebody else": (token) => signed(token, OTHER_KEY),
  "with a key that is not the issuer's": ({ header, claims }) =>
    signed({ header: { ...header, kid: "mine" }, claims }, OTHER_KEY),
  "whose signature is of other words": (token, key) => {
    const [, , signature = ""] = signed(token, key).split(".");
    return `${part(token.header)}.${part({ ...token.claims, sub: "somebody else" })}.${signature}`;
  },
};

describe("a token is refused", () => {
  test.for(Object.entries(FORGED))("%s", async ([, forge], { scene }) => {
    scene.acme.subject = subject();
    const browser = new Browser(scene.home);
    scene.acme.forge = forge;
    onTestFinished(() => {
      scene.acme.forge = undefined;
    });
    expect(await signIn(scene, browser)).toBe("/sign-in#error=PROVIDER_REFUSED");
    expect(await kind(browser.trpc.auth.me.query())).toBe("SIGN_IN_REQUIRED");
    scene.acme.forge = signed;
    expect(await signIn(scene, browser)).toBe("/boards");
  });

  test("by a key that the issuer has taken back, and taken by its new one at once", async ({ scene }) => {
    scene.corp.subject = subject();
    let before: Parameters<typeof signed>[1] | undefined;
    scene.corp.forge = (token, key) => {
      before = key;
      return signed(token, key);
    };
    onTestFinished(() => {
      scene.corp.forge = undefined;
    });
    expect(await signIn(scene, new Browser(scene.home), "corp")).toBe("/boards");
    scene.renewKeys(scene.corp);
    const old = before ?? OTHER_KEY;
    scene.corp.forge = (token) => signed(token, old);
    expect(await signIn(scene, new Browser(scene.home), "corp")).toBe("/sign-in#error=PROVIDER_REFUSED");
    scene.corp.forge = undefined;
    expect(await signIn(scene, new Browser(scene.home), "corp")).toBe("/boards");
  });
});

test("what a provider says that cannot be believed, and answers of other sign-ins, are on record", async ({
  scene,
  world,
}) => {
  scene.acme.subject = subject();
  scene.acme.forge = FORGED[Object.keys(FORGED)[0] ?? ""];
  onTestFinished(() => {
    scene.acme.forge = undefined;
  });
  const person = await world.person();
  const browser = new Browser(scene.home);
  await scene.writeRefusals();
  const [{ now } = { now: "" }] = await world.db.execute<{ now: string }>(
    sql`select coalesce(max(id::text), '') as now from audit_record`,
  );
  expect(await signIn(scene, browser)).toBe("/sign-in#error=PROVIDER_REFUSED");
  // In a browser that began nothing.
  const stolen = await comeBack(browser);
  expect(await new Browser(scene.home).go(stolen)).toContain("error=SIGN_IN_EXPIRED");
  // By somebody who is signed in and would link what the provider says.
  const known = await browserOf(scene, person);
  const { url } = await known.trpc.identities.link.mutate({ providerId: "acme", returnTo: "/" });
  expect(await known.go(url)).toContain("error=PROVIDER_REFUSED");
  await scene.writeRefusals();
  const rows = await world.db.execute<{ action: string; reason: string; actorId: string | null; address: string }>(sql`
    select action, reason, actor_id as "actorId", address from audit_record
    where outcome = 'refused' and id::text > ${now} order by action, reason`);
  expect(rows.map(({ action, reason, actorId }) => [action, reason, actorId])).toEqual([
    ["identities.link", "PROVIDER_REFUSED", person.id],
    ["identities.signIn", "PROVIDER_REFUSED", null],
    ["identities.signIn", "SIGN_IN_EXPIRED", null],
  ]);
  for (const { address } of rows) expect(address).toMatch(/127\.0\.0\.1|::1/u);
});

test("the browser comes back to a path of ours alone", async ({ scene }) => {
  const browser = new Browser(scene.home);
  for (const returnTo of [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/%0d%0aSet-Cookie:x=1\r\n",
    "javascript:alert(1)",
    "@evil.example",
    ".evil.example",
    "/\t/evil.example",
    "",
  ]) {
    expect([returnTo, await kind(leave(browser, "acme", returnTo))]).toEqual([returnTo, "INPUT_INVALID"]);
  }
  scene.acme.subject = subject();
  for (const returnTo of ["/..//evil.example", "/@evil.example/?x=//evil.example", "/boards/1?a=b&c=%2F%2Fd"]) {
    const end = new URL(await browser.go(await leave(browser, "acme", returnTo)));
    expect(end.origin).toBe(scene.home);
  }
});

test("a provider is sent what it needs and no secret, and a copy of the tables goes on with no sign-in", async ({
  scene,
  world,
}) => {
  const browser = new Browser(scene.home);
  const { searchParams } = new URL(await leave(browser));
  const { state = "", nonce = "", code_challenge = "", ...rest } = Object.fromEntries(searchParams);
  expect(rest).toEqual({
    client_id: "trestle",
    response_type: "code",
    redirect_uri: `${scene.home}/sign-in/oidc/acme/callback`,
    scope: "openid email profile",
    code_challenge_method: "S256",
  });
  expect(state).toMatch(/^[\w-]{27}$/u);
  expect(nonce).toMatch(/^[0-9a-f]{64}$/u);
  expect(code_challenge).toMatch(/^[\w-]{43}$/u);
  const [[name, secret] = ["", ""]] = [...browser.cookies];
  expect(name).toMatch(/^trestle-trip-[0-9a-f]{16}$/u);
  const rows = await world.db.execute(sql`select * from provider_trip`);
  expect(rows).not.toEqual([]);
  const copy = JSON.stringify(rows);
  for (const value of [secret, state, nonce, code_challenge]) {
    expect([value, value !== "" && !copy.includes(value)]).toEqual([value, true]);
  }
});

test("over a WebSocket, and with an API key, nobody goes to a provider", async ({ scene, world }) => {
  const org = await world.org();
  const { token } = await org.owner.caller.keys.create({
    orgId: org.id,
    name: "Key",
    actions: ["board:create"],
    expiresAt: null,
  });
  const response = await fetch(`${scene.home}/trpc/identities.signIn`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ json: { providerId: "acme" } }),
  });
  expect(await response.text()).toContain("KEY_FORBIDDEN");
  const request = { ...org.owner.context.request, transport: "websocket" as const };
  const onSocket = createCaller({ ...org.owner.context, request });
  expect(await refusal(onSocket.identities.signIn({ providerId: "acme" }))).toBe("TRANSPORT_UNSUPPORTED");
});

test("who comes back again and again is told to wait, before anything is looked up", async ({ world }) => {
  const { services } = world;
  const app = { ...services, calls: new CallLimits(services.db, { perSecond: 1, burst: CALLBACK_COST }) };
  onTestFinished(() => app.calls.close());
  const { request, ...context } = callerContext(app, undefined);
  const comesBack = () =>
    finishTrip(
      { ...context, request: { ...request, address: "192.0.2.9" } },
      { providerId: "acme", answer: new URLSearchParams({ state: "none" }), cookies: "" },
    );
  expect(await comesBack()).toMatch(/#error=PROVIDER_NOT_FOUND$/u);
  expect(await comesBack()).toMatch(/#error=CALLS_TOO_MANY$/u);
});

describe("an address that has an account", () => {
  test("is its owner's, who links the two; then either signs in", async ({ scene, world }) => {
    const person = await world.person();
    await verify(world, person);
    scene.acme.subject = subject({ email: person.email });
    const stranger = new Browser(scene.home);
    expect(await signIn(scene, stranger)).toBe("/sign-in#error=IDENTITY_NOT_LINKED");
    expect(await kind(stranger.trpc.auth.me.query())).toBe("SIGN_IN_REQUIRED");
    expect(await mailsTo(world, person.email)).toEqual([]);

    const browser = await browserOf(scene, person);
    expect(await link(scene, browser)).toBe("/account");
    expect(await link(scene, browser)).toBe("/account");
    expect(await mailsTo(world, person.email)).toEqual(["identity-linked"]);
    expect((await deedsOf(browser)).filter((deed) => deed === "identities.link")).toHaveLength(1);
    expect(await signIn(scene, stranger)).toBe("/boards");
    expect((await stranger.trpc.auth.me.query()).user.id).toBe(person.id);
    expect((await stranger.trpc.identities.list.query()).hasPassword).toBe(true);
  });

  test("is linked by the word of a provider that owns it only when both sides have verified it", async ({
    scene,
    world,
  }) => {
    const person = await world.person();
    scene.corp.subject = subject({ email: person.email.toUpperCase() });
    const browser = new Browser(scene.home);
    expect(await signIn(scene, browser, "corp")).toBe("/sign-in#error=IDENTITY_NOT_LINKED");
    await verify(world, person);
    scene.corp.subject = { ...scene.corp.subject, email_verified: false };
    expect(await signIn(scene, browser, "corp")).toBe("/sign-in#error=EMAIL_UNVERIFIED");
    expect(await mailsTo(world, person.email)).toEqual([]);
    scene.corp.subject = { ...scene.corp.subject, email_verified: true };
    expect(await signIn(scene, browser, "corp")).toBe("/boards");
    expect((await browser.trpc.auth.me.query()).user.id).toBe(person.id);
    expect(await mailsTo(world, person.email)).toEqual(["identity-linked"]);
    expect((await deedsOf(browser)).slice(0, 2)).toEqual(["auth.signIn", "identities.link"]);
  });
});

describe("identities are linked and unlinked", () => {
  test("by an owner whose session lives, and never to two accounts", async ({ scene, world }) => {
    const [one, two] = [await world.person(), await world.person()];
    scene.acme.subject = subject();
    expect(await link(scene, await browserOf(scene, one))).toBe("/account");
    const browser = await browserOf(scene, two);
    expect(await link(scene, browser)).toBe("/account#error=IDENTITY_TAKEN");
    scene.acme.subject = subject();
    const { url } = await browser.trpc.identities.link.mutate({ providerId: "acme", returnTo: "/account" });
    await browser.trpc.auth.signOut.mutate();
    expect(await browser.go(url)).toMatch(/\/account#error=SIGN_IN_REQUIRED$/u);
    expect((await two.caller.identities.list()).items).toEqual([]);
    // What somebody began in their own browser, nobody else can be made to finish.
    const trap = await (await browserOf(scene, one)).trpc.identities.link.mutate({ providerId: "acme" });
    expect(await (await browserOf(scene, two)).go(trap.url)).toMatch(/#error=SIGN_IN_EXPIRED$/u);
    expect((await one.caller.identities.list()).items).toHaveLength(1);
  });

  test("but never the last way in; with a password, set by the link that comes by mail, the rest may go", async ({
    scene,
    world,
  }) => {
    const who = subject();
    scene.acme.subject = who;
    const browser = new Browser(scene.home);
    await signIn(scene, browser);
    const [only] = (await browser.trpc.identities.list.query()).items;
    const unlink = (identityId: string) => kind(browser.trpc.identities.unlink.mutate({ identityId }));
    expect(await unlink(only?.id ?? "")).toBe("LAST_WAY_IN");
    scene.open.subject = subject();
    expect(await link(scene, browser, "open")).toBe("/account");
    const { items } = await browser.trpc.identities.list.query();
    const ends = await Promise.all(items.map(({ id }) => unlink(id)));
    expect(new Set(ends)).toEqual(new Set(["LAST_WAY_IN", "done"]));
    expect(await mailsTo(world, who.email)).toEqual(["identity-linked", "identity-unlinked"]);
    expect(await deedsOf(browser)).toEqual(["identities.unlink", "identities.link", "auth.signIn", "auth.signUp"]);
    const [left] = (await browser.trpc.identities.list.query()).items;

    const token = newId();
    await world.db.execute(sql`
      insert into password_reset (user_id, token_hash, email, expires_at)
      select id, encode(sha256(${token}::bytea), 'hex'), email, now() + interval '1 hour' from app_user
      where email = ${who.email}`);
    await browser.trpc.passwords.reset.mutate({ token, password: "a password of my own" });
    const { email } = who;
    await browser.trpc.auth.signIn.mutate({ email, password: "a password of my own" });
    expect(await kind(unlinkOther(scene, await world.person(), left?.id ?? ""))).toBe("IDENTITY_NOT_FOUND");
    const elsewhere = new Browser(scene.home);
    await elsewhere.trpc.auth.signIn.mutate({ email, password: "a password of my own" });
    expect(await unlink(left?.id ?? "")).toBe("done");
    expect(await kind(elsewhere.trpc.auth.me.query())).toBe("SIGN_IN_REQUIRED");
  });
});

test("an account is exported with its identities, and they go with it", async ({ scene, world }) => {
  const person = await world.person();
  const who = subject();
  scene.acme.subject = who;
  const browser = await browserOf(scene, person);
  await link(scene, browser);
  const { identities } = await browser.trpc.account.export.query();
  expect(identities).toMatchObject({
    count: 1,
    items: [{ issuer: scene.acme.issuer, subject: who.sub, email: who.email }],
  });
  await browser.trpc.account.delete.mutate({ password: person.password });
  expect(await signIn(scene, browser)).toBe("/boards");
  expect((await browser.trpc.auth.me.query()).user.id).not.toBe(person.id);
});

async function unlinkOther(scene: Scene, person: Person, identityId: string): Promise<unknown> {
  return (await browserOf(scene, person)).trpc.identities.unlink.mutate({ identityId });
}

/** How many tries are counted against an account, by window. */
async function triesOf({ db }: World, { email }: Person): Promise<number[]> {
  const rows = await db.execute<{ points: number }>(sql`
    select points::int as points from try_count
    where key like 'account-%' and key like '%' || encode(sha256(${email}::bytea), 'hex')`);
  return rows.map(({ points }) => points);
}

/** Somebody with an identity and a passkey. */
async function protectedPerson({ scene, world }: { scene: Scene; world: World }) {
  const person = await world.person();
  const who = subject();
  scene.acme.subject = who;
  const browser = await browserOf(scene, person);
  await link(scene, browser);
  const device = new SoftwareAuthenticator("http://localhost:3000");
  const credential = device.create(await person.caller.passkeys.challenge());
  const { recoveryCodes } = await person.caller.passkeys.create({ name: "Phone", credential });
  return { person, who, codes: recoveryCodes ?? [] };
}

describe("an account with a second factor", () => {
  test("is asked for it after the provider, unless that has asked for one itself", async ({ scene, world }) => {
    const { person, who, codes } = await protectedPerson({ scene, world });
    const browser = new Browser(scene.home);
    const end = await signIn(scene, browser);
    expect(end).toMatch(/^\/sign-in#ticket=/u);
    expect(await kind(browser.trpc.auth.me.query())).toBe("SIGN_IN_REQUIRED");
    const next = new URLSearchParams(end.slice(end.indexOf("#") + 1));
    expect(Object.fromEntries(next)).toMatchObject({ factors: "passkey,recovery-code", returnTo: "/boards" });
    const [code = ""] = codes;
    await browser.trpc.auth.signInWithCode.mutate({ ticket: next.get("ticket") ?? "", code });
    expect((await browser.trpc.auth.me.query()).user.id).toBe(person.id);
    // What the second step gives back was taken before: nobody earns tries by signing in.
    expect(await triesOf(world, person)).toEqual([0, 0, 0]);

    scene.acme.subject = { ...who, amr: ["pwd", "mfa"] };
    const trusted = new Browser(scene.home);
    expect(await signIn(scene, trusted)).toBe("/boards");
    expect((await trusted.trpc.auth.me.query()).user.id).toBe(person.id);
  });

  test("proves its owner again by a provider only when that asks for as much", async ({ scene, world }) => {
    const { person, who } = await protectedPerson({ scene, world });
    scene.acme.subject = { ...who, amr: ["mfa"] };
    const browser = new Browser(scene.home);
    await signIn(scene, browser);
    await age(world, person.id);
    scene.acme.subject = who;
    expect(await reauthenticate(scene, browser)).toBe("/account#error=CODE_REQUIRED");
    expect(await kind(leaveToLink(browser))).toBe("REAUTHENTICATION_REQUIRED");
    scene.acme.subject = { ...who, amr: ["mfa"] };
    expect(await reauthenticate(scene, browser)).toBe("/account");
    expect(await kind(leaveToLink(browser))).toBe("done");
  });
});

function leaveToLink(browser: Browser): Promise<unknown> {
  return browser.trpc.identities.link.mutate({ providerId: "acme" });
}

test("an owner without a password proves themselves again at the provider, now, and as who they are", async ({
  scene,
  world,
}) => {
  const who = subject();
  scene.acme.subject = who;
  const browser = new Browser(scene.home);
  await signIn(scene, browser);
  const { user } = await browser.trpc.auth.me.query();
  await age(world, user.id);
  expect(await kind(leaveToLink(browser))).toBe("REAUTHENTICATION_REQUIRED");
  expect(await kind(browser.trpc.auth.reauthenticate.mutate({ password: "null" }))).toBe("PASSWORD_WRONG");

  const { url } = await browser.trpc.identities.reauthenticate.mutate({ providerId: "acme" });
  expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({ prompt: "login", max_age: "0" });
  browser.forget(scene.acme.issuer);
  scene.acme.subject = subject();
  expect(await reauthenticate(scene, browser)).toBe("/account#error=IDENTITY_NOT_FOUND");
  browser.forget(scene.acme.issuer);
  scene.acme.subject = who;
  onTestFinished(() => {
    scene.acme.forge = undefined;
  });
  // Of a provider that remembers them, or does not say: neither is a proof of now.
  const now = Math.floor(Date.now() / 1_000);
  for (const auth_time of [now - 120, undefined]) {
    scene.acme.forge = ({ header, claims }, key) => signed({ header, claims: { ...claims, auth_time } }, key);
    expect(await reauthenticate(scene, browser)).toBe("/account#error=PROVIDER_REFUSED");
  }
  scene.acme.forge = undefined;
  expect(await kind(leaveToLink(browser))).toBe("REAUTHENTICATION_REQUIRED");
  const before = browser.cookies.get("trestle");
  expect(await reauthenticate(scene, browser)).toBe("/account");
  // As by a password: the session has another token.
  expect(browser.cookies.get("trestle")).not.toBe(before);
  expect(await kind(leaveToLink(browser))).toBe("done");
  expect((await deedsOf(browser))[0]).toBe("identities.reauthenticate");
});

describe("a provider that cannot be asked", () => {
  test("is said to be away, before people leave and after, and is asked again later", async ({ scene }) => {
    scene.acme.subject = subject();
    const browser = new Browser(scene.home);
    const back = await comeBack(browser);
    scene.acme.fault = 503;
    onTestFinished(() => {
      scene.acme.fault = undefined;
    });
    expect(await browser.go(back)).toMatch(/\/sign-in#error=PROVIDER_UNAVAILABLE$/u);
    expect(await kind(leave(browser, "none"))).toBe("PROVIDER_NOT_FOUND");
    scene.acme.fault = undefined;
    expect(await signIn(scene, browser)).toBe("/boards");
  });

  test("is not waited for, and what it says without end, or as somebody else, is not read", async ({ scene }) => {
    const trip = { state: "state", nonce: "nonce", verifier: "v".repeat(64), isFresh: false };
    const config = { ...CLIENT, id: "acme", name: "Acme", multiFactorAcr: [], linksByEmail: false };
    const tryIt = (issuer: string) =>
      refusal(createProvider({ ...config, issuer }, { publicUrl: scene.home, log, timeout: 0.3 }).addressFor(trip));
    scene.open.fault = "silence";
    onTestFinished(() => {
      scene.open.fault = undefined;
    });
    expect(await tryIt(scene.open.issuer)).toBe("PROVIDER_UNAVAILABLE");
    scene.open.fault = "endless";
    expect(await tryIt(scene.open.issuer)).toBe("PROVIDER_UNAVAILABLE");
    scene.open.fault = "elsewhere";
    expect(await tryIt(scene.open.issuer)).toBe("PROVIDER_UNAVAILABLE");
    expect(scene.open.asked).not.toContain("/elsewhere");
    scene.open.fault = 503;
    expect(await tryIt(scene.open.issuer)).toBe("PROVIDER_UNAVAILABLE");
    scene.open.fault = undefined;
    // The same host, which calls itself otherwise.
    expect(await tryIt(scene.open.issuer.replace("127.0.0.1", "localhost"))).toBe("PROVIDER_UNAVAILABLE");
    expect(await tryIt("http://127.0.0.1:1")).toBe("PROVIDER_UNAVAILABLE");
  });
});

test("providers are configured whole, by addresses that nobody can read along", () => {
  const config = { id: "acme", name: "Acme", issuer: "https://id.example.org", clientId: "trestle" };
  const parse = (providers: unknown) => parseEnvironment({ OIDC_PROVIDERS: JSON.stringify(providers) }).OIDC_PROVIDERS;
  expect(parse([config])).toEqual([
    { ...config, scope: "openid email profile", multiFactorAcr: [], linksByEmail: false },
  ]);
  for (const wrong of [
    config,
    [config, { ...config, issuer: "https://other.example.org" }],
    [config, { ...config, id: "other" }],
    [{ ...config, issuer: "http://id.example.org" }],
    [{ ...config, issuer: "id.example.org" }],
    [{ ...config, id: "a/b" }],
    [{ ...config, scope: "email" }],
    [{ ...config, secret: "hush" }],
  ]) {
    expect(() => parse(wrong)).toThrow(/^OIDC_PROVIDERS/u);
    expect(() => parse(wrong)).not.toThrow(/hush/u);
  }
  expect(() => parseEnvironment({ OIDC_PROVIDERS: "[" })).toThrow("OIDC_PROVIDERS: must be JSON.");
});
