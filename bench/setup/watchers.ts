// A process of its own that holds many raw sockets, so that what they cost is not on the server's account.
import type { Socket } from "node:net";
import { type RawData, WebSocket } from "ws";
import { z } from "zod";
import { answerAsks } from "./answer-asks.ts";
import { percentile } from "./measure.ts";
import { type Dialect, type Got, now, type Resumed, ToWatchers } from "./watchers.contract.ts";

const Snapshot = z.object({
  result: z.object({
    data: z.object({ json: z.object({ data: z.object({ type: z.string(), part: z.int(), of: z.int() }) }) }),
  }),
});
/** The protocols of Engine.IO and Socket.IO, as far as this goes: https://socket.io/docs/v4/engine-io-protocol/ */
const IO = { connect: "40", ping: "2", pong: "3" } as const;

interface Group {
  readonly sockets: WebSocket[];
  readonly isTimed: boolean;
  /** Frames that arrived since they were last asked for, at all sockets. */
  received: number;
  /** How many of them at each socket. */
  readonly counts: number[];
  /** When they arrived, by the place of the event. */
  readonly arrivedAtMs: number[][];
  /** Those of the first socket. */
  readonly frames: string[];
  expected: Expected | undefined;
  failure: Error | undefined;
}

interface Expected {
  readonly total: number;
  readonly events: readonly number[];
  readonly sentAtMs: readonly number[];
  readonly resolve: (got: Got) => void;
  readonly reject: (error: Error) => void;
}

const groups = new Map<string, Group>();

await answerAsks(ToWatchers, async (_, told) => {
  if (told.do === "open") return openGroup(told);
  if (told.do === "expect") return expect(told);
  if (told.do === "resume") return resume(told);
  for (const socket of groups.get(told.group)?.sockets ?? []) socket.removeAllListeners("close").terminate();
  groups.delete(told.group);
  return null;
});

async function openGroup({ group: name, url, count, atOnce, dialect, isTimed }: ToWatchers & { do: "open" }) {
  const empty = { sockets: [], isTimed, received: 0, counts: [], arrivedAtMs: [], frames: [] };
  const group: Group = groups.get(name) ?? { ...empty, expected: undefined, failure: undefined };
  groups.set(name, group);
  const startedAt = performance.now();
  let left = count;
  const openSome = async () => {
    for (; left > 0;) {
      left -= 1;
      const index = group.sockets.length;
      const socket = new WebSocket(url, { perMessageDeflate: false });
      group.sockets.push(socket);
      group.counts.push(0);
      await opened(socket, dialect, index);
      socket.on("message", (data) => take(group, index, data));
      socket.on("close", () => fail(group, new Error(`a socket of ${name} was closed`)));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, openSome));
  return performance.now() - startedAt;
}

function fail(group: Group, error: Error): void {
  group.failure = error;
  group.expected?.reject(error);
}

/** Opens one socket, as far as the first event that is going to come. */
function opened(socket: WebSocket, dialect: Dialect, number: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      socket.removeAllListeners("message");
      resolve();
    };
    socket.on("error", reject);
    socket.on("open", () => {
      if (dialect.as === "bare") done();
      if (dialect.as !== "trpc") return;
      const { path, tokens, boardIds } = dialect;
      subscribe(socket, tokens[number % tokens.length], path, { boardId: boardIds[number % boardIds.length] });
    });
    socket.on("message", (data) => {
      const text = bytesOf(data).toString();
      if (text.includes('"error"')) reject(new Error(text));
      else if (dialect.as === "socket.io" && text.startsWith("0")) socket.send(IO.connect);
      else if (isOpen(dialect, text)) done();
    });
  });
}

function subscribe(socket: WebSocket, token: string | undefined, path: string, input: object): void {
  socket.send(JSON.stringify({ method: "connectionParams", data: { token } }));
  socket.send(JSON.stringify({ id: 1, method: "subscription", params: { path, input: { json: input } } }));
}

/** Comes back with a cursor, as stock clients do. Fails unless exactly what was missed is replayed. */
function resume({ url, token, boardId, lastEventId, events }: ToWatchers & { do: "resume" }): Promise<Resumed> {
  const startedAt = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<Resumed>();
  const socket = new WebSocket(url, { perMessageDeflate: false });
  let wire: Socket | undefined;
  let missing = events;
  socket.on("upgrade", (response) => (wire = response.socket));
  socket.on("open", () => subscribe(socket, token, "boards.live", { boardId, lastEventId }));
  socket.on("error", reject);
  socket.on("message", (data) => {
    const text = bytesOf(data).toString();
    if (text.includes('"snapshot"') || text.includes('"error"')) reject(new Error(text.slice(0, 1_000)));
    if (text.includes('"task.moved"')) missing -= 1;
    if (missing > 0) return;
    resolve({ ms: performance.now() - startedAt, bytes: wire?.bytesRead ?? Number.NaN });
    socket.terminate();
  });
  return promise;
}

/** Whether this is the last that comes before any event. */
function isOpen(dialect: Dialect, text: string): boolean {
  if (dialect.as !== "trpc") return text.startsWith(IO.connect);
  if (dialect.path === "live") return text.includes('"started"');
  const snapshot = Snapshot.safeParse(JSON.parse(text)).data?.result.data.json.data;
  return snapshot !== undefined && snapshot.part === snapshot.of;
}

function take(group: Group, index: number, data: RawData): void {
  const bytes = bytesOf(data);
  // The keep-alives of tRPC and of Socket.IO, and the heads that a watch gets when nothing happens for long.
  if (bytes.length === 4) return group.sockets[index]?.send("PONG");
  if (bytes.length === IO.ping.length && bytes.toString() === IO.ping) return group.sockets[index]?.send(IO.pong);
  if (bytes.includes('"type":"head"')) return;
  const place = group.counts[index] ?? 0;
  group.counts[index] = place + 1;
  if (group.isTimed) (group.arrivedAtMs[place] ??= []).push(now());
  group.received += 1;
  if (index === 0) group.frames.push(bytes.toString());
  settle(group);
}

function expect({ group: name, events, sentAtMs }: ToWatchers & { do: "expect" }): Promise<Got> {
  const group = groups.get(name);
  if (!group) throw new Error(`there is no group ${name}`);
  let total = 0;
  for (const index of group.sockets.keys()) total += events[index % events.length] ?? 0;
  const { promise, resolve, reject } = Promise.withResolvers<Got>();
  group.expected = { total, events, sentAtMs, resolve, reject };
  if (group.failure) reject(group.failure);
  settle(group);
  return promise;
}

function settle(group: Group): void {
  const { expected, counts, received } = group;
  if (!expected || received < expected.total) return;
  const { events, sentAtMs } = expected;
  const wrong = counts.findIndex((count, index) => count !== events[index % events.length]);
  if (wrong !== -1) {
    return fail(group, new Error(`a socket got ${counts[wrong]} events, and not ${events[wrong % events.length]}`));
  }
  const latencies = sentAtMs.flatMap((sentAt, place) => (group.arrivedAtMs[place] ?? []).map((at) => at - sentAt));
  const latenciesMs =
    latencies.length === 0 ? { p50: 0, p99: 0 } : { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
  group.expected = undefined;
  group.received = 0;
  group.counts.fill(0);
  group.arrivedAtMs.length = 0;
  expected.resolve({ frames: group.frames.splice(0), latenciesMs });
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
