import { createHash } from "node:crypto";
import { chmod, lchown, link, lstat, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, EmbeddedPostgresError } from "./error.ts";
import type { Place } from "./place.ts";
import { isServing, isWindows } from "./process.ts";

/** The port is a part of the socket's name; another number would only be harder to find. */
export const SOCKET_PORT = 5432;

/** What Postgres writes into postmaster.pid. */
export interface PidFile {
  pid: number;
  port: number;
  status: "starting" | "ready" | "stopping" | "unknown";
}

export async function readPidFile(cluster: string): Promise<PidFile | undefined> {
  const text = await readIfThere(join(cluster, "postmaster.pid"));
  const [pid = "", , , port = "", , , , word = ""] = text?.split("\n") ?? [];
  const status = (["starting", "ready", "stopping"] as const).find((known) => known === word.trim()) ?? "unknown";
  return /^-?\d+$/.test(pid) ? { pid: Math.abs(Number(pid)), port: Number(port), status } : undefined;
}

/**
 * The directory of the server's socket: the cluster's own, which nobody else may enter. Where that path is too long
 * for a socket (103 bytes on macOS, 14 of them for its name), or postgres.js could not read it, one in /tmp named after it.
 */
export function socketDirectory(cluster: string): string {
  if (Buffer.byteLength(cluster) <= 89 && /^[\w/.+@-]+$/.test(cluster)) return cluster;
  return `/tmp/trestle-${createHash("sha256").update(cluster).digest("hex").slice(0, 16)}`;
}

/** Makes sure that the socket's directory is there and is its owner's alone; /tmp is everybody's. */
export async function prepareSocketDirectory({ cluster, account }: Place): Promise<void> {
  const directory = socketDirectory(cluster);
  if (isWindows || directory === cluster) return;
  await mkdir(directory, { mode: 0o700 }).catch((error: unknown) => {
    if (codeOf(error) !== "EEXIST") throw error;
  });
  const me = process.getuid?.();
  const found = await lstat(directory);
  if (!found.isDirectory() || (found.uid !== me && found.uid !== account?.uid)) {
    throw new EmbeddedPostgresError(
      `The socket of Postgres needs the directory ${directory}, which is somebody else's: remove it, or set DATA_DIR to a path of less than 80 plain characters.`,
    );
  }
  if (account && found.uid !== account.uid) await lchown(directory, account.uid, account.gid);
  if (found.mode & 0o077) await chmod(directory, 0o700);
}

/**
 * Removes the lock files of a server that is no more. Postgres would do so itself, but not when their number is by now
 * a zombie's or another process's, and not safely when two start at once. Should the dead server's children live on,
 * Postgres still refuses to start: they hold its memory.
 */
export async function removeStaleLocks(cluster: string): Promise<void> {
  await removeIfStale(join(cluster, "postmaster.pid"), cluster);
  await removeIfStale(join(socketDirectory(cluster), `.s.PGSQL.${SOCKET_PORT}.lock`), cluster);
}

async function removeIfStale(path: string, cluster: string): Promise<void> {
  const text = await readIfThere(path);
  if (text === undefined) return;
  const pid = Math.abs(Number.parseInt(text, 10));
  // Empty: its maker is about to write into it, or could not, because the disk was full.
  const live = Number.isNaN(pid) ? (await ageSeconds(path)) < 5 : await isServing(pid, cluster);
  if (live) return;
  // Taken away first and looked at again then: another process may have done the same and started a server meanwhile.
  const aside = `${path}.stale-${process.pid}`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, "utf8")) !== text) await link(aside, path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT" && codeOf(error) !== "EEXIST") throw error;
  }
  await rm(aside, { force: true });
}

async function ageSeconds(path: string): Promise<number> {
  return (Date.now() - (await stat(path)).mtimeMs) / 1000;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
