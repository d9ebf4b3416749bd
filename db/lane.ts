import { connect, type Socket } from "node:net";
import postgres, { type Sql } from "postgres";

export type Parameter = postgres.ParameterOrJSON<never>;
/** Runs one statement; its rows are objects, or arrays of values. */
export type Run = (text: string, params: readonly Parameter[], asValues: boolean) => Promise<unknown>;

export interface LaneSettings {
  readonly max: 1;
  readonly socket: (options: Sql["options"]) => Socket;
  readonly onclose: () => void;
  readonly onnotify?: ((channel: string, payload: string) => void) | undefined;
}
/** Makes a client of one connection that uses these settings besides its own. */
export type OpenLane = (settings: LaneSettings) => Sql;

/** One connection: a client of postgres.js of its own, which is not allowed to dial twice. */
export class Lane {
  readonly #client: Sql;
  readonly #pending = new Set<(reason: Error) => void>();
  readonly #onLost: () => void;
  #socket: Socket | undefined;
  #loss: Error | undefined;
  /** When something was last sent to an idle connection, or answered. */
  #answeredAt = 0;

  /** `onNotify` hears of what others `NOTIFY` once this connection has sent a `LISTEN`. */
  constructor(open: OpenLane, onLost: () => void, onNotify?: (channel: string, payload: string) => void) {
    this.#onLost = onLost;
    this.#client = open({
      max: 1,
      socket: (options) => {
        if (this.#socket) throw lost("CONNECTION_CLOSED");
        this.#socket = dial(options);
        return this.#socket;
      },
      onclose: () => this.lose("CONNECTION_CLOSED"),
      onnotify: onNotify,
    });
  }

  /** How long something has waited here without any answer, in milliseconds. */
  get silentMs(): number {
    return this.#pending.size === 0 ? 0 : performance.now() - this.#answeredAt;
  }

  get isLost(): boolean {
    return this.#loss !== undefined;
  }

  run(text: string, params: readonly Parameter[], asValues: boolean): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#loss) return reject(this.#loss);
      if (this.#pending.size === 0) this.#answeredAt = performance.now();
      this.#pending.add(reject);
      this.#gather();
      // Prepared when it has parameters: Drizzle asks for unprepared ones, with one round trip more each.
      const query = this.#client.unsafe(text, [...params], { prepare: params.length > 0 });
      (asValues ? query.values() : query).then(
        (rows) => {
          this.#answeredAt = performance.now();
          this.#pending.delete(reject);
          resolve(rows);
        },
        (error: unknown) => {
          this.#answeredAt = performance.now();
          this.#pending.delete(reject);
          reject(error instanceof Error ? error : new Error("a statement failed", { cause: error }));
          // Whatever did not come from the database is about the connection.
          if (!(error instanceof postgres.PostgresError)) this.lose("CONNECTION_CLOSED");
        },
      );
    });
  }

  /**
   * What is sent in this turn of the event loop leaves in one piece: postgres.js writes each kilobyte by itself, and the
   * rest by a `setImmediate` of its first statement. This one comes behind that: it is asked for when all promises of
   * this turn were followed, and with them all statements handed over.
   */
  #gather(): void {
    const socket = this.#socket;
    if (!socket || socket.writableCorked > 0) return;
    socket.cork();
    queueMicrotask(() => process.nextTick(() => setImmediate(() => socket.uncork())));
  }

  async end(): Promise<void> {
    await this.#client.end({ timeout: 1 });
  }

  /** Nothing more is sent, and nothing is left waiting: postgres.js forgets what was sent to a dying socket. */
  lose(code: LossCode): void {
    if (this.#loss) return;
    const reason = lost(code);
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

type LossCode = "CONNECTION_CLOSED" | "CONNECTION_ENDED" | "ETIMEDOUT" | "POOL_BUSY";

/** An error as postgres.js has it for connections: `code` says what happened. */
export function lost(code: LossCode): Error {
  return Object.assign(new Error(`write ${code}`), { code });
}
