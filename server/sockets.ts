import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { WebSocket, WebSocketServer } from "ws";
import { Connection, type Connections } from "./connections.ts";
import { createSocketContext } from "./context.ts";
import type { AppServices } from "./core/context.ts";
import { requireOwnPage, urlOf } from "./core/http.ts";
import { encoder } from "./core/live/join.ts";
import type { OriginPolicy } from "./core/origins.ts";
import { LiveSocket } from "./live-socket.ts";
import { appRouter } from "./router.ts";

const MAX_FRAME_BYTES = 1 << 20;
/** A stock client that comes back sends all of its watches, and whatever waits, in one frame. */
const MAX_BATCH = 1_000;
/** A client that says nothing for so long is pinged, and closed when it then says nothing for twice as long. */
const SILENCE_MS = 30_000;
/** Who it is has to be known by then. */
const RECOGNITION_MS = 10_000;
/** How long a closing handshake may take. */
const CLOSING_MS = 1_000;

/** Close codes: RFC 6455 and the IANA registry. */
const CLOSE = { restart: 1012, tryAgainLater: 1013, sessionEnded: 1008 } as const;
const RECONNECT = JSON.stringify({ id: null, method: "reconnect" });

export interface Sockets {
  /** Closes all that are open. */
  close(): Promise<void>;
}

export interface SocketsOptions {
  readonly app: AppServices;
  readonly connections: Connections;
  readonly origins: OriginPolicy;
  readonly onRefusedOrigin: (origin: string) => void;
}

/** Serves the router's WebSocket side on `/trpc` of an HTTP server. */
export function serveSockets(server: Server, { app, connections, origins, onRefusedOrigin }: SocketsOptions): Sockets {
  // Its types do not know closeTimeout.
  const options = {
    noServer: true,
    WebSocket: LiveSocket,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    closeTimeout: CLOSING_MS,
  };
  const wss = new WebSocketServer(options);
  const connectionOf = new WeakMap<object, Connection>();
  applyWSSHandler({
    wss,
    router: appRouter,
    maxBatchSize: MAX_BATCH,
    experimental_encoder: encoder,
    createContext: async ({ req, res: socket, info }) => {
      const connection = connectionOf.get(socket) ?? connect(socket, req);
      const context = await createSocketContext(app, req, info.connectionParams?.["token"], connection);
      connection.isRecognised = true;
      if (context.session && context.user) {
        connections.admit(connection, { id: context.session.id, userId: context.user.id });
      }
      return context;
    },
  });

  function connect(socket: WebSocket, req: IncomingMessage): Connection {
    const heard = listenFor(socket);
    const wire = socket instanceof LiveSocket ? socket.plug(req.socket) : undefined;
    const line = {
      waitingBytes: () => socket.bufferedAmount,
      takenBytes: () => req.socket.bytesWritten - req.socket.writableLength,
      isDead: () => heard.isDead() || (!connection.isRecognised && heard.ageMs() > RECOGNITION_MS),
      // The stock client dials anew, moves its watches there, and closes this one itself.
      dialAgain: () => socket.readyState === WebSocket.OPEN && socket.send(RECONNECT),
      tryAgainLater: () => socket.close(CLOSE.tryAgainLater, "try again later"),
      endSession: () => socket.close(CLOSE.sessionEnded, "session ended"),
      cut: () => socket.terminate(),
    };
    const connection = new Connection(line, wire);
    if (wire) wire.onTaken = () => connection.flow.drained();
    connectionOf.set(socket, connection);
    connections.add(connection);
    socket.once("close", () => connections.delete(connection));
    return connection;
  }

  server.on("upgrade", (req, socket, head) => {
    socket.on("error", () => socket.destroy());
    if (urlOf(req).pathname !== "/trpc") return refuseUpgrade(socket, "404 Not Found");
    const claim = app.sessions.tokenOf({ cookie: req.headers.cookie, authorization: undefined });
    try {
      requireOwnPage(req, origins, claim?.via, onRefusedOrigin);
    } catch {
      return refuseUpgrade(socket, "403 Forbidden");
    }
    wss.handleUpgrade(req, socket, head, (accepted) => {
      connect(accepted, req);
      lighten(req);
      wss.emit("connection", accepted, req);
    });
  });

  return {
    async close() {
      for (const socket of wss.clients) socket.close(CLOSE.restart, "service restart");
      await new Promise<void>((resolve) => wss.close(() => resolve()));
    },
  };
}

/** Watches for signs of life: whoever is silent is pinged, at the level below tRPC's messages. */
function listenFor(socket: WebSocket): { isDead: () => boolean; ageMs: () => number } {
  const openedAt = performance.now();
  let heardAt = openedAt;
  let isPinged = false;
  const heard = () => {
    heardAt = performance.now();
    isPinged = false;
  };
  socket.on("message", heard).on("ping", heard).on("pong", heard);
  return {
    ageMs: () => performance.now() - openedAt,
    isDead: () => {
      const silentMs = performance.now() - heardAt;
      if (silentMs > SILENCE_MS && !isPinged && socket.readyState === WebSocket.OPEN) {
        isPinged = true;
        socket.ping();
      }
      return silentMs > 3 * SILENCE_MS;
    },
  };
}

/** tRPC keeps the request for as long as its socket is open: leaves of it what is still asked for. */
function lighten(req: IncomingMessage): void {
  const { host, cookie, "user-agent": userAgent } = req.headers;
  req.headers = { host, cookie, "user-agent": userAgent };
  req.rawHeaders = [];
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
