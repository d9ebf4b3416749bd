import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { codeOf, EmbeddedPostgresError, OR_ELSEWHERE } from "./error.ts";

/** The user that Postgres runs as when this process is root, whom Postgres refuses. */
export interface Account {
  uid: number;
  gid: number;
}

export const isWindows = process.platform === "win32";

/** Fixed, so that nobody's locale, time zone or PG* variables change what Postgres does and says. */
const ENVIRONMENT = {
  LC_ALL: "C",
  TZ: "UTC",
  ...(isWindows
    ? {}
    : { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin" }),
};

/** What every child gets. The working directory is one that every user may enter. */
export function childOptions(account: Account | undefined) {
  // Node wants a signed 32-bit id, and macOS has nobody at 4294967294.
  const user = account ? { uid: account.uid | 0, gid: account.gid | 0 } : {};
  return { ...user, env: ENVIRONMENT, windowsHide: true, ...(isWindows ? {} : { cwd: "/" }) };
}

/** Runs a program to its end; fails only if it could not be started. */
export function run(file: string, args: string[], account?: Account): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...childOptions(account), stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const collect = (text: Buffer) => void (output += text.toString());
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
}

/** Whether the process is a living Postgres of this cluster: a zombie is not, nor one that got the number of a dead one. */
export async function isServing(pid: number, cluster: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === "ESRCH") return false;
  }
  if (isWindows) return true;
  if (process.platform !== "linux") {
    const { output } = await run("ps", ["-o", "state=,command=", "-p", String(pid)]);
    return !output.startsWith("Z") && output.includes(cluster);
  }
  try {
    // "pid (name) state …"; the name may hold anything, brackets included.
    if (/\) [ZX] [^)]*$/.test(await readFile(`/proc/${pid}/stat`, "utf8"))) return false;
    return (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0").includes(cluster);
  } catch {
    return false;
  }
}

/** Asked of the system itself: permission bits know nothing of access lists, network disks and security modules. */
export async function canEnter(directory: string, account: Account | undefined): Promise<boolean> {
  if (!account) return true;
  try {
    return (await run("/bin/sh", ["-c", 'cd "$1"', "sh", directory], account)).code === 0;
  } catch (error) {
    throw new EmbeddedPostgresError(
      `Postgres refuses to run as root, and this process may not become the user id ${account.uid} (${String(error)}): run Trestle as an ordinary user, ${OR_ELSEWHERE}.`,
      { cause: error },
    );
  }
}
