import { once } from "node:events";
import { IncomingMessage } from "node:http";
import { sql } from "drizzle-orm";
import { expect, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { createTrestle } from "../../client/index.ts";
import { connect } from "../../db/client.ts";
import { type App, type AppConfig, createApp } from "../../server/app.ts";
import { faultCode, isUnavailable, pause } from "../../server/core/faults.ts";
import { createLogger } from "../../server/core/log.ts";
import { createCaller } from "../../server/router.ts";
import { type Answer, ask } from "../setup/ask.ts";
import { until } from "../setup/clients.ts";
import { TEST_ROOT_KEYS } from "../setup/root-keys.ts";
import { call, openRawSocket, refusalOf } from "../setup/raw-socket.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { type Person, signedIn, test, type World } from "../setup/world.ts";

async function start({ connection }: World, config: Partial<AppConfig>): Promise<App> {
  const common = {
    connection,
    rootKeys: TEST_ROOT_KEYS,
    poolSize: 4,
    host: "127.0.0.1",
    port: 0,
    log: createLogger("silent"),
  };
  const app = await createApp({ ...common, ...config });
  onTestFinished(() => app.close());
  return app;
}

/** So slow that nothing comes back while a test runs. */
const callRate = { perSecond: 0.01, burst: 100 };

/** So many `auth.me` in one request. */
function batch({ url }: App, { token }: Person, size: number) {
  const paths = Array.from({ length: size }, () => "auth.me").join(",");
  return ask(url, `/trpc/${paths}?batch=1`, { headers: { authorization: `Bearer ${token}` } });
}

test("a batch of 20 costs 20, over HTTP and WebSocket alike, and nobody else pays for it", async ({ world }) => {
  const app = await start(world, { callRate });
  const [busy, other] = [await world.person(), await world.person()];
  for (let index = 0; index < 4; index += 1) expect((await batch(app, busy, 20)).status).toBe(200);
  const socket = await openRawSocket(app, busy);
  onTestFinished(() => socket.close());
  socket.send(JSON.stringify(Array.from({ length: 15 }, (_, id) => call(id, "query", "auth.me"))));
  await until(() => socket.answers.size === 15);
  expect(refusalOf(socket, 14)).toBeUndefined();

  const mixed = await batch(app, busy, 20);
  expect(mixed.status).toBe(207);
  expect(mixed.text.match(/"result"/gu)).toHaveLength(5);
  expect(mixed.text.match(/"kind":"CALLS_TOO_MANY"/gu)).toHaveLength(15);
  const refused = await batch(app, busy, 1);
  expect(refused).toMatchObject({ status: 429, kind: "CALLS_TOO_MANY" });
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
  socket.send(JSON.stringify(call("late", "query", "auth.me")));
  await until(() => socket.answers.has("late"));
  expect(refusalOf(socket, "late")).toBe("CALLS_TOO_MANY");
  expect((await batch(app, other, 20)).status).toBe(200);
});

test("what is expensive costs more, and nobody in particular pays by address", async ({ world }) => {
  const app = await start(world, { callRate, trustedProxies: ["127.0.0.1"] });
  const signIn = async (address: string) => {
    const body = JSON.stringify({ json: { email: "nobody@example.test", password: "wrong horse" } });
    const origin = app.url.replace("127.0.0.1", "localhost");
    const headers = { "content-type": "application/json", "x-forwarded-for": address, origin };
    return (await ask(app.url, "/trpc/auth.signIn", { method: "POST", headers, body })).kind;
  };
  const kinds: (string | undefined)[] = [];
  for (let index = 0; index < 6; index += 1) kinds.push(await signIn("2001:db8::1"));
  expect(kinds).toEqual([...Array.from({ length: 5 }, () => "CREDENTIALS_WRONG"), "CALLS_TOO_MANY"]);
  expect(await signIn("2001:db8::2")).toBe("CALLS_TOO_MANY");
  expect(await signIn("2001:db8:0:1::1")).toBe("CREDENTIALS_WRONG");
});

test("calls in plain JSON and those of agents are counted as all others", async ({ world }) => {
  const app = await start(world, { callRate });
  const [busy, org] = [await world.person(), await world.org()];
  expect((await batch(app, busy, 19)).status).toBe(200);
  for (let index = 0; index < 4; index += 1) await batch(app, busy, 20);
  const me = () => ask(app.url, "/api/v1/auth.me", { headers: { authorization: `Bearer ${busy.token}` } });
  expect((await me()).status).toBe(200);
  const refused = await me();
  expect(refused).toMatchObject({ status: 429, headers: { "content-type": "application/problem+json" } });
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);

  const key = { orgId: org.id, name: "An agent", actions: ["org:read" as const], expiresAt: null };
  const { token } = await org.owner.caller.keys.create(key);
  const headers = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    authorization: `Bearer ${token}`,
  };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
  const answers: Answer[] = [];
  for (let index = 0; index < 22; index += 1) {
    answers.push(await ask(app.url, "/mcp", { method: "POST", headers, body }));
  }
  // A message costs 1, the list 5 more.
  expect(answers.slice(0, 16).map(({ status }) => status)).toEqual(Array.from({ length: 16 }, () => 200));
  expect(answers.at(-1)).toMatchObject({ status: 429, kind: "CALLS_TOO_MANY" });
});

