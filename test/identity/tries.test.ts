import { sql } from "drizzle-orm";
import { afterAll, expect, vi } from "vitest";
import { type App, createApp } from "../../server/app.ts";
import { detailsOf } from "../../server/core/app-error.ts";
import type { AppServices } from "../../server/core/context.ts";
import { FairQueue } from "../../server/core/fair-queue.ts";
import { createLogger } from "../../server/core/log.ts";
import { networkOf } from "../../server/core/networks.ts";
import { sha256 } from "../../server/core/secrets.ts";
import { createCaller } from "../../server/router.ts";
import { type Answer, ask } from "../setup/ask.ts";
import { TEST_ROOT_KEYS } from "../setup/root-keys.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { WRONG_PASSWORDS } from "../setup/settings.ts";
import { callerContext, type Person, signedIn, test, type World } from "../setup/world.ts";

const ADDRESSES = 50;
const OF_AN_ACCOUNT = 10;
const OF_AN_ADDRESS = 20;

vi.setConfig({ testTimeout: 30_000 + WRONG_PASSWORDS * 40 });

let app: App | undefined;
afterAll(() => app?.close());

/** A server that believes what this machine says about who asks. */
async function server({ connection }: World): Promise<App> {
  const config = {
    connection,
    rootKeys: TEST_ROOT_KEYS,
    poolSize: 8,
    log: createLogger("silent"),
    host: "127.0.0.1",
    port: 0,
  };
  app ??= await createApp({ ...config, trustedProxies: ["127.0.0.1"] });
  return app;
}

interface From {
  readonly address: string;
  readonly cookie?: string;
}

/** Calls a mutation of `auth` or `passwords` over HTTP, from an address. */
async function post(world: World, path: string, input: unknown, { address, cookie }: From): Promise<Answer> {
  const { url } = await server(world);
  const headers = {
    "content-type": "application/json",
    origin: url.replace("127.0.0.1", "localhost"),
    "x-forwarded-for": address,
    ...(cookie === undefined ? {} : { cookie }),
  };
  return ask(url, `/trpc/${path}`, { method: "POST", headers, body: JSON.stringify({ json: input }) });
}

/** The cookie of the browser that somebody used, without that of the session. */
function deviceOf({ headers }: Answer): string {
  const cookies = headers["set-cookie"] ?? [];
  return cookies.find((cookie) => cookie.startsWith("trestle-device="))?.split(";")[0] ?? "";
}

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** Somebody without a session who calls these services, from an address. */
function from(services: AppServices, address: string) {
  const context = callerContext(services, undefined);
  return createCaller({ ...context, request: { ...context.request, address } }).auth;
}

const wrong: { password: string; transport: "token" } = { password: "wrong horse battery", transport: "token" };

async function letPass({ db }: World, seconds: number): Promise<void> {
  await db.execute(sql`update try_count set expire = expire - ${seconds * 1_000}::bigint`);
}

