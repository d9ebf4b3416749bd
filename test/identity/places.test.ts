import { expect } from "vitest";
import { createProxies, isNetwork } from "../../server/core/proxies.ts";
import { describeDevice } from "../../server/domains/identity/device.ts";
import { until } from "../setup/clients.ts";
import { test, type World } from "../setup/world.ts";

const MINUTE_MS = 60_000;
const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";

async function later<T>(world: World, ms: number, work: () => Promise<T>): Promise<T> {
  world.clock.advance(ms);
  try {
    return await work();
  } finally {
    world.clock.advance(-ms);
  }
}

test("people see by what device and from where each of their sessions is used", async ({ world }) => {
  const { url } = await world.app();
  const person = await world.person();
  const body = JSON.stringify({ json: { email: person.email, password: person.password, transport: "token" } });
  const headers = { "content-type": "application/json", "user-agent": FIREFOX };
  const response = await fetch(`${url}/trpc/auth.signIn`, { method: "POST", headers, body });
  expect(response.status).toBe(200);
  const { items } = await person.caller.sessions.list({});
  expect(items).toMatchObject([
    { userAgent: FIREFOX, device: "Firefox on Windows", lastAddress: "127.0.0.1", current: false },
    { device: "test", lastAddress: null, current: true },
  ]);
  expect(items[0]?.lastUsedAt).toBe(items[0]?.createdAt);
});

test("the place of last use follows a session, and is not written at every call", async ({ world }) => {
  const person = await world.person();
  const { sessions } = world.services;
  const place = async () => (await person.caller.sessions.list({})).items[0];
  await later(world, MINUTE_MS, async () => {
    await sessions.find(person.token, "192.0.2.1");
    await until(async () => (await place())?.lastAddress === "192.0.2.1");
  });
  const first = await place();
  await later(world, MINUTE_MS + 1_000, async () => {
    // Somewhere else so soon after, and the same place within ten minutes: no news.
    await sessions.find(person.token, "192.0.2.2");
    await sessions.find(person.token, "192.0.2.1");
  });
  await later(world, 12 * MINUTE_MS, async () => {
    await sessions.find(person.token, "192.0.2.1");
    await until(async () => (await place())?.lastUsedAt !== first?.lastUsedAt);
  });
  const second = await place();
  expect(second?.lastAddress).toBe("192.0.2.1");
  expect(Date.parse(second?.lastUsedAt ?? "") - Date.parse(first?.lastUsedAt ?? "")).toBeGreaterThan(10 * MINUTE_MS);
});

test("a client is believed about its address only by way of our own proxies", () => {
  const proxies = createProxies(["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]);
  const clientOf = (remoteAddress: string | undefined, forwardedFor?: string) =>
    proxies.clientOf({ remoteAddress, forwardedFor });
  expect(clientOf("203.0.113.9", "198.51.100.1")).toBe("203.0.113.9");
  expect(clientOf("10.1.2.3", "198.51.100.1")).toBe("198.51.100.1");
  expect(clientOf("::ffff:10.1.2.3", "198.51.100.1, 192.0.2.7")).toBe("198.51.100.1");
  expect(clientOf("2001:db8::1", "2001:db9::5")).toBe("2001:db9::5");
  // What a client puts before what our proxy saw is its own invention.
  expect(clientOf("10.1.2.3", "1.1.1.1, 10.9.9.9, 203.0.113.9")).toBe("203.0.113.9");
  expect(clientOf("10.1.2.3", "nonsense")).toBe("10.1.2.3");
  expect(clientOf("10.1.2.3")).toBe("10.1.2.3");
  expect(clientOf(undefined, "1.1.1.1")).toBe("");
  const nobody = createProxies([]);
  expect(nobody.clientOf({ remoteAddress: "10.1.2.3", forwardedFor: "1.1.1.1" })).toBe("10.1.2.3");
});

test("only addresses and networks are taken for proxies", () => {
  for (const text of ["10.0.0.0/8", "::1", "2001:db8::/32", "127.0.0.1"]) {
    expect([text, isNetwork(text)]).toEqual([text, true]);
  }
  for (const text of ["", "proxy", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "::/129", "10.0.0"]) {
    expect([text, isNetwork(text)]).toEqual([text, false]);
  }
});

test("a device is told in words", () => {
  const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
  expect(describeDevice(chrome)).toBe("Chrome on Linux");
  expect(describeDevice(`${chrome} Edg/140.0`)).toBe("Edge on Linux");
  const safari =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile Safari/604";
  expect(describeDevice(safari)).toBe("Safari on iPhone");
  expect(describeDevice("curl/8.9.1")).toBe("curl");
  expect(describeDevice("node")).toBe("node");
  expect(describeDevice("Mozilla/5.0 (compatible)")).toBe("Unknown device");
  expect(describeDevice("<script>")).toBe("Unknown device");
  expect(describeDevice("")).toBe("Unknown device");
});
