import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { Connection, type Connections } from "./connections.ts";
import { addressOf, createSocketContext } from "./context.ts";
import { countRefusedRequest } from "./core/audit/refused-call.ts";
import type { AppServices } from "./core/context.ts";
import { networkOf } from "./core/networks.ts";
import { requireOwnPage, urlOf } from "./core/http.ts";
import type { OriginPolicy } from "./core/origins.ts";
import { CLOSE, LiveSocket } from "./live-socket.ts";
import { appRouter } from "./router.ts";
import { type Recognise, SocketCalls } from "./socket-calls.ts";

const MAX_FRAME_BYTES = 1 << 20;
/** A stock client that comes back sends all of its watches, and whatever waits, in one frame. */
const MAX_BATCH = 1_000;
/** How long a closing handshake may take. */
const CLOSING_MS = 1_000;

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
  const callOptions = { router: appRouter, maxBatchSize: MAX_BATCH };

  function accept(socket: LiveSocket, req: IncomingMessage, network: string | undefined): void {
    const connection = new Connection(socket, network);
    const calls = new SocketCalls(callOptions, socket, connection.flow);
    connections.add(connection);
    socket.open(req.socket, {
      take: (data, isBinary) => calls.take(data, isBinary),
      end: () => {
        calls.end();
        connections.delete(connection);
      },
    });
    calls.begin(recogniserOf(socket, req, connection), urlOf(req).searchParams.get("connectionParams") === "1");
  }

  /** Not within `accept`, whose closures would keep the request for as long as the socket is open. */
  function recogniserOf(socket: LiveSocket, req: IncomingMessage, connection: Connection): Recognise {
    return async (params) => {
      const context = await createSocketContext(app, req, params?.["token"], connection);
      socket.isRecognised = true;
      if (context.session && context.user) {
        connections.admit(connection, { id: context.session.id, userId: context.user.id });
      }
      return context;
    };
  }

  server.on("upgrade", (req, socket, head) => {
    socket.on("error", destroy);
    if (urlOf(req).pathname !== "/trpc") return refuseUpgrade(socket, "404 Not Found");
    const claim = app.sessions.tokenOf({ cookie: req.headers.cookie, authorization: undefined });
    try {
      requireOwnPage(req, origins, claim?.via, onRefusedOrigin);
    } catch {
      countRefusedRequest(app, "ORIGIN_REFUSED", { address: addressOf(app, req) });
      return refuseUpgrade(socket, "403 Forbidden");
    }
    const network = networkOf(addressOf(app, req));
    if (!connections.hasRoomFor(network)) return refuseUpgrade(socket, "429 Too Many Requests\r\nRetry-After: 5");
    wss.handleUpgrade(req, socket, head, (accepted) => accept(accepted, req, network));
  });

  return {
    async close() {
      for (const socket of wss.clients) socket.close(CLOSE.restart, "service restart");
      await new Promise<void>((resolve) => wss.close(() => resolve()));
    },
  };
}

function destroy(this: Duplex): void {
  this.destroy();
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
