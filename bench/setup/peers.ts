import { EventEmitter, on, once } from "node:events";
import { createServer, type Server } from "node:http";
import { initTRPC, tracked } from "@trpc/server";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { Server as SocketIo } from "socket.io";
import superjson from "superjson";
import { type WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import type { Bench } from "./bench.ts";

/** What fan-out is held against: a server that sends every socket the same. */
export interface Peer<Event> {
  readonly url: string;
  broadcast(events: readonly Event[]): void;
}

/** An event with its cursor, as stock servers would have it. */
export interface PeerEvent {
  readonly id: string;
  readonly data: object;
}

/** The least that a WebSocket server in Node can be: takes sockets, and sends every one the same bytes. */
export async function openBare(bench: Bench): Promise<Peer<Buffer>> {
  const server = await listen(bench);
  const sockets = new Set<WebSocket>();
  new WebSocketServer({ server, perMessageDeflate: false }).on("connection", (socket) => sockets.add(socket));
  return {
    url: urlOf(server),
    broadcast(frames) {
      for (const bytes of frames) for (const socket of sockets) socket.send(bytes, { binary: false });
    },
  };
}

/** A room of Socket.IO: https://socket.io/docs/v4/rooms/ */
export async function openSocketIo(bench: Bench): Promise<Peer<PeerEvent>> {
  const server = await listen(bench);
  const io = new SocketIo(server, { transports: ["websocket"] });
  io.on("connection", (socket) => socket.join("board"));
  return {
    url: `${urlOf(server)}/socket.io/?EIO=4&transport=websocket`,
    broadcast(events) {
      for (const event of events) io.to("board").emit("event", event);
    },
  };
}

/** A subscription as tRPC's pages have it: https://trpc.io/docs/server/subscriptions */
export async function openStock(bench: Bench): Promise<Peer<PeerEvent>> {
  const server = await listen(bench);
  const emitter = new EventEmitter().setMaxListeners(0);
  const t = initTRPC.create({ transformer: superjson });
  const router = t.router({
    live: t.procedure.input(z.null()).subscription(async function* ({ signal }) {
      for await (const [event] of on(emitter, "event", signal ? { signal } : {})) {
        const { id, data } = Event.parse(event);
        yield tracked(id, data);
      }
    }),
  });
  const wss = new WebSocketServer({ server });
  applyWSSHandler({ wss, router, keepAlive: { enabled: true } });
  return {
    url: urlOf(server),
    broadcast(events) {
      for (const event of events) emitter.emit("event", event);
    },
  };
}
const Event = z.custom<PeerEvent>((value) => typeof value === "object" && value !== null);

async function listen(bench: Bench): Promise<Server> {
  const server = await bench.own(
    () => createServer(),
    (opened) => {
      opened.close();
      opened.closeAllConnections();
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function urlOf(server: Server): string {
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("a server that listens has an address");
  return `ws://127.0.0.1:${address.port}`;
}
