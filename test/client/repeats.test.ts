import { expect, vi } from "vitest";
import { z } from "zod";
import { createTrestle, errorKind } from "../../client/index.ts";
import { newId } from "../../client/ids.ts";
import { ERRORS } from "../../server/errors.ts";
import { appRouter } from "../../server/router.ts";
import { until } from "../setup/clients.ts";
import { test } from "./client-test.ts";

/** A network on which the first calls go wrong, after the server has done them. */
function faulty(faults: (() => Promise<Response>)[]) {
  const bodies: string[] = [];
  const send: typeof fetch = async (input, init) => {
    bodies.push(typeof init?.body === "string" ? init.body : "");
    const response = await fetch(input, init);
    const fault = faults.shift();
    if (!fault) return response;
    await response.text();
    return fault();
  };
  return { bodies, send };
}

const lost = () => Promise.reject(new TypeError("fetch failed"));
const badGateway = () => Promise.resolve(new Response("<h1>Bad gateway</h1>", { status: 502 }));
const unavailable = () => {
  const data = { code: "SERVICE_UNAVAILABLE", httpStatus: 503, kind: "SERVER_UNAVAILABLE" };
  const error = { json: { message: ERRORS.SERVER_UNAVAILABLE.says, code: -32_603, data } };
  return Promise.resolve(Response.json([{ error }], { status: 503 }));
};

const Definition = z.object({ type: z.string(), inputs: z.array(z.unknown()) });
const mutations = Object.entries<unknown>(appRouter._def.procedures).flatMap(([path, procedure]) => {
  const { type, inputs } = Definition.parse(Reflect.get(Object(procedure), "_def"));
  const isNamed = inputs.some((input) => input instanceof z.ZodObject && "mutationId" in input.shape);
  return type === "mutation" ? [{ path, isNamed }] : [];
});

test("L5: a mutation whose answer is lost is repeated and done once", async ({ world, connect }) => {
  const org = await world.org();
  const board = await org.board();
  const { bodies, send } = faulty([lost, badGateway, unavailable]);
  const trestle = connect(org.owner, { fetch: send });
  const task = { boardId: board.id, columnId: board.column("Todo"), title: "Once" };
  const made = await trestle.tasks.create.mutate(task);
  expect((await org.owner.caller.boards.get({ boardId: board.id })).tasks).toMatchObject([{ id: made.id }]);
  expect(bodies).toHaveLength(4);
  expect(new Set(bodies).size).toBe(1);
});

test("a mutation keeps the name that its caller gave it", async ({ world, connect }) => {
  const { bodies, send } = faulty([]);
  const trestle = connect(await world.person(), { fetch: send });
  const mutationId = newId();
  const org = await trestle.orgs.create.mutate({ name: "Named", mutationId });
  expect(await trestle.orgs.create.mutate({ name: "Named", mutationId })).toEqual(org);
  const other = await trestle.orgs.create.mutate({ name: "Named" });
  expect(other.id).not.toBe(org.id);
  expect(bodies.map((body) => body.includes(mutationId))).toEqual([true, true, false]);
});

test("a refusal is not asked for again, and neither is what its caller gave up", async ({ world, connect }) => {
  const { bodies, send } = faulty([]);
  const trestle = connect(await world.person(), { fetch: send });
  const refused = await trestle.boards.archive.mutate({ boardId: newId() }).catch((error: unknown) => error);
  expect(errorKind(refused)).toBe("BOARD_NOT_FOUND");
  expect(bodies).toHaveLength(1);

  const given = new AbortController();
  const network = faulty([lost]);
  const slow = connect(await world.person(), {
    fetch: async (input, init) => {
      given.abort();
      return network.send(input, init);
    },
  });
  await expect(slow.orgs.create.mutate({ name: "Given up" }, { signal: given.signal })).rejects.toThrow("abort");
  expect(network.bodies.length).toBeLessThan(2);
});

test("a mutation that gets no answer at all fails after some 30 s", async () => {
  vi.useFakeTimers();
  const send = vi.fn<() => Promise<Response>>(lost);
  const trestle = createTrestle({ url: "http://127.0.0.1:9", token: "token", fetch: send });
  const end = trestle.orgs.create.mutate({ name: "Nowhere" }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await end).toMatchObject({ message: "fetch failed" });
  expect(send).toHaveBeenCalledTimes(11);
  vi.useRealTimers();
});

test("nothing is repeated as somebody else who signed in meanwhile", async ({ world, connect }) => {
  const [ada, ben] = [await world.person(), await world.person()];
  const orgs: string[] = [];
  const trestle = connect(ada, {
    fetch: async (input, init) => {
      const body = typeof init?.body === "string" ? init.body : "";
      if (!body.includes("For Ada")) return fetch(input, init);
      orgs.push(body);
      throw new TypeError("fetch failed");
    },
  });
  const end = trestle.orgs.create.mutate({ name: "For Ada" }).catch((error: unknown) => error);
  await until(() => orgs.length === 1);
  await trestle.auth.signIn.mutate({ email: ben.email, password: ben.password });
  const sent = orgs.length;
  expect(errorKind(await end)).toBe("ACCOUNT_CHANGED");
  expect(orgs).toHaveLength(sent);
});

test("sign-in and sign-up are sent once: whoever calls decides whether to try again", async ({ world, connect }) => {
  const { bodies, send } = faulty([lost, badGateway]);
  const trestle = connect(await world.person(), { fetch: send });
  const account = { email: `${newId()}@example.test`, password: "correct horse battery" };
  await expect(trestle.auth.signUp.mutate({ ...account, name: "Ada" })).rejects.toThrow("fetch failed");
  await expect(trestle.auth.signIn.mutate(account)).rejects.toThrow("JSON");
  expect(bodies).toHaveLength(2);
});

const UNNAMED = [
  "account.delete",
  "auth",
  "authenticator",
  "emails",
  "factors",
  "identities",
  "passkeys",
  "passwords",
  "sessions",
];

test("every mutation takes a name, but those about accounts and sessions themselves", () => {
  const unnamed = mutations
    .filter(({ isNamed }) => !isNamed)
    .map(({ path }) => UNNAMED.find((name) => `${path}.`.startsWith(`${name}.`)) ?? path);
  expect(new Set(unnamed)).toEqual(new Set(UNNAMED));
  const named = mutations.filter(({ isNamed }) => isNamed).map(({ path }) => path);
  expect(named.filter((path) => UNNAMED.some((name) => `${path}.`.startsWith(`${name}.`)))).toEqual([]);
  expect(named.length).toBeGreaterThan(30);
});
