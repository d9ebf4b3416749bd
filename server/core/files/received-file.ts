import { createHash } from "node:crypto";
import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileTypeFromBuffer } from "file-type";
import { newId } from "../ids.ts";

/** How much of a file is looked at to find out what it is. */
const HEAD_BYTES = 64 << 10;
/** Nothing takes so long to arrive: what is older was left by a process that has ended. */
const LEFT_BEHIND_MS = 86_400_000;

/** A file that has come whole, on this machine, under a name of ours that nobody else knows. */
export interface ReceivedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** What its first bytes say, whatever anybody calls it. */
  readonly contentType: string;
}

/** Writes what comes into a file, no faster than the disk takes it. What fails leaves nothing. */
export async function receiveFile(folder: string, body: AsyncIterable<Uint8Array>): Promise<ReceivedFile> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, newId());
  try {
    return { path, ...(await write(path, body)) };
  } catch (error) {
    await discard({ path });
    throw error;
  }
}

/** Nothing happens when a store has taken it. */
export async function discard({ path }: Pick<ReceivedFile, "path">): Promise<void> {
  await rm(path, { force: true });
}

async function write(path: string, body: AsyncIterable<Uint8Array>): Promise<Omit<ReceivedFile, "path">> {
  const file = await open(path, "wx", 0o600);
  try {
    const hash = createHash("sha256");
    const head: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const chunk of body) {
      if (sizeBytes < HEAD_BYTES) head.push(chunk.subarray(0, HEAD_BYTES - sizeBytes));
      sizeBytes += chunk.byteLength;
      hash.update(chunk);
      await file.appendFile(chunk);
    }
    return { sizeBytes, sha256: hash.digest("hex"), contentType: await typeOf(Buffer.concat(head)) };
  } finally {
    await file.close();
  }
}

async function typeOf(head: Buffer): Promise<string> {
  const found = await fileTypeFromBuffer(head);
  return found?.mime ?? (isText(head) ? "text/plain" : "application/octet-stream");
}

/** The head may end within a character. */
function isText(head: Buffer): boolean {
  if (head.includes(0)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Deletes what processes that have ended were receiving. */
export async function deleteLeftBehind(folder: string, now: Date): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    // Another process may have deleted or taken it meanwhile.
    const found = await stat(path).catch(() => undefined);
    if (found && now.getTime() - found.mtimeMs > LEFT_BEHIND_MS) await rm(path, { force: true });
  }
}
