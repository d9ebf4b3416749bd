import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { closeServer, listen } from "../../scripts/verify-live/ports.ts";
import { openProxy, type Proxy } from "../../scripts/verify-live/proxy.ts";
import { FrameFilter } from "../../scripts/verify-live/wakeups.ts";
import { until } from "../setup/clients.ts";

/** A message as Postgres sends it. */
function frame(type: string, text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + Buffer.byteLength(text));
  return Buffer.concat([Buffer.from(type), length, Buffer.from(text)]);
}

/** Its end, also when a reset is an error to it. */
function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", () => resolve());
  });
}

/** A proxy before something that answers everything with itself, and a connection through it. */
async function throughProxy(
  options: Parameters<typeof openProxy>[2] = {},
): Promise<{ proxy: Proxy; socket: Socket; heard: () => string; arrived: () => string }> {
  let arrived = "";
  const echo = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      arrived += chunk.toString("latin1");
      socket.write(chunk);
    });
  });
  const port = await listen(echo);
  const proxy = await openProxy("test", () => ({ to: { host: "127.0.0.1", port }, over: [] }), options);
  const socket = connect(proxy.port, "127.0.0.1");
  socket.on("error", () => socket.destroy());
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "connect");
  onTestFinished(async () => {
    socket.destroy();
    await proxy.close();
    await closeServer(echo);
  });
  return { proxy, socket, arrived: () => arrived, heard: () => Buffer.concat(chunks).toString("latin1") };
}

test("what crosses a healthy edge arrives", async () => {
  const { socket, heard } = await throughProxy();
  socket.write("hello");
  await until(() => heard() === "hello");
  expect(heard()).toBe("hello");
});

test("an edge that holds keeps what crosses it, and lets it go in order when it is healed", async () => {
  const { proxy, socket, heard, arrived } = await throughProxy();
  socket.write("1");
  await until(() => heard() === "1");
  proxy.edge.set({ holdsDown: true });
  socket.write("2");
  await until(() => arrived() === "12");
  proxy.edge.set({ holdsUp: true });
  socket.write("3");
  expect([heard(), arrived()]).toEqual(["1", "12"]);
  proxy.edge.heal();
  await until(() => heard().length === 3);
  expect(heard()).toBe("123");
});

test("a slow edge takes as long as its rate says", async () => {
  const { proxy, socket, heard } = await throughProxy();
  proxy.edge.set({ bytesPerSecond: 10_000 });
  const start = performance.now();
  socket.write("x".repeat(3_000));
  await until(() => heard().length === 3_000);
  expect(performance.now() - start).toBeGreaterThan(250);
});

test.for(["end", "reset"] as const)(
  "a cut (%s) ends the connection, and a refusing edge lets no other in",
  async (how) => {
    const { proxy, socket, heard } = await throughProxy();
    socket.write("1");
    await until(() => heard() === "1");
    proxy.edge.set({ refuses: true });
    const closed = ended(socket);
    proxy.edge.cut(how);
    await closed;
    const next = connect(proxy.port, "127.0.0.1");
    next.on("error", () => next.destroy());
    await ended(next);
    expect(proxy.edge.connections.size).toBe(0);
  },
);

test("an edge that is taken stays so, though a fault of it ends, until it is given back", async () => {
  const { proxy, socket } = await throughProxy();
  const closed = ended(socket);
  proxy.edge.take();
  await closed;
  proxy.edge.heal();
  const next = connect(proxy.port, "127.0.0.1");
  next.on("error", () => next.destroy());
  await ended(next);
  proxy.edge.giveBack();
  const last = connect(proxy.port, "127.0.0.1");
  let heard = "";
  last.on("data", (chunk: Buffer) => {
    heard += chunk.toString("latin1");
  });
  last.write("hello");
  await until(() => heard === "hello");
  expect(heard).toBe("hello");
  last.destroy();
});

test("notifications that were held are told when the edge is healed, though nothing else comes", async () => {
  const { proxy, socket, heard } = await throughProxy({ readsFrames: true });
  proxy.edge.set({ wakeups: "hold" });
  socket.write(Buffer.concat([frame("A", "news"), frame("Z", "I")]));
  await until(() => heard().length > 0);
  expect(heard()).toBe(frame("Z", "I").toString("latin1"));
  proxy.edge.heal();
  await until(() => heard().includes("news"));
  expect(heard().endsWith(frame("A", "news").toString("latin1"))).toBe(true);
});

test.for([
  { wakeups: "pass", news: 1 },
  { wakeups: "drop", news: 0 },
  { wakeups: "repeat", news: 2 },
  { wakeups: "hold", news: 0 },
] as const)(
  "of notifications, $news come when they $wakeups, and all else comes as it is, however it is cut",
  ({ wakeups, news }) => {
    const sent = Buffer.concat([frame("D", "row one"), frame("A", "news"), frame("D", ""), frame("C", "done")]);
    const others = [frame("D", "row one"), frame("D", ""), frame("C", "done")];
    const expected = [others[0], ...Array.from({ length: news }, () => frame("A", "news")), others[1], others[2]];
    for (let size = 1; size <= sent.length; size += 1) {
      const filter = new FrameFilter();
      const out: Buffer[] = [];
      for (let at = 0; at < sent.length; at += size) out.push(...filter.push(sent.subarray(at, at + size), wakeups));
      expect(Buffer.concat(out)).toEqual(Buffer.concat(expected.flatMap((one) => one ?? [])));
      expect(Buffer.concat(filter.release("pass"))).toEqual(wakeups === "hold" ? frame("A", "news") : Buffer.alloc(0));
    }
  },
);
