import type { Server } from "node:http";
import { connect, type ConnectionOptions } from "../db/client.ts";
import { CallLimits, type CallRate, deleteOldUse } from "./core/call-limits.ts";
import { type Clock, systemClock } from "./core/clock.ts";
import { AuditLog } from "./core/audit/audit-log.ts";
import { createAuditKeys } from "./core/audit/keys.ts";
import { Batches } from "./core/batches.ts";
import type { FoundAtBoard, FoundInOrg } from "./core/access.ts";
import type { AppServices } from "./core/context.ts";
import { pause } from "./core/faults.ts";
import { Encryption } from "./core/encryption/encryption.ts";
import type { RootKeys } from "./core/encryption/root-keys.ts";
import { reencryptWorker, tidyRetiredKeys } from "./core/encryption/rotation.ts";
import { Files, type FilesConfig } from "./core/files/files.ts";
import { createHousekeeping } from "./core/housekeeping.ts";
import { Jobs } from "./core/jobs.ts";
import type { ProviderConfig } from "./core/identity-providers.ts";
import type { MailTransport } from "./core/mail/message.ts";
import { deleteOldMails, mailWorker } from "./core/mail/outbox.ts";
import { Hub } from "./core/live/hub.ts";
import { postgresWakeUps } from "./core/live/postgres-wake-ups.ts";
import { PlainReads } from "./core/plain-reads.ts";
import { Tenants } from "./core/tenants.ts";
import { LogReader } from "./core/log-reader.ts";
import { createStreamLog } from "./core/live/stream-log.ts";
import { Load } from "./core/load.ts";
import type { Logger } from "./core/log.ts";
import type { OriginPolicy } from "./core/origins.ts";
import { createProxies } from "./core/proxies.ts";
import { deleteOldTries } from "./core/try-budget.ts";
import { importWorker } from "./domains/work/imports/import-operation.ts";
import { forgetOldImports } from "./domains/work/imports/import-rows.service.ts";
import { occurrencesWorker, watchRecurrences } from "./domains/work/occurrences.service.ts";
import { forgetOldRuns, watchRules } from "./domains/automation/clock.ts";
import { automation } from "./domains/automation/note-runs.ts";
import { rulesWorker } from "./domains/automation/run-rules.ts";
import { flow } from "./domains/insight/flow.ts";
import { purgeOldTrash } from "./domains/work/purge.service.ts";
import { blockersWorker } from "./domains/work/blockers.service.ts";
import { eraseWorker } from "./domains/home/account-erasure.ts";
import { nameWorker } from "./domains/home/account-name.ts";
import { inboxStream } from "./domains/home/live.ts";
import { forgetOldNotifications } from "./domains/home/notifications.service.ts";
import { tidyOperations } from "./domains/home/operations.service.ts";
import { notifications } from "./domains/home/notify.ts";
import { DIGEST, watchDigests } from "./domains/home/digest-mail.ts";
import { watchDueDates } from "./domains/home/remind.ts";
import { createSessions } from "./domains/identity/lucia.ts";
import { deleteExpiredProofs, IDENTITY_MAILS } from "./domains/identity/mails.ts";
import { forgetOldDevices } from "./domains/identity/known-devices.ts";
import { createProvider } from "./domains/identity/oidc-client.ts";
import { createPasswords } from "./domains/identity/passwords.ts";
import { deleteExpiredTrips } from "./domains/identity/provider-trips.ts";
import { onSessionsEnded } from "./domains/identity/session-end.ts";
import { createTryBudgets } from "./domains/identity/tries.service.ts";
import { deleteExpiredInvitations } from "./domains/orgs/invitations.service.ts";
import { orgStream } from "./domains/orgs/live.ts";
import { watchDemands } from "./domains/orgs/second-factor.service.ts";
import { deleteUnreferencedFiles } from "./domains/work/attachments.service.ts";
import { archiveExportWorker } from "./domains/work/archives/export-archive.ts";
import { archiveImportWorker } from "./domains/work/archives/import-archive.ts";
import { boardStream } from "./domains/work/live.ts";
import { createBoardSnapshots } from "./domains/work/opening.ts";
import { BoardPresence } from "./domains/work/presence.ts";
import { thumbnailWorker } from "./domains/work/thumbnails.ts";
import { Connections } from "./connections.ts";
import { createFrontDoor } from "./front-door.ts";
import { appRouter } from "./router.ts";
import { RecentSessions } from "./recent-sessions.ts";
import { serveSockets } from "./sockets.ts";
import { type CertificateFiles, createHttpServer } from "./tls.ts";
import { WebPage } from "./web-page.ts";

