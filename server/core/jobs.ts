import { sql } from "drizzle-orm";
import type { Job, JobResult, PgBoss } from "pg-boss";
import type { z } from "zod";
import type { ConnectionOptions, Db } from "../../db/client.ts";
import { queueSettings } from "../../db/job-queue.ts";
import { faultCode, pause, untilAvailable } from "./faults.ts";
import type { Logger } from "./log.ts";

/**
 * Work that some process does later, at least once: declared like a procedure, by a name and a payload. The payload
 * says what to look up, by ids: it is kept for days, so no secret and no address is ever in it.
 */
export interface JobKind<Payload extends object> {
  readonly name: string;
  readonly payload: z.ZodType<Payload>;
  /** How often it is tried again; each pause is about twice the one before. */
  readonly retries: number;
  readonly firstRetrySeconds: number;
  readonly longestRetrySeconds: number;
  /** A try that takes longer counts as failed, and whoever makes it is told by the signal. */
  readonly timeoutSeconds: number;
  /** Of long work: a process that was silent for so long is taken for dead, however much of the time is left. */
  readonly heartbeatSeconds?: number;
  /** How many of the kind a process does at once, each of which ends by itself; else 8, which are taken up together. */
  readonly atOnce?: number;
}

/** What a try of a job is told about itself. */
export interface Try {
  /** Nobody tries again if this one fails. */
  readonly isLastTry: boolean;
}

const ONE_OF_MANY: Try = { isLastTry: false };

/** What does a kind of job. One of a kind is made by `worker`. */
export interface Worker {
  readonly kind: Omit<JobKind<object>, "payload">;
  run(payload: unknown, signal: AbortSignal, about?: Try): Promise<void>;
}

/** Says how a kind of job is done. `run` may be called again for a job that it has done: it has to find that out. */
export function worker<Payload extends object>(
  kind: JobKind<Payload>,
  run: (payload: Payload, signal: AbortSignal, about: Try) => Promise<void>,
): Worker {
  return {
    kind,
    run: (payload, signal, about = ONE_OF_MANY) => run(kind.payload.parse(payload), signal, about),
  };
}

/** How long a job waits, at most, that was left by a process which has ended since. */
const POLL_SECONDS = 2;
/** How many of a kind a process takes up at once. */
const AT_ONCE = 8;
/** A job whose process was killed is taken up again this long after its `timeoutSeconds`, at most. */
const CHECK_SECONDS = 15;
/** How long a stop waits for the jobs that run; what has not ended by then is done again elsewhere. */
const STOP_MS = 3_000;
/** Between two tries to open the queue. */
const LONGEST_WAIT_MS = 2_000;
/** How long a transaction waits for the queue, the first time that it needs it. */
const PATIENCE_MS = 5_000;
/** pg-boss waits at most half a minute between two tries to start. */
const START_TRIES = 1_000;
/** How long a job that was done is kept, for whoever asks what happened. */
const KEPT_SECONDS = 86_400;

export interface JobsOptions {
  readonly connection: ConnectionOptions;
  readonly log: Logger;
  /** How often some process looks for jobs whose process has ended, in seconds. */
  readonly checkSeconds?: number | undefined;
  /** How often this process looks for jobs that nobody told it of, in seconds; half a second at least. */
  readonly pollSeconds?: number | undefined;
}

/**
 * The queue of jobs: pg-boss, in a schema of its own in the same database. A job is enqueued within the transaction
 * that wants it, and is there or not together with what that has changed. Nothing is told by `NOTIFY`, which would make
 * the commits of those transactions wait for each other (rule L12): after the commit this process is woken, and the
 * others look every `POLL_SECONDS`.
 */
export class Jobs {
  readonly #connection: ConnectionOptions;
  readonly #log: Logger;
  readonly #checkSeconds: number;
  readonly #pollSeconds: number;
  /** Once it has started. */
  #boss: Promise<PgBoss> | undefined;
  /** From when it begins to try. */
  #starting: PgBoss | undefined;
  #closing: Promise<void> | undefined;
  #isResting = false;
  readonly #queues = new Map<string, Promise<void>>();
  /** The ids that pg-boss gave our workers, by the name of what they do. */
  readonly #workerIds = new Map<string, string>();

  constructor({ connection, log, checkSeconds = CHECK_SECONDS, pollSeconds = POLL_SECONDS }: JobsOptions) {
    this.#connection = connection;
    this.#log = log;
    this.#checkSeconds = checkSeconds;
    this.#pollSeconds = pollSeconds;
  }

