import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import { type Answer, ask, type Asked } from "../setup/ask.ts";
import { test, type World } from "../setup/world.ts";

/** Any value of this header but one leaves a request to tRPC's own adapter, which then takes no notice of it. */
const FOR_THE_ADAPTER = { "trpc-accept": "whatever" };
/** What the two write differently on purpose: one says how long an answer is, the other sends it in pieces. */
const FRAMING = new Set(["date", "connection", "keep-alive", "transfer-encoding", "content-length"]);
const JSON_TYPE = { "content-type": "application/json" };

interface Sent {
  readonly path: string;
  readonly asked: Asked;
}

/** The answer to a request, and the one of tRPC's adapter to the same. */
async function both(url: string, { path, asked }: Sent): Promise<[Answer, Answer]> {
  const forAdapter = { ...asked, headers: { ...asked.headers, ...FOR_THE_ADAPTER } };
  return [await ask(url, path, asked), await ask(url, path, forAdapter)];
}

/** What has to be the same: a board comes as Postgres wrote it, or parsed and written again. */
function essence(answer: Answer | undefined): object {
  const { status, text = "", headers = {} } = answer ?? {};
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !FRAMING.has(name)));
  const body: unknown = /^[{[]/u.test(text) ? JSON.parse(text) : text;
  return { status, body, headers: kept };
}

function isFromLane({ headers }: Answer): boolean {
  return headers["content-length"] !== undefined && headers.vary?.includes("trpc-accept") === true;
}

/** Compares the answers to all of them. Answers how many the lane took itself. */
async function compareAll(url: string, all: readonly Sent[]): Promise<number> {
  const answers: Answer[] = [];
  const others: Answer[] = [];
  for (const sent of all) {
    const [answer, adapters] = await both(url, sent);
    answers.push(answer);
    others.push(adapters);
  }
  const withSent = (answer: Answer, index: number) => ({ ...all[index], ...essence(answer) });
  const isOther = (_: unknown, index: number) => !isDeepStrictEqual(essence(answers[index]), essence(others[index]));
  expect(answers.map(withSent).filter(isOther)).toEqual(others.map(withSent).filter(isOther));
  expect(others.filter(isFromLane)).toEqual([]);
  return answers.filter(isFromLane).length;
}

interface Callers {
  readonly boardId: string;
  readonly credentials: Record<string, Record<string, string>>;
}

async function callers(world: World, url: string): Promise<Callers> {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft", "Ünïcode ☃"] });
  // Each has one session, which is the same as a bearer's and in a cookie.
  const bearer = async () => ({ authorization: `Bearer ${(await org.another("member")).token}` });
  const cookie = async () => ({ cookie: `trestle=${(await org.another("member")).token}` });
  const own = { origin: url.replace("127.0.0.1", "localhost") };
  return {
    boardId: board.id,
    credentials: {
      nobody: {},
      "a bearer": await bearer(),
      "a bearer from a page of ours": { ...(await bearer()), ...own },
      "a stranger": { authorization: `Bearer ${(await world.person()).token}` },
      "a bearer of nothing": { authorization: `Bearer ${"a".repeat(40)}` },
      "a cookie": await cookie(),
      "a cookie from a page of ours": { ...(await cookie()), ...own },
      "a cookie from elsewhere": { ...(await cookie()), origin: "https://elsewhere.example" },
      "an ended cookie from a page of ours": { cookie: `trestle=${"b".repeat(40)}`, ...own },
    },
  };
}

/** Queries and what else may stand in an address: paths × inputs × batches. */
function addresses(boardId: string): string[] {
  const board = encodeURIComponent(JSON.stringify({ json: { boardId } }));
  const other = encodeURIComponent(JSON.stringify({ json: { boardId: newId() } }));
  const pair = (first: string, second: string) => encodeURIComponent(`{"0":${first},"1":${second}}`);
  const get = JSON.stringify({ json: { boardId } });
  return [
    ...["auth.me", "sessions.list", "boards.get", "boards.live", "auth.signOut", "auth.none", "constructor"].flatMap(
      (path) => [
        path,
        `${path}?batch=1`,
        `${path}?batch=0`,
        `${path}?input=${board}`,
        `${path}?batch=1&input=${board}`,
      ],
    ),
    "",
    "/",
    "..",
    "%2e%2e/auth.me",
    "auth",
    "auth.me/",
    "auth.me,",
    ",auth.me",
    "auth%2Eme",
    "auth.me,auth.me",
    ...[board, other, "", "%7B", "null", "%22%22", "[]", "%5B1%5D", "%00", "%zz", "%ff", "7", "%7B%7D"].flatMap(
      (input) => [`boards.get?input=${input}`, `boards.access?batch=1&input=${input}`],
    ),
    ...[
      `input=${encodeURIComponent('{"json":{"boardId":7}}')}`,
      `input=${encodeURIComponent('{"json":{}}')}`,
      `input=${encodeURIComponent(`{"json":{"boardId":"${boardId}","more":1}}`)}`,
      `input=${encodeURIComponent(`{"json":{"boardId":"${boardId}","__proto__":{"a":1}}}`)}`,
      `input=${encodeURIComponent(`{"json":{"boardId":"${boardId}"},"meta":{"values":{"boardId":["Date"]}}}`)}`,
      `input=${encodeURIComponent(`{"json":{"boardId":"${boardId}"},"meta":7}`)}`,
      `input=${board}&input=${other}`,
      `input=${other}&input=${board}`,
      `input=${board}&batch=2`,
      `batch=%31&input=${board}`,
      `%69nput=${board}`,
      `input=${board}&cache=1`,
      `input=${board}#fragment`,
      `input=+${board}+`,
      `&input=${board}`,
      `input`,
      `connectionParams=1&input=${board}`,
    ].map((query) => `boards.access?${query}`),
    `boards.access,boards.access?batch=1&input=${pair(get, get)}`,
    `boards.access,boards.access?batch=1&input=${pair(get, '{"json":{"boardId":"no"}}')}`,
    `boards.access,boards.access?batch=1&input=${pair(get, "null")}`,
    `boards.access,boards.access?batch=1&input=${encodeURIComponent(`{"1":${get}}`)}`,
    `boards.access,boards.access?input=${pair(get, get)}`,
    `boards.access,auth.none?batch=1&input=${pair(get, get)}`,
    `boards.access,auth.signOut?batch=1&input=${pair(get, get)}`,
    `auth.me,boards.get,auth.me?batch=1&input=${encodeURIComponent(`{"1":${get}}`)}`,
    `${Array.from({ length: 20 }, () => "auth.me").join(",")}?batch=1`,
    `${Array.from({ length: 21 }, () => "auth.me").join(",")}?batch=1`,
  ].map((address) => `/trpc/${address}`);
}

/** Mutations: what they answer is the same each time. */
function mutations(): Sent[] {
  const unknown = JSON.stringify({ json: { sessionId: newId() } });
  const types: Record<string, string>[] = [
    JSON_TYPE,
    { "content-type": "Application/JSON; charset=utf-8" },
    { "content-type": "application/json ;a=b" },
    { "content-type": "application/jsonp" },
    { "content-type": "text/plain" },
    { "content-type": "application/octet-stream" },
    { "content-type": "multipart/form-data; boundary=x" },
    {},
  ];
  const bodies: (string | Uint8Array | undefined)[] = [
    unknown,
    `\uFEFF${unknown}`,
    undefined,
    "",
    " ",
    "{",
    "null",
    "7",
    "[]",
    "{}",
    '{"json":null}',
    '{"json":{"sessionId":7}}',
    `{"0":${unknown}}`,
    `{"0":${unknown},"1":{"json":{"sessionId":"no"}}}`,
    `{"0":${unknown},"1":null}`,
    new Uint8Array([0xff, 0xfe, 0, 1]),
  ];
  const paths = ["sessions.revoke", "sessions.revoke?batch=1", "sessions.revoke,sessions.revoke?batch=1"];
  const sent = (path: string, headers: Record<string, string>, body: string | Uint8Array | undefined): Sent => ({
    path: `/trpc/${path}`,
    asked: { method: "POST", headers, ...(body === undefined ? {} : { body }) },
  });
  return [
    ...paths.flatMap((path) => bodies.map((body) => sent(path, JSON_TYPE, body))),
    ...types.map((type) => sent("sessions.revoke", type, unknown)),
    ...["sessions.revokeOthers", "auth.me", "auth.none", "boards.live", "auth.me,auth.signOut?batch=1"].map((path) =>
      sent(path, JSON_TYPE, "{}"),
    ),
    sent("sessions.revoke,sessions.revokeOthers?batch=1", JSON_TYPE, `{"0":${unknown}}`),
    sent(`sessions.revoke?input=${encodeURIComponent(unknown)}`, JSON_TYPE, undefined),
  ];
}

test("whoever calls is answered as tRPC's own adapter answers: queries, and addresses that are none", async ({
  world,
}) => {
  const { url } = await world.app();
  const { boardId, credentials } = await callers(world, url);
  const all = Object.values(credentials).flatMap((headers) =>
    addresses(boardId).map((path): Sent => ({ path, asked: { headers } })),
  );
  const taken = await compareAll(url, all);
  expect(all.length).toBeGreaterThan(500);
  expect(taken).toBeGreaterThan(300);
});

test("whoever calls is answered as tRPC's own adapter answers: mutations, and bodies that are none", async ({
  world,
}) => {
  const { url } = await world.app();
  const { credentials } = await callers(world, url);
  const all = Object.values(credentials).flatMap((headers) =>
    mutations().map(({ path, asked }): Sent => ({
      path,
      asked: { ...asked, headers: { ...asked.headers, ...headers } },
    })),
  );
  const taken = await compareAll(url, all);
  expect(all.length).toBeGreaterThan(500);
  expect(taken).toBeGreaterThan(250);
});

test("other methods, types and hosts are answered as tRPC's own adapter answers", async ({ world }) => {
  const { url } = await world.app();
  const { boardId, credentials } = await callers(world, url);
  const headers = credentials["a bearer"] ?? {};
  const input = encodeURIComponent(JSON.stringify({ json: { boardId } }));
  const address = `/trpc/boards.access?input=${input}`;
  const methods = ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "POST", "GET"];
  const odd: Record<string, string>[] = [
    { accept: "application/json" },
    { "content-type": "application/json" },
    { "content-type": "text/plain" },
    { "content-type": "application/octet-stream" },
    { "content-type": "multipart/form-data; boundary=x" },
    { host: "trestle.example:80" },
    { host: "[::1]:3000" },
    { host: "not a host" },
    { host: "999.999.999.999" },
    { "last-event-id": "7" },
    { "accept-encoding": "identity" },
  ];
  const all = [
    ...methods.map((method): Sent => ({ path: address, asked: { method, headers } })),
    ...odd.map((more): Sent => ({ path: address, asked: { headers: { ...headers, ...more } } })),
  ];
  expect(await compareAll(url, all)).toBeGreaterThan(4);
});

test("a body of more than 1 MiB is refused as tRPC's own adapter refuses it, if anybody looks at it", async ({
  world,
}) => {
  const { url } = await world.app();
  const { credentials } = await callers(world, url);
  const body = JSON.stringify({ json: "x".repeat(1 << 20) });
  const all = ["a bearer", "nobody"].flatMap((who) =>
    [{}, { "transfer-encoding": "chunked" }].flatMap((more) =>
      ["auth.signIn", "sessions.revokeOthers", "sessions.revoke,sessions.revoke?batch=1"].map((path): Sent => ({
        path: `/trpc/${path}`,
        asked: { method: "POST", headers: { ...JSON_TYPE, ...credentials[who], ...more }, body },
      })),
    ),
  );
  expect(await compareAll(url, all)).toBe(all.length);
});
