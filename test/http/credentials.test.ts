import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { WebSocket } from "ws";
import { sha256 } from "../../server/core/secrets.ts";
import { createCaller } from "../../server/router.ts";
import { createGround } from "../architecture/inputs.ts";
import { ask } from "../setup/ask.ts";
import { SoftwareAuthenticator } from "../setup/authenticator.ts";
import { type Post, test } from "../setup/post.ts";
import { kindsOf } from "../setup/refusal.ts";
import { callerContext, type World } from "../setup/world.ts";

// What signs somebody in, and what is nothing but like it.

const AT_ONCE = 16;

interface Tried {
  readonly cookie?: string;
  readonly bearer?: string;
  /** What follows `/trpc` or the name of the procedure in the address. */
  readonly query?: string;
}

/** Whether whoever brings this is somebody, by a call over HTTP. */
async function isSomebodyByHttp(url: string, { cookie, bearer, query = "" }: Tried): Promise<boolean> {
  const { text } = await ask(url, `/trpc/auth.me${query}`, {
    headers: {
      ...(cookie === undefined ? {} : { cookie }),
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    },
  });
  return text.includes('"user":');
}

/** The same by a call over a WebSocket, which a page of ours opens. */
async function isSomebodyBySocket(url: string, { cookie, bearer, query }: Tried): Promise<boolean> {
  const address = `${url.replace("http", "ws")}/trpc${query ?? (bearer === undefined ? "" : "?connectionParams=1")}`;
  const headers = cookie === undefined ? {} : { cookie };
  const socket = new WebSocket(address, { headers, origin: url.replace("127.0.0.1", "localhost") });
  try {
    return await new Promise<boolean>((resolve) => {
      socket.on("open", () => {
        if (bearer !== undefined) socket.send(JSON.stringify({ method: "connectionParams", data: { token: bearer } }));
        socket.send(JSON.stringify({ id: 1, method: "query", params: { path: "auth.me" } }));
      });
      socket.on("message", (data: Buffer) => resolve(data.toString().includes('"user":')));
      socket.on("unexpected-response", () => resolve(false));
      socket.on("error", () => resolve(false));
    });
  } finally {
    socket.on("error", () => {});
    socket.terminate();
  }
}

/** By which ways a text signs somebody in, of four. */
async function waysIn(url: string, text: string): Promise<string[]> {
  // No header or cookie can have more than this in it.
  const sent = /^[\x21-\x7e]+$/u.test(text) ? text : encodeURIComponent(text);
  const cookie = `trestle=${sent}`;
  const ways = {
    "cookie by HTTP": isSomebodyByHttp(url, { cookie }),
    "bearer by HTTP": isSomebodyByHttp(url, { bearer: sent }),
    "cookie by WebSocket": isSomebodyBySocket(url, { cookie }),
    "bearer by WebSocket": isSomebodyBySocket(url, { bearer: text }),
  };
  const tried = await Promise.all(Object.entries(ways).map(async ([way, isIn]) => ((await isIn) ? [way] : [])));
  return tried.flat();
}

const SECRETS = [
  "api_key",
  "app_user",
  "authenticator",
  "challenge",
  "data_key",
  "email_code",
  "identity",
  "invitation",
  "known_device",
  "passkey",
  "password_reset",
  "provider_trip",
  "recovery_code",
  "session",
  "sign_in_ticket",
  "sign_up_code",
];

/** Every value of the tables that say who somebody is, but numbers, instants and flags, and the parts of lists. */
async function everyValue({ db }: World): Promise<string[]> {
  const values = new Set<string>();
  for (const table of SECRETS) {
    const rows = await db.execute<{ row: Record<string, unknown> }>(
      sql`select to_jsonb(t) as row from ${sql.identifier(table)} t`,
    );
    expect([table, rows.length]).not.toEqual([table, 0]);
    const parts = rows.flatMap(({ row }) => Object.values(row)).flatMap((value) => [value].flat());
    for (const part of parts) if (typeof part === "string" && !/^\d{4}-\d\d-\d\dT/u.test(part)) values.add(part);
  }
  return [...values];
}