test("two processes share what an account may call, and who calls little costs them nothing", async ({ world }) => {
  const [first, second] = [await start(world, { callRate }), await start(world, { callRate })];
  const [busy, quiet] = [await world.person(), await world.person()];
  const known = () => world.db.execute(sql`select key from call_use`);
  expect((await batch(first, quiet, 5)).status).toBe(200);
  for (let index = 0; index < 3; index += 1) {
    expect((await batch(first, busy, 20)).status).toBe(200);
    expect((await batch(second, busy, 10)).status).toBe(200);
  }
  // 90 of 100, of which each knows its own part; by themselves they would tell within a second.
  for (const { services } of [first, second, first]) await services.calls.settle();
  const keys = (await known()).map(({ key }) => key);
  expect([keys.includes(busy.id), keys.includes(quiet.id)]).toEqual([true, false]);
  const ends = [await batch(first, busy, 10), await batch(second, busy, 10)];
  expect(ends[0]?.status).toBe(200);
  for (const { services } of [first, second]) await services.calls.settle();
  expect((await batch(second, busy, 1)).kind).toBe("CALLS_TOO_MANY");
  expect((await batch(first, busy, 1)).kind).toBe("CALLS_TOO_MANY");
});

/** Makes the event loop late to everything until it is told to stop. */
function overload(ms: number): () => void {
  let isOver = false;
  const work = () => {
    const endsAt = performance.now() + ms;
    while (performance.now() < endsAt);
    if (!isOver) setTimeout(work, 1);
  };
  work();
  return () => {
    isOver = true;
  };
}

test("while the event loop is late, watches and reads are refused, who signs out is not, and clients come back", async ({
  world,
}) => {
  const app = await start(world, { shedAtLagMs: 10 });
  const org = await world.org();
  const board = await org.board();
  const { context } = await signedIn(app.services, org.owner.token);
  const caller = createCaller(context);
  expect((await caller.boards.get({ boardId: board.id })).board.id).toBe(board.id);
  const trestle = createTrestle({ url: app.url, token: org.owner.token });
  onTestFinished(() => trestle.close());

  const stop = overload(180);
  onTestFinished(stop);
  await until(async () => (await refusalOrDone(caller.boards.get({ boardId: board.id }))) === "SERVER_UNAVAILABLE");
  expect(await refusal(Promise.resolve(caller.boards.live({ boardId: board.id })))).toBe("SERVER_UNAVAILABLE");
  const headers = { authorization: `Bearer ${org.owner.token}` };
  const read = await ask(app.url, `/trpc/auth.me`, { headers });
  expect(read).toMatchObject({ status: 503, kind: "SERVER_UNAVAILABLE" });
  expect(Number(read.headers["retry-after"])).toBeGreaterThan(0);
  expect((await ask(app.url, "/healthz")).status).toBe(200);
  const leaver = await world.person();
  const leaving = createCaller((await signedIn(app.services, leaver.token)).context);
  expect(await leaving.auth.signOut()).toBeNull();

  const live = trestle.board(board.id);
  const me = trestle.auth.me.query();
  await pause(500);
  expect(live.status).not.toBe("live");
  stop();
  await until(() => live.status === "live");
  expect((await me).user.id).toBe(org.owner.id);
});

