import { lchown, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Binaries } from "./binaries.ts";
import { EmbeddedPostgresError, explain, OR_ELSEWHERE } from "./error.ts";
import type { Place } from "./place.ts";
import { isWindows, run } from "./process.ts";
import { exists, publishDirectory } from "./publish.ts";

/** Whether there is a database in the directory; refuses, in a sentence, when there is something else. */
export async function hasCluster(cluster: string): Promise<boolean> {
  if (await exists(join(cluster, "PG_VERSION"))) return true;
  if ((await exists(cluster)) && (await readdir(cluster)).length > 0) {
    throw new EmbeddedPostgresError(
      `${cluster} is not empty, and holds no Postgres database: move what is in it elsewhere, or set DATA_DIR.`,
    );
  }
  return false;
}

/** Makes a new, empty database; answers false when another process was quicker. */
export function createCluster({ cluster, account }: Place, binaries: Binaries, durable: boolean): Promise<boolean> {
  return publishDirectory(cluster, async (temporary) => {
    if (account) await lchown(temporary, account.uid, account.gid);
    const options = [
      "-U",
      "postgres",
      "-A",
      "trust",
      "-E",
      "UTF8",
      "--locale=C",
      "--data-checksums",
      "--no-instructions",
    ];
    // The same order of text everywhere, whatever the machine's libraries think of it.
    options.push("--locale-provider=builtin", "--builtin-locale=C.UTF-8");
    if (!durable) options.push("--no-sync");
    const initdb = join(binaries.directory, isWindows ? "initdb.exe" : "initdb");
    const { code, output } = await run(initdb, ["-D", temporary, ...options], account);
    if (code !== 0) throw new EmbeddedPostgresError(explain(output, cluster));
  });
}

/** Refuses, in a sentence, a database that another major version made: Postgres does not read those. */
export async function requireVersion(cluster: string, binaries: Binaries): Promise<void> {
  const version = (await readFile(join(cluster, "PG_VERSION"), "utf8")).trim();
  if (version === String(binaries.major)) return;
  throw new EmbeddedPostgresError(
    `The database in ${cluster} was made by Postgres ${version}, and this Trestle brings Postgres ${binaries.major}: move it over with pg_dump, set DATA_DIR to begin anew, ${OR_ELSEWHERE}.`,
  );
}
