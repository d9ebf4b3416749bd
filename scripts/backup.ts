/** `npm run db:backup`, `db:restore` and `db:copy`: the operator's data, out of a database and into another one. */
import type { ConnectionOptions } from "../db/client.ts";
import { dump } from "../db/backup/dump.ts";
import { readBackup, writeBackup } from "../db/backup/file.ts";
import { load } from "../db/backup/load.ts";
import { type BackupEnd, BackupError, type Part } from "../db/backup/parts.ts";
import { parseEnvironment, readEnv } from "../server/env.ts";
import type { RootKeys } from "../server/core/encryption/root-keys.ts";
import { knownRootKeys, missingRootKeys } from "../server/root-keys.ts";
import { reachDatabase, requireOwner } from "../server/start.ts";
import { type Asked, readArguments } from "./backup/arguments.ts";
import { explain } from "./own-server.ts";

const HELP = `npm run db:backup -- FILE      writes all data to a new file
npm run db:restore -- FILE     puts it into an empty database
npm run db:copy -- --to URL    copies it into another, empty Postgres

The database is that of the environment: DATABASE_URL, or the embedded one in DATA_DIR. A backup and a copy are of one
moment, and may be made while servers run; the target of a restore or a copy must be empty and is filled whole or not
at all. No tools of Postgres are needed.

The file is compressed by zstd, and readable by its owner alone: it has everybody's data, and the hashes of passwords
and sessions in it. What is encrypted in the database is so in the file, by keys that ENCRYPTION_KEY wraps, which is not
in it: keep that, too, and elsewhere (on a laptop it is DATA_DIR/encryption.key). A restore and a copy say when it is not
the right one. A session that has ended since the backup counts again after a restore, and so does a member who
was removed. Jobs that wait are not in it: mail that was not yet sent is not sent. A backup of an older Trestle is
brought up to date.
`;

const PROGRESS_MS = 2_000;

const asked = readArguments(process.argv.slice(2));
if (!asked) {
  console.error(HELP);
  process.exitCode = 2;
} else if (asked.verb === "help") {
  console.log(HELP);
} else {
  try {
    await run(asked);
  } catch (error) {
    console.error(explain(error, BackupError));
    process.exitCode = 1;
  }
}

async function run({ verb, place }: Asked): Promise<void> {
  const env = readEnv();
  const rootKeys = await knownRootKeys(env);
  const database = await reachDatabase(env, console.log);
  try {
    const owner = requireOwner(database);
    if (verb === "backup") {
      const end = await writeBackup(place, reporting(dump(owner)));
      console.log(`Wrote ${summary(end)} to ${place}.`);
    } else if (verb === "restore") {
      console.log(`Restored ${summary(await load(owner, reporting(readBackup(place))))}.`);
      await warnOfKeys(owner, rootKeys);
    } else {
      const target = await reachTarget(place);
      console.log(`Copied ${summary(await load(target, reporting(dump(owner))))}.`);
      await warnOfKeys(target, rootKeys);
    }
  } finally {
    await database.close();
  }
}

/** Says which root keys the data needs that are not given here: a server would not start with it. */
async function warnOfKeys(connection: ConnectionOptions, rootKeys: RootKeys | undefined): Promise<void> {
  const missing = await missingRootKeys(connection, rootKeys);
  if (missing.length === 0) return;
  console.warn(
    `Its fields are encrypted by the root key ${missing.join(" and ")}, which is not in ENCRYPTION_KEY: no server starts on this database without it.`,
  );
}

/** The database to copy to. What is wrong with it is told by the name of its argument. */
async function reachTarget(to: string): Promise<ConnectionOptions> {
  try {
    return requireOwner(await reachDatabase(parseEnvironment({ DATABASE_URL: to }), console.log));
  } catch (error) {
    throw new BackupError(explain(error).replaceAll("DATABASE_URL", "--to"), { cause: error });
  }
}

/** Passes the parts on, and says from time to time how far they are. */
async function* reporting(parts: AsyncIterable<Part>): AsyncGenerator<Part> {
  let saidAt = performance.now();
  let table = "";
  let bytes = 0;
  for await (const part of parts) {
    if (part.is === "table") table = part.table.name;
    if (part.is === "rows") bytes += part.bytes.length;
    if (performance.now() - saidAt > PROGRESS_MS) {
      saidAt = performance.now();
      console.log(`${(bytes / 1e6).toFixed(0)} MB, in ${table} …`);
    }
    yield part;
  }
}

function summary(end: BackupEnd): string {
  const rows = Object.values(end.rows);
  return `${rows.reduce((sum, count) => sum + count, 0).toLocaleString("en")} rows of ${rows.length} tables`;
}