async function refusalOrDone(work: Promise<unknown>): Promise<string> {
  return kindsOf(await Promise.allSettled([work])).join();
}

test("nobody waits for ever for a connection, and no statement runs for ever", async ({ world }) => {
  const { db, close } = connect(world.connection, { max: 1, waitMs: 200 });
  const held = Promise.withResolvers<undefined>();
  const holding = db.transaction(async (tx) => {
    await tx.execute(sql`select 1`);
    await held.promise;
  });
  const late: unknown = await db.execute(sql`select 2`).catch((error: unknown) => error);
  expect([faultCode(late), isUnavailable(late)]).toEqual(["POOL_BUSY", true]);
  held.resolve(undefined);
  await holding;
  expect(await db.execute(sql`select 3 as it`)).toMatchObject([{ it: 3 }]);
  await close();

  const impatient = connect(world.connection, { max: 1, silenceMs: 1_200 });
  const slow: unknown = await impatient.db.execute(sql`select pg_sleep(60)`).catch((error: unknown) => error);
  expect([faultCode(slow), isUnavailable(slow)]).toEqual(["57014", true]);
  expect(impatient.losses()).toBe(0);
  await impatient.close();
});

test("one network holds 200 sockets that are nobody's, and any number that are somebody's", async ({ world }) => {
  const app = await start(world, { trustedProxies: ["127.0.0.1"], keepAliveMs: 75_000 });
  const sockets: WebSocket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.terminate();
  });
  const dial = async (address: string, params = "") => {
    const socket = new WebSocket(`${app.url.replace("http", "ws")}/trpc${params}`, {
      headers: { "x-forwarded-for": address },
    });
    sockets.push(socket);
    const failure = once(socket, "unexpected-response").then(([, response]: unknown[]) => {
      socket.on("error", () => {});
      socket.terminate();
      return response instanceof IncomingMessage ? response.statusCode : undefined;
    });
    return Promise.race<WebSocket | number | undefined>([once(socket, "open").then(() => socket), failure]);
  };
  const strangers = await Promise.all(Array.from({ length: 200 }, (_, index) => dial(`2001:db8:7::${index + 1}`)));
  expect(strangers.filter((end) => typeof end === "number")).toEqual([]);
  expect(await dial("2001:db8:7::ffff")).toBe(429);
  expect(await dial("2001:db8:8::1")).toBeInstanceOf(WebSocket);

  // Whoever says who they are makes room again.
  sockets[0]?.terminate();
  await until(async () => (await dial("2001:db8:7::ffff")) instanceof WebSocket);
  sockets[1]?.terminate();
  const person = await world.person();
  let named: WebSocket | undefined;
  await until(async () => {
    const end = await dial("2001:db8:7::2", "?connectionParams=1");
    if (end instanceof WebSocket) named = end;
    return named !== undefined;
  });
  named?.send(JSON.stringify({ method: "connectionParams", data: { token: person.token } }));
  await until(async () => (await dial("2001:db8:7::3")) instanceof WebSocket);

  const { headers } = await ask(app.url, "/healthz");
  expect(headers["keep-alive"]).toBe("timeout=75");
});
