import { connect, type Socket } from "node:net";
import postgres, { type Sql } from "postgres";

export interface PoolSettings {
  readonly max: number;
  /** Makes a client of one connection that uses these settings besides its own. */
  readonly open: (settings: { max: 1; socket: (options: Sql["options"]) => Socket; onclose: () => void }) => Sql;
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
  readonly #waiting: { resolve: (lane: Lane) => void; reject: (reason: unknown) => void }[] = [];
  #closing: (() => void) | undefined;
  #losses = 0;

  constructor(settings: PoolSettings) {
    this.#settings = settings;
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

  /**
   * Runs `work` in a transaction: statements that are not awaited in between leave together, the first with `begin`.
   * Fails with the statement's error that failed first; when that is a lost connection, it may have been committed.
   */
  async transaction<T>(work: (run: Run) => Promise<T>): Promise<T> {
    const lane = await this.#lease();
    let failure: { error: unknown } | undefined;
    let isOver = false;
    // What fails later fails because of the first failure, and is of no interest.
    const run: Run = (text, params, asValues) =>
      (isOver ? Promise.reject(new Error("the transaction is over")) : lane.run(text, params, asValues)).catch(
        (error: unknown) => {
          failure ??= { error };
          throw failure.error;
        },
      );
    try {
      run("begin", [], false).catch(() => {});
      const result = await work(run);
      isOver = true;
      if (failure) throw failure.error;
      await lane.run("commit", [], false);
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

  async #lease(): Promise<Lane> {
    if (this.#closing) throw lost("CONNECTION_ENDED");
    const idle = this.#idle.pop();
    if (idle) return idle;
    if (this.#lanes.size < this.#settings.max) return this.#open();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
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

export type Parameter = postgres.ParameterOrJSON<never>;
/** Runs one statement; its rows are objects, or arrays of values. */
export type Run = (text: string, params: readonly Parameter[], asValues: boolean) => Promise<unknown>;

/** One connection: a client of postgres.js of its own, which is not allowed to dial twice. */
class Lane {
  readonly #client: Sql;
  readonly #pending = new Set<(reason: Error) => void>();
  readonly #onLost: () => void;
  #loss: Error | undefined;

  constructor(open: PoolSettings["open"], onLost: () => void) {
    this.#onLost = onLost;
    let dialed = false;
    this.#client = open({
      max: 1,
      socket(options) {
        if (dialed) throw lost("CONNECTION_CLOSED");
        dialed = true;
        return dial(options);
      },
      onclose: () => this.#lose(lost("CONNECTION_CLOSED")),
    });
  }

  get isLost(): boolean {
    return this.#loss !== undefined;
  }

  run(text: string, params: readonly Parameter[], asValues: boolean): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#loss) return reject(this.#loss);
      this.#pending.add(reject);
      // Prepared when it has parameters: Drizzle asks for unprepared ones, with one round trip more each.
      const query = this.#client.unsafe(text, [...params], { prepare: params.length > 0 });
      (asValues ? query.values() : query).then(
        (rows) => {
          this.#pending.delete(reject);
          resolve(rows);
        },
        (error: unknown) => {
          this.#pending.delete(reject);
          reject(error instanceof Error ? error : new Error("a statement failed", { cause: error }));
          // Whatever did not come from the database is about the connection.
          if (!(error instanceof postgres.PostgresError)) this.#lose(lost("CONNECTION_CLOSED"));
        },
      );
    });
  }

  async end(): Promise<void> {
    await this.#client.end({ timeout: 1 });
  }

  /** Nothing more is sent, and nothing is left waiting: postgres.js forgets what was sent to a dying socket. */
  #lose(reason: Error): void {
    if (this.#loss) return;
    this.#loss = reason;
    for (const reject of this.#pending) reject(reason);
    this.#pending.clear();
    this.#onLost();
    void this.#client.end({ timeout: 0 });
  }
}

function dial({ path, host, port }: Sql["options"]): Socket {
  if (typeof path === "string") return connect(path);
  // postgres.js reads the host from the socket: the name that a certificate is checked for.
  const to = { host: host[0] ?? "localhost", port: port[0] ?? 5432 };
  return Object.assign(connect(to), to);
}

/** An error as postgres.js has it for connections: `code` says what happened. */
function lost(code: "CONNECTION_CLOSED" | "CONNECTION_ENDED"): Error {
  return Object.assign(new Error(`write ${code}`), { code });
}
