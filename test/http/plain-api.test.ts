import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect } from "vitest";
import { z } from "zod";
import { newId } from "../../server/core/ids.ts";
import { type Answer, ask, type Asked } from "../setup/ask.ts";
import { changedBy } from "../setup/outcome.ts";
import { PROCEDURES } from "../setup/procedures.ts";
import { keyOf, test } from "../setup/keyed.ts";
import type { Person, World } from "../setup/world.ts";

const JSON_TYPE = { "content-type": "application/json" };

const Content = z.record(z.string(), z.object({ schema: z.looseObject({}) }));
const Operation = z.object({
  operationId: z.string(),
  summary: z.string().min(5),
  parameters: z.array(z.looseObject({ name: z.string().optional(), content: Content.optional() })).default([]),
  responses: z.record(z.string(), z.looseObject({ content: Content.optional() })),
});
type Operation = z.infer<typeof Operation>;
const Document = z.looseObject({
  servers: z.tuple([z.object({ url: z.string() })]),
  paths: z.record(z.string(), z.object({ get: Operation.optional(), post: Operation.optional() })),
});

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

function post(url: string, path: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
  const asked = { method: "POST", headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) };
  return ask(url, `/api/v1/${path}`, asked);
}

async function documentOf(url: string) {
  const { text } = await ask(url, "/api/openapi.json");
  const json: unknown = JSON.parse(text);
  return { json: z.looseObject({}).parse(json), document: Document.parse(json) };
}

describe("the document", () => {
  test("is one of OpenAPI, and has every query and mutation, and nothing else", async ({ ground: { url } }) => {
    const { json, document } = await documentOf(url);
    expect(await new Validator().validate(structuredClone(json))).toMatchObject({ valid: true });
    const described = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path.slice(1)}`),
    );
    const called = PROCEDURES.flatMap(({ path, type }) =>
      type === "subscription" ? [] : [`${type === "query" ? "get" : "post"} ${path}`],
    );
    expect(described.toSorted()).toEqual(called.toSorted());
  });

  test("comes compressed, and only when it is another one", async ({ ground: { url } }) => {
    const first = await ask(url, "/api/openapi.json", { headers: { "accept-encoding": "gzip" } });
    expect(first.headers).toMatchObject({ "content-encoding": "gzip", "cache-control": "no-cache" });
    const headers = { "if-none-match": `"other", ${first.headers.etag}` };
    expect(await ask(url, "/api/openapi.json", { headers })).toMatchObject({ status: 304, text: "" });
  });

  test("says how operations are called, and what they answer", async ({ ground: { url, org, board, token } }) => {
    const { json, document } = await documentOf(url);
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(json, "document");
    const call = async (path: string, input: Record<string, unknown>): Promise<unknown> => {
      const item = document.paths[`/${path}`];
      const operation = item?.get ?? item?.post;
      if (!operation) throw new Error(`the document has no ${path}`);
      const at = `${document.servers[0].url}/${path}`;
      const answer = item?.get
        ? await ask(url, `${at}?${parametersOf(operation, input)}`, { headers: bearer(token) })
        : await post(url, path, input, bearer(token));
      expect([path, answer.status, answer.headers["content-type"]]).toEqual([path, 200, "application/json"]);
      const answered: unknown = JSON.parse(answer.text);
      const pointer = `document#/paths/~1${path}/${item?.get ? "get" : "post"}/responses/200/content/application~1json/schema`;
      const isDescribed = ajv.validate({ $ref: pointer }, answered);
      expect([path, isDescribed, ajv.errors]).toEqual([path, true, null]);
      return answered;
    };
    const [boardId, orgId] = [board.id, org.id];
    const task = await call("tasks.create", { boardId, columnId: board.column("Todo"), title: "Write", labelIds: [] });
    const { id: taskId } = z.object({ id: z.string() }).parse(task);
    await call("comments.create", { boardId, taskId, text: "Done & dusted?" });
    await call("tasks.move", { boardId, taskId, columnId: board.column("Done"), after: null });
    expect(await call("tasks.get", { boardId, taskId })).toMatchObject({
      title: "Write",
      columnId: board.column("Done"),
    });
    expect(await call("comments.list", { boardId, taskId, limit: 1 })).toMatchObject({
      items: [{ text: "Done & dusted?" }],
    });
    expect(await call("tasks.search", { orgId, filter: "Write" })).toMatchObject({ items: [{ id: taskId }] });
    await call("boards.get", { boardId });
    await call("boards.list", { orgId });
    await call("projects.list", { orgId });
    await call("members.list", { orgId });
    await call("audit.list", { orgId });
    await call("activity.ofTask", { boardId, taskId });
    await call("auth.me", {});
  });
});

