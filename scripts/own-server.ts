import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddedPostgresError } from "../db/embedded.ts";
import { createApp } from "../server/app.ts";
import { createLogger } from "../server/core/log.ts";
import { folderTransport } from "../server/core/mail/folder.ts";
import { toSender } from "../server/core/mail/message.ts";
import { ConfigurationError, isUnderNpm, readEnv, readServerUrl } from "../server/env.ts";
import { newRootKeys } from "../server/root-keys.ts";
import { openDatabase, StartError } from "../server/start.ts";

/** A server that cannot be used, with one sentence for whoever wanted to. */
export class ServerError extends Error {}

/** One that was made for a program, and is gone with it. */
export interface OwnServer {
  readonly url: string;
  /** Has the mail that it sent, a file each, if it does jobs. */
  readonly mailFolder: string;
  close(): Promise<void>;
}

interface OwnServerOptions {
  /** Undefined: one that is free. */
  port?: number;
  /** Sends mail, and does whatever else is done later, too. */
  doesJobs?: boolean;
}

export interface ServerInUse {
  readonly url: string;
  /** Made for this program, and gone with it. */
  readonly own: boolean;
  close(): Promise<void>;
}

const HEALTH_MS = 5_000;

/** The server that TRESTLE_URL names, or one of this program's own. */
export async function openServer(say: (sentence: string) => void): Promise<ServerInUse> {
  const url = readServerUrl();
  if (url !== undefined) {
    await requireTrestle(url);
    return { url, own: false, close: async () => {} };
  }
  say("Starting a server of its own in a temporary directory.");
  const { close, url: ownUrl } = await openOwnServer(say);
  return { url: ownUrl, own: true, close };
}

/**
 * An embedded Postgres in a temporary directory, and the app on a port of loopback. Closing it removes all of it; Ctrl-C
 * does, too.
 */
export async function openOwnServer(
  say: (sentence: string) => void,
  { port = 0, doesJobs = false }: OwnServerOptions = {},
): Promise<OwnServer> {
  const { LOG_LEVEL, MAIL_FROM } = readEnv();
  const closers: (() => Promise<void>)[] = [];
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= closeAll(closers));
  const stopWatchingSignals = closeOnSignals(close);
  closers.push(async () => stopWatchingSignals());
  try {
    const directory = await mkdtemp(join(tmpdir(), "trestle-"));
    closers.push(() => rm(directory, { recursive: true, force: true }));
    const database = await openDatabase(
      { DATABASE_URL: undefined, MIGRATION_DATABASE_URL: undefined, DATA_DIR: directory, NODE_ENV: "development" },
      say,
    );
    closers.push(() => database.close());
    const mailFolder = join(directory, "mail");
    const app = await createApp({
      connection: database.connection,
      poolSize: 10,
      rootKeys: newRootKeys(),
      pageFolder: join(import.meta.dirname, "../web/dist"),
      host: "127.0.0.1",
      port,
      files: {
        folder: join(directory, "files"),
        maxBytes: 100 << 20,
        maxArchiveBytes: 1 << 30,
        maxBytesPerOrg: 0,
        types: [],
      },
      ...(doesJobs && { mail: folderTransport(mailFolder, toSender(MAIL_FROM), undefined) }),
      log: createLogger(LOG_LEVEL),
    });
    closers.push(() => app.close());
    return { url: app.url, mailFolder, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function closeAll(closers: (() => Promise<void>)[]): Promise<void> {
  for (let close = closers.pop(); close; close = closers.pop()) await close();
}

/** Without this a program that is stopped would leave its Postgres running. npm does not hand SIGTERM on: it ends. */
function closeOnSignals(close: () => Promise<void>): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const end = () => {
    close().then(
      () => process.exit(130),
      () => process.exit(1),
    );
  };
  for (const signal of signals) process.on(signal, end);
  const parent = process.ppid;
  const parentWatch = setInterval(() => {
    if (isUnderNpm() && process.ppid !== parent) end();
  }, 250).unref();
  return () => {
    clearInterval(parentWatch);
    for (const signal of signals) process.off(signal, end);
  };
}

async function requireTrestle(url: string): Promise<void> {
  if (!/^https?:\/\//u.test(url) || !URL.canParse(url)) {
    throw new ServerError(`TRESTLE_URL is no address of a server: ${url}. It looks like http://127.0.0.1:3000.`);
  }
  const health = new URL("healthz", url.endsWith("/") ? url : `${url}/`);
  let status: unknown;
  try {
    const response = await fetch(health, { signal: AbortSignal.timeout(HEALTH_MS) });
    status = await response.json();
  } catch (error) {
    throw new ServerError(`No Trestle answers at ${url} (TRESTLE_URL): is it running?`, { cause: error });
  }
  if (JSON.stringify(status) !== '{"status":"ok"}') {
    throw new ServerError(`What answers at ${url} (TRESTLE_URL) is no Trestle.`);
  }
}

/** What to tell whoever started a program that failed: a sentence for what was to be expected, else all of it. */
export function explain(error: unknown, ...kinds: (new (message: string) => Error)[]): string {
  const expected = [ServerError, ConfigurationError, EmbeddedPostgresError, StartError, ...kinds];
  if (!(error instanceof Error)) return String(error);
  return expected.some((kind) => error instanceof kind) ? error.message : (error.stack ?? error.message);
}
