import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, onTestFinished } from "vitest";
import { createApp } from "../../server/app.ts";
import { createLogger } from "../../server/core/log.ts";
import { type Answer, ask, type Asked } from "../setup/ask.ts";
import { TEST_ROOT_KEYS } from "../setup/root-keys.ts";
import { type Person, signedIn, test } from "../setup/world.ts";

const JSON_TYPE = { "content-type": "application/json" };
const OWN_ORIGIN = "http://localhost:1";
const WATCH = `/trpc/me.live?input=${encodeURIComponent('{"json":{}}')}`;

/** A request for every way in which an answer is made. */
const ANSWERS: Record<string, { path: string; status: number; type: string; asked?: Asked; signedIn?: boolean }> = {
  "the page": { path: "/", status: 200, type: "text/html; charset=utf-8" },
  health: { path: "/healthz", status: 200, type: "application/json" },
  readiness: { path: "/readyz", status: 200, type: "application/json" },
  "nothing there": { path: "/.git/config", status: 404, type: "application/json" },
  "a call": { path: "/trpc/auth.me", status: 200, type: "application/json", signedIn: true },
  "a refused call": { path: "/trpc/auth.me", status: 401, type: "application/json" },
  "a call in plain JSON": { path: "/api/v1/auth.me", status: 200, type: "application/json", signedIn: true },
  "a refused call in plain JSON": { path: "/api/v1/auth.me", status: 401, type: "application/problem+json" },
  "no call in plain JSON": { path: "/api/v1/", status: 404, type: "application/problem+json" },
  "an agent without a key": { path: "/mcp", status: 401, type: "application/problem+json" },
  "a batch": { path: "/trpc/auth.me,auth.me?batch=1", status: 200, type: "application/json", signedIn: true },
  "a call by tRPC's own adapter": {
    path: "/trpc/auth.me?x=1",
    status: 200,
    type: "application/json",
    signedIn: true,
  },
  "a mutation": {
    path: "/trpc/auth.signOut",
    status: 200,
    type: "application/json",
    asked: { method: "POST", headers: { ...JSON_TYPE, origin: OWN_ORIGIN }, body: "{}" },
  },
  "a page of elsewhere": {
    path: "/trpc/auth.signOut",
    status: 403,
    type: "application/json",
    asked: { method: "POST", headers: { ...JSON_TYPE, origin: "https://elsewhere.example" }, body: "{}" },
  },
  "a preflight": { path: "/trpc/auth.me", status: 204, type: "", asked: { method: "OPTIONS" } },
  "an upload": { path: "/imports/1", status: 401, type: "application/json", asked: { method: "PUT", body: "{}" } },
  "a watch": { path: WATCH, status: 200, type: "text/event-stream", signedIn: true },
};

function askAs(url: string, path: string, { headers, ...asked }: Asked, person: Person | undefined): Promise<Answer> {
  const credentials: Record<string, string> = person ? { authorization: `Bearer ${person.token}` } : {};
  return ask(url, path, { ...asked, headers: { ...headers, ...credentials } });
}

describe("every answer is kept by nobody, says what it is, and runs nothing when it is opened as a page", () => {
  test.for(Object.entries(ANSWERS))("%s", async ([, { path, status, type, asked = {}, ...as }], { world }) => {
    const { url } = await world.app();
    const { headers, ...answer } = await askAs(url, path, asked, as.signedIn ? await world.person() : undefined);
    expect(answer.status).toBe(status);
    expect(headers["content-type"] ?? "").toBe(type);
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["referrer-policy"]).toBe("no-referrer");
    expect(headers["cache-control"]).toMatch(/(?:^|, )no-store$/u);
    const policy = headers["content-security-policy"]?.toString() ?? "";
    expect(policy).toMatch(/default-src 'none'; .*base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/u);
    expect(policy).toMatch(path === "/" ? /style-src 'sha256-/u : /^sandbox;/u);
  });
});

test("only pages of allowed origins are told that they may read an answer", async ({ world }) => {
  const { url } = await world.app();
  for (const method of ["GET", "OPTIONS"]) {
    const allowed = await ask(url, "/trpc/auth.me", { method, headers: { origin: OWN_ORIGIN } });
    expect(allowed.headers).toMatchObject({ "access-control-allow-origin": OWN_ORIGIN });
    expect(allowed.headers.vary).toContain("Origin");
    for (const origin of ["null", "https://elsewhere.example", "http://localhost.elsewhere.example", "http://["]) {
      const { headers } = await ask(url, "/trpc/auth.me", { method, headers: { origin } });
      expect([origin, headers["access-control-allow-origin"]]).toEqual([origin, undefined]);
      expect(headers["access-control-allow-credentials"]).toBeUndefined();
    }
  }
});

test("the pages of this machine are no longer welcome in production", async ({ world }) => {
  const { connection } = world;
  const config = {
    connection,
    poolSize: 2,
    rootKeys: TEST_ROOT_KEYS,
    host: "127.0.0.1",
    port: 0,
    log: createLogger("silent"),
  };
  const allowedOrigins = ["https://app.example.org"];
  const app = await createApp({ ...config, production: true, publicUrl: "https://example.org/", allowedOrigins });
  onTestFinished(() => app.close());
  const allowed = async (origin: string) =>
    (await ask(app.url, "/trpc/auth.me", { headers: { origin } })).headers["access-control-allow-origin"];
  for (const origin of ["https://example.org", "https://app.example.org"]) expect(await allowed(origin)).toBe(origin);
  for (const origin of [OWN_ORIGIN, app.url, "http://example.org", "https://example.org.elsewhere.example"]) {
    expect([origin, await allowed(origin)]).toEqual([origin, undefined]);
  }
});

test("a client's address comes from our own proxies alone", async ({ world }) => {
  const { connection } = world;
  const config = {
    connection,
    poolSize: 2,
    rootKeys: TEST_ROOT_KEYS,
    host: "127.0.0.1",
    port: 0,
    log: createLogger("silent"),
  };
  const placeSeen = async (trustedProxies: readonly string[]) => {
    const app = await createApp({ ...config, trustedProxies });
    onTestFinished(() => app.close());
    const { email, password } = await world.person();
    const body = JSON.stringify({ json: { email, password, transport: "token" } });
    const headers = { ...JSON_TYPE, "x-forwarded-for": "192.0.2.66, 192.0.2.1" };
    const { text } = await ask(app.url, "/trpc/auth.signIn", { method: "POST", headers, body });
    const token = /"token":"(?<token>\w+)"/u.exec(text)?.groups?.["token"] ?? "";
    const { caller } = await signedIn(world.services, token);
    return (await caller.sessions.list({})).items.find(({ current }) => current)?.lastAddress;
  };
  expect(await placeSeen([])).toBe("127.0.0.1");
  expect(await placeSeen(["127.0.0.1"])).toBe("192.0.2.1");
});

/** What comes back for bytes that are written as they are, until the other side closes. */
async function answersTo(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answers = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    answers += text;
  });
  socket.write(bytes);
  await once(socket, "close");
  return answers;
}

test("a request whose end can be read in two ways is refused, and nothing behind it is answered", async ({ world }) => {
  const { url } = await world.app();
  const post = "POST /trpc/auth.signOut HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
  const hidden = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  for (const ambiguous of [
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}",
    "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
  ]) {
    const answers = await answersTo(url, `${post}${ambiguous}${hidden}`);
    expect([ambiguous, answers]).toEqual([ambiguous, expect.stringMatching(/^HTTP\/1\.1 400 /u)]);
    expect(answers.match(/HTTP\/1\.1/gu)).toHaveLength(1);
  }
});