test("a flood of wrong passwords keeps nobody out: not the others, and not its victim on a known device", async ({
  world,
}) => {
  const [victim, other] = [await world.person(), await world.person()];
  const signIn = ({ email, password }: Person, by: From) => post(world, "auth.signIn", { email, password }, by);
  const first = await signIn(victim, { address: "198.51.100.1" });
  const browser = deviceOf(first);
  expect(first.status).toBe(200);
  const before: number[] = [];
  for (let index = 0; index < 5; index += 1) {
    before.push(await millisecondsOf(() => signIn(other, { address: `198.51.101.${index}` })));
  }

  let sent = 0;
  const kinds = new Map<string | undefined, number>();
  const flood = Promise.all(
    Array.from({ length: ADDRESSES }, async (_, index) => {
      while (sent < WRONG_PASSWORDS) {
        sent += 1;
        const email = sent % 2 === 0 ? victim.email : `nobody-${sent}@example.test`;
        const { kind } = await post(world, "auth.signIn", { ...wrong, email }, { address: `203.0.113.${index}` });
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      }
    }),
  );
  const during: number[] = [];
  const answers: Answer[] = [];
  for (let index = 0; index < 5; index += 1) {
    during.push(
      await millisecondsOf(async () => answers.push(await signIn(other, { address: `198.51.102.${index}` }))),
    );
    answers.push(await signIn(victim, { address: `192.0.2.${index}`, cookie: browser }));
  }
  await flood;
  expect(answers.map(({ kind }) => kind)).toEqual(answers.map(() => undefined));
  // Fifty addresses are served in turns, so somebody else waits for about as many hashes as there are addresses.
  expect(median(during) / median(before)).toBeLessThan(ADDRESSES);

  expect(new Set(kinds.keys())).toEqual(new Set(["CREDENTIALS_WRONG", "TRIES_TOO_MANY"]));
  const stranger = await signIn(victim, { address: "192.0.2.100" });
  expect(stranger).toMatchObject({ status: 429, kind: "TRIES_TOO_MANY" });
  expect(Number(stranger.headers["retry-after"])).toBeGreaterThan(0);
  expect(stranger.text).toContain(`"retryAfterSeconds":${stranger.headers["retry-after"]}`);
  // From where they signed in before, also without cookies; and nobody else's browser is theirs.
  expect((await signIn(victim, { address: "198.51.100.1" })).status).toBe(200);
  const others = deviceOf(answers[0] ?? first);
  expect((await signIn(victim, { address: "192.0.2.101", cookie: others })).kind).toBe("TRIES_TOO_MANY");

  // The link that comes by mail is the way in for who has no such device.
  await world.db.execute(sql`
    insert into password_reset (user_id, token_hash, email, expires_at)
    values (${victim.id}::uuid, ${sha256("link".repeat(8))}, ${victim.email}, now() + interval '1 hour')`);
  const reset = { token: "link".repeat(8), password: "another horse battery" };
  const after = await post(world, "passwords.reset", reset, { address: "192.0.2.102" });
  const by = { address: "192.0.2.103", cookie: deviceOf(after) };
  expect((await signIn({ ...victim, password: reset.password }, by)).status).toBe(200);
});

test("of 200 wrong tries at once, on two processes, no more are verified than the budget has", async ({ world }) => {
  const processes = [world.services, world.otherServices()];
  const tries = (call: (index: number, services: AppServices) => Promise<unknown>) =>
    Promise.allSettled(
      Array.from({ length: 200 }, (_, index) => call(index, processes[index % 2] ?? world.services)),
    ).then((ends) => kindsOf(ends).filter((kind) => kind !== "TRIES_TOO_MANY"));
  const { email } = await world.person();
  const ofAccount = await tries((index, services) => from(services, `10.0.0.${index}`).signIn({ ...wrong, email }));
  expect(ofAccount).toEqual(Array.from({ length: OF_AN_ACCOUNT }, () => "CREDENTIALS_WRONG"));
  const ofAddress = await tries((index, services) =>
    from(services, `2001:db8:0:7::${index}`).signIn({ ...wrong, email: `nobody-${index}@example.test` }),
  );
  expect(ofAddress).toEqual(Array.from({ length: OF_AN_ADDRESS }, () => "CREDENTIALS_WRONG"));
});

test("the delay grows with the tries, ends, and is not made longer by who hammers", async ({ world }) => {
  const { email, password } = await world.person();
  // Another process each time: none remembers a delay that is over.
  const signIn = (services: AppServices, address: string, tried = wrong.password) =>
    from(services, address).signIn({ email, password: tried, transport: "token" });
  const delays: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    const services = world.otherServices();
    const ends = await Promise.allSettled(
      Array.from({ length: 14 }, (_, index) => signIn(services, `10.${round}.1.${index}`)),
    );
    delays.push(Math.max(...ends.map((end) => ("reason" in end ? (detailsOf(end.reason).retryAfterSeconds ?? 0) : 0))));
    await letPass(world, 300);
  }
  expect(delays.slice(0, 3).every((seconds) => seconds > 0 && seconds <= 300)).toBe(true);
  expect(delays[3]).toBeGreaterThan(300);
  await letPass(world, 3_600);
  expect((await signIn(world.otherServices(), "10.9.9.9", password)).user?.email).toBe(email);
});

