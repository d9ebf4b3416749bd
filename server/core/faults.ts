import { TRPCError } from "@trpc/server";

/** Faults of ours or of the database: they pass, and are never a client's doing. */

const CONNECTION_LOST =
  /^(08|57P0|53300|CONNECTION_|CONNECT_TIMEOUT|ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ENOENT|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)/u;
const RETRY = /^(40001|40P01|55P03)$/u;
/** The last two: a statement that took too long, and nobody who gave its connection back in time. */
const OUT_OF_ROOM = /^(53|58030|57014|POOL_BUSY)/u;

/** The SQLSTATE or system code of an error. Drizzle and tRPC keep the driver's error as `cause`. */
export function faultCode(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (!(at instanceof TRPCError) && "code" in at && typeof at.code === "string") return at.code;
  }
  return "";
}

/**
 * What was looked up before a lock is not so any more under it: the write is rolled back and begins again with a new
 * look, like after a serialisation failure, whose code this has.
 */
export class OvertakenError extends Error {
  readonly code = "40001";

  constructor() {
    super("overtaken by another transaction");
  }
}

/** The connection is gone or cannot be had: what was under way may or may not have been committed. */
export function isConnectionFault(error: unknown): boolean {
  return CONNECTION_LOST.test(faultCode(error));
}

/** The transaction was rolled back, and a repeat can do it: deadlock, serialisation, a lock that took too long. */
export function isRetryable(error: unknown): boolean {
  return RETRY.test(faultCode(error));
}

/** No connection was given back in time: nothing was sent. */
export function isPoolBusy(error: unknown): boolean {
  return faultCode(error) === "POOL_BUSY";
}

/** Another transaction inserted such a row first: the checks of a repeat see it. */
export function isUniqueViolation(error: unknown): boolean {
  return faultCode(error) === "23505";
}

/** The database cannot do its work now: away, too busy, or out of disk, memory or connections. */
export function isUnavailable(error: unknown): boolean {
  return isConnectionFault(error) || isRetryable(error) || OUT_OF_ROOM.test(faultCode(error));
}

/**
 * Runs `attempt` until it does not fail for a passing fault, waiting a little longer each time. With `timeoutMs` it
 * also fails, as unavailable, when there is no answer by then: a database can be away without saying so.
 */
export async function untilAvailable<T>(
  attempt: () => Promise<T>,
  options: { signal?: AbortSignal | undefined; timeoutMs?: number },
): Promise<T> {
  const until = performance.now() + (options.timeoutMs ?? Number.POSITIVE_INFINITY);
  for (let waitMs = 25; ; waitMs = Math.min(waitMs * 2, 1_000)) {
    try {
      return await (options.timeoutMs === undefined ? attempt() : answeredBy(until, attempt()));
    } catch (error) {
      if (!isUnavailable(error) || options.signal?.aborted || performance.now() + waitMs > until) throw error;
    }
    await pause(waitMs * (0.5 + Math.random()), options.signal);
  }
}

async function answeredBy<T>(until: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const late = Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" });
    timer = setTimeout(() => reject(late), Math.max(0, until - performance.now()));
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits; an aborted signal ends the wait early. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal?.aborted) done();
    else signal?.addEventListener("abort", done);
  });
}
