import type { Server } from "node:http";
import type { Duplex } from "node:stream";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { type WebSocket, WebSocketServer } from "ws";
import { createSocketContext } from "./context.ts";
import type { AppServices, ConnectionContext } from "./core/context.ts";
import { requireOwnPage, urlOf } from "./core/http.ts";
import type { OriginPolicy } from "./core/origins.ts";
import { appRouter } from "./router.ts";

const MAX_FRAME_BYTES = 1 << 20;
/** A stock client that comes back sends all of its watches, and whatever waits, in one frame. */
const MAX_BATCH = 1_000;

/** Close codes: RFC 6455 and the IANA registry. */
const CLOSE = { restart: 1012, tryAgainLater: 1013, sessionEnded: 1008 } as const;

export interface Sockets {
  /** Asks all clients to dial again, then closes what is left. */
  close(): Promise<void>;
}

/** Serves the router's WebSocket side on `/trpc` of an HTTP server. */
export function serveSockets(
  server: Server,
  app: AppServices,
  origins: OriginPolicy,
  onRefusedOrigin: (origin: string) => void,
): Sockets {
  const wss = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false });
  const socketsOf = new Map<string, Set<WebSocket>>();

  const handler = applyWSSHandler({
    wss,
    router: appRouter,
    maxBatchSize: MAX_BATCH,
    keepAlive: { enabled: true, pingMs: 30_000, pongWaitMs: 10_000 },
    createContext: async ({ req, res: socket, info }) => {
      const connection: ConnectionContext = {
        subscriptions: 0,
        tryAgainLater: () => socket.close(CLOSE.tryAgainLater, "try again later"),
      };
      const context = await createSocketContext(app, req, info.connectionParams?.["token"], connection);
      if (context.session) remember(context.session.id, socket);
      return context;
    },
  });

  function remember(sessionId: string, socket: WebSocket): void {
    const sockets = socketsOf.get(sessionId) ?? new Set();
    socketsOf.set(sessionId, sockets.add(socket));
    socket.once("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0) socketsOf.delete(sessionId);
    });
  }

  app.sessions.onEnded((sessionIds) => {
    const ended = sessionIds.flatMap((id) => [...(socketsOf.get(id) ?? [])]);
    // After this turn: the call that ended the session may have come by one of them, and still has to be answered.
    setImmediate(() => {
      for (const socket of ended) socket.close(CLOSE.sessionEnded, "session ended");
    });
  });

  server.on("upgrade", (req, socket, head) => {
    socket.on("error", () => socket.destroy());
    if (urlOf(req).pathname !== "/trpc") return refuseUpgrade(socket, "404 Not Found");
    const claim = app.sessions.tokenOf({ cookie: req.headers.cookie, authorization: undefined });
    try {
      requireOwnPage(req, origins, claim?.via, onRefusedOrigin);
    } catch {
      return refuseUpgrade(socket, "403 Forbidden");
    }
    wss.handleUpgrade(req, socket, head, (accepted) => wss.emit("connection", accepted, req));
  });

  return {
    async close() {
      handler.broadcastReconnectNotification();
      for (const socket of wss.clients) socket.close(CLOSE.restart, "service restart");
      const gone = new Promise<void>((resolve) => wss.close(() => resolve()));
      const impatience = setTimeout(() => {
        for (const socket of wss.clients) socket.terminate();
      }, 1_000);
      await gone;
      clearTimeout(impatience);
    },
  };
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
