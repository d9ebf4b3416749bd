import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench } from "./bench.ts";

/** A data directory that is gone when the bench ends. */
export function ownDataDir(bench: Bench): Promise<string> {
  return bench.own(() => mkdtemp(join(tmpdir(), "trestle-bench-")), removeDataDir);
}

async function removeDataDir(directory: string): Promise<void> {
  // Where the user of Postgres may not enter the directory, `postgres` in it is a link to the database elsewhere.
  const cluster = await realpath(join(directory, "postgres")).catch(() => undefined);
  // Again and again: an initdb that was cut off is still tidying up when its parent has gone.
  const options = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 };
  if (cluster !== undefined) await rm(cluster, options);
  await rm(directory, options);
}
