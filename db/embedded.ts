import { dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Binaries, findBinaries } from "./embedded/binaries.ts";
import { createCluster, hasCluster, requireVersion } from "./embedded/cluster.ts";
import { codeOf, EmbeddedPostgresError, explain } from "./embedded/error.ts";
import { readPidFile, removeStaleLocks, SOCKET_PORT, socketDirectory } from "./embedded/lock-files.ts";
import { findPlace, type Place } from "./embedded/place.ts";
import { type Connection, joinServer, type Presence } from "./embedded/presence.ts";
import { isServing, isWindows } from "./embedded/process.ts";
import { RECOVERY_SECONDS, type Settings, startServer, stopServer } from "./embedded/server.ts";

export { EmbeddedPostgresError } from "./embedded/error.ts";

/** How long a server that says it is ready, or one that is gone and still holds its files, may keep us waiting. */
const ANSWER_SECONDS = 60;

export interface EmbeddedPostgres {
  /** For postgres.js; `host` is the directory of the socket, but 127.0.0.1 on Windows. */
  readonly connection: Connection;
  /** The cluster's directory: `postgres` in the data directory, or where a link of that name leads. */
  readonly dataDir: string;
  /** Another process had started the server. */
  readonly attached: boolean;
  /** The cluster was made now, and is empty. */
  readonly created: boolean;
  /** Call after your own pools are closed. The last one out stops the server; answers whether it did. */
  close(): Promise<boolean>;
}

export interface EmbeddedPostgresOptions {
  dataDir: string;
  /** Hears a sentence when something takes long, or is not where one would look for it. */
  onProgress?: (sentence: string) => void;
  /** More settings of the server, for its start; a server that runs keeps those that it has. */
  settings?: Settings;
}

/**
 * Runs the Postgres that came with npm in a directory of `dataDir`: makes the database, recovers it, starts the
 * server, or attaches to the one that runs there. Fails with an EmbeddedPostgresError, one sentence to show.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    return await open(options);
  } catch (error) {
    // Only failed system calls have a code; anything else is a mistake of ours, and wants its stack.
    if (!(error instanceof Error) || error instanceof EmbeddedPostgresError || codeOf(error) === undefined) throw error;
    throw new EmbeddedPostgresError(explain(error.message, resolve(options.dataDir)), { cause: error });
  }
}

async function open({
  dataDir,
  onProgress = () => {},
  settings = {},
}: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const place = await findPlace(resolve(dataDir), onProgress);
  const { cluster, account } = place;
  let binaries: Promise<Binaries> | undefined;
  // Only when needed: whoever attaches needs none.
  const getBinaries = () => (binaries ??= findBinaries(account, dirname(cluster)));

  let created = false;
  if (!(await hasCluster(cluster))) {
    const found = await getBinaries();
    onProgress(`Making a new database in ${cluster}.`);
    created = await createCluster(place, found, settings["fsync"] !== "off");
  }
  const { presence, connection, attached } = await attachOrStart(place, getBinaries, settings, onProgress);
  let closing: Promise<boolean> | undefined;
  return {
    connection,
    dataDir: cluster,
    attached,
    created,
    close: () => (closing ??= leave(presence, place)),
  };
}

async function leave(presence: Presence, place: Place): Promise<boolean> {
  try {
    return (await presence.leave()) && (await stopServer(place));
  } finally {
    await presence.end();
  }
}

interface Attached {
  presence: Presence;
  connection: Connection;
  attached: boolean;
}

/** Every process runs this same loop: whoever finds a server joins it, and whoever finds none starts it. */
async function attachOrStart(
  place: Place,
  getBinaries: () => Promise<Binaries>,
  settings: Settings,
  onProgress: (sentence: string) => void,
): Promise<Attached> {
  const { cluster } = place;
  const slow = setTimeout(() => {
    onProgress(`Postgres in ${cluster} is not ready yet: after a crash it first repeats what it had written down.`);
  }, 3000);
  let since = Date.now();
  let started: number | undefined;
  let obstacle = "another process holds its files";
  try {
    for (;;) {
      const file = await readPidFile(cluster);
      if (file?.status === "ready") {
        const connection = connectionTo(cluster, file.port);
        const presence = await joinServer(connection, cluster);
        if (typeof presence === "string") obstacle = presence;
        // Whoever stops a server says so in this file before anybody's connection ends, so one joined too late shows.
        else if (await isReady(cluster, file.pid)) return { presence, connection, attached: file.pid !== started };
        else await presence.end();
      }
      if (!file || !(await isServing(file.pid, cluster))) {
        await requireVersion(cluster, await getBinaries());
        await removeStaleLocks(cluster);
        started = await startServer(place, await getBinaries(), settings);
        if (started !== undefined) {
          since = Date.now();
          continue;
        }
      }
      const patience = file?.status === "starting" || file?.status === "stopping" ? RECOVERY_SECONDS : ANSWER_SECONDS;
      if (Date.now() - since > patience * 1000) throw new EmbeddedPostgresError(silent(cluster, obstacle));
      await delay(30);
    }
  } catch (error) {
    // Nobody else would.
    if (started !== undefined && (await readPidFile(cluster))?.pid === started) await stopServer(place);
    throw error;
  } finally {
    clearTimeout(slow);
  }
}

async function isReady(cluster: string, pid: number): Promise<boolean> {
  const file = await readPidFile(cluster);
  return file?.pid === pid && file.status === "ready";
}

function connectionTo(cluster: string, port: number): Connection {
  const address = isWindows ? { host: "127.0.0.1", port } : { host: socketDirectory(cluster), port: SOCKET_PORT };
  return { ...address, user: "postgres", database: "postgres" };
}

function silent(cluster: string, obstacle: string): string {
  return `Postgres in ${cluster} runs already, but does not answer (${obstacle}): end its processes, or see ${join(cluster, "server.log")}.`;
}