export interface AppConfig {
  readonly connection: ConnectionOptions;
  readonly poolSize: number;
  /** What fields are encrypted by in the end: the same in every process. */
  readonly rootKeys: RootKeys;
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
  /** Whom else people may sign in by. */
  readonly providers?: readonly ProviderConfig[];
  /** The addresses and networks of our own proxies. */
  readonly trustedProxies?: readonly string[];
  readonly production?: boolean;
  /** Where the page was built; undefined, or nothing there: the server says at `/` that there is none. */
  readonly pageFolder?: string | undefined;
  /** What each account and address may call; undefined: as much as they like. */
  readonly callRate?: CallRate | undefined;
  /** Where files are, and which may come; undefined: none. */
  readonly files?: FilesConfig | undefined;
  /** How late the event loop may come, again and again, before what can wait is refused, in milliseconds; 0: however late. */
  readonly shedAtLagMs?: number;
  /** How long a connection that nothing is asked on stays open, in milliseconds. */
  readonly keepAliveMs?: number;
  readonly log: Logger;
  readonly clock?: Clock;
  /** How often the hub's safety net asks the database, in milliseconds. */
  readonly pollMs?: number;
  /** How long a watch is silent before it is told what the head is, in milliseconds. */
  readonly headEveryMs?: number;
  /** How often what is new in the audit log is put into blocks. */
  readonly auditSealMs?: number | undefined;
  /** Tells other processes of this one's commits; false: they learn by their polls alone. */
  readonly wakeUps?: boolean;
  /** How mail leaves; undefined: this process does no jobs and tells nobody of what is in the log: others do. */
  readonly mail?: MailTransport;
  /** How often it looks for jobs whose process has ended, in seconds. */
  readonly jobCheckSeconds?: number;
  /** How often it looks for jobs of other processes, in seconds. */
  readonly jobPollSeconds?: number;
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

/** How often the log is read on for those who are told of what is in it. */
const READ_EVERY_MS = 500;
/** How long a stop waits for calls in flight. */
const CALLS_MS = 3_000;
/** Longer than any statement may wait for a lock: a connection that is silent for so long is lost. */
const SILENCE_MS = 12_000;
/** Nobody waits longer for a connection to the database. */
const POOL_WAIT_MS = 5_000;

/** The services without a door: for callers, seeds and tests. */
export function createServices(
  config: Pick<
    AppConfig,
    | "connection"
    | "poolSize"
    | "rootKeys"
    | "log"
    | "clock"
    | "pollMs"
    | "headEveryMs"
    | "auditSealMs"
    | "wakeUps"
    | "jobCheckSeconds"
    | "jobPollSeconds"
    | "callRate"
    | "files"
    | "shedAtLagMs"
  > & {
    secure: boolean;
    publicUrl?: string | undefined;
    origins?: OriginPolicy;
    trustedProxies?: readonly string[];
    signUp?: AppServices["signUp"];
    providers?: readonly ProviderConfig[];
  },
): { services: AppServices; close(): Promise<void> } {
  const { log, clock = systemClock, pollMs, headEveryMs, connection, rootKeys } = config;
  const { db, losses, close } = connect(connection, {
    max: config.poolSize,
    silenceMs: SILENCE_MS,
    waitMs: POOL_WAIT_MS,
  });
  const streamLog = createStreamLog(db, losses, { board: boardStream, inbox: inboxStream, org: orgStream });
  const wakeUps = config.wakeUps === false ? undefined : postgresWakeUps(connection, log);
  const hub = new Hub({ streamLog, log, wakeUps, pollMs, headEveryMs });
  const keyConnection = connect(connection, { max: 1, silenceMs: SILENCE_MS });
  const encryption = new Encryption({ db: keyConnection.db, clock, log, rootKeys });
  const sessions = createSessions({ db, clock, encryption }, { secure: config.secure });
  const tenants = new Tenants();
  const audit = new AuditLog({ db, clock, log, keys: createAuditKeys(rootKeys), sealMs: config.auditSealMs });
  const { jobCheckSeconds: checkSeconds, jobPollSeconds: pollSeconds } = config;
  const jobs = new Jobs({ connection, log, checkSeconds, pollSeconds });
  const batches = new Batches({ db, clock, hub, audit, tenants, jobs });
  const logReader = new LogReader(
    { db, clock, hub, audit, tenants, jobs, log },
    { consumers: [flow, notifications, automation], losses },
  );
  const boardSnapshots = createBoardSnapshots(db);
  const presence = new BoardPresence(db, log);
  const publicUrl = (config.publicUrl ?? "http://localhost:3000").replace(/\/+$/u, "");
  const passwords = createPasswords();
  const proxies = createProxies(config.trustedProxies ?? []);
  const tries = createTryBudgets(db);
  const calls = new CallLimits(db, config.callRate);
  const load = new Load(config.shedAtLagMs ?? 0);
  const providers = (config.providers ?? []).map((each) => createProvider(each, { publicUrl, log }));
  const files = new Files({ db, clock, log }, config.files);
  const { signUp = "open", origins = { publicUrl, allowedOrigins: [], allowLoopback: false } } = config;
  const keys = { rootKeys, encryption };
  const core = { db, clock, audit, hub, tenants, batches, logReader, jobs, log, ...keys, files, calls, load };
  const people = { sessions, passwords, providers, proxies, tries, signUp };
  const reads = {
    orgReads: new PlainReads<FoundInOrg>(),
    boardReads: new PlainReads<FoundAtBoard>(),
    boardSnapshots,
    presence,
  };
  const services = { ...core, ...people, ...reads, publicUrl, origins };
  return {
    services,
    async close() {
      await jobs.close();
      await presence.close();
      await logReader.close();
      await audit.close();
      await hub.close();
      files.close();
      load.close();
      await calls.close();
      await close();
      await keyConnection.close();
    },
  };
}

/** Starts Trestle on one port: HTTP and WebSocket. The database must be migrated. */
export async function createApp(config: AppConfig): Promise<App> {
  const { log, certificate, certificateCheckMs: checkMs } = config;
  const server = await createHttpServer(certificate, { log, checkMs });
  if (config.keepAliveMs !== undefined) server.keepAliveTimeout = config.keepAliveMs;
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
  const origins: OriginPolicy = {
    publicUrl,
    allowedOrigins: config.allowedOrigins ?? [],
    allowLoopback: config.production !== true && isLoopback(config.host),
  };
  const { services, close: closeServices } = createServices({
    ...config,
    publicUrl,
    origins,
    secure: publicUrl.startsWith("https:"),
  });
  services.audit.start();
  const housekeeping = createHousekeeping(services, [
    deleteExpiredInvitations,
    purgeOldTrash,
    deleteExpiredProofs,
    deleteExpiredTrips,
    deleteOldMails,
    tidyRetiredKeys,
    deleteOldTries,
    deleteOldUse,
    forgetOldDevices,
    deleteUnreferencedFiles,
    forgetOldNotifications,
    forgetOldRuns,
    forgetOldImports,
    tidyOperations,
  ]);
  const demands = watchDemands(services);
  const { mail } = config;
  const watchers: { close(): Promise<void> }[] = [];
  if (mail) {
    const workers = [
      mailWorker(services, mail, [...IDENTITY_MAILS, DIGEST]),
      reencryptWorker(services),
      eraseWorker(services),
      nameWorker(services),
      thumbnailWorker(services),
      blockersWorker(services),
      occurrencesWorker(services),
      rulesWorker(services),
      archiveExportWorker(services),
      archiveImportWorker(services),
      importWorker(services),
    ];
    void services.jobs.start(workers);
    services.logReader.start(READ_EVERY_MS);
    watchers.push(watchDueDates(services), watchDigests(services), watchRecurrences(services), watchRules(services));
  }
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
      page: config.pageFolder === undefined ? undefined : await WebPage.read(config.pageFolder),
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
      demands.close();
      await Promise.all(watchers.map((watcher) => watcher.close()));
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
