import { once } from "node:events";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { expect, test, vi } from "vitest";
import { type ClientOptions, WebSocket, WebSocketServer } from "ws";
import { Connection } from "../../server/connections.ts";
import { toFrames } from "../../server/core/live/frames.ts";
import { LiveSocket } from "../../server/live-socket.ts";
import { until } from "../setup/clients.ts";

/** A socket from both its ends, and what the client heard. */
async function openSocket(options: ClientOptions = {}) {
  const server = createServer();
  const wss = new WebSocketServer({ server, WebSocket: LiveSocket, perMessageDeflate: false });
  const accepted = new Promise<{ socket: LiveSocket; line: Socket }>((resolve) => {
    wss.on("connection", (socket, req) => {
      if (!(socket instanceof LiveSocket)) throw new Error("a server makes sockets of its class");
      socket.open(req.socket, { take: () => {}, end: () => {} });
      resolve({ socket, line: req.socket });
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("a server that listens has an address");
  const client = new WebSocket(`ws://127.0.0.1:${address.port}`, options);
  const heard: string[] = [];
  client.on("message", (frame: Buffer) => heard.push(frame.toString()));
  const opened = once(client, "open");
  const close = () => {
    client.terminate();
    wss.close();
    server.close();
  };
  await opened;
  return { ...(await accepted), client, heard, close };
}

test("L20: frames of every length are read by a WebSocket, between those of `ws`, in the order of their writing", async () => {
  const lengths = [2, 125, 126, 127, 65_534, 65_535, 65_536, 200_000];
  const texts = lengths.map((length) => "é".repeat(Math.floor((length - 1) / 2)) + "x".repeat(1 + ((length - 1) % 2)));
  const { socket, client, heard, close } = await openSocket();
  socket.say("first");
  for (const text of texts) {
    socket.write(toFrames(text.slice(0, 1), [Buffer.from(text.slice(1))]));
    socket.say(`behind ${text.length}`);
  }
  const all = texts.map((text) => Buffer.from(text));
  socket.write(toFrames("", all));
  socket.close();
  socket.write(toFrames("", [Buffer.from("too late")]));
  await until(() => client.readyState === WebSocket.CLOSED);
  const between = texts.flatMap((text) => [text, `behind ${text.length}`]);
  expect(heard).toEqual(["first", ...between, ...texts]);
  close();
});

test("a client that says nothing is pinged, and is given up when it does not answer that", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  try {
    const [alive, dead] = [await openSocket(), await openSocket({ autoPong: false })];
    const after = (ms: number) => {
      vi.advanceTimersByTime(ms);
      return [alive, dead].map(({ socket }) => socket.isDead());
    };
    for (const { socket } of [alive, dead]) socket.isRecognised = true;
    expect(after(0)).toEqual([false, false]);
    const { bytesRead } = alive.line;
    expect(after(31_000)).toEqual([false, false]);
    await until(() => alive.line.bytesRead > bytesRead);
    expect(after(2_000)).toEqual([false, false]);
    expect(after(60_000)).toEqual([false, true]);
    alive.close();
    dead.close();
  } finally {
    vi.useRealTimers();
  }
});

test("whoever has not been recognised after 10 s is given up", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  try {
    const { socket, close } = await openSocket();
    vi.advanceTimersByTime(9_000);
    expect(socket.isDead()).toBe(false);
    vi.advanceTimersByTime(2_000);
    expect(socket.isDead()).toBe(true);
    close();
  } finally {
    vi.useRealTimers();
  }
});

test("L17: who found no room is woken when the kernel has taken what waited, and not before", async () => {
  const { socket, line, client, close } = await openSocket();
  const { flow } = new Connection(socket);
  client.pause();
  // More than what the kernel takes for a client that does not read.
  const frames = toFrames("", [Buffer.alloc(128 * 1_024, "x")]);
  await until(() => {
    while (flow.hasRoom(frames.length)) socket.write(frames);
    return line.writableLength > 0 && !flow.hasRoom(frames.length);
  });
  let woken = 0;
  const waiter = { wakeUp: () => void (woken += 1) };
  expect([flow.take(frames.length, waiter), flow.take(1_000_000, waiter)]).toEqual([false, false]);
  expect(woken).toBe(0);
  client.resume();
  // There is nobody here who looks after connections from time to time.
  await until(() => woken > 0);
  expect([woken, line.writableLength, flow.take(frames.length, waiter)]).toEqual([1, 0, true]);
  close();
});
