import type { Socket } from "node:net";
import type { FrameFilter, Wakeups } from "./wakeups.ts";

/** `up` is towards the server or the database, `down` towards whoever dialed. */
export type Direction = "up" | "down";

/** What an edge does to what crosses it. */
interface EdgeState {
  /** New connections end at once. */
  refuses: boolean;
  holdsUp: boolean;
  holdsDown: boolean;
  bytesPerSecond: number;
  /** What becomes of notifications; on edges to the database only. */
  wakeups: Wakeups;
}

const HEALTHY: EdgeState = {
  refuses: false,
  holdsUp: false,
  holdsDown: false,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  wakeups: "pass",
};
/** A slow edge passes this often what it may. */
const SLOW_EVERY_MS = 50;

/** One line of the network between two parts, with the connections that cross it now. */
export class Edge {
  readonly name: string;
  readonly connections = new Set<Connection>();
  readonly #healthy: EdgeState;
  #state: EdgeState;
  #isTaken = false;

  /** `wakeups`: what becomes of notifications while nothing else is wrong. */
  constructor(name: string, wakeups: Wakeups = "pass") {
    this.name = name;
    this.#healthy = { ...HEALTHY, wakeups };
    this.#state = this.#healthy;
  }

  get state(): Readonly<EdgeState> {
    return this.#state;
  }

  set(changes: Partial<EdgeState>): void {
    this.#state = { ...this.#state, ...changes };
    for (const connection of this.connections) connection.update();
  }

  /** Ends every fault of it. What is taken stays so. */
  heal(): void {
    this.set(this.#healthy);
  }

  /** Whether new connections end at once. */
  get refuses(): boolean {
    return this.#isTaken || this.#state.refuses;
  }

  /** Nothing crosses it before it is given back, whatever other faults of it begin and end meanwhile. */
  take(): void {
    this.#isTaken = true;
    this.cut("end");
  }

  giveBack(): void {
    this.#isTaken = false;
  }

  /** Ends every connection, politely or as a crashed machine does. */
  cut(how: "end" | "reset"): void {
    for (const connection of this.connections) connection.destroy(how);
  }

  holds(direction: Direction): boolean {
    return direction === "up" ? this.#state.holdsUp : this.#state.holdsDown;
  }
}

/** Two sockets, and all edges that lie between them. */
export class Connection {
  readonly #sockets: readonly Socket[];
  readonly #flows: readonly Flow[];
  readonly #edges: readonly Edge[];

  constructor(near: Socket, far: Socket, edges: readonly Edge[], filter?: FrameFilter) {
    this.#sockets = [near, far];
    this.#edges = edges;
    this.#flows = [new Flow(near, far, "up", edges), new Flow(far, near, "down", edges, filter)];
    for (const edge of edges) edge.connections.add(this);
    for (const socket of this.#sockets) {
      socket.setNoDelay(true);
      socket.on("error", () => this.destroy("end"));
      socket.on("close", () => {
        for (const edge of edges) edge.connections.delete(this);
        for (const flow of this.#flows) flow.sourceClosed(socket);
      });
    }
  }

  update(): void {
    for (const flow of this.#flows) flow.update();
  }

  destroy(how: "end" | "reset"): void {
    for (const edge of this.#edges) edge.connections.delete(this);
    for (const socket of this.#sockets) {
      // A socket of the file system, or one that is still being dialed, knows no reset.
      if (how === "reset" && socket.remotePort !== undefined) socket.resetAndDestroy();
      else socket.destroy();
    }
  }
}

/** What goes one way: kept back, slowed or filtered as the edges say. What is held is bounded: the source is paused. */
class Flow {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #direction: Direction;
  readonly #edges: readonly Edge[];
  readonly #filter: FrameFilter | undefined;
  readonly #held: Buffer[] = [];
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, direction: Direction, edges: readonly Edge[], filter?: FrameFilter) {
    this.#from = from;
    this.#to = to;
    this.#direction = direction;
    this.#edges = edges;
    this.#filter = filter;
    from.on("data", (chunk: Buffer) => {
      this.#held.push(...(filter ? filter.push(chunk, this.#wakeups) : [chunk]));
      this.#pump();
      if (this.#held.length > 0) from.pause();
    });
    to.on("drain", () => this.#pump());
  }

  update(): void {
    if (this.#filter) this.#held.push(...this.#filter.release(this.#wakeups));
    this.#pump();
  }

  /** A source that ended well may have said something that is still held. */
  sourceClosed(socket: Socket): void {
    if (socket === this.#to) {
      clearTimeout(this.#timer);
      this.#from.destroy();
      return;
    }
    this.#isOver = true;
    this.#pump();
  }

  get #wakeups(): Wakeups {
    return this.#edges.map(({ state }) => state.wakeups).find((wakeups) => wakeups !== "pass") ?? "pass";
  }

  #pump(): void {
    if (this.#timer || this.#to.destroyed) return;
    for (let chunk = this.#held[0]; chunk; chunk = this.#held[0]) {
      if (this.#edges.some((edge) => edge.holds(this.#direction)) || this.#to.writableNeedDrain) return;
      const rate = Math.min(...this.#edges.map(({ state }) => state.bytesPerSecond));
      const most = Math.max(1, Math.round((rate * SLOW_EVERY_MS) / 1000));
      this.#to.write(chunk.subarray(0, most));
      if (chunk.length > most) this.#held[0] = chunk.subarray(most);
      else this.#held.shift();
      if (rate !== Number.POSITIVE_INFINITY) {
        this.#timer = setTimeout(() => {
          this.#timer = undefined;
          this.#pump();
        }, SLOW_EVERY_MS);
        return;
      }
    }
    if (this.#isOver) this.#to.end();
    else if (this.#from.isPaused()) this.#from.resume();
  }
}
