import fc from "fast-check";
import { expect } from "vitest";
import { range, until } from "../setup/clients.ts";
import { call, countOf, openRawSocket, refusalOf } from "../setup/raw-socket.ts";
import { test } from "./live-test.ts";

test("a frame that is not JSON is answered with its kind, and the socket goes on", async ({ world }) => {
  const person = await world.person();
  const socket = await openRawSocket(await world.app(), person);
  const frames = ["{", "", "nonsense", "\u0000", "[", "[,]", "NaN", new Uint8Array([1, 2, 3]), Buffer.from("{}")];
  for (const frame of frames) socket.send(frame);
  socket.send(JSON.stringify(call(1, "query", "auth.me")));
  await until(() => socket.answers.has(1));
  expect(refusalOf(socket, 1)).toBeUndefined();
  const refused = socket.answers.get(null) ?? [];
  expect(refused.map(({ error }) => error?.json.data.kind)).toEqual(frames.map(() => "INPUT_INVALID"));
  socket.close();
});

test("whatever a frame holds, it ends neither the process nor somebody else's watch", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const app = await world.app();
  const bystander = (await live.client(org.owner)).watch(board.id);
  await until(() => bystander.state !== undefined);
  const valid = fc.record({
    id: fc.oneof(fc.nat(), fc.string(), fc.constant(null)),
    method: fc.constantFrom(
      "query",
      "mutation",
      "subscription",
      "subscription.stop",
      "connectionParams",
      "constructor",
    ),
    params: fc.record({
      path: fc.constantFrom("boards.live", "boards.get", "auth.me", "tasks.move", "__proto__", "boards", ""),
      input: fc.oneof(fc.jsonValue(), fc.constant({ json: { boardId: board.id } })),
      lastEventId: fc.string(),
    }),
  });
  const anything = fc.oneof(
    fc.string(),
    fc.uint8Array({ maxLength: 200 }),
    fc.json(),
    fc.jsonValue().map((value) => JSON.stringify([value, value])),
    fc.object().map((value) => JSON.stringify({ id: 1, method: "query", params: value })),
    valid.map((value) => JSON.stringify(value)),
    fc.array(valid, { maxLength: 5 }).map((value) => JSON.stringify(value)),
    fc.tuple(valid, fc.nat(60)).map(([value, cut]) => JSON.stringify(value).slice(0, cut)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anything, { minLength: 100, maxLength: 120 }), fc.boolean(), async (frames, isKnown) => {
      const socket = await openRawSocket(app, isKnown ? org.owner : undefined);
      for (const frame of frames) if (socket.closedWith === undefined) socket.send(frame);
      socket.send(JSON.stringify(call("end", "query", "auth.me")));
      await until(() => socket.answers.has("end") || socket.closedWith !== undefined);
      expect([socket.closedWith, countOf(socket, "end")]).toEqual([undefined, 1]);
      expect(refusalOf(socket, "end")).toBe(isKnown ? undefined : "SIGN_IN_REQUIRED");
      socket.close();
    }),
    { numRuns: 30 },
  );
  const { caller } = org.owner;
  const { version } = await caller.tasks.archive({ boardId: board.id, taskId: board.task("Draft") });
  await until(() => bystander.version === version);
  expect(bystander.heard).toEqual(["first", version]);
});

test("a request whose id is longer than 64 characters is refused, and nothing of it is kept", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const socket = await openRawSocket(await world.app(), org.owner);
  const watch = (id: string) => call(id, "subscription", "boards.live", { boardId: board.id });
  const [short, long] = ["i".repeat(64), "i".repeat(65)];
  socket.send(JSON.stringify(watch(long)));
  // The frame as a whole: none of the others is begun.
  socket.send(JSON.stringify([watch("beside"), watch("i".repeat(500_000))]));
  socket.send(JSON.stringify(watch(short)));
  await until(() => countOf(socket, short) >= 2);
  expect(refusalOf(socket, short)).toBeUndefined();
  const refused = socket.answers.get(null) ?? [];
  expect(refused.map(({ error }) => error?.json.data.kind)).toEqual(["INPUT_INVALID", "INPUT_INVALID"]);
  expect([...socket.answers.keys()]).toEqual([null, short]);
  socket.close();
});

test("a batch over the limit is refused whole, with its kind", async ({ world }) => {
  const socket = await openRawSocket(await world.app(), await world.person());
  const ids = range(1, 1_001);
  socket.send(JSON.stringify(ids.map((id) => call(id, "query", "auth.me"))));
  await until(() => ids.every((id) => socket.answers.has(id)));
  expect(new Set(ids.map((id) => refusalOf(socket, id)))).toEqual(new Set(["BATCH_TOO_LARGE"]));
  socket.send(JSON.stringify(call("after", "query", "auth.me")));
  await until(() => socket.answers.has("after"));
  expect(refusalOf(socket, "after")).toBeUndefined();
  socket.close();
});

test("a socket that watches 1,000 times is told that it is too much, and what it has goes on", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const app = await world.app();
  const socket = await openRawSocket(app, org.owner);
  const watch = (id: number) => call(id, "subscription", "boards.live", { boardId: board.id });
  // Half of them in one frame, as the stock link sends them; half one by one.
  socket.send(JSON.stringify(range(1, 500).map(watch)));
  for (const id of range(501, 1_000)) socket.send(JSON.stringify(watch(id)));
  const ids = range(1, 1_000);
  // Each is told that it began, and then what there is, or why not.
  await until(() => ids.every((id) => countOf(socket, id) >= 2));
  const watching = ids.filter((id) => refusalOf(socket, id) === undefined);
  expect(watching).toHaveLength(200);
  const refused = ids.filter((id) => !watching.includes(id));
  expect(new Set(refused.map((id) => refusalOf(socket, id)))).toEqual(new Set(["SUBSCRIPTIONS_TOO_MANY"]));
  await org.owner.caller.tasks.archive({ boardId: board.id, taskId: board.task("Draft") });
  await until(() => watching.every((id) => countOf(socket, id) >= 3));

  // Watches that end make room.
  const ended = watching.slice(0, 2);
  for (const id of ended) socket.send(JSON.stringify({ id, method: "subscription.stop" }));
  await until(() => ended.every((id) => socket.answers.get(id)?.at(-1)?.result?.type === "stopped"));
  const late = range(2_001, 2_003);
  for (const id of late) socket.send(JSON.stringify(watch(id)));
  await until(() => late.every((id) => countOf(socket, id) >= 2));
  expect(late.map((id) => refusalOf(socket, id))).toEqual([undefined, undefined, "SUBSCRIPTIONS_TOO_MANY"]);
  socket.close();
});

test("L7: a stock client with many watches comes back with all of them after a cut", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const { wire, url } = await live.wireTo();
  const client = await live.client(org.owner, { url });
  const watches = range(1, 150).map(() => client.watch(board.id));
  await until(() => watches.every((watch) => watch.state !== undefined));
  wire.cut();
  const { version } = await org.owner.caller.tasks.archive({ boardId: board.id, taskId: board.task("Draft") });
  await until(() => watches.every((watch) => watch.version === version));
  expect(new Set(watches.map(({ ending, heard }) => `${ending} ${heard.join()}`))).toEqual(
    new Set([`undefined first,${version}`]),
  );
});
