import fc from "fast-check";
import superjson from "superjson";
import { describe, expect } from "vitest";
import { transformer } from "../../server/core/transformer.ts";
import { ask } from "../setup/ask.ts";
import { until } from "../setup/clients.ts";
import { openRawSocket, refusalOf } from "../setup/raw-socket.ts";
import { test } from "../setup/world.ts";

// What superjson walks again and again, each of less than a megabyte. It took 12 s for the first.

const COUNT = 30_000;
const counted = Array.from({ length: COUNT }, (_, index) => index);
const DEPTH = 100_000;

const DEAR: Record<string, unknown> = {
  "places of a set that are the same as others": {
    json: { s: counted, o: {} },
    meta: {
      values: { s: ["set"] },
      referentialEqualities: Object.fromEntries(counted.map((index) => [`s.${index}`, [`o.${index}`]])),
    },
  },
  "dates in a set": {
    json: counted.map(String),
    meta: { values: ["set", Object.fromEntries(counted.map((index) => [index, ["Date"]]))] },
  },
  "a number of a million digits": { json: "9".repeat(1_000_000), meta: { values: ["bigint"] } },
  "an expression of many groups": { json: `/${"()".repeat(400_000)}/`, meta: { values: ["regexp"] } },
  "many values at the end of a long path": {
    json: {},
    meta: { values: { ["0.".repeat(DEPTH)]: ["Date", Object.fromEntries(counted.map((index) => [index, ["Date"]]))] } },
  },
  "long paths": {
    json: {},
    meta: {
      values: Object.fromEntries(counted.slice(0, 600).map((index) => [`${index}${".0".repeat(600)}`, ["Date"]])),
    },
  },
  "types that are no types": { json: {}, meta: { values: { a: [{}] } } },
  "a text in place of types": { json: {}, meta: { values: "types" } },
  "a list in place of what is in it": { json: {}, meta: { values: ["Date", ["Date"]] } },
};

function readPayload(payload: unknown): unknown {
  return Reflect.apply(transformer.deserialize, undefined, [payload]);
}

/** Milliseconds of the event loop: the least of some times, which is when nothing else had the processor. */
function costOf(work: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const startedAt = performance.now();
    work();
    return performance.now() - startedAt;
  });
  return Math.min(...times);
}

describe("a payload that would cost far more to read than to send is refused before it does", () => {
  test.for(Object.entries(DEAR))("%s", ([, payload]) => {
    const text = JSON.stringify(payload);
    expect(text.length).toBeLessThan(1 << 20);
    const sent: unknown = JSON.parse(text);
    let read: unknown;
    const ms = costOf(() => {
      read = readPayload(sent);
    });
    expect(typeof read).toBe("symbol");
    // A copy of as much plain JSON, many times over.
    const plain = costOf(() => structuredClone(counted.map((index) => [index, String(index)])));
    expect(ms).toBeLessThan(20 * plain);
  });
});

test("what clients send is read as superjson reads it", () => {
  // superjson itself sends no such names.
  const key = fc.string().filter((name) => !/^(?:__proto__|constructor|prototype)$/u.test(name));
  const values = [fc.string(), fc.integer(), fc.constant(undefined)];
  const value = fc.anything({ withDate: true, maxDepth: 4, key, values });
  fc.assert(
    fc.property(value, (sent) => {
      const payload = JSON.stringify(superjson.serialize(sent));
      expect(readPayload(JSON.parse(payload))).toEqual(superjson.parse(payload));
    }),
  );
  const twice = { at: new Date(0), none: undefined };
  const payload = JSON.stringify(superjson.serialize({ one: twice, other: [twice, Number.NaN] }));
  expect(readPayload(JSON.parse(payload))).toEqual({ one: twice, other: [twice, Number.NaN] });
});

/** What superjson fails to read, each of a few bytes. */
const BROKEN: readonly unknown[] = [
  { json: {}, meta: { values: { "__proto__.polluted": ["Date"] } } },
  { json: {}, meta: { values: { "constructor.prototype.polluted": ["number"] } } },
  { json: { email: null }, meta: { values: { "email.a.b": ["Date"] }, v: 1 } },
  null,
];

test("a payload that cannot be read is refused by its own call alone, and calls without one are answered", async ({
  world,
}) => {
  const socket = await openRawSocket(await world.app());
  const calls = BROKEN.map((input, id) => ({ id, method: "mutation", params: { path: "auth.signIn", input } }));
  const others = ["auth.signOut", "auth.me"].map((path, index) => ({
    id: `other ${index}`,
    method: path === "auth.me" ? "query" : "mutation",
    params: { path },
  }));
  socket.send(JSON.stringify([...calls, ...others]));
  await until(() => [...calls, ...others].every(({ id }) => socket.answers.has(id)));
  expect(calls.map(({ id }) => refusalOf(socket, id))).toEqual(calls.map(() => "INPUT_INVALID"));
  expect(others.map(({ id }) => refusalOf(socket, id))).toEqual([undefined, "SIGN_IN_REQUIRED"]);
  expect(Object.keys(Object.prototype)).toEqual([]);
  socket.close();
});

test("who sends such a payload is told that it is not valid, by every way in", async ({ world }) => {
  const app = await world.app();
  const input = DEAR["places of a set that are the same as others"];
  const asked = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(input) };
  for (const path of ["/trpc/auth.signIn", "/trpc/auth.signIn?x=1"]) {
    expect(await ask(app.url, path, asked)).toMatchObject({ status: 400, kind: "INPUT_INVALID" });
  }
  const socket = await openRawSocket(app);
  socket.send(JSON.stringify({ id: 1, method: "mutation", params: { path: "auth.signIn", input } }));
  await until(() => socket.answers.has(1));
  expect(refusalOf(socket, 1)).toBe("INPUT_INVALID");
  socket.close();
});