/** Somebody with all that there is to sign in with, and whatever may be under way; answers what they were told. */
async function withEverything(world: World, url: string, post: Post) {
  const { org } = await createGround(world);
  const { owner } = org;
  const { email, password } = owner;
  const { auth, passwords } = createCaller(callerContext(world.services, undefined));
  const headers = { "content-type": "application/json" };
  await ask(url, "/trpc/auth.signIn", { method: "POST", headers, body: JSON.stringify({ json: { email, password } }) });
  await auth.requestSignUp({ email: `new-${email}` });
  await owner.caller.emails.change({ email: `moved-${email}` });
  await passwords.requestReset({ email });
  const mailed = [await post.linkTo(email), await post.codeTo(`new-${email}`), await post.codeTo(`moved-${email}`)];
  const device = new SoftwareAuthenticator("http://localhost:3000");
  const credential = device.create(await owner.caller.passkeys.challenge());
  const { recoveryCodes } = await owner.caller.passkeys.create({ name: "Phone", credential });
  const { secret } = await owner.caller.authenticator.create();
  await owner.caller.passkeys.challenge();
  const half = await auth.signIn({ email, password, transport: "token" });
  if (half.state !== "second-factor") throw new Error("this account has a second factor");
  await world.db.execute(sql`
    insert into identity (id, user_id, issuer, subject, email, created_at)
    values (gen_random_uuid(), ${owner.id}::uuid, 'https://acme.test', 'their subject', ${email}, now())`);
  await world.db.execute(sql`
    insert into provider_trip (state_hash, browser_hash, provider_id, purpose, return_to, created_at, expires_at)
    values (${sha256("state")}, ${sha256("browser")}, 'acme', 'sign-in', '/', now(), now() + interval '1 hour')`);
  const key = await owner.caller.keys.create({ orgId: org.id, name: "A", actions: ["org:read"], expiresAt: null });
  const told = [...mailed, ...(recoveryCodes ?? []), secret, half.ticket, "state", "browser", credential.id];
  return { owner, key: key.token, told };
}

test("nothing that the tables hold, and no other secret, is good as a cookie, a token, a link or a ticket", async ({
  world,
  post,
}) => {
  const { url } = await world.app();
  const { owner, key, told } = await withEverything(world, url, post);
  expect(await waysIn(url, owner.token)).toHaveLength(4);
  expect(await waysIn(url, key)).toEqual(["bearer by HTTP", "bearer by WebSocket"]);

  const values = [...(await everyValue(world)), ...told];
  expect(values.length).toBeGreaterThan(80);
  for (let at = 0; at < values.length; at += AT_ONCE) {
    const some = values.slice(at, at + AT_ONCE);
    const found = await Promise.all(some.map(async (value) => [value, await waysIn(url, value)]));
    expect(found).toEqual(some.map((value) => [value, []]));
  }
  // Nor is it what a link, an invitation or a half-done sign-in has.
  const { auth, passwords } = createCaller(callerContext(world.services, undefined));
  const digests = values.filter((value) => /^[0-9a-f]{64}$/u.test(value));
  expect(digests.length).toBeGreaterThan(10);
  for (const value of digests) {
    const tries = await Promise.allSettled([
      passwords.reset({ token: value, password: "correct horse battery" }),
      owner.caller.members.accept({ token: value }),
      auth.signInWithCode({ ticket: value, code: "123456", transport: "token" }),
    ]);
    expect(kindsOf(tries)).toEqual(["RESET_TOKEN_WRONG", "INVITATION_NOT_FOUND", "SIGN_IN_EXPIRED"]);
  }
});

test("a token in the address signs nobody in, whatever it is called there", async ({ world }) => {
  const { url } = await world.app();
  const { token } = await world.person();
  const params = encodeURIComponent(JSON.stringify({ token }));
  const queries = ["token", "access_token", "session", "sessionid", "trestle", "authorization"].map(
    (name) => `?${name}=${token}`,
  );
  for (const query of [
    ...queries,
    `?connectionParams=${params}`,
    `;jsessionid=${token}`,
    `?Authorization=Bearer%20${token}`,
  ]) {
    expect([query, await isSomebodyByHttp(url, { query })]).toEqual([query, false]);
    expect([query, await isSomebodyBySocket(url, { query })]).toEqual([query, false]);
  }
});

test("who signs in never goes on with a token that was there before, be it made up or somebody else's", async ({
  world,
}) => {
  const { url } = await world.app();
  const [victim, attacker] = [await world.person(), await world.person()];
  const origin = url.replace("127.0.0.1", "localhost");
  for (const planted of ["a".repeat(40), attacker.token]) {
    const headers = { "content-type": "application/json", origin, cookie: `trestle=${planted}` };
    const body = JSON.stringify({ json: { email: victim.email, password: victim.password } });
    const { headers: answered } = await ask(url, "/trpc/auth.signIn", { method: "POST", headers, body });
    const cookies = answered["set-cookie"] ?? [];
    const given = /^trestle=(?<token>[a-z2-7]{40});/mu.exec(cookies.join("\n"))?.groups?.["token"];
    expect(given).not.toBe(planted);
    const meOf = (token = "") => ask(url, "/trpc/auth.me", { headers: { cookie: `trestle=${token}` } });
    expect((await meOf(given)).text).toContain(victim.id);
    expect((await meOf(planted)).text).not.toContain(victim.id);
  }
});
