import { once } from "node:events";
import { feathers, type RealTimeConnection } from "@feathersjs/feathers";
import { koa } from "@feathersjs/koa";
import socketio from "@feathersjs/socketio";
import { Server as SocketIo, type ServerOptions } from "socket.io";
import { type WebSocket, WebSocketServer } from "ws";
import type { LogEvent } from "../../server/core/event-log.ts";
import { toEvent } from "../../server/core/live/frames.ts";
import type { Bench } from "./bench.ts";
import { addresses, listen, type Running } from "./running.ts";

const SOCKET_IO = "/socket.io/?EIO=4&transport=websocket";
const OPTIONS: Partial<ServerOptions> = { transports: ["websocket"] };

/** The least that a WebSocket server in Node can be: takes sockets, and sends every one the same bytes. */
export async function openBare(bench: Bench): Promise<Running> {
  const server = await listen(bench);
  const sockets = new Set<WebSocket>();
  new WebSocketServer({ server, perMessageDeflate: false }).on("connection", (socket) => sockets.add(socket));
  return {
    ...addresses(server),
    tell(_, frames) {
      for (const bytes of frames) for (const socket of sockets) socket.send(bytes, { binary: false });
    },
  };
}

/** A room of Socket.IO: https://socket.io/docs/v4/rooms/ */
export async function openSocketIo(bench: Bench): Promise<Running> {
  const server = await listen(bench);
  const io = new SocketIo(server, OPTIONS);
  io.on("connection", (socket) => socket.join("board"));
  return {
    ...addresses(server, SOCKET_IO),
    tell(events) {
      for (const event of events) io.to("board").emit("event", toPeerEvent(event));
    },
  };
}

/** A channel of Feathers over Socket.IO, and a service whose events are published there: https://feathersjs.com/api/channels.html */
export async function openFeathers(bench: Bench): Promise<Running> {
  const app = koa(feathers<{ moves: { create(data: PeerEvent): Promise<PeerEvent> } }>());
  app.configure(socketio(OPTIONS));
  app.use("moves", { create: async (data: PeerEvent) => data });
  app.on("connection", (connection: RealTimeConnection) => app.channel("board").join(connection));
  app.service("moves").publish(() => app.channel("board"));
  const server = await bench.own(
    () => app.listen(0, "127.0.0.1"),
    (opened) => {
      opened.close();
      opened.closeAllConnections();
    },
  );
  if (!server.listening) await once(server, "listening");
  return {
    ...addresses(server, SOCKET_IO),
    tell(events) {
      for (const event of events) void app.service("moves").create(toPeerEvent(event));
    },
  };
}

interface PeerEvent {
  readonly id: string;
  readonly data: object;
}

/** An event with its cursor, as others would have it. */
export function toPeerEvent(event: LogEvent): PeerEvent {
  return { id: `${event.version}.${event.nonce}`, data: toEvent<object>(event) };
}
