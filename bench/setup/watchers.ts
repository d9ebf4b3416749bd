// A process of its own that holds many raw sockets, so that what they cost is not on the server's account. It is told
// what to do by the process that forked it, and ends with it.
import { type RawData, WebSocket } from "ws";
import { z } from "zod";
import { percentile } from "./report.ts";
import { type Dialect, type FromWatchers, now, ToWatchers } from "./watchers.contract.ts";

/** How many sockets of a group are being opened at any time. */
const OPENING_AT_ONCE = 25;

const Snapshot = z.object({
  result: z.object({
    data: z.object({ json: z.object({ data: z.object({ type: z.string(), part: z.int(), of: z.int() }) }) }),
  }),
});
/** The protocols of Engine.IO and Socket.IO, as far as this goes: https://socket.io/docs/v4/engine-io-protocol/ */
const IO = { connect: "40", ping: "2", pong: "3" } as const;

interface Group {
  readonly sockets: WebSocket[];
  /** Frames that arrived since they were last asked for, at all sockets. */
  received: number;
  awaited: number;
  /** How many of them at each socket. */
  readonly counts: number[];
  /** When they arrived, by the place of the event. */
  readonly arrivedAtMs: number[][];
  /** Those of the first socket. */
  readonly frames: string[];
  sentAtMs: readonly number[];
}

const groups = new Map<string, Group>();

process.on("message", (message) => {
  const told = ToWatchers.parse(message);
  if (told.do === "open") void openGroup(told).catch(fail);
  else expect(told);
});
process.on("disconnect", () => process.exit());
// Ctrl-C reaches the whole group of processes: this one ends when the one that it works for is done.
process.on("SIGINT", () => {});

function say(message: FromWatchers): void {
  // Nobody listens any more when the bench has been stopped.
  process.send?.(message, undefined, undefined, () => {});
}

function fail(error: unknown): void {
  say({ said: "failed", why: error instanceof Error ? error.message : String(error) });
}

async function openGroup({ group: name, url, count, dialect }: ToWatchers & { do: "open" }): Promise<void> {
  const empty = { sockets: [], received: 0, counts: [], arrivedAtMs: [], frames: [], sentAtMs: [] };
  const group = groups.get(name) ?? { ...empty, awaited: Number.POSITIVE_INFINITY };
  groups.set(name, group);
  let left = count;
  const openSome = async () => {
    for (; left > 0;) {
      left -= 1;
      const socket = await openSocket(url, dialect, left);
      const index = group.sockets.push(socket) - 1;
      group.counts.push(0);
      socket.on("message", (data) => take(name, group, index, data));
      socket.on("close", () => fail(new Error(`a socket of ${name} was closed`)));
    }
  };
  await Promise.all(Array.from({ length: OPENING_AT_ONCE }, openSome));
  say({ said: "opened", group: name });
}

/** Opens one socket, as far as the first event that is going to come. */
function openSocket(url: string, dialect: Dialect, number: number): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const opened = () => {
      socket.removeAllListeners("message");
      resolve(socket);
    };
    socket.on("error", reject);
    socket.on("open", () => {
      if (dialect.as === "bare") opened();
      else if (dialect.as === "stock") socket.send(subscription("live", null));
      else if (dialect.as === "live") {
        const token = dialect.tokens[number % dialect.tokens.length];
        socket.send(JSON.stringify({ method: "connectionParams", data: { token } }));
        socket.send(subscription("boards.live", { boardId: dialect.boardId }));
      }
    });
    socket.on("message", (data) => {
      const text = textOf(data);
      if (text.includes('"error"')) reject(new Error(text));
      else if (dialect.as === "socket.io" && text.startsWith("0")) socket.send(IO.connect);
      else if (isOpen(dialect, text)) opened();
    });
  });
}

function subscription(path: string, input: object | null): string {
  return JSON.stringify({ id: 1, method: "subscription", params: { path, input: { json: input } } });
}

/** Whether this is the last that comes before any event. */
function isOpen({ as }: Dialect, text: string): boolean {
  if (as === "socket.io") return text.startsWith(IO.connect);
  if (as === "stock") return text.includes('"started"');
  const snapshot = Snapshot.safeParse(JSON.parse(text)).data?.result.data.json.data;
  return snapshot !== undefined && snapshot.part === snapshot.of;
}

function take(name: string, group: Group, index: number, data: RawData): void {
  const bytes = bytesOf(data);
  // The keep-alives of tRPC and of Socket.IO, and the heads that a watch gets when nothing happens for long.
  if (bytes.length === 4) return group.sockets[index]?.send("PONG");
  if (bytes.length === IO.ping.length && bytes.toString() === IO.ping) return group.sockets[index]?.send(IO.pong);
  if (bytes.includes('"type":"head"')) return;
  const place = group.counts[index] ?? 0;
  group.counts[index] = place + 1;
  (group.arrivedAtMs[place] ??= []).push(now());
  group.received += 1;
  if (index === 0) group.frames.push(bytes.toString());
  settle(name, group);
}

function expect({ group: name, events, sentAtMs }: ToWatchers & { do: "expect" }): void {
  const group = groups.get(name);
  if (!group) return fail(new Error(`there is no group ${name}`));
  group.awaited = events * group.sockets.length;
  group.sentAtMs = sentAtMs;
  settle(name, group);
}

function settle(name: string, group: Group): void {
  if (group.received > group.awaited) fail(new Error(`${name} got more frames than there were events`));
  if (group.received !== group.awaited) return;
  const latencies = group.sentAtMs.flatMap((sentAt, place) =>
    (group.arrivedAtMs[place] ?? []).map((at) => at - sentAt),
  );
  const latenciesMs =
    latencies.length === 0 ? { p50: 0, p99: 0 } : { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
  group.received = 0;
  group.awaited = Number.POSITIVE_INFINITY;
  group.counts.fill(0);
  group.arrivedAtMs.length = 0;
  say({ said: "got", group: name, frames: group.frames.splice(0), latenciesMs });
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

function textOf(data: RawData): string {
  return bytesOf(data).toString();
}
