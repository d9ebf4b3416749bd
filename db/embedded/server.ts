import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { chmod, type FileHandle, open, readFile, rmdir, stat, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Binaries, findBinaries } from "./binaries.ts";
import { diskFull, EmbeddedPostgresError, explain } from "./error.ts";
import { prepareSocketDirectory, readPidFile, SOCKET_PORT, socketDirectory } from "./lock-files.ts";
import type { Place } from "./place.ts";
import { childOptions, isServing, isWindows, run } from "./process.ts";

export type Settings = Record<string, string>;

/** Recovery after a crash reads at most what was written since the last checkpoint, but slow disks exist. */
export const RECOVERY_SECONDS = 600;
const STOP_SECONDS = 60;
const LOG_LIMIT_BYTES = 5_000_000;

/** What Postgres says when others start, run or leave the same cluster. */
const TAKEN =
  /lock file ".*" (?:already exists|is empty)|(?:remove old|open|read) lock file|lock file is invalid|pre-existing shared memory block/;

/**
 * Starts the server of a cluster in a session of its own, so that Ctrl-C reaches it only through us, and waits until
 * it takes connections. Answers undefined when another server has the cluster; fails with a sentence if it cannot run.
 */
export async function startServer(place: Place, binaries: Binaries, settings: Settings): Promise<number | undefined> {
  const { cluster } = place;
  await prepareSocketDirectory(place);
  // Postgres refuses a directory that others may enter, which a copy often is.
  if ((await stat(cluster)).mode & 0o077) await chmod(cluster, 0o700);
  const log = await openLog(place);
  try {
    const { size } = await log.stat();
    const { pid, code, signal } = await (isWindows
      ? launchOnWindows(place, binaries, settings)
      : launch(place, binaries, settings, log));
    if (pid !== undefined) return pid;
    // Somebody joined it, and stopped it as the last one out, before we looked.
    if (code === 0) return undefined;
    if (signal) throw killed(cluster, signal);
    const output = (await readFile(join(cluster, "server.log"))).subarray(size).toString();
    if (TAKEN.test(output)) return undefined;
    // On a full disk the log cannot say so.
    throw new EmbeddedPostgresError((await isFull(cluster)) ? diskFull(cluster) : explain(output, cluster));
  } finally {
    await log.close();
  }
}

/** Asks for a fast shutdown and waits for its end, a minute at most; the server ends by itself in any case. */
export async function stopServer(place: Place): Promise<boolean> {
  const { cluster, account } = place;
  const file = await readPidFile(cluster);
  // A number from another container's view of the processes would be somebody else's here.
  if (!file || !(await isServing(file.pid, cluster))) return false;
  if (isWindows) {
    const { directory } = await findBinaries(account, join(cluster, ".."));
    await run(join(directory, "pg_ctl.exe"), ["stop", "-D", cluster, "-m", "fast", "-W"]);
  } else {
    process.kill(file.pid, "SIGINT");
  }
  const deadline = Date.now() + STOP_SECONDS * 1000;
  while (Date.now() < deadline && (await isServing(file.pid, cluster))) await delay(20);
  const sockets = socketDirectory(cluster);
  if (sockets !== cluster) await rmdir(sockets).catch(() => undefined);
  return true;
}

/** A server that is ready has a pid; one that ended, a code or a signal. */
interface Launched {
  pid?: number | undefined;
  code?: number | null;
  signal?: NodeJS.Signals | null;
}

async function launch(place: Place, binaries: Binaries, settings: Settings, log: FileHandle): Promise<Launched> {
  const { cluster, account } = place;
  const own = {
    listen_addresses: "",
    unix_socket_directories: socketDirectory(cluster),
    unix_socket_permissions: "0700",
    port: String(SOCKET_PORT),
  };
  const child = spawn(join(binaries.directory, "postgres"), ["-D", cluster, ...toArguments({ ...settings, ...own })], {
    ...childOptions(account),
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  const ended = new Promise<Launched>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  child.unref();
  const deadline = Date.now() + RECOVERY_SECONDS * 1000;
  for (;;) {
    const end = await Promise.race([ended, delay(15, undefined)]);
    if (end) return end;
    const file = await readPidFile(cluster);
    if (file?.pid === child.pid && file?.status === "ready") return { pid: child.pid };
    if (Date.now() > deadline) throw notReady(cluster);
  }
}

/** Windows has no sockets in directories that Node could use, and Postgres there only gives up rights through pg_ctl. */
async function launchOnWindows({ cluster }: Place, binaries: Binaries, settings: Settings): Promise<Launched> {
  const own = { listen_addresses: "127.0.0.1", port: String(await freePort()) };
  const server = toArguments({ ...settings, ...own }).join(" ");
  const wait = ["-w", "-t", String(RECOVERY_SECONDS)];
  const log = join(cluster, "server.log");
  await run(join(binaries.directory, "pg_ctl.exe"), ["start", ...wait, "-D", cluster, "-l", log, "-o", server]);
  const file = await readPidFile(cluster);
  return file?.status === "ready" && file.port === Number(own.port) ? { pid: file.pid } : { code: null };
}

function notReady(cluster: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `Postgres in ${cluster} is not ready after ${RECOVERY_SECONDS / 60} minutes: see ${join(cluster, "server.log")}.`,
  );
}

function killed(cluster: string, signal: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `Postgres was killed (${signal}) while it started in ${cluster}: start again, and if that does not help, look whether the machine has run out of memory.`,
  );
}

function toArguments(settings: Settings): string[] {
  const defaults = {
    max_connections: "200",
    // Else the log of a server that runs for months is nothing but these.
    log_checkpoints: "off",
  };
  return Object.entries({ ...defaults, ...settings }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** Never through a link: root writes here, in a directory that is not root's. */
async function openLog({ cluster, account }: Place): Promise<FileHandle> {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
  const log = await open(join(cluster, "server.log"), O_APPEND | O_CREAT | O_NOFOLLOW | O_WRONLY, 0o600);
  const { size, nlink, uid } = await log.stat();
  if (account && uid === 0 && size === 0 && nlink === 1) await log.chown(account.uid, account.gid);
  if (size > LOG_LIMIT_BYTES) await log.truncate(0);
  return log;
}

async function isFull(directory: string): Promise<boolean> {
  const { bavail, bsize, files, ffree } = await statfs(directory);
  // Some file systems do not count files.
  return bavail * bsize < 1_000_000 || (files > 0 && ffree === 0);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
