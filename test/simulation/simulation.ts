import { toCursor } from "../../server/core/event-log.ts";
import { Bus } from "./bus.ts";
import { writeOf } from "./changes.ts";
import { Client } from "./client.ts";
import { Database } from "./database.ts";
import type { Does, Plan } from "./deeds.ts";
import { type Frame, Line } from "./line.ts";
import type { Parts } from "./parts.ts";
import { Process } from "./process.ts";
import { Scheduler } from "./scheduler.ts";
import { type Membership, mayWatch } from "./state.ts";
import type { Surroundings, Witness } from "./witness.ts";

const BOARD_IDS = ["board-1", "board-2"];
const MEMBERS = new Map<string, Membership>([
  ["owner", { role: "owner", accessVersion: 0 }],
  ["member", { role: "member", accessVersion: 0 }],
  ["guest", { role: "guest", accessVersion: 0 }],
  ["other", { role: "member", accessVersion: 1 }],
]);
const USER_IDS = [...MEMBERS.keys()];

/** Processes, clients and a database, and what befalls them. */
export class Simulation {
  readonly scheduler: Scheduler;
  readonly database: Database;
  readonly clients: Client[];
  readonly processes: Process[] = [];
  readonly violations: string[] = [];
  /** What was seen, and how often. */
  readonly seen = new Map<string, number>();
  readonly #bus: Bus;
  readonly #parts: Parts;
  readonly #around: Surroundings;
  /** Writes under way, each by its process. */
  readonly #writes = new Set<{ readonly by: Process }>();

  constructor({ seed, processes, clients, slowness, bus }: Plan, parts: Parts) {
    this.#parts = parts;
    this.scheduler = new Scheduler(seed);
    this.scheduler.slowness = slowness;
    this.database = new Database(this.scheduler, BOARD_IDS, MEMBERS);
    this.#bus = new Bus(this.scheduler);
    this.#bus.mood = bus;
    const { history } = this.database;
    this.#around = {
      scheduler: this.scheduler,
      history,
      report: (violation) => this.report(violation),
      count: (what) => this.seen.set(what, (this.seen.get(what) ?? 0) + 1),
    };
    for (let slot = 0; slot < processes; slot += 1) this.#start(slot);
    const connect = (client: Client) => this.#connect(client);
    this.clients = USER_IDS.slice(0, clients).map((userId) => new Client(userId, this.#around, connect));
  }

  report(violation: string): void {
    const { now, steps } = this.scheduler;
    this.violations.push(`at ${Math.round(now)} ms, step ${steps}: ${violation}`);
  }

  async do(does: Does): Promise<void> {
    if (does.type === "wait") await this.scheduler.runFor(does.ms);
    else if (does.type === "bus") this.#bus.become(does.mood);
    else if (does.type === "restore") this.database.restore(does.commits);
    else if ("client" in does) this.#doToClient(does);
    else this.#doToProcess(does);
  }

  /** Everything works again, but wake-ups, when they were dead. */
  calmDown(): void {
    this.scheduler.slowness = 0;
    for (const [slot, process] of this.processes.entries()) if (process.isDead) this.#start(slot);
    for (const { link } of this.processes) {
      link.isDown = false;
      link.silentUntil = 0;
    }
    for (const client of this.clients) client.setReading(true);
  }

  get isWriting(): boolean {
    return !this.database.isIdle || [...this.#writes].some(({ by }) => !by.isDead);
  }

  /** Writes something on every board. */
  writeOnAll(): void {
    for (const [board] of BOARD_IDS.entries()) {
      const process = this.scheduler.random.below(this.processes.length);
      this.#doToProcess({ type: "write", process, board, commands: ["create", "rename"], thinkMs: 0 });
    }
  }

  /** The boards that clients have open and may see, and have not as the rows are. */
  get lagging(): string[] {
    return this.clients.flatMap(({ userId, boards }) =>
      [...boards].flatMap(([boardId, board]) => {
        const stream = this.database.state.streams.get(boardId);
        if (!stream || !mayWatch(this.database.state, boardId, userId)) return [];
        if (board.status === "revoked") return [];
        const isThere = board.status === "live" && board.cursor === toCursor(stream);
        return isThere ? [] : [`${userId} has ${boardId} ${board.status} at ${board.cursor}, not ${toCursor(stream)}`];
      }),
    );
  }

  /** The watches that were there by then, have room, and have not been sent what there is. */
  missingOf(then: number): string[] {
    const { streams } = this.database.state;
    return this.#watches.flatMap(({ beganAt, cursor, streamId }) => {
      if (beganAt > then) return [];
      const stream = streams.get(streamId);
      const isThere = !stream || cursor === toCursor(stream);
      return isThere ? [] : [`a watch of ${streamId} was sent ${cursor}, not ${toCursor(stream)}`];
    });
  }