test("the page that shows the API loads what is of this server alone, and has no script in it", async ({
  ground: { url },
}) => {
  const page = await ask(url, "/api");
  expect(page).toMatchObject({ status: 200, headers: { "content-type": "text/html; charset=utf-8" } });
  const policy = String(page.headers["content-security-policy"]);
  expect(policy).toMatch(/^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/u);
  expect(policy).not.toMatch(/unsafe|https?:/u);
  const loaded = [...page.text.matchAll(/(?:src|href)="(?<path>[^"]+)"/gu)].map(({ groups }) => groups?.["path"] ?? "");
  expect(loaded).toHaveLength(4);
  for (const path of loaded) {
    const { status, headers } = await ask(url, path, { headers: { "accept-encoding": "br" } });
    expect([path, status]).toEqual([path, 200]);
    expect(headers.etag).toMatch(/^W\/"[\w-]{43}"$/u);
    expect(headers["content-type"]).toMatch(/^(?:text\/(?:css|javascript); charset=utf-8|image\/png)$/u);
  }
  expect(page.text).not.toMatch(/<script>|style=/u);
  const posted = await ask(url, "/api", { method: "POST" });
  expect(posted).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } });
});

/** An input as the parameters of an operation. */
function parametersOf({ parameters }: Operation, input: Record<string, unknown>): URLSearchParams {
  const named = parameters.map(({ name = "", content }): [string, unknown, boolean] => [
    name,
    input[name],
    content !== undefined,
  ]);
  const said = named.filter(([, value]) => value !== undefined);
  return new URLSearchParams(
    said.map(([name, value, isJson]) => [name, isJson ? JSON.stringify(value) : String(value)]),
  );
}

describe("a repeat", () => {
  test("is answered, not done again, by either name of its id", async ({ ground: { url, board, token } }) => {
    const input = { boardId: board.id, columnId: board.column("Doing"), title: "Once" };
    const mutationId = newId();
    const byHeader = { ...bearer(token), "idempotency-key": mutationId };
    const first = await post(url, "tasks.create", input, byHeader);
    expect(first.status).toBe(200);
    expect((await post(url, "tasks.create", input, byHeader)).text).toBe(first.text);
    expect((await post(url, "tasks.create", { ...input, mutationId }, bearer(token))).text).toBe(first.text);
    const other = await post(url, "tasks.create", { ...input, title: "Twice" }, byHeader);
    expect(other).toMatchObject({ status: 409, kind: "MUTATION_ID_REUSED" });
    const two = await post(url, "tasks.create", { ...input, mutationId: newId() }, byHeader);
    expect(two).toMatchObject({ status: 400, kind: "INPUT_INVALID" });
  });

  test("is not promised where it could not be kept", async ({ ground: { url } }) => {
    const anonymous = { "idempotency-key": newId() };
    const signIn = { email: "nobody@example.test", password: "not a password" };
    expect(await post(url, "auth.signIn", signIn, anonymous)).toMatchObject({ status: 400, kind: "INPUT_INVALID" });
  });
});

/** What is refused to a key that may do anything. */
const REFUSED: Record<string, { path: string; asked?: Asked; status: number; kind: string; allow?: string }> = {
  "a procedure that there is not": { path: "tasks.teleport", status: 404, kind: "PROCEDURE_NOT_FOUND" },
  "a name of every object": { path: "constructor", status: 404, kind: "PROCEDURE_NOT_FOUND" },
  "a subscription": { path: "boards.live", status: 400, kind: "SUBSCRIPTION_BY_SOCKET" },
  "a mutation by GET": { path: "tasks.create", status: 405, kind: "METHOD_NOT_SUPPORTED", allow: "POST" },
  "a query by DELETE": {
    path: "tasks.get",
    asked: { method: "DELETE" },
    status: 405,
    kind: "METHOD_NOT_SUPPORTED",
    allow: "GET, HEAD, POST",
  },
  "a query without its parameters": { path: "tasks.get", status: 400, kind: "INPUT_INVALID" },
  "a parameter that there is not": { path: "boards.get?color=red", status: 400, kind: "INPUT_INVALID" },
  "a parameter twice": { path: "boards.get?boardId=1&boardId=1", status: 400, kind: "INPUT_INVALID" },
  "a number that is none": { path: "boards.list?limit=ten", status: 400, kind: "INPUT_INVALID" },
  "a parameter that is not JSON": { path: "rules.preview?actions=move", status: 400, kind: "INPUT_INVALID" },
  "a body that is not JSON": {
    path: "tasks.create",
    asked: { method: "POST", headers: JSON_TYPE, body: "{title: no" },
    status: 400,
    kind: "INPUT_INVALID",
  },
  "a body that is no object": {
    path: "tasks.create",
    asked: { method: "POST", headers: { ...JSON_TYPE, "idempotency-key": newId() }, body: "[]" },
    status: 400,
    kind: "INPUT_INVALID",
  },
  "a body that says it is text": {
    path: "tasks.create",
    asked: { method: "POST", headers: { "content-type": "text/plain" }, body: "{}" },
    status: 415,
    kind: "MEDIA_TYPE_UNSUPPORTED",
  },
  "a body of more than 1 MiB": {
    path: "tasks.create",
    asked: { method: "POST", headers: JSON_TYPE, body: JSON.stringify({ title: "x".repeat(1 << 20) }) },
    status: 413,
    kind: "BODY_TOO_LARGE",
  },
};

