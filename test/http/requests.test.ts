import { describe, expect } from "vitest";
import { ask, type Asked } from "../setup/ask.ts";
import { test } from "../setup/world.ts";

const JSON_TYPE = { "content-type": "application/json" };
const SIGN_IN = JSON.stringify({ json: { email: "nobody@example.test", password: "not a password" } });

/** Requests that must be refused, each for its reason, whoever sends them. */
const REFUSED: Record<string, { path: string; asked: Asked; status: number; kind: string }> = {
  "a mutation by GET": {
    path: `/trpc/auth.signIn?input=${encodeURIComponent(SIGN_IN)}`,
    asked: {},
    status: 405,
    kind: "METHOD_NOT_SUPPORTED",
  },
  "a query by POST": {
    path: "/trpc/auth.me",
    asked: { method: "POST", headers: JSON_TYPE, body: "{}" },
    status: 405,
    kind: "METHOD_NOT_SUPPORTED",
  },
  "a call by DELETE": {
    path: "/trpc/auth.me",
    asked: { method: "DELETE", headers: JSON_TYPE },
    status: 405,
    kind: "METHOD_NOT_SUPPORTED",
  },
  "a call by TRACE": { path: "/trpc/auth.me", asked: { method: "TRACE" }, status: 405, kind: "METHOD_NOT_SUPPORTED" },
  "the page by TRACE": { path: "/", asked: { method: "TRACE" }, status: 405, kind: "METHOD_NOT_SUPPORTED" },
  "a call by PUT": {
    path: "/trpc/auth.signIn",
    asked: { method: "PUT", headers: JSON_TYPE, body: SIGN_IN },
    status: 405,
    kind: "METHOD_NOT_SUPPORTED",
  },
  "a procedure that there is not": {
    path: "/trpc/tasks.teleport",
    asked: {},
    status: 404,
    kind: "PROCEDURE_NOT_FOUND",
  },
  "a name of every object": { path: "/trpc/constructor", asked: {}, status: 404, kind: "PROCEDURE_NOT_FOUND" },
  "a page that there is not": { path: "/admin.php", asked: {}, status: 404, kind: "PROCEDURE_NOT_FOUND" },
  "credentials in the address": {
    path: `/trpc/auth.me?connectionParams=${encodeURIComponent('{"token":"abc"}')}`,
    asked: {},
    status: 400,
    kind: "CREDENTIALS_IN_URL",
  },
  "credentials in the address, spelt otherwise": {
    path: `/trpc/auth.me?%63onnectionParams=${encodeURIComponent('{"token":"abc"}')}`,
    asked: {},
    status: 400,
    kind: "CREDENTIALS_IN_URL",
  },
  "a form of a page": {
    path: "/trpc/auth.signIn",
    asked: { method: "POST", headers: { "content-type": "multipart/form-data; boundary=x" }, body: "--x--" },
    status: 415,
    kind: "MEDIA_TYPE_UNSUPPORTED",
  },
  "an encoded form of a page": {
    path: "/trpc/auth.signIn",
    asked: { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: "a=b" },
    status: 415,
    kind: "MEDIA_TYPE_UNSUPPORTED",
  },
  "JSON that says it is text": {
    path: "/trpc/auth.signIn",
    asked: { method: "POST", headers: { "content-type": "text/plain" }, body: SIGN_IN },
    status: 415,
    kind: "MEDIA_TYPE_UNSUPPORTED",
  },
  "JSON that says it is text and mentions JSON": {
    path: "/trpc/auth.signIn",
    asked: { method: "POST", headers: { "content-type": "text/plain; application/json" }, body: SIGN_IN },
    status: 415,
    kind: "MEDIA_TYPE_UNSUPPORTED",
  },
  bytes: {
    path: "/trpc/auth.signIn",
    asked: { method: "POST", headers: { "content-type": "application/octet-stream" }, body: SIGN_IN },
    status: 415,
    kind: "MEDIA_TYPE_UNSUPPORTED",
  },
  "a body of no type": {
    path: "/trpc/auth.signIn",
    asked: { method: "POST", body: SIGN_IN },
    status: 415,
    kind: "MEDIA_TYPE_UNSUPPORTED",
  },
  "a body that is not JSON": {
    path: "/trpc/auth.signIn",
    asked: { method: "POST", headers: JSON_TYPE, body: "{json: no" },
    status: 400,
    kind: "INPUT_INVALID",
  },
  "a body that is not text": {
    path: "/trpc/auth.signIn",
    asked: { method: "POST", headers: JSON_TYPE, body: new Uint8Array([0xff, 0xfe, 0, 1]) },
    status: 400,
    kind: "INPUT_INVALID",
  },
  "an empty body": {
    path: "/trpc/auth.signIn",
    asked: { method: "POST", headers: JSON_TYPE },
    status: 400,
    kind: "INPUT_INVALID",
  },
  "a batch whose body is no object": {
    path: "/trpc/auth.signIn,auth.signIn?batch=1",
    asked: { method: "POST", headers: JSON_TYPE, body: "[1,2]" },
    status: 400,
    kind: "INPUT_INVALID",
  },
  "a batch of 21 calls": {
    path: `/trpc/${Array.from({ length: 21 }, () => "auth.me").join(",")}?batch=1`,
    asked: {},
    status: 400,
    kind: "BATCH_TOO_LARGE",
  },
  "a body of more than 1 MiB": {
    path: "/trpc/auth.signIn",
    asked: { method: "POST", headers: JSON_TYPE, body: JSON.stringify({ json: "x".repeat(1 << 20) }) },
    status: 413,
    kind: "BODY_TOO_LARGE",
  },
  "a body of more than 1 MiB that does not say how long it is": {
    path: "/trpc/auth.signIn",
    asked: {
      method: "POST",
      headers: { ...JSON_TYPE, "transfer-encoding": "chunked" },
      body: JSON.stringify({ json: "x".repeat(1 << 20) }),
    },
    status: 413,
    kind: "BODY_TOO_LARGE",
  },
  "a call from a page of another site": {
    path: "/trpc/auth.signIn",
    asked: { method: "POST", headers: { ...JSON_TYPE, origin: "https://elsewhere.example" }, body: SIGN_IN },
    status: 403,
    kind: "ORIGIN_REFUSED",
  },
};

