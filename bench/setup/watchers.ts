// A process of its own that holds many raw sockets, so that what they cost is not on the server's account. It is told
// what to do by the process that forked it, and ends with it.
import { type RawData, WebSocket } from "ws";
import { z } from "zod";
import { type FromWatchers, ToWatchers } from "./watchers.contract.ts";

/** How many sockets of a group are being opened at any time. */
const OPENING_AT_ONCE = 25;

const Frame = z.object({
  result: z.object({
    data: z.object({ json: z.object({ data: z.object({ type: z.string(), part: z.int(), of: z.int() }) }) }),
  }),
});

interface Group {
  sockets: WebSocket[];
  /** Frames that arrived since they were last asked for, at all sockets. */
  received: number;
  awaited: number;
  /** Those of the first socket. */
  frames: string[];
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
  process.send?.(message);
}

function fail(error: unknown): void {
  say({ said: "failed", why: error instanceof Error ? error.message : String(error) });
}

async function openGroup({ group: name, url, count, watch }: ToWatchers & { do: "open" }): Promise<void> {
  const group: Group = { sockets: [], received: 0, awaited: Number.POSITIVE_INFINITY, frames: [] };
  groups.set(name, group);
  let left = count;
  const openSome = async () => {
    for (; left > 0;) {
      left -= 1;
      const token = watch?.tokens[left % watch.tokens.length] ?? "";
      group.sockets.push(await openSocket(url, watch && { token, boardId: watch.boardId }));
    }
  };
  await Promise.all(Array.from({ length: OPENING_AT_ONCE }, openSome));
  for (const [index, socket] of group.sockets.entries()) {
    socket.on("message", (data) => take(name, group, index, data));
    socket.on("close", () => fail(new Error(`a socket of ${name} was closed`)));
  }
  say({ said: "opened", group: name });
}

/** Opens one socket; with a `watch`, as a stock client would, until the whole snapshot is there. */
function openSocket(url: string, watch: { token: string; boardId: string } | undefined): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    socket.on("error", reject);
    socket.on("open", () => {
      if (!watch) return resolve(socket);
      socket.send(JSON.stringify({ method: "connectionParams", data: { token: watch.token } }));
      const params = { path: "boards.live", input: { json: { boardId: watch.boardId } } };
      socket.send(JSON.stringify({ id: 1, method: "subscription", params }));
      socket.on("message", (data) => {
        const text = textOf(data);
        if (text.includes('"error"')) return reject(new Error(text));
        const frame = Frame.safeParse(JSON.parse(text));
        if (!frame.success) return;
        const { part, of } = frame.data.result.data.json.data;
        if (part < of) return;
        socket.removeAllListeners("message");
        resolve(socket);
      });
    });
  });
}

function take(name: string, group: Group, index: number, data: RawData): void {
  const bytes = bytesOf(data);
  // tRPC's keep-alive, and the heads that a watch gets when nothing happens for long.
  if (bytes.length === 4) return group.sockets[index]?.send("PONG");
  if (bytes.includes('"type":"head"')) return;
  group.received += 1;
  if (index === 0) group.frames.push(bytes.toString());
  settle(name, group);
}

function expect({ group: name, events }: ToWatchers & { do: "expect" }): void {
  const group = groups.get(name);
  if (!group) return fail(new Error(`there is no group ${name}`));
  group.awaited = events * group.sockets.length;
  settle(name, group);
}

function settle(name: string, group: Group): void {
  if (group.received > group.awaited) fail(new Error(`${name} got more frames than there were events`));
  if (group.received !== group.awaited) return;
  group.received = 0;
  group.awaited = Number.POSITIVE_INFINITY;
  say({ said: "got", group: name, frames: group.frames.splice(0) });
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

function textOf(data: RawData): string {
  return bytesOf(data).toString();
}
