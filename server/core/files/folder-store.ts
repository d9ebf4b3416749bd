import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError } from "../app-error.ts";
import { faultCode } from "../faults.ts";
import type { FileStore } from "./file-store.ts";

/** Files in a folder, which all processes of one database share. What is received is on the same disk: it only moves. */
export function folderStore(folder: string): FileStore {
  const pathOf = (key: string) => join(folder, key);
  return {
    async keep(key, path) {
      await sync(path);
      await mkdir(dirname(pathOf(key)), { recursive: true, mode: 0o700 });
      await rename(path, pathOf(key));
      await sync(dirname(pathOf(key)));
    },
    async read(key, range) {
      try {
        const file = await open(pathOf(key));
        return file.createReadStream(range);
      } catch (error) {
        throw faultCode(error) === "ENOENT" ? new AppError("FILE_MISSING", { cause: error }) : error;
      }
    },
    delete: (key) => rm(pathOf(key), { force: true }),
    close: () => {},
  };
}

/** What is acknowledged is there after a power cut, too: the bytes, and the name. */
async function sync(path: string): Promise<void> {
  const file = await open(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