  /** Adds a job, within the transaction that `db` is. Fails as unavailable while the queue cannot be opened. */
  async enqueue<Payload extends object>(db: Db, kind: JobKind<Payload>, payload: Payload): Promise<void> {
    const boss = await untilAvailable(() => this.#open({ supervise: false }), { timeoutMs: PATIENCE_MS });
    await this.#queue(boss, kind);
    const { fromDrizzle } = await import("pg-boss");
    await boss.send(kind.name, kind.payload.parse(payload), { db: fromDrizzle(db, sql) });
  }

  /** Says that a job of this kind was committed: if it is done in this process, it begins at once. */
  async wake(kind: { readonly name: string }): Promise<void> {
    const workerId = this.#workerIds.get(kind.name);
    if (workerId !== undefined) (await this.#boss)?.notifyWorker(workerId);
  }

  /** Makes this process one of those that do these jobs, as soon as the database lets it: it may be away just now. */
  async start(workers: readonly Worker[]): Promise<void> {
    for (let waitMs = 100; !this.#isResting; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
      try {
        const boss = await this.#open({ supervise: true });
        for (const each of workers) await this.#work(boss, each);
        return;
      } catch (error) {
        if (this.#isResting) return;
        this.#log.warn({ err: error }, "this process does not do all jobs yet: the queue could not be opened");
      }
      await pause(waitMs);
    }
  }

  /** Does jobs of a kind from here on, unless it does so already. */
  async #work(boss: PgBoss, worker: Worker): Promise<void> {
    const { name, atOnce } = worker.kind;
    if (this.#isResting || this.#workerIds.has(name)) return;
    await this.#queue(boss, worker.kind);
    await boss.updateQueue(name, queueOptions(worker.kind));
    const options = {
      pollingIntervalSeconds: this.#pollSeconds,
      ...(atOnce === undefined ? { batchSize: AT_ONCE, burstWhenBatchFull: true } : { localConcurrency: atOnce }),
      perJobResults: true,
    } as const;
    const run = (jobs: Job[]) => Promise.all(jobs.map((job) => this.#run(worker, job)));
    this.#workerIds.set(name, await boss.work(name, options, run));
  }

  /** Begins no more jobs in this process. What runs goes on, and jobs can be enqueued as before. */
  async rest(): Promise<void> {
    this.#isResting = true;
    const names = [...this.#workerIds.keys()];
    this.#workerIds.clear();
    for (const name of names) await this.#starting?.offWork(name, { wait: false });
  }

  /** Lets what runs end for a moment. What has not, and what waits, is for another process or the next start. */
  close(): Promise<void> {
    this.#isResting = true;
    this.#closing ??= this.#stop();
    return this.#closing;
  }

  async #stop(): Promise<void> {
    // One that still waits for the database gives up by that.
    await this.#starting?.stop({ graceful: true, timeout: STOP_MS });
    await this.#boss?.catch(() => {});
  }

  /** One client of its own for all: pg-boss brings its driver, whose parsers nobody else sets. */
  #open(options: { supervise: boolean }): Promise<PgBoss> {
    if (this.#closing) throw new Error("the queue of jobs is closed");
    this.#boss ??= this.#begin(options).catch((error: unknown) => {
      this.#boss = undefined;
      throw error;
    });
    return this.#boss;
  }

  async #begin({ supervise }: { supervise: boolean }): Promise<PgBoss> {
    const { PgBoss } = await import("pg-boss");
    if (this.#closing) throw new Error("the queue of jobs is closed");
    const boss = new PgBoss({
      ...queueSettings(this.#connection),
      supervise,
      superviseIntervalSeconds: this.#checkSeconds,
      monitorIntervalSeconds: this.#checkSeconds,
    });
    boss.on("error", (error) => this.#log.warn({ err: error }, "the queue of jobs had a fault; it goes on"));
    boss.on("warning", ({ data }) => this.#log.warn(warningOf(data), "the queue of jobs has a warning"));
    this.#starting = boss;
    return boss.start({ attempts: START_TRIES });
  }

  /** The queue of a kind, made by whoever needs it first. */
  #queue(boss: PgBoss, kind: Worker["kind"]): Promise<void> {
    const known = this.#queues.get(kind.name);
    if (known) return known;
    const made = boss.createQueue(kind.name, queueOptions(kind)).catch((error: unknown) => {
      this.#queues.delete(kind.name);
      throw error;
    });
    this.#queues.set(kind.name, made);
    return made;
  }

  /** Does one job. Of a failure pg-boss keeps what it is given, and errors hold statements and addresses. */
  async #run({ kind, run }: Worker, job: Job): Promise<JobResult> {
    const isLastTry = job.retryCount >= kind.retries;
    try {
      await run(job.data, job.signal, { isLastTry });
      return { id: job.id, status: "completed" };
    } catch (error) {
      const { name } = kind;
      const entry = { job: name, jobId: job.id, tries: job.retryCount + 1, err: error };
      if (isLastTry) this.#log.error(entry, "a job failed for the last time");
      else this.#log.warn(entry, "a job failed; it is tried again");
      return { id: job.id, status: "failed", output: { code: faultCode(error) || nameOf(error) } };
    }
  }
}

/** What a warning is about, and why a start failed; nothing of any job. */
function warningOf(data: unknown): { about: unknown; reason: unknown } {
  return { about: Reflect.get(Object(data), "type"), reason: Reflect.get(Object(data), "error") };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

function queueOptions(kind: Worker["kind"]) {
  return {
    retryLimit: kind.retries,
    retryDelay: kind.firstRetrySeconds,
    retryBackoff: true,
    retryDelayMax: kind.longestRetrySeconds,
    expireInSeconds: kind.timeoutSeconds,
    ...(kind.heartbeatSeconds === undefined ? {} : { heartbeatSeconds: kind.heartbeatSeconds }),
    deleteAfterSeconds: KEPT_SECONDS,
  };
}
