import { randomBytes } from "node:crypto";
import { access, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { codeOf } from "./error.ts";
import { isWindows } from "./process.ts";

/**
 * Fills a directory under another name and gives it its own by one rename, so that no half-made one is ever seen.
 * Answers false when another process published it first. What crashed attempts left is removed.
 */
export async function publishDirectory(path: string, fill: (temporary: string) => Promise<void>): Promise<boolean> {
  await removeLeftovers(path);
  const temporary = `${path}.new-${process.pid}-${randomBytes(3).toString("hex")}`;
  try {
    await mkdir(temporary, { mode: 0o700 });
    await fill(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (isTaken(error) && (await exists(path))) return false;
    throw error;
  }
  await syncDirectory(dirname(path));
  return true;
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === "ENOENT") return false;
      throw error;
    },
  );
}

function isTaken(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ENOTEMPTY" || code === "EEXIST" || (isWindows && code === "EPERM");
}

async function removeLeftovers(path: string): Promise<void> {
  const directory = dirname(path);
  const pattern = `${basename(path)}.new-`;
  for (const name of await readdir(directory)) {
    if (!name.startsWith(pattern)) continue;
    const leftover = join(directory, name);
    const pid = Number.parseInt(name.slice(pattern.length), 10);
    // One that another user left stays: it costs room, not correctness.
    if (await isAbandoned(leftover, pid)) await rm(leftover, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** The maker has ended; or another process has its number by now, which an hour, or our own start, proves. */
async function isAbandoned(leftover: string, pid: number): Promise<boolean> {
  const made = await stat(leftover).catch(() => undefined);
  if (!made) return false;
  const ageSeconds = (Date.now() - made.mtimeMs) / 1000;
  if (ageSeconds > 3600) return true;
  if (pid === process.pid) return ageSeconds > process.uptime();
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === "ESRCH";
  }
}

/** Without it a power cut could take the new name back, after rows were acknowledged. */
export async function syncDirectory(directory: string): Promise<void> {
  if (isWindows) return;
  const handle = await open(directory);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