  /** The watches that have said nothing since then. */
  silentSince(then: number): string[] {
    return this.#watches
      .filter(({ saidAt }) => saidAt < then)
      .map(({ streamId }) => `a watch of ${streamId} is silent`);
  }

  get #watches(): Witness[] {
    const open = this.processes.filter(({ isDead }) => !isDead).flatMap(({ witnesses }) => [...witnesses]);
    return open.filter(([, line]) => !line.isCut && !line.isHeld && !line.hasWaiting).map(([witness]) => witness);
  }

  /** The boards that clients have open and may not see. */
  get trespassing(): string[] {
    return this.clients.flatMap(({ userId, boards }) =>
      [...boards].flatMap(([boardId, { status }]) =>
        status === "revoked" || mayWatch(this.database.state, boardId, userId) ? [] : [`${userId} watches ${boardId}`],
      ),
    );
  }

  #start(slot: number): void {
    const options = { database: this.database, bus: this.#bus, around: this.#around, parts: this.#parts };
    this.processes[slot] = new Process(options);
  }

  #connect(client: Client): Line | undefined {
    const { scheduler } = this;
    const process = scheduler.random.pick(this.processes.filter(({ isDead }) => !isDead));
    if (!process) return undefined;
    const server = {
      receive: (line: Line, request: Parameters<Process["receive"]>[2]) =>
        process.receive(client.userId, line, request),
      lost: (line: Line) => process.lost(line),
    };
    const { report } = this.#around;
    const taker = {
      isReading: () => client.isReading,
      receive: (line: Line, frame: Frame) => this.#parts.isTaken(frame) && client.receive(line, frame),
      lost: (line: Line) => client.lost(line),
    };
    return new Line({ scheduler, ends: { client: taker, server }, createFlow: this.#parts.createFlow, report });
  }

  #doToClient(does: Extract<Does, { client: number }>): void {
    const client = this.clients[does.client % this.clients.length];
    if (!client) return;
    switch (does.type) {
      case "open":
        return client.open(boardOf(does));
      case "close":
        return client.close(boardOf(does));
      case "cut":
        return client.line?.cut();
      case "dial-again":
        return client.dialAgain();
      case "hold":
        return client.line?.hold(does.ms);
      case "stop-reading":
      case "read":
        return client.setReading(does.type === "read");
    }
  }

  #doToProcess(does: Extract<Does, { process: number }>): void {
    const slot = does.process % this.processes.length;
    const process = this.processes[slot];
    if (!process || process.isDead) return;
    const { link } = process;
    const write = writeOf(does, BOARD_IDS, USER_IDS);
    if (write) return this.#write(process, write);
    if (does.type === "lose-connections") link.lose();
    else if (does.type === "crash") {
      process.die();
      this.scheduler.plan(does.backAfterMs, () => {
        if (this.processes[slot] === process) this.#start(slot);
      });
    } else if (does.type === "lose-database") {
      link.isDown = true;
      link.lose();
      this.scheduler.plan(does.ms, () => {
        link.isDown = false;
      });
    } else if (does.type === "silence-database") link.silentUntil = this.scheduler.now + does.ms;
  }

  #write(process: Process, write: Parameters<Process["write"]>[0]): void {
    const entry = { by: process };
    this.#writes.add(entry);
    void process
      .write(write)
      .catch((error: unknown) => this.report(`a write failed with ${String(error)}`))
      .finally(() => this.#writes.delete(entry));
  }
}

function boardOf({ board }: { board: number }): string {
  return BOARD_IDS[board % BOARD_IDS.length] ?? "";
}
