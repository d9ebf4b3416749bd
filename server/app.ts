import type { Server } from "node:http";
import { connect, type ConnectionOptions } from "../db/client.ts";
import { type Clock, systemClock } from "./core/clock.ts";
import { Batches } from "./core/batches.ts";
import type { AppServices } from "./core/context.ts";
import { pause } from "./core/faults.ts";
import { createHousekeeping } from "./core/housekeeping.ts";
import { Jobs } from "./core/jobs.ts";
import type { MailTransport } from "./core/mail/message.ts";
import { deleteOldMails, mailWorker } from "./core/mail/outbox.ts";
import { Hub } from "./core/live/hub.ts";
import { postgresWakeUps } from "./core/live/postgres-wake-ups.ts";
import { Tenants } from "./core/tenants.ts";
import { createStreamLog } from "./core/live/stream-log.ts";
import type { Logger } from "./core/log.ts";
import type { OriginPolicy } from "./core/origins.ts";
import { createProxies } from "./core/proxies.ts";
import { inboxStream } from "./domains/home/live.ts";
import { createSessions } from "./domains/identity/lucia.ts";
import { deleteExpiredProofs, IDENTITY_MAILS } from "./domains/identity/mails.ts";
import { createPasswords } from "./domains/identity/passwords.ts";
import { onSessionsEnded } from "./domains/identity/session-end.ts";
import { deleteExpiredInvitations } from "./domains/orgs/invitations.service.ts";
import { orgStream } from "./domains/orgs/live.ts";
import { boardStream } from "./domains/work/live.ts";
import { createBoardSnapshots } from "./domains/work/opening.ts";
import { Connections } from "./connections.ts";
import { createFrontDoor } from "./front-door.ts";
import { appRouter } from "./router.ts";
import { RecentSessions } from "./recent-sessions.ts";
import { serveSockets } from "./sockets.ts";
import { type CertificateFiles, createHttpServer } from "./tls.ts";

export interface AppConfig {
  readonly connection: ConnectionOptions;
  readonly poolSize: number;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Serves HTTPS and WSS by this certificate. */
  readonly certificate?: CertificateFiles | undefined;
  /** How often a renewed certificate is looked for, in milliseconds. */
  readonly certificateCheckMs?: number;
  /** Undefined: `http://localhost:<port>`, or https. */
  readonly publicUrl?: string | undefined;
  readonly allowedOrigins?: readonly string[];
  readonly signUp?: AppServices["signUp"];
  /** The addresses and networks of our own proxies. */
  readonly trustedProxies?: readonly string[];
  readonly production?: boolean;
  readonly log: Logger;
  readonly clock?: Clock;
  /** How often the hub's safety net asks the database, in milliseconds. */
  readonly pollMs?: number;
  /** How long a watch is silent before it is told what the head is, in milliseconds. */
  readonly headEveryMs?: number;
  /** Tells other processes of this one's commits; false: they learn by their polls alone. */
  readonly wakeUps?: boolean;
  /** How mail leaves; undefined: what is queued waits for a process that knows. */
  readonly mail?: MailTransport;
  /** How often it looks for jobs whose process has ended, in seconds. */
  readonly jobCheckSeconds?: number;
  /** How long it goes on taking calls after it said that it is not ready, in milliseconds. */
  readonly drainGraceMs?: number;
}

export interface App {
  /** Where it listens, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly services: AppServices;
  /** Says not ready, finishes the calls in flight, closes sockets and the database. */
  close(): Promise<void>;
}

/** How long a stop waits for calls in flight. */
const CALLS_MS = 3_000;
/** Longer than any statement may wait for a lock: a connection that is silent for so long is lost. */
const SILENCE_MS = 12_000;