describe("what is refused says so as a problem, with its kind", () => {
  test.for(Object.entries(REFUSED))("%s", async ([, { path, asked = {}, status, kind, allow }], { ground }) => {
    const headers = { ...bearer(ground.token), ...asked.headers };
    const answer = await ask(ground.url, `/api/v1/${path}`, { ...asked, headers });
    expect(answer).toMatchObject({ status, kind });
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.headers.allow).toBe(allow);
    expect(JSON.parse(answer.text)).toMatchObject({ type: `urn:trestle:error:${kind}`, status, kind });
  });

  test("and which part of the input is to blame", async ({ ground: { url, board, token } }) => {
    const { text } = await ask(url, `/api/v1/tasks.list?boardId=${board.id}&limit=0`, { headers: bearer(token) });
    expect(text).toMatch(/"procedure":"tasks\.list","fields":\{"limit":"/u);
  });

  test("to whom a key is none, was revoked, is of another organisation or may not", async ({ world, ground }) => {
    const { url, org, board } = ground;
    const get = async (headers: Record<string, string>) =>
      (await ask(url, `/api/v1/boards.get?boardId=${board.id}`, { headers })).kind;
    expect(await get({})).toBe("SIGN_IN_REQUIRED");
    expect((await ask(url, "/api/v1/auth.me")).headers["www-authenticate"]).toBe("Bearer");
    expect(await get(bearer(`${ground.token}x`))).toBe("SIGN_IN_REQUIRED");
    expect(await get(bearer(await keyOf(await world.org())))).toBe("BOARD_NOT_FOUND");
    const member = await org.as("member");
    const ofOther = await keyOf(org, ["org:read"], member);
    expect(await get(bearer(ofOther))).toBe("KEY_FORBIDDEN");
    const { token, key } = await member.caller.keys.create({
      orgId: org.id,
      name: "Short",
      actions: ["board:read"],
      expiresAt: null,
    });
    expect(await get(bearer(token))).toBeUndefined();
    await post(url, "keys.revoke", { orgId: org.id, keyId: key.id }, bearer(member.token));
    expect(await get(bearer(token))).toBe("SIGN_IN_REQUIRED");
  });
});

describe("a browser that is signed in", () => {
  const cookieOf = async (world: World, person: Person) => {
    const { cookie } = await world.services.sessions.create(person.id, "browser");
    return cookie.split(";")[0] ?? "";
  };

  test("calls from our own page alone", async ({ world, ground: { url, org } }) => {
    const cookie = await cookieOf(world, org.owner);
    const create = (origin?: string) =>
      post(url, "projects.create", { orgId: org.id, name: "New", key: "NEW" }, { cookie, ...(origin && { origin }) });
    const changed = await changedBy(world.db, async () => {
      for (const origin of [undefined, "null", "https://elsewhere.example"]) {
        expect(await create(origin)).toMatchObject({ status: 403, kind: "ORIGIN_REFUSED" });
      }
    });
    expect(changed).toEqual([]);
    const answer = await create("http://localhost:1");
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.headers).toMatchObject({ "access-control-allow-origin": "http://localhost:1" });
    const preflight = await ask(url, "/api/v1/tasks.create", {
      method: "OPTIONS",
      headers: { origin: "http://localhost:1" },
    });
    expect(preflight).toMatchObject({ status: 204 });
    expect(preflight.headers["access-control-allow-headers"]).toContain("idempotency-key");
  });

  test("changes nothing by a link or a form, whatever it is to call", async ({ world, ground: { url, org } }) => {
    const headers = { cookie: await cookieOf(world, org.owner), origin: "http://localhost:1" };
    const form = { ...headers, "content-type": "application/x-www-form-urlencoded" };
    const changed = await changedBy(world.db, async () => {
      for (const { path, type } of PROCEDURES) {
        if (type !== "mutation") continue;
        expect([path, (await ask(url, `/api/v1/${path}`, { headers })).status]).toEqual([path, 405]);
        const posted = await ask(url, `/api/v1/${path}`, { method: "POST", headers: form, body: "a=b" });
        expect([path, posted.status]).toEqual([path, 415]);
      }
    });
    expect(changed).toEqual([]);
  });
});

test("a query may be sent as a body, and asked for its head", async ({ ground: { url, org, token } }) => {
  const byAddress = await ask(url, `/api/v1/boards.list?orgId=${org.id}`, { headers: bearer(token) });
  expect(await post(url, "boards.list", { orgId: org.id }, bearer(token))).toMatchObject({ text: byAddress.text });
  const head = await ask(url, `/api/v1/boards.list?orgId=${org.id}`, { method: "HEAD", headers: bearer(token) });
  expect(head).toMatchObject({ status: 200, text: "" });
});