test("what is right is no try: an office behind one address signs in as often as it likes", async ({ world }) => {
  const { email, password } = await world.person();
  const services = world.otherServices();
  const people = await Promise.all(Array.from({ length: OF_AN_ADDRESS + 2 }, () => world.person()));
  for (const person of people) {
    await from(services, "10.8.0.1").signIn({ email: person.email, password: person.password, transport: "token" });
  }
  // With the right password in between, nobody buys more tries for the address.
  const ends: string[] = [];
  for (let index = 0; index < OF_AN_ADDRESS + 2; index += 1) {
    await from(services, "10.8.0.1").signIn({ email, password, transport: "token" });
    const wrongOne = { ...wrong, email: `nobody-${index}@example.test` };
    ends.push(...kindsOf(await Promise.allSettled([from(services, "10.8.0.1").signIn(wrongOne)])));
  }
  expect(ends.filter((kind) => kind === "CREDENTIALS_WRONG")).toHaveLength(OF_AN_ADDRESS);
});

test("whoever has stolen a session guesses the password a few times, and does not keep its owner from proving theirs", async ({
  world,
}) => {
  const person = await world.person();
  const owners = await signedIn(world.services, (await world.services.sessions.create(person.id, "phone")).token);
  const guesses = Array.from({ length: OF_AN_ACCOUNT + 3 }, () =>
    person.caller.auth.reauthenticate({ password: wrong.password }),
  );
  const ends = kindsOf(await Promise.allSettled(guesses));
  expect(ends.filter((kind) => kind === "PASSWORD_WRONG")).toHaveLength(OF_AN_ACCOUNT);
  const input = { currentPassword: person.password, newPassword: "another horse battery" };
  expect(await refusal(person.caller.passwords.change(input))).toBe("TRIES_TOO_MANY");
  expect((await owners.caller.auth.reauthenticate({ password: person.password })).token).toMatch(/^[a-z2-7]{40}$/u);
});

test("one address makes few accounts and asks for few mails; others go on", async ({ world }) => {
  const ask40 = (address: string) =>
    Promise.allSettled(
      Array.from({ length: 40 }, (_, index) =>
        from(world.services, address).requestSignUp({ email: `new-${index}@example.test` }),
      ),
    );
  const ends = kindsOf(await ask40("10.7.0.1"));
  expect(ends.filter((kind) => kind === "done")).toHaveLength(30);
  const account = { email: "late@example.test", password: "correct horse", name: "Late", transport: "token" } as const;
  expect(await refusal(from(world.services, "10.7.0.1").signUp(account))).toBe("TRIES_TOO_MANY");
  expect((await from(world.services, "10.7.0.2").signUp(account)).user.name).toBe("Late");
});

test("a network is an address of IPv4, and of IPv6 what a provider gives to one customer", () => {
  expect(networkOf("192.0.2.7")).toBe("192.0.2.7");
  const same = ["2001:db8:0:7::1", "2001:DB8::7:aaaa:bbbb:cccc:dddd", "2001:0db8:0000:0007:0:0:0:1"];
  expect(new Set(same.map(networkOf))).toEqual(new Set(["2001:db8:0:7::/64"]));
  expect(networkOf("2001:db8:0:8::1")).toBe("2001:db8:0:8::/64");
  expect(networkOf("fe80::1%eth0")).toBe("fe80:0:0:0::/64");
  const ofNobody = ["127.0.0.1", "127.1.2.3", "::1", "", "unknown", undefined];
  expect(ofNobody.map(networkOf)).toEqual(ofNobody.map(() => undefined));
});

test("hashes are made in turns, known devices first, and room is made by who has most", async () => {
  const queue = new FairQueue({ atOnce: 1, mostWaiting: 4 });
  const order: string[] = [];
  const held = Promise.withResolvers<undefined>();
  const ask = (name: string, key: string, isFirst = false) =>
    queue.run({ key, isFirst }, async () => {
      order.push(name);
      await held.promise;
    });
  const asked = [ask("running", "flood")];
  for (const name of ["flood 1", "flood 2", "flood 3", "flood 4"]) asked.push(ask(name, "flood"));
  asked.push(ask("other", "other"), ask("known", "known", true));
  asked.push(ask("flood 5", "flood"), ask("other 2", "other"));
  held.resolve(undefined);
  const ends = kindsOf(await Promise.allSettled(asked));
  expect(order).toEqual(["running", "known", "flood 1", "other", "flood 2"]);
  expect(ends.filter((kind) => kind === "SERVER_UNAVAILABLE")).toHaveLength(4);
});
