import { chmod, chown, lchown, lstat, mkdir, mkdtemp, readdir, realpath, rmdir, stat, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf, EmbeddedPostgresError, OR_ELSEWHERE } from "./error.ts";
import { type Account, canEnter, run } from "./process.ts";

/** Where a cluster is, and who runs it. */
export interface Place {
  /** The real path of the cluster's directory, which may not exist yet; its parent does. */
  cluster: string;
  /** Set when this process is root. */
  account: Account | undefined;
}

/** Holds the clusters of a root whose DATA_DIR lies where the account cannot go, as below /root. */
const STATE_DIRECTORY = "/var/lib/trestle";

/**
 * Decides where the cluster of a data directory is and who runs it, and makes the directories around it.
 * Root hands over to the owner of the data directory, else to `postgres`, else to `nobody`.
 */
export async function findPlace(dataDir: string, onProgress: (sentence: string) => void): Promise<Place> {
  await mkdir(dataDir, { recursive: true });
  const home = await realpath(dataDir);
  const cluster = await followLink(join(home, "postgres"));
  const found = await stat(cluster).catch(absent);
  const me = process.getuid?.();
  if (me !== 0) {
    if (found && me !== undefined && found.uid !== me) throw belongsTo(cluster, found.uid, me);
    return { cluster, account: undefined };
  }
  const isNew = !found || (await readdir(cluster)).length === 0;
  if (!isNew && found?.uid === 0) {
    throw new EmbeddedPostgresError(
      `${cluster} belongs to root, as whom Postgres refuses to run: give it to another user (chown -R postgres ${cluster}), ${OR_ELSEWHERE}.`,
    );
  }
  const account = found && found.uid !== 0 ? { uid: found.uid, gid: found.gid } : await chooseAccount(home);
  if (await isReachable(dirname(cluster), home, account)) return { cluster, account };
  if (!isNew) {
    throw new EmbeddedPostgresError(
      `${cluster} belongs to the user id ${account.uid}, who may not enter ${dirname(cluster)}: open the directories above it (chmod o+x), or set DATA_DIR.`,
    );
  }
  const moved = await moveOut(cluster, found !== undefined, account);
  onProgress(
    `The user that Postgres runs as may not enter ${home}, so the database is in ${moved}, and ${cluster} is a link to it.`,
  );
  return { cluster: moved, account };
}

async function followLink(path: string): Promise<string> {
  const entry = await lstat(path).catch(absent);
  if (!entry?.isSymbolicLink()) return path;
  try {
    return await realpath(path);
  } catch (error) {
    throw new EmbeddedPostgresError(
      `${path} is a link to a database that is gone: bring it back, or remove the link to begin with an empty one.`,
      { cause: error },
    );
  }
}

async function chooseAccount(home: string): Promise<Account> {
  const { uid, gid } = await stat(home);
  // initdb refuses a user without a name; an id from outside a container often has none inside.
  if (uid !== 0 && (await run("id", ["-un", String(uid)])).code === 0) return { uid, gid };
  for (const name of ["postgres", "nobody"]) {
    const [user, group] = await Promise.all([run("id", ["-u", name]), run("id", ["-g", name])]);
    if (user.code === 0 && group.code === 0) return { uid: Number(user.output), gid: Number(group.output) };
  }
  throw new EmbeddedPostgresError(
    `Postgres refuses to run as root, and this machine has no user "postgres" or "nobody" to run it: run Trestle as an ordinary user, ${OR_ELSEWHERE}.`,
  );
}

/** Opens a home of mode 0700 that is ours to the account's group, for passing through and nothing else. */
async function isReachable(directory: string, home: string, account: Account): Promise<boolean> {
  if (await canEnter(directory, account)) return true;
  const { uid, mode } = await stat(home);
  if (uid !== 0 || mode & 0o070 || !(await canEnter(dirname(home), account))) return false;
  await chown(home, 0, account.gid);
  await chmod(home, (mode & 0o7777) | 0o010);
  return canEnter(directory, account);
}

/** The link, not a rule, remembers where the cluster went: the data directory may move, and an emptied one begins anew. */
async function moveOut(cluster: string, wasThere: boolean, account: Account): Promise<string> {
  await mkdir(STATE_DIRECTORY, { recursive: true });
  await chmod(STATE_DIRECTORY, 0o755);
  const moved = await mkdtemp(join(STATE_DIRECTORY, "postgres-"));
  await lchown(moved, account.uid, account.gid);
  try {
    if (wasThere) await rmdir(cluster);
    await symlink(moved, cluster);
    return moved;
  } catch (error) {
    await rmdir(moved);
    // Another process was quicker.
    if (codeOf(error) === "EEXIST") return realpath(cluster);
    throw error;
  }
}

function belongsTo(cluster: string, owner: number, me: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `${cluster} belongs to the user id ${owner}, and Trestle runs as ${me}: run it as that user, give the directory away (chown -R ${me} ${cluster}), set DATA_DIR, ${OR_ELSEWHERE}.`,
  );
}

function absent(error: unknown): undefined {
  if (codeOf(error) !== "ENOENT") throw error;
}
