import { createServer, type RequestListener } from "node:http";
import { TRPCError } from "@trpc/server";
import { type CreateHTTPContextOptions, createHTTPHandler } from "@trpc/server/adapters/standalone";
import { expect } from "vitest";
import { z } from "zod";
import type { Context } from "../../server/core/context.ts";
import { pause } from "../../server/core/faults.ts";
import { publicProcedure, router } from "../../server/core/trpc.ts";
import { createHttpLane, type LaneOptions } from "../../server/http-lane.ts";
import { type Answer, ask, type Asked } from "../setup/ask.ts";
import { until } from "../setup/clients.ts";
import { callerContext, test, type World } from "../setup/world.ts";

/** What a procedure was told when its client left. */
const left: string[] = [];
/** How many of its calls have begun. */
let waiting = 0;

const oddRouter = router({
  echo: publicProcedure.input(z.unknown()).query(({ input }) => input),
  change: publicProcedure.input(z.unknown()).mutation(({ input }) => input),
  ignore: publicProcedure.mutation(() => "done"),
  nothing: publicProcedure.query(() => undefined),
  rich: publicProcedure.query(() => ({ at: new Date(0), set: new Set([1]), big: 7n, none: undefined, zero: -0 })),
  dense: publicProcedure.query(() => "x".repeat(10_000)),
  breaks: publicProcedure.query(() => {
    throw new Error("a secret of the server");
  }),
  teapot: publicProcedure.query(() => {
    throw new TRPCError({ code: "CONFLICT", message: "not now" });
  }),
  unwritable: publicProcedure.query(() => ({
    get value(): string {
      throw new Error("cannot be read");
    },
  })),
  waits: publicProcedure.query(async ({ signal }) => {
    waiting += 1;
    await pause(20_000, signal);
    left.push(signal?.aborted === true ? "left" : "waited in vain");
  }),
});

/** Servers with the same options: the lane in front of tRPC's adapter, and the adapter alone. What they told is kept. */
async function servers(world: World, more: (told: string[]) => Partial<LaneOptions> = () => ({})) {
  const open = async (withLane: boolean) => {
    const told: string[] = [];
    const options: LaneOptions = {
      router: oddRouter,
      maxBodySize: 10_000,
      maxBatchSize: 3,
      createContext: async ({ res }: CreateHTTPContextOptions): Promise<Context> => {
        res.appendHeader("Set-Cookie", "a=b");
        res.appendHeader("Set-Cookie", "c=d");
        return callerContext(world.services, undefined);
      },
      onError: ({ error, path, input, type }) => void told.push(JSON.stringify([error.code, path, input, type])),
      ...more(told),
    };
    const lane = createHttpLane(options);
    const adapter = createHTTPHandler({ ...options, router: oddRouter, basePath: "/trpc/" });
    const listener: RequestListener = (req, res) => {
      const call = withLane ? lane.read(req) : undefined;
      if (call) void lane.answer(call, req, res, {});
      else adapter(req, res);
    };
    const server = createServer(listener);
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("the server has no port");
    return { url: `http://127.0.0.1:${address.port}`, told, close: () => server.close() };
  };
  return [await open(true), await open(false)] as const;
}

const FRAMING = new Set(["date", "connection", "keep-alive", "transfer-encoding", "content-length"]);
const REQUEST_ID = /[0-9a-f]{8}-[0-9a-f-]{27}/gu;

/** What has to be the same: the id of a failed request is of its own, and only the lane compresses. */
function essence({ status, text, headers }: Answer): object {
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !FRAMING.has(name)));
  const vary = headers.vary?.replace(", Accept-Encoding", "");
  return { status, text: text.replaceAll(REQUEST_ID, "<id>"), headers: { ...kept, vary } };
}

function requests(): [path: string, asked: Asked][] {
  const rich = JSON.stringify({ json: { at: "1970-01-01T00:00:00.000Z" }, meta: { values: { at: ["Date"] } } });
  const inputs = ["", rich, '{"json":"☃"}', '{"json":null}', "{", "null", `{"0":${rich},"1":{"json":1}}`];
  const post = (body: string): Asked => ({ method: "POST", headers: { "content-type": "application/json" }, body });
  const large = JSON.stringify({ json: "x".repeat(20_000) });
  return [
    ...["echo", "nothing", "rich", "dense", "breaks", "teapot", "unwritable", "none"].flatMap((path) =>
      ["", "?batch=1", `,echo?batch=1`, `,teapot,rich?batch=1`, ",echo,echo,echo?batch=1"].map(
        (rest): [string, Asked] => [`${path}${rest}`, {}],
      ),
    ),
    ...inputs.flatMap((input): [string, Asked][] => [
      [`echo?input=${encodeURIComponent(input)}`, {}],
      [`echo,echo?batch=1&input=${encodeURIComponent(input)}`, {}],
      ["change", post(input)],
      ["change,ignore?batch=1", post(input)],
      ["change,change?batch=1", post(input)],
    ]),
    ["change", post(large)],
    ["ignore", post(large)],
    ["change,ignore?batch=1", post(large)],
  ];
}

/** Asks both the same things. They must answer, and tell their options, the same. */
async function compare(pair: Awaited<ReturnType<typeof servers>>): Promise<void> {
  const [lane, adapter] = pair;
  for (const [path, asked] of requests()) {
    const [answer, adapters] = [
      await ask(lane.url, `/trpc/${path}`, asked),
      await ask(adapter.url, `/trpc/${path}`, asked),
    ];
    expect({ path, ...asked, ...essence(answer) }).toEqual({ path, ...asked, ...essence(adapters) });
    expect({ path, ...asked, told: lane.told.splice(0) }).toEqual({ path, ...asked, told: adapter.told.splice(0) });
  }
  for (const server of pair) server.close();
}

test("values of every kind, failures and cookies cross as they do with tRPC's own adapter", async ({ world }) => {
  await compare(await servers(world));
});

test("the status and headers of an answer can be set as with tRPC's own adapter", async ({ world }) => {
  await compare(
    await servers(world, (told) => ({
      responseMeta: ({ paths, errors, data, type, eagerGeneration, info }) => {
        const batch = info?.isBatchCall;
        told.push(JSON.stringify({ paths, errors: errors.map(({ code }) => code), data: data.length, type, batch }));
        const headers = new Headers({ vary: "Origin", "x-own": "1", "cache-control": "no-store" });
        headers.append("x-own", "2");
        headers.append("set-cookie", "e=f");
        headers.append("set-cookie", "g=h");
        return { headers, ...(errors.length > 0 || eagerGeneration ? { status: 418 } : {}) };
      },
    })),
  );
});

test("a fault while an answer is made is answered as tRPC's own adapter answers it", async ({ world }) => {
  await compare(
    await servers(world, () => ({
      createContext: async () => {
        throw new Error("there is no context");
      },
    })),
  );
});

test("a procedure hears that its client has left", async ({ world }) => {
  const [lane, adapter] = await servers(world);
  for (const [index, { url }] of [lane, adapter].entries()) {
    const leaving = new AbortController();
    const answer = fetch(`${url}/trpc/waits`, { signal: leaving.signal });
    await until(() => waiting > index);
    leaving.abort();
    await expect(answer).rejects.toThrow("aborted");
  }
  await until(() => left.length === 2);
  expect(left).toEqual(["left", "left"]);
  for (const server of [lane, adapter]) server.close();
});