/** The services without a door: for callers, seeds and tests. */
export function createServices(
  config: Pick<
    AppConfig,
    "connection" | "poolSize" | "log" | "clock" | "pollMs" | "headEveryMs" | "wakeUps" | "jobCheckSeconds"
  > & {
    secure: boolean;
    publicUrl?: string | undefined;
    trustedProxies?: readonly string[];
    signUp?: AppServices["signUp"];
  },
): { services: AppServices; close(): Promise<void> } {
  const { log, clock = systemClock, pollMs, headEveryMs, connection } = config;
  const { db, losses, close } = connect(connection, { max: config.poolSize, silenceMs: SILENCE_MS });
  const streamLog = createStreamLog(db, losses, { board: boardStream, inbox: inboxStream, org: orgStream });
  const wakeUps = config.wakeUps === false ? undefined : postgresWakeUps(connection, log);
  const hub = new Hub({ streamLog, log, wakeUps, pollMs, headEveryMs });
  const sessions = createSessions(db, clock, { secure: config.secure });
  const tenants = new Tenants();
  const batches = new Batches({ db, clock, hub, tenants });
  const boardSnapshots = createBoardSnapshots(db);
  const jobs = new Jobs({ connection, log, checkSeconds: config.jobCheckSeconds });
  const publicUrl = (config.publicUrl ?? "http://localhost:3000").replace(/\/+$/u, "");
  const passwords = createPasswords();
  const proxies = createProxies(config.trustedProxies ?? []);
  const { signUp = "open" } = config;
  const core = { db, clock, hub, tenants, batches, jobs, log };
  const services = { ...core, sessions, passwords, proxies, signUp, publicUrl, boardSnapshots };
  return {
    services,
    async close() {
      await jobs.close();
      await hub.close();
      await close();
    },
  };
}

/** Starts Trestle on one port: HTTP and WebSocket. The database must be migrated. */
export async function createApp(config: AppConfig): Promise<App> {
  const { log, certificate, certificateCheckMs: checkMs } = config;
  const server = await createHttpServer(certificate, { log, checkMs });
  const scheme = certificate ? "https" : "http";
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(config.port, config.host, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : config.port);
    });
  });
  const publicUrl = config.publicUrl ?? `${scheme}://localhost:${port}`;
  const { services, close: closeServices } = createServices({
    ...config,
    publicUrl,
    secure: publicUrl.startsWith("https:"),
  });
  const housekeeping = createHousekeeping(services, [deleteExpiredInvitations, deleteExpiredProofs, deleteOldMails]);
  if (config.mail) void services.jobs.start([mailWorker(services, config.mail, IDENTITY_MAILS)]);
  const origins: OriginPolicy = {
    publicUrl,
    allowedOrigins: config.allowedOrigins ?? [],
    allowLoopback: config.production !== true && isLoopback(config.host),
  };
  const onRefusedOrigin = createOriginLog(services.log);
  let draining = false;

  const connections = new Connections(services);
  const recentSessions = new RecentSessions(services);
  onSessionsEnded(services, (userId) => {
    recentSessions.forget(userId);
    void connections.validate(userId);
  });
  const isDraining = () => draining;
  server.on(
    "request",
    createFrontDoor({
      app: services,
      router: appRouter,
      connections,
      recentSessions,
      origins,
      onRefusedOrigin,
      isDraining,
    }),
  );
  const sockets = serveSockets(server, { app: services, connections, origins, onRefusedOrigin });

  return {
    url: `${scheme}://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`,
    services,
    async close() {
      draining = true;
      await pause(config.drainGraceMs ?? 0);
      await services.jobs.rest();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await connections.dialAgain();
      await sockets.close();
      await endCalls(server, closed);
      connections.close();
      housekeeping.close();
      await closeServices();
    },
  };
}

/** Lets the calls in flight finish; connections that are kept for later ones do not end by themselves. */
async function endCalls(server: Server, closed: Promise<void>): Promise<void> {
  const tidying = setInterval(() => server.closeIdleConnections(), 50);
  const impatience = setTimeout(() => server.closeAllConnections(), CALLS_MS);
  await closed;
  clearInterval(tidying);
  clearTimeout(impatience);
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
