import type { AppServices, ConnectionContext } from "./core/context.ts";
import { pause } from "./core/faults.ts";
import { Flow, type Outlet } from "./core/live/flow.ts";

/** How often connections are looked after, and their sessions are validated in one query. */
const ROUND_MS = 2_000;
/** Without a validated session for longer, a connection gets nothing more until it is (rule L15). */
const STALE_MS = 10_000;
/** A reader that takes nothing for this long is closed (rule L17). */
const STALLED_MS = 30_000;
/** When a process ends, its clients dial again spread over this, and over less when they are few (rule L19). */
const SPREAD_MS = 4_000;
const SPREAD_MS_PER_CONNECTION = 10;
/** Of one account, over all its sessions. */
const CONNECTIONS_PER_USER = 100;
/** Sockets of one network of which nobody knows (yet) whose they are. */
const MOST_STRANGERS = 200;

/** What the registry does with a connection, whatever it is. */
export interface Line extends Pick<Outlet, "waitingBytes" | "tellWhenTaken"> {
  /** Asks the client to go on over a new connection: this process ends. */
  dialAgain(): void;
  /** Asks the client to come again later, with what it has. */
  tryAgainLater(): void;
  /** The session is over: the client may come again, and learns so. */
  endSession(): void;
  /** Ends it at once: whatever waits is lost. */
  cut(): void;
  /** What the kernel took of it since it was opened. */
  takenBytes(): number;
  /** Whether its client gives no sign of life. */
  isDead(): boolean;
}

/** Something open through which a session hears: a WebSocket, or the answer of a watch by HTTP. */
export class Connection implements ConnectionContext, Outlet {
  subscriptions = 0;
  readonly flow = new Flow(this);
  readonly line: Line;
  session: { id: string; userId: string } | undefined;
  /** Where it is from, while it is nobody's; undefined: that is not counted. */
  network: string | undefined;
  validatedAt = performance.now();
  /** When the kernel was last seen to have taken something, or nothing waited. */
  #progressAt = performance.now();
  #takenBytes = 0;

  constructor(line: Line, network?: string) {
    this.line = line;
    this.network = network;
  }

  waitingBytes(): number {
    return this.line.waitingBytes();
  }

  isOpen(): boolean {
    return this.session === undefined || performance.now() - this.validatedAt < STALE_MS;
  }

  tellWhenTaken(flow: Flow): void {
    this.line.tellWhenTaken(flow);
  }

  tryAgainLater(): void {
    this.line.tryAgainLater();
  }

  /** Progress is what the kernel took, not an empty buffer: a slow reader may never have one. */
  isStalled(): boolean {
    const now = performance.now();
    const takenBytes = this.line.takenBytes();
    if (takenBytes !== this.#takenBytes || this.line.waitingBytes() === 0) this.#progressAt = now;
    this.#takenBytes = takenBytes;
    return now - this.#progressAt > STALLED_MS;
  }
}

/** All that is open in this process, by whose session it is. */
export class Connections {
  readonly #app: AppServices;
  readonly #all = new Set<Connection>();
  readonly #perUser = new Map<string, number>();
  readonly #strangers = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #isValidating = false;

  constructor(app: AppServices) {
    this.#app = app;
    this.#timer = setInterval(() => this.#round(), ROUND_MS);
    this.#timer.unref();
    app.sessions.onEnded((sessionIds) => this.#endLater((session) => sessionIds.includes(session.id)));
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Asks every client to go on elsewhere, each at a moment of its own. */
  async dialAgain(): Promise<void> {
    const spreadMs = Math.min(SPREAD_MS, this.#all.size * SPREAD_MS_PER_CONNECTION);
    await Promise.all(
      [...this.#all].map(async ({ line }) => {
        await pause(Math.random() * spreadMs);
        line.dialAgain();
      }),
    );
  }

  /** Whether one more of a network may be open before it says whose it is. */
  hasRoomFor(network: string | undefined): boolean {
    return network === undefined || (this.#strangers.get(network) ?? 0) < MOST_STRANGERS;
  }

  add(connection: Connection): void {
    this.#all.add(connection);
    if (connection.network !== undefined) count(this.#strangers, connection.network, 1);
  }

  #isNoStranger(connection: Connection): void {
    if (connection.network !== undefined) count(this.#strangers, connection.network, -1);
    connection.network = undefined;
  }

  /** Says whose it is. Answers false when that is one too many: it is asked to come again later. */
  admit(connection: Connection, session: { id: string; userId: string }): boolean {
    if (!this.#all.has(connection)) return true;
    this.#isNoStranger(connection);
    connection.session = session;
    if (count(this.#perUser, session.userId, 1) <= CONNECTIONS_PER_USER) return true;
    connection.tryAgainLater();
    return false;
  }

  delete(connection: Connection): void {
    if (!this.#all.delete(connection)) return;
    this.#isNoStranger(connection);
    if (connection.session) count(this.#perUser, connection.session.userId, -1);
  }

  /** Asks the database which sessions still count, of one account or of all, and ends the connections of the others. */
  async validate(userId?: string): Promise<void> {
    const startedAt = performance.now();
    const asked = this.#signedIn().filter(({ session }) => userId === undefined || session.userId === userId);
    if (asked.length === 0) return;
    const live = await this.#findLive(asked.map(({ session }) => session.id));
    // Not now: the next round asks again, and who was not validated for too long gets nothing.
    if (!live) return;
    for (const { connection, session } of asked) {
      if (live.has(session.id)) {
        connection.validatedAt = Math.max(connection.validatedAt, startedAt);
        connection.flow.drained();
      } else connection.line.endSession();
    }
  }

  async #findLive(sessionIds: readonly string[]): Promise<ReadonlySet<string> | undefined> {
    try {
      return await this.#app.sessions.findLive([...new Set(sessionIds)]);
    } catch (error) {
      this.#app.log.debug({ err: error }, "sessions could not be validated");
      return undefined;
    }
  }

  #signedIn(): { connection: Connection; session: { id: string; userId: string } }[] {
    return [...this.#all].flatMap((connection) =>
      connection.session ? [{ connection, session: connection.session }] : [],
    );
  }

  /** After this turn: the call that ended the session may have come by one of them, and still has to be answered. */
  #endLater(isEnded: (session: { id: string }) => boolean): void {
    const ended = this.#signedIn().filter(({ session }) => isEnded(session));
    setImmediate(() => {
      for (const { connection } of ended) connection.line.endSession();
    });
  }

  #round(): void {
    for (const connection of this.#all) {
      if (connection.isStalled() || connection.line.isDead()) connection.line.cut();
      else if (connection.line.waitingBytes() === 0) connection.flow.drained();
    }
    // One at a time: a database that does not answer is not asked more and more.
    if (this.#isValidating) return;
    this.#isValidating = true;
    void this.validate().finally(() => {
      this.#isValidating = false;
    });
  }
}

/** Adds to a count that is kept while it is not zero. */
function count(counts: Map<string, number>, key: string, change: 1 | -1): number {
  const now = (counts.get(key) ?? 0) + change;
  if (now === 0) counts.delete(key);
  else counts.set(key, now);
  return now;
}
