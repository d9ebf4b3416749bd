import { createServer } from "node:http";
import { connect, type ConnectionOptions } from "../db/client.ts";
import { type Clock, systemClock } from "./core/clock.ts";
import type { AppServices } from "./core/context.ts";
import { createHousekeeping } from "./core/housekeeping.ts";
import { Hub } from "./core/live/hub.ts";
import type { Logger } from "./core/log.ts";
import type { OriginPolicy } from "./core/origins.ts";
import { inboxStream } from "./domains/home/live.ts";
import { createSessions } from "./domains/identity/lucia.ts";
import { createPasswords } from "./domains/identity/passwords.ts";
import { deleteExpiredInvitations } from "./domains/orgs/invitations.service.ts";
import { orgStream } from "./domains/orgs/live.ts";
import { boardStream } from "./domains/work/live.ts";
import { createFrontDoor } from "./front-door.ts";
import { serveSockets } from "./sockets.ts";

export interface AppConfig {
  readonly connection: ConnectionOptions;
  readonly poolSize: number;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Undefined: `http://localhost:<port>`. */
  readonly publicUrl?: string | undefined;
  readonly allowedOrigins?: readonly string[];
  readonly production?: boolean;
  readonly log: Logger;
  readonly clock?: Clock;
  /** How often the hub's safety net asks the database, in milliseconds. */
  readonly pollMs?: number;
  /** How long a watch is silent before it is told what the head is, in milliseconds. */
  readonly headEveryMs?: number;
}

export interface App {
  /** Where it listens, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly services: AppServices;
  /** Says not ready, finishes the calls in flight, closes sockets and the database. */
  close(): Promise<void>;
}

/** The services without a door: for callers, seeds and tests. */
export function createServices(
  config: Pick<AppConfig, "connection" | "poolSize" | "log" | "clock" | "pollMs" | "headEveryMs"> & { secure: boolean },
): { services: AppServices; close(): Promise<void> } {
  const { log, clock = systemClock, pollMs, headEveryMs } = config;
  const { db, losses, close } = connect(config.connection, { max: config.poolSize });
  const pace = { ...(pollMs === undefined ? {} : { pollMs }), ...(headEveryMs === undefined ? {} : { headEveryMs }) };
  const hub = new Hub({ db, losses, log, kinds: { board: boardStream, inbox: inboxStream, org: orgStream }, ...pace });
  const sessions = createSessions(db, clock, { secure: config.secure });
  const services = { db, clock, hub, log, sessions, passwords: createPasswords() };
  return {
    services,
    async close() {
      await hub.close();
      await close();
    },
  };
}

/** Starts Trestle on one port: HTTP and WebSocket. The database must be migrated. */
export async function createApp(config: AppConfig): Promise<App> {
  const server = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(config.port, config.host, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : config.port);
    });
  });
  const publicUrl = config.publicUrl ?? `http://localhost:${port}`;
  const { services, close: closeServices } = createServices({ ...config, secure: publicUrl.startsWith("https:") });
  const housekeeping = createHousekeeping(services, [deleteExpiredInvitations]);
  const origins: OriginPolicy = {
    publicUrl,
    allowedOrigins: config.allowedOrigins ?? [],
    allowLoopback: config.production !== true && isLoopback(config.host),
  };
  const onRefusedOrigin = createOriginLog(services.log);
  let draining = false;

  server.on("request", createFrontDoor({ app: services, origins, onRefusedOrigin, isDraining: () => draining }));
  const sockets = serveSockets(server, services, origins, onRefusedOrigin);

  return {
    url: `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`,
    services,
    async close() {
      draining = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await sockets.close();
      // Calls in flight finish; streams and idle connections do not end by themselves.
      const impatience = setTimeout(() => server.closeAllConnections(), 2_000);
      server.closeIdleConnections();
      await closed;
      clearTimeout(impatience);
      housekeeping.close();
      await closeServices();
    },
  };
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** Says once for each origin what to set if its pages are welcome. */
function createOriginLog(log: Logger): (origin: string) => void {
  const told = new Set<string>();
  return (origin) => {
    if (told.has(origin) || told.size > 100) return;
    told.add(origin);
    log.warn({ origin }, `refused a page of this origin; to let it in, add it to ALLOWED_ORIGINS`);
  };
}