describe("requests that are refused, with their kind", () => {
  for (const [name, { path, asked, status, kind }] of Object.entries(REFUSED)) {
    test(name, async ({ world }) => {
      const { url } = await world.app();
      const answer = await ask(url, path, asked);
      expect(answer).toMatchObject({ status, kind });
      expect(answer.text).not.toMatch(/node_modules|at .*\.ts:\d|postgres/u);
    });
  }
});

test("a batch of 20 calls is answered call by call", async ({ world }) => {
  const { url } = await world.app();
  const { token } = await world.person();
  const path = `/trpc/${Array.from({ length: 20 }, (_, at) => (at === 7 ? "auth.none" : "auth.me")).join(",")}?batch=1`;
  const { status, text } = await ask(url, path, { headers: { authorization: `Bearer ${token}` } });
  expect(status).toBe(207);
  const answers: unknown = JSON.parse(text);
  expect(answers).toHaveLength(20);
  expect(text.match(/"kind":"PROCEDURE_NOT_FOUND"/gu)).toHaveLength(1);
});

test("an input in the address that is not JSON, or not of this call, is refused", async ({ world }) => {
  const { url } = await world.app();
  const { token } = await world.person();
  const headers = { authorization: `Bearer ${token}` };
  for (const input of ["%7B", "null", "%22%22", "%7B%22json%22%3A%7B%22boardId%22%3A7%7D%7D", "%00", "%5B%5D"]) {
    const answer = await ask(url, `/trpc/boards.get?input=${input}`, { headers });
    expect(answer).toMatchObject({ status: 400, kind: "INPUT_INVALID" });
  }
});

test("JSON is JSON however it is spelt", async ({ world }) => {
  const { url } = await world.app();
  for (const type of ["application/json", "Application/JSON; charset=utf-8", "application/json ;charset=UTF-8"]) {
    const answer = await ask(url, "/trpc/auth.signIn", {
      method: "POST",
      headers: { "content-type": type },
      body: SIGN_IN,
    });
    expect(answer).toMatchObject({ status: 401, kind: "CREDENTIALS_WRONG" });
  }
});

test("a cookie alone changes nothing: the page that sends it must be ours, and nothing is written before that", async ({
  world,
}) => {
  const { url } = await world.app();
  const { id, caller } = await world.person();
  const { cookie: setCookie } = await world.services.sessions.create(id, "test");
  const cookie = setCookie.split(";")[0] ?? "";
  const body = JSON.stringify({ json: { name: "Workshop" } });
  const create = (headers: Record<string, string>) =>
    ask(url, "/trpc/orgs.create", { method: "POST", headers: { ...JSON_TYPE, cookie, ...headers }, body });
  for (const headers of [
    {},
    { origin: "null" },
    { origin: "https://elsewhere.example" },
    { origin: "not an origin" },
  ]) {
    expect(await create(headers)).toMatchObject({ status: 403, kind: "ORIGIN_REFUSED" });
  }
  expect((await caller.auth.me()).orgs).toEqual([]);
  expect(await create({ origin: url.replace("127.0.0.1", "localhost") })).toMatchObject({
    status: 200,
    kind: undefined,
  });
  expect((await caller.auth.me()).orgs).toMatchObject([{ name: "Workshop" }]);
});

test("headers that no client sends do no harm", async ({ world }) => {
  const { url } = await world.app();
  const odd = [
    { cookie: "%E0%A4%A=%; =;;; a=%zz" },
    { authorization: "Bearer" },
    { authorization: `Bearer ${"x".repeat(8_000)}` },
    { authorization: "Basic bm9ib2R5Om5vdGhpbmc=" },
    { "last-event-id": "☃".normalize().replaceAll("☃", "?") },
    { origin: "http://[" },
    { "trpc-accept": "application/jsonl" },
  ];
  for (const headers of odd) {
    const { status, kind } = await ask(url, "/trpc/auth.me", { headers });
    expect([status, kind]).toEqual([expect.any(Number), expect.stringMatching(/SIGN_IN_REQUIRED|INPUT_INVALID/u)]);
  }
  expect(await ask(url, "/healthz")).toMatchObject({ status: 200 });
});
