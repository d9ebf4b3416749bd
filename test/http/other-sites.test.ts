import { describe, expect } from "vitest";
import { WebSocket } from "ws";
import { type App, createApp } from "../../server/app.ts";
import { createLogger } from "../../server/core/log.ts";
import { type Answer, ask, type Asked } from "../setup/ask.ts";
import { changedBy } from "../setup/outcome.ts";
import { PROCEDURES } from "../setup/procedures.ts";
import { TEST_ROOT_KEYS } from "../setup/root-keys.ts";
import { type Person, test as base } from "../setup/world.ts";

// What a page of another site makes a signed-in browser send. Ours is https://app.example.org.

const OURS = "https://app.example.org";
const OTHERS: Record<string, string | undefined> = {
  "another site": "https://evil.example",
  "a page without an origin": "null",
  "no origin": undefined,
  "an empty origin": "",
  "a site whose name begins like ours": `${OURS}.evil.example`,
  "a site whose name ends like ours": "https://evil-app.example.org",
  "a site below ours": "https://evil.app.example.org",
  "the site above ours": "https://example.org",
  "our name by http": "http://app.example.org",
  "our name at another port": `${OURS}:444`,
  "our name as a user": `${OURS}@evil.example`,
  "our name as a path": `https://evil.example/${OURS}`,
  "two origins": `${OURS} https://evil.example`,
  "a dot more": "https://app.example.org.",
  "a page of the same machine": "http://localhost:3000",
  "a file": "file://",
  "an extension": "chrome-extension://app.example.org",
};

const mutations = PROCEDURES.flatMap(({ path, type }) => (type === "mutation" ? [path] : []));

/** A server in production, and somebody who is signed in to it by a browser. */
interface Site {
  readonly app: App;
  readonly person: Person;
  readonly cookie: string;
}

const test = base.extend<{ $file: { site: Site } }>({
  site: [
    async ({ world }, use) => {
      const { connection } = world;
      const log = createLogger("silent");
      const config = { connection, poolSize: 4, rootKeys: TEST_ROOT_KEYS, host: "127.0.0.1", port: 0, log };
      const app = await createApp({ ...config, production: true, publicUrl: OURS });
      const person = await world.person();
      const { token } = await app.services.sessions.create(person.id, "browser");
      await use({ app, person, cookie: `__Host-trestle=${token}` });
      await app.close();
    },
    { scope: "file" },
  ],
});

/** A request as the browser sends it for a page of `origin`. */
function fromPage({ app, cookie }: Site, origin: string | undefined, path: string, asked: Asked): Promise<Answer> {
  const headers = { cookie, ...(origin === undefined ? {} : { origin }), ...asked.headers };
  return ask(app.url, path, { ...asked, headers });
}

/** What an upgrade is answered with. */
async function upgrade({ app, cookie }: Site, origin: string | undefined): Promise<number> {
  const headers = { cookie, ...(origin === undefined ? {} : { origin }) };
  const socket = new WebSocket(`${app.url.replace("http", "ws")}/trpc`, { headers });
  socket.on("error", () => {});
  try {
    return await new Promise<number>((resolve) => {
      socket.on("open", () => resolve(101));
      socket.on("unexpected-response", (_, { statusCode = 0 }) => resolve(statusCode));
    });
  } finally {
    socket.terminate();
  }
}

const JSON_TYPE = { "content-type": "application/json" };
const create = { method: "POST", headers: JSON_TYPE, body: JSON.stringify({ json: { name: "Forged" } }) };
const upload = { method: "PUT", headers: JSON_TYPE, body: "{}" };

describe("what a page of another site makes a signed-in browser send is refused before anything is read", () => {
  test.for(Object.entries(OTHERS))("%s", async ([, origin], { world, site }) => {
    const changed = await changedBy(world.db, async () => {
      for (const path of [
        "/trpc/orgs.create",
        "/trpc/orgs.create?x=1",
        "/trpc/orgs.create?batch=1",
        "/api/v1/orgs.create",
      ]) {
        expect(await fromPage(site, origin, path, create)).toMatchObject({ status: 403, kind: "ORIGIN_REFUSED" });
      }
      const uploaded = await fromPage(site, origin, `/imports/${site.person.id}`, upload);
      expect(uploaded).toMatchObject({ status: 403, kind: "ORIGIN_REFUSED" });
      expect(await upgrade(site, origin)).toBe(403);
      const { headers } = await fromPage(site, origin, "/trpc/auth.me", {});
      expect(headers["access-control-allow-origin"]).toBeUndefined();
    });
    expect(changed).toEqual([]);
  });

  test("our own page is not", async ({ site }) => {
    expect(await fromPage(site, OURS, "/trpc/orgs.create", create)).toMatchObject({ status: 200 });
    expect(await fromPage(site, OURS, `/imports/${site.person.id}`, upload)).toMatchObject({
      kind: "IMPORT_NOT_FOUND",
    });
    expect(await upgrade(site, OURS)).toBe(101);
  });
});

describe("no change is made by what a browser sends without asking first", () => {
  const json = JSON.stringify({ json: { name: "Forged" } });
  const form = `--x\r\nContent-Disposition: form-data; name="json"\r\n\r\n${json}\r\n--x--\r\n`;
  const inAddress = `?input=${encodeURIComponent(json)}`;
  const ways: Record<string, Asked & { query?: string; status?: number }> = {
    "a link": { query: inAddress, status: 405 },
    // tRPC's own answer, without a call.
    "a request of the head alone": { method: "HEAD", query: inAddress, status: 204 },
    "a form": {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: `json=${json}`,
    },
    "a form in parts": { method: "POST", headers: { "content-type": "multipart/form-data; boundary=x" }, body: form },
    text: { method: "POST", headers: { "content-type": "text/plain" }, body: json },
    "a body of no type": { method: "POST", body: json },
  };

  test.for(Object.entries(ways))("%s, to any procedure that changes something", async ([, way], { world, site }) => {
    const { query = "", status = 415, ...asked } = way;
    expect(mutations.length).toBeGreaterThan(60);
    const changed = await changedBy(world.db, async () => {
      for (const path of mutations) {
        // The page is ours, which a browser says even of a link.
        const answer = await fromPage(site, OURS, `/trpc/${path}${query}`, asked);
        expect([path, answer.status]).toEqual([path, status]);
      }
    });
    expect(changed).toEqual([]);
    expect((await fromPage(site, OURS, "/trpc/auth.me", {})).text).toContain(site.person.id);
  });
});
