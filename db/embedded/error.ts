/** What keeps the embedded Postgres from working, in one sentence for the person who started it; the stack says nothing more. */
export class EmbeddedPostgresError extends Error {
  override readonly name = "EmbeddedPostgresError";
}

export const OR_ELSEWHERE = "or set DATABASE_URL to use a Postgres server of your own";

/** Turns the output of initdb or postgres, or the message of a failed system call, into one sentence. */
export function explain(output: string, cluster: string): string {
  // Before "no space": Postgres says that of /dev/shm, too, and then freeing disk space would not help.
  if (output.includes("shared memory segment")) {
    return `This machine has too little shared memory (/dev/shm) for Postgres in ${cluster}: give it more, ${OR_ELSEWHERE}.`;
  }
  if (/No space left on device|Disk quota exceeded|ENOSPC|EDQUOT/i.test(output)) return diskFull(cluster);
  if (/Read-only file system|EROFS/i.test(output)) {
    return `Postgres cannot write to ${cluster}, because it lies on a read-only disk: set DATA_DIR to a directory that can be written, ${OR_ELSEWHERE}.`;
  }
  if (/EBUSY|EXDEV/.test(output)) {
    return `A new database cannot be put at ${cluster}, because that is a mount point: mount the disk one directory higher, at DATA_DIR itself.`;
  }
  const nameless = /could not look up effective user ID (\d+)/.exec(output);
  if (nameless) {
    return `The user id ${nameless[1]} has no name on this machine, and without one Postgres cannot make a database: run as a user that has an entry in /etc/passwd, ${OR_ELSEWHERE}.`;
  }
  if (/Cannot allocate memory|ENOMEM/i.test(output)) {
    return `This machine has too little free memory to run Postgres in ${cluster}: free some, ${OR_ELSEWHERE}.`;
  }
  const reason = reasonIn(output);
  if (/Permission denied|Operation not permitted|EACCES|EPERM/i.test(reason)) {
    return `Postgres may not use ${cluster} (${reason}): give that directory to the user that runs Trestle, set DATA_DIR, ${OR_ELSEWHERE}.`;
  }
  return `Postgres did not start in ${cluster}: ${reason}.`;
}

export function diskFull(cluster: string): string {
  return `The disk that holds ${cluster} is full: free some space on it, or set DATA_DIR to a directory on another disk.`;
}

/** The code of a failed system call ("ENOENT") or of a refusal by Postgres ("57P03"). */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function reasonIn(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const worst =
    lines.findLast((line) => /\b(?:FATAL|PANIC):/.test(line)) ?? lines.findLast((line) => line.includes("error:"));
  const reason = worst ?? lines.findLast((line) => line !== "") ?? "it ended without a word";
  return reason.replace(/^.*?\b(?:FATAL|PANIC|error):\s*/, "").replace(/\.$/, "");
}
