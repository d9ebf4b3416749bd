import { createServer } from "node:http";
import { TRPCError } from "@trpc/server";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { expect, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import { Connection } from "../../server/connections.ts";
import type { Context } from "../../server/core/context.ts";
import { publicProcedure, router } from "../../server/core/trpc.ts";
import { boardsRouter } from "../../server/domains/work/boards.router.ts";
import { LiveSocket } from "../../server/live-socket.ts";
import type { ConnectionParams } from "../../server/socket-call.ts";
import { SocketCalls } from "../../server/socket-calls.ts";
import { range } from "../setup/clients.ts";
import { call } from "../setup/raw-socket.ts";
import { test } from "./live-test.ts";

// Sockets are served by a handler of our own. Whatever is sent to it and to tRPC's, both answer the same, to the letter.

const MAX_BATCH = 3;

const testRouter = router({
  echo: publicProcedure.input(z.unknown()).query(({ input }) => input),
  change: publicProcedure.input(z.unknown()).mutation(({ input }) => input),
  ignore: publicProcedure.mutation(() => "done"),
  strict: publicProcedure.input(z.strictObject({ text: z.string().max(3) })).query(({ input }) => input.text),
  nothing: publicProcedure.query(() => undefined),
  rich: publicProcedure.query(() => ({ at: new Date(0), set: new Set([1]), big: 7n, none: undefined, zero: -0 })),
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
  boards: boardsRouter,
});

type CreateContext = (params: ConnectionParams) => Promise<Context>;

function serveOurs(wss: WebSocketServer, createContext: CreateContext): void {
  wss.on("connection", (socket, req) => {
    if (!(socket instanceof LiveSocket)) throw new Error("a server makes sockets of its class");
    const connection = new Connection(socket);
    const calls = new SocketCalls({ router: testRouter, maxBatchSize: MAX_BATCH }, socket, connection.flow);
    socket.open(req.socket, calls);
    calls.begin(createContext, req.url?.endsWith("connectionParams=1") === true);
  });
}

function serveStock(wss: WebSocketServer, createContext: CreateContext): void {
  applyWSSHandler({
    wss,
    router: testRouter,
    maxBatchSize: MAX_BATCH,
    createContext: ({ info }) => createContext(info.connectionParams),
  });
}

/** Two servers, tRPC's and ours. */
async function serveBoth(createContext: CreateContext) {
  const open = async (serve: typeof serveOurs) => {
    const server = createServer();
    const wss = new WebSocketServer({ server, WebSocket: LiveSocket, perMessageDeflate: false });
    serve(wss, createContext);
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("a server that listens has an address");
    const close = () => {
      wss.close();
      server.close();
    };
    return { url: `ws://127.0.0.1:${address.port}/`, close };
  };
  const [ours, stock] = [await open(serveOurs), await open(serveStock)];
  const close = () => {
    ours.close();
    stock.close();
  };
  return { ours, stock, close };
}

/** What a client of a server hears, by the id of the request: between requests there is no order. */
async function dial(url: string) {
  const socket = new WebSocket(url);
  const heard = new Map<string, string[]>();
  const state = { closed: false };
  socket.on("message", (data: Buffer) => {
    const text = data.toString().replaceAll(/(?<=\()[0-9a-f-]{36}|(?<="requestId":")[0-9a-f-]{36}/gu, "id");
    const id = /^\{"id":(?<id>[^,]+),/u.exec(text)?.groups?.["id"] ?? text;
    heard.set(id, [...(heard.get(id) ?? []), text]);
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    state.closed = true;
  });
  await new Promise((resolve) => {
    socket.once("open", resolve);
  });
  return { socket, heard, state };
}

type Frame = string | Uint8Array;
/** What is sent, and how much has to have been heard of each request before it goes on. */
interface Step {
  readonly send?: readonly Frame[];
  readonly after?: () => Promise<unknown>;
  readonly hears?: Readonly<Record<string, number>>;
}

const json = (value: unknown) => JSON.stringify(value);
/** A script of frames that need nothing but to be answered: the last one tells that all were read. */
const sends = (...frames: Frame[]): Step[] => [
  { send: frames },
  { send: [json(call("end", "query", "nothing"))], hears: { '"end"': 1 } },
];

async function play(steps: readonly Step[], url: string) {
  const { socket, heard, state } = await dial(url);
  for (const { send = [], after, hears = {} } of steps) {
    for (const frame of send) socket.send(frame);
    await after?.();
    await vi.waitFor(
      () => {
        const missing = Object.entries(hears).filter(([id, count]) => (heard.get(id)?.length ?? 0) < count);
        expect(state.closed ? [] : missing).toEqual([]);
      },
      { timeout: 60_000, interval: 5 },
    );
  }
  return { socket, heard, state };
}

/** Plays a script to both, and holds what is heard against each other. */
async function expectSame({ ours, stock }: Awaited<ReturnType<typeof serveBoth>>, steps: readonly Step[], query = "") {
  const [one, other] = [await play(steps, ours.url + query), await play(steps, stock.url + query)];
  await vi.waitFor(
    () =>
      expect([one.state.closed, Object.fromEntries(one.heard)]).toEqual([
        other.state.closed,
        Object.fromEntries(other.heard),
      ]),
    { timeout: 60_000, interval: 5 },
  );
  one.socket.terminate();
  other.socket.terminate();
  return one.heard;
}

test("L20: calls of every kind, good and bad, are answered as tRPC answers them", async ({ world }) => {
  const { context } = await world.person();
  const both = await serveBoth(() => Promise.resolve(context));
  const paths = [
    "echo",
    "change",
    "ignore",
    "strict",
    "nothing",
    "rich",
    "breaks",
    "teapot",
    "unwritable",
    "boards.get",
  ];
  const others = ["boards.live", "boards", "__proto__", "constructor", "nowhere", "", "echo.", "boards.get.x"];
  const inputs = [undefined, null, 7, "text", { text: "abc" }, { text: "abcd" }, [1], { boardId: "x" }];
  const calls = ["query", "mutation", "other", "constructor"].flatMap((method) =>
    [...paths, ...others].flatMap((path, at) => [
      call(`${method}.${path}`, method, path, inputs[at % inputs.length]),
      {
        id: `${method}.${path} on`,
        method,
        params: { path, input: { json: null, meta: { values: ["undefined"] } }, lastEventId: "1.2" },
      },
    ]),
  );
  await expectSame(both, sends(...calls.map(json)));
  const rich = { at: new Date(0), none: undefined };
  const dated = { json: { at: rich.at, none: null }, meta: { values: { at: ["Date"], none: ["undefined"] } } };
  const envelopes = [
    { id: 1, jsonrpc: "2.0", method: "query", params: { path: "echo", input: dated } },
    { id: "1", jsonrpc: "2.0", method: "query", params: { path: "breaks" } },
    { id: 2, jsonrpc: "1.0", method: "query", params: { path: "echo" } },
    { id: null, method: "query", params: { path: "echo" } },
    { id: null, jsonrpc: "2.0", method: "subscription.stop" },
    { method: "query", params: { path: "echo" } },
    { id: {}, method: "query", params: { path: "echo" } },
    { id: 3, method: "query" },
    { id: 4, method: "query", params: { path: 7 } },
    { id: 5, method: "query", params: { path: "echo", lastEventId: 7 } },
    { id: 6, method: "query", params: [] },
    { id: 7, method: "subscription.stop" },
    { id: 8, method: "query", params: { path: "echo", input: { json: {}, meta: { values: { a: ["nonsense"] } } } } },
    ...[undefined, null, "text", [1], {}].map((input, at) => {
      return { id: `on ${at}`, method: "query", params: { path: "echo", input: { json: input }, lastEventId: "1.2" } };
    }),
  ];
  await expectSame(both, sends(...envelopes.map(json)));
  const nonsense = ["", "{", "null", "7", '"text"', "[]", "[[]]", "[,]", "NaN", "\u0000", "PING", "PONG", "ping"];
  await expectSame(both, sends(...nonsense, new Uint8Array([1, 2]), Buffer.from('{"id":1}'), Buffer.from("PING")));
  const good = (id: unknown) => call(id, "query", "echo", id);
  const batches = [
    [good(1), good(2), call(3, "query", "breaks")],
    [good(4), { id: 5 }, good(6)],
    [good(7), good(8), good(9), { ...good(10), jsonrpc: "2.0" }, { id: 11, method: "subscription.stop" }, 12, null],
    range(1, MAX_BATCH + 1).map(() => ({ id: 1, method: "subscription.stop" })),
  ];
  await expectSame(both, sends(...batches.map(json)));
  both.close();
});

test("L20: watches begin, go on, are stopped, refused and ended as tRPC has it", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ["Draft", "Übersicht 漢"] });
  const lost = await org.board({ visibility: "private" });
  const viewer = await lost.as("viewer");
  await org.owner.caller.boards.share({ boardId: board.id, userId: viewer.id, role: "viewer" });
  const both = await serveBoth(() => Promise.resolve(viewer.context));
  const { boardId, cursor } = {
    boardId: board.id,
    cursor: (await viewer.caller.boards.get({ boardId: board.id })).cursor,
  };
  const asWatch = (id: unknown, input: unknown, more: object = {}) => {
    return { id, method: "subscription", params: { path: "boards.live", input: { json: input }, ...more } };
  };
  const asStop = (id: unknown) => ({ id, method: "subscription.stop" });
  const watch = (id: unknown, input: unknown, more?: object) => json(asWatch(id, input, more));
  const stop = (id: unknown) => json(asStop(id));
  const taskId = board.task("Draft");
  let title = 0;
  const update = () => org.owner.caller.tasks.update({ boardId, taskId, title: `"${(title += 1)}" 🙂\u2028` });
  const opened = [
    watch(1, { boardId }),
    watch("två", { boardId }),
    json({ ...asWatch(3, { boardId }), jsonrpc: "2.0" }),
  ];

  // Twice the same board in the same state: each server has its turn with it.
  const heard = await expectSame(both, [{ send: opened, hears: { 1: 2, '"två"': 2, 3: 2 } }]);
  expect([...heard.values()].map(({ length }) => length)).toEqual([2, 2, 2]);
  await expectSame(both, [
    { send: opened, hears: { 1: 2, '"två"': 2, 3: 2 } },
    { send: [opened[0] ?? "", stop(3), stop("två"), stop(99)], hears: { 1: 3, 3: 3, '"två"': 3 } },
    // An id that is free again.
    { send: [watch(3, { boardId }), stop(1)], hears: { 3: 5, 1: 4 } },
  ]);
  const bad = [
    watch(1, { boardId: "x" }),
    watch(2, { boardId, more: 1 }),
    watch(3, { boardId: org.id }),
    watch(4, null),
    json(call(5, "subscription", "boards.get", { boardId })),
    json(call(6, "subscription", "nowhere")),
    json(call(7, "query", "boards.live", { boardId })),
  ];
  // What it is refused by tRPC before it began is said once; the others begin, are refused, and are over.
  await expectSame(both, [{ send: bad, hears: { 1: 1, 2: 1, 3: 3, 4: 1, 5: 1, 6: 1, 7: 1 } }]);
  await expectSame(both, [
    { send: [json([1, 2, 3].map((id) => asWatch(id, { boardId })))], hears: { 1: 2, 2: 2, 3: 2 } },
  ]);
  await expectSame(both, [{ send: [json([asWatch(1, { boardId }), asStop(1)])], hears: { 1: 1 } }]);
  const resumes = [
    watch(1, { boardId }, { lastEventId: cursor }),
    watch(2, { boardId, lastEventId: cursor }),
    watch(3, { boardId, lastEventId: "x" }, { lastEventId: cursor }),
    watch(4, { boardId }, { lastEventId: "nonsense" }),
    watch(5, { boardId, lastEventId: "1.".repeat(1_000) }),
    watch(6, null, { lastEventId: cursor }),
  ];
  await expectSame(both, [{ send: resumes.slice(3), hears: { 4: 2, 5: 2, 6: 1 } }]);

  // Both at once, what happens while they watch.
  const played = await Promise.all(
    [both.ours, both.stock].map(({ url }) =>
      play([{ send: [...opened, watch(4, { boardId: lost.id })], hears: { 1: 2, '"två"': 2, 3: 2, 4: 2 } }], url),
    ),
  );
  const same = (count: number) =>
    vi.waitFor(() => {
      const [one, other] = played.map(({ heard }) => Object.fromEntries(heard));
      expect(one).toEqual(other);
      expect(one?.["1"]).toHaveLength(count);
    }, 60_000);
  await update();
  await update();
  await same(4);
  await org.owner.caller.boards.unshare({ boardId: lost.id, userId: viewer.id });
  await vi.waitFor(() => expect(played.map(({ heard }) => heard.get("4")?.length)).toEqual([5, 5]), 60_000);
  await same(4);
  for (const { socket } of played) socket.send(stop(1));
  await same(5);
  for (const { socket } of played) socket.terminate();

  await expectSame(both, [{ send: resumes.slice(0, 3), hears: { 1: 3, 2: 3, 3: 3 } }]);
  both.close();
});

test("L20: a socket says who it is as tRPC has it, and is refused alike", async ({ world }) => {
  const { context } = await world.person();
  const told: ConnectionParams[] = [];
  const both = await serveBoth((params) => {
    told.push(params);
    return params?.["fails"] === undefined ? Promise.resolve(context) : Promise.reject(new Error("a secret"));
  });
  const echo = (id: number) => json(call(id, "query", "echo", id));
  const good = [{ data: { token: "x", a: "b" } }, { method: "connectionParams", data: null }, { data: {} }];
  for (const params of good) {
    await expectSame(both, [{ send: [json(params), echo(1), echo(2)], hears: { 1: 1, 2: 1 } }], "?connectionParams=1");
  }
  expect(told).toEqual([{ token: "x", a: "b" }, { token: "x", a: "b" }, null, null, {}, {}]);
  const bad = [
    json({}),
    json({ data: "x" }),
    json({ data: { token: 7 } }),
    json({ data: [] }),
    json([]),
    "7",
    "{",
    "null",
    Buffer.from("{}"),
  ];
  for (const frame of [...bad, json({ data: { fails: "yes" } })]) {
    const heard = await expectSame(
      both,
      [{ send: [frame, echo(1)], hears: { null: 1, closed: 1 } }],
      "?connectionParams=1",
    );
    expect(heard.get("null")).toHaveLength(1);
  }
  both.close();
});
