import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { LogEvent } from "../../server/core/event-log.ts";
import type { Bench } from "./bench.ts";
import type { Opened } from "./server.contract.ts";
import type { Connection } from "./world.ts";

export interface ServerOptions {
  readonly connection: Connection;
  /** Nobody but `tell` tells of events: no poll may look for them in the database. */
  readonly isQuiet: boolean;
}

/** A server that is up, and how it tells all who watch a board of events. */
export interface Running extends Opened {
  tell?(events: readonly LogEvent[], frames: readonly Buffer[]): void;
}

/** A plain HTTP server on a free port, which ends with the bench. */
export async function listen(bench: Bench, listener?: RequestListener): Promise<Server> {
  const server = await bench.own(
    () => createServer(listener),
    (opened) => {
      opened.close();
      opened.closeAllConnections();
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** Its addresses. */
export function addresses(server: Server, path = ""): Opened {
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("a server that listens has an address");
  const place = `127.0.0.1:${address.port}${path}`;
  return { url: `http://${place}`, socketUrl: `ws://${place}` };
}
