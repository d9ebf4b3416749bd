import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench } from "./bench.ts";

/** A data directory that is gone when the bench ends. */
export function ownDataDir(bench: Bench): Promise<string> {
  return bench.own(mkdtemp(join(tmpdir(), "trestle-bench-")), removeDataDir);
}

async function removeDataDir(directory: string): Promise<void> {
  // Where the user of Postgres may not enter the directory, `postgres` in it is a link to the database elsewhere.
  const cluster = await realpath(join(directory, "postgres")).catch(() => undefined);
  if (cluster !== undefined) await rm(cluster, { recursive: true, force: true });
  await rm(directory, { recursive: true, force: true });
}
