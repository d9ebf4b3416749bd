import { Lane, lost, type OpenLane, type Parameter, type Run } from "./lane.ts";

/**
 * Transactions look up rows by their keys, a few at a time. Plans are kept as long as their connection: one that was made
 * while a table was small would read all of it when it has grown.
 */
const BEGIN = `begin; ${["seqscan", "hashjoin", "mergejoin"].map((way) => `set local enable_${way} = off`).join("; ")}`;

export interface PoolSettings {
  readonly max: number;
  readonly open: OpenLane;
  /** A connection on which something waits, and nothing was answered for so long, is lost. Undefined: never. */
  readonly silenceMs?: number | undefined;
  /** Whoever waits for a connection for so long is refused. Undefined: never. */
  readonly waitMs?: number | undefined;
}

/** Somebody who waits for a connection, since an instant of `performance.now`. */
interface Waiting {
  readonly resolve: (lane: Lane) => void;
  readonly reject: (reason: unknown) => void;
  readonly since: number;
}

/** A statement with what is bound to it. */
export interface Statement {
  readonly text: string;
  readonly params: readonly Parameter[];
}

/**
 * Connections that are each used by one statement or transaction at a time, and never again once they were lost.
 *
 * Why not the pool of postgres.js: when a backend ends in the middle of a transaction it sends its `rollback` to the
 * closed socket, which throws where nobody can catch it and ends the process; statements that waited behind it run on
 * the next session, outside of any transaction; and the next answer on that connection may begin with holes.
 */
export class Pool {
  readonly #settings: PoolSettings;
  readonly #lanes = new Set<Lane>();
  readonly #idle: Lane[] = [];
  readonly #waiting: Waiting[] = [];
  #closing: (() => void) | undefined;
  #losses = 0;
  readonly #listening: NodeJS.Timeout | undefined;
  readonly #patience: NodeJS.Timeout | undefined;

  constructor(settings: PoolSettings) {
    this.#settings = settings;
    const { silenceMs, waitMs } = settings;
    if (waitMs !== undefined) this.#patience = setInterval(() => this.#refuseLate(waitMs), waitMs / 20).unref();
    if (silenceMs === undefined) return;
    this.#listening = setInterval(() => {
      const silent = [...this.#lanes].filter((lane) => lane.silentMs > silenceMs);
      // Where one goes nowhere the idle ones go nowhere either, and each would be found out for itself.
      for (const lane of silent.length > 0 ? [...silent, ...this.#idle] : []) lane.lose("ETIMEDOUT");
    }, silenceMs / 4);
    this.#listening.unref();
  }

  /** How many connections were lost so far: behind the next one may be another database than before. */
  get losses(): number {
    return this.#losses;
  }

  /** Runs one statement on a connection of its own. */
  async run(text: string, params: readonly Parameter[], asValues: boolean): Promise<unknown> {
    const lane = await this.#lease();
    try {
      return await lane.run(text, params, asValues);
    } finally {
      this.#release(lane);
    }
  }

  /** Runs one statement in a transaction behind another one, in one flush: what that has set is gone with it. */
  async runBehind(first: Statement, { text, params }: Statement): Promise<unknown> {
    const lane = await this.#lease();
    try {
      const answers = [
        lane.run("begin", [], false),
        lane.run(first.text, first.params, false),
        lane.run(text, params, false),
        // Behind a failure it is a rollback.
        lane.run("commit", [], false),
      ] as const;
      // The connection is free when all have answered, and the first failure is the one that counts.
      await Promise.allSettled(answers);
      const [, , rows] = await Promise.all(answers);
      return rows;
    } finally {
      this.#release(lane);
    }
  }

  /**
   * Runs `work` in a transaction: statements that are not awaited in between leave together, the first with `begin`.
   * `work` may end it itself by a `commit` or `rollback`, which leaves together with what was sent before.
   * Fails with the statement's error that failed first; when that is a lost connection, it may have been committed.
   */
  async transaction<T>(work: (run: Run) => Promise<T>, begin = BEGIN): Promise<T> {
    const lane = await this.#lease();
    let failure: { error: unknown } | undefined;
    let isOver = false;
    // What fails later fails because of the first failure, and is of no interest.
    const run: Run = (text, params, asValues) => {
      const answer = isOver ? Promise.reject(new Error("the transaction is over")) : lane.run(text, params, asValues);
      isOver ||= text === "commit" || text === "rollback";
      return answer.catch((error: unknown) => {
        failure ??= { error };
        throw failure.error;
      });
    };
    try {
      run(begin, [], false).catch(() => {});
      const result = await work(run);
      // Behind a statement that failed, a commit is a rollback that says nothing of it.
      if (failure) throw failure.error;
      if (!isOver) await run("commit", [], false);
      return result;
    } catch (error) {
      isOver = true;
      await lane.run("rollback", [], false).catch(() => {});
      throw error;
    } finally {
      this.#release(lane);
    }
  }

  /** Lets what runs end, for as long as `patienceMs`, and closes all connections. */
  async close(patienceMs: number): Promise<void> {
    clearInterval(this.#listening);
    clearInterval(this.#patience);
    for (const { reject } of this.#waiting.splice(0)) reject(lost("CONNECTION_ENDED"));
    const idle = new Promise<void>((resolve) => {
      this.#closing = resolve;
    });
    if (this.#idle.length < this.#lanes.size) {
      const impatience = setTimeout(() => this.#closing?.(), patienceMs);
      await idle;
      clearTimeout(impatience);
    }
    await Promise.all([...this.#lanes].map((lane) => lane.end()));
  }

  /** They wait in the order in which they came. */
  #refuseLate(waitMs: number): void {
    const since = performance.now() - waitMs;
    while (this.#waiting[0] && this.#waiting[0].since < since) this.#waiting.shift()?.reject(lost("POOL_BUSY"));
  }

  async #lease(): Promise<Lane> {
    if (this.#closing) throw lost("CONNECTION_ENDED");
    const idle = this.#idle.pop();
    if (idle) return idle;
    if (this.#lanes.size < this.#settings.max) return this.#open();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject, since: performance.now() });
    });
  }

  #release(lane: Lane): void {
    const free = lane.isLost ? undefined : lane;
    const next = this.#waiting.shift();
    if (next) next.resolve(free ?? this.#open());
    else if (free) this.#idle.push(free);
    if (this.#idle.length === this.#lanes.size) this.#closing?.();
  }

  #open(): Lane {
    const lane = new Lane(this.#settings.open, () => {
      this.#losses += 1;
      this.#lanes.delete(lane);
      const at = this.#idle.indexOf(lane);
      if (at !== -1) this.#idle.splice(at, 1);
    });
    this.#lanes.add(lane);
    return lane;
  }
}
