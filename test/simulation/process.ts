import { AppError } from "../../server/core/app-error.ts";
import { type LogEvent, parseCursor } from "../../server/core/event-log.ts";
import { isConnectionFault, pause } from "../../server/core/faults.ts";
import { follow, type StreamMessage } from "../../server/core/live/follow.ts";
import { Hub } from "../../server/core/live/hub.ts";
import { bytesOf, toEvent } from "../../server/core/live/frames.ts";
import { Watcher } from "../../server/core/live/watcher.ts";
import type { BoardEvent, LiveMessage } from "../../server/events.ts";
import type { Bus } from "./bus.ts";
import type { Database, Draft, Wanted } from "./database.ts";
import { createFakeLog } from "./fake-log.ts";
import type { Line, Request } from "./line.ts";
import { LineWire } from "./line-wire.ts";
import type { Link } from "./link.ts";
import { createReportingLogger } from "./logger.ts";
import type { Parts } from "./parts.ts";
import { ORG } from "./state.ts";
import { type Heard, type Surroundings, toHeard, Witness } from "./witness.ts";

/** A write: what it locks, how long it holds that, and what it changes. */
export interface Write {
  readonly wanted: Wanted;
  readonly thinkMs: number;
  readonly change: (draft: Draft, mutationId: string) => void;
}

interface Outcome {
  readonly repeat: { readonly streamId: string; readonly version: number } | undefined;
  readonly events: readonly (readonly [string, readonly LogEvent[]])[];
  readonly deleted: ReadonlySet<string>;
}

/** A watch under way. */
type Served = Request & { type: "watch"; userId: string; line: Line; stop: AbortController };

/** One server process: the real hub, and the real `follow` for each watch. */
export class Process {
  readonly hub: Hub;
  readonly link: Link;
  /** The connections, each with what stops its watches. */
  readonly lines = new Map<Line, Map<number, AbortController>>();
  readonly witnesses = new Map<Witness, Line>();
  readonly #wires = new WeakMap<Line, LineWire>();
  /** The streams that the last poll asked for. */
  polled: readonly string[] = [];
  isDead = false;
  readonly #database: Database;
  readonly #around: Surroundings;
  readonly #parts: Parts;
  #mutations = 0;

  constructor(options: { database: Database; bus: Bus; around: Surroundings; parts: Parts }) {
    this.#database = options.database;
    this.#around = options.around;
    this.#parts = options.parts;
    this.link = options.database.connect();
    const streamLog = options.parts.log(createFakeLog(options.database, this.link), options.database, this.link);
    this.hub = new Hub({
      streamLog: {
        ...streamLog,
        since: (horizon, streamIds) => {
          this.polled = streamIds;
          return streamLog.since(horizon, streamIds);
        },
      },
      log: createReportingLogger(options.around.report),
      wakeUps: options.bus.engine,
      ring: { events: 8, bytes: 400_000 },
    });
  }

  /** Ends as `kill -9` does: nothing that was under way goes on. */
  die(): void {
    this.isDead = true;
    this.link.die();
    for (const line of this.lines.keys()) line.cut();
    void this.hub.close();
  }

  /** Like `server/core/write.ts`: tried again with the same mutation id until its outcome is known. */
  async write(write: Write): Promise<void> {
    const { random, now } = this.#around.scheduler;
    this.#mutations += 1;
    const mutationId = `mutation-${this.#mutations}-${random.below(2 ** 32)}`;
    for (let tries = 0; !this.isDead && this.#around.scheduler.now < now + 8_000; tries += 1) {
      try {
        await this.#attempt(write, mutationId);
        return;
      } catch (error) {
        if (!isConnectionFault(error)) throw error;
      }
      await pause(Math.min(5 * 2 ** tries, 500));
    }
  }

  async #attempt({ wanted, thinkMs, change }: Write, mutationId: string): Promise<void> {
    const transaction = await this.#database.begin(this.link, wanted);
    if (thinkMs > 0) await pause(thinkMs);
    const { repeat, events, deleted } = await this.#database.commit(transaction, (draft): Outcome => {
      const before = draft.repeatOf(mutationId);
      if (before) return { repeat: before, events: [], deleted: new Set() };
      change(draft, mutationId);
      const [streamId = ORG] = wanted.streamIds;
      draft.stored = { id: mutationId, streamId, version: draft.stream(streamId)?.version ?? 0 };
      const made = wanted.streamIds.map((id) => [id, draft.eventsOf(id)] as const);
      return { repeat: undefined, events: made, deleted: draft.deleted };
    });
    if (this.isDead) return;
    if (repeat) this.hub.repeated(repeat.streamId, repeat.version);
    for (const [streamId, added] of events) this.hub.committed(streamId, added);
    if (wanted.org === "exclusive" && !repeat) this.hub.recheckOrg(ORG);
    for (const streamId of deleted) this.hub.deleted(streamId);
  }

  receive(userId: string, line: Line, request: Request): void {
    if (this.isDead) return;
    const stops = this.lines.get(line) ?? new Map<number, AbortController>();
    this.lines.set(line, stops);
    if (request.type === "stop") stops.get(request.watchId)?.abort();
    else {
      const stop = new AbortController();
      stops.set(request.watchId, stop);
      void this.#serve({ userId, line, stop, ...request }).finally(() => stops.delete(request.watchId));
    }
  }

  /** A line is gone: so are its watches. */
  lost(line: Line): void {
    for (const stop of this.lines.get(line)?.values() ?? []) stop.abort();
    this.lines.delete(line);
  }

  async #serve(served: Served): Promise<void> {
    const { userId, line, stop, watchId, boardId: streamId, lastEventId } = served;
    const witness = new Witness({ userId, streamId, lastEventId }, this.#around);
    const { hub, link } = this;
    const wire = this.#wireOf(line);
    // As a stock client has it by HTTP, now and then.
    const seat = this.#around.scheduler.random.chance(0.8) ? wire.seat(watchId, witness) : undefined;
    this.witnesses.set(witness, line);
    const watcher = new Watcher(userId, parseCursor(lastEventId), seat);
    stop.signal.addEventListener("abort", () => watcher.stop());
    try {
      const open = this.#parts.open(this.#database, link, { streamId, userId });
      const watch = { hub, streamId, flow: line.flow, open };
      for await (const [id, said] of follow(watch, watcher)) {
        if (this.isDead || stop.signal.aborted) return;
        const message = toHeard(said);
        witness.saw(id, message);
        wire.flush();
        line.write({ watchId, type: "message", id, data: toLiveMessage(message) }, sizeOf(said));
      }
      if (!stop.signal.aborted) line.write({ watchId, type: "ended", kind: undefined }, 0);
    } catch (error) {
      this.#ended(error, witness, served);
    } finally {
      this.witnesses.delete(witness);
    }
  }

  #wireOf(line: Line): LineWire {
    const wire = this.#wires.get(line) ?? new LineWire(line, this.#around, () => !this.isDead);
    this.#wires.set(line, wire);
    return wire;
  }

  #ended(error: unknown, witness: Witness, { line, watchId }: Served): void {
    if (this.isDead) return;
    const kind = error instanceof AppError ? error.kind : "INTERNAL";
    if (kind === "SERVER_UNAVAILABLE") return line.cut();
    if (!(error instanceof AppError)) this.#around.report(`L10: a watch failed with ${String(error)}`);
    witness.ended(kind);
    line.write({ watchId, type: "ended", kind }, 0);
  }
}

function toLiveMessage(message: Heard): LiveMessage {
  if (message.type === "snapshot") return message.part;
  return message.type === "event" ? toEvent<BoardEvent>(message.event) : message;
}

function sizeOf(message: StreamMessage): number {
  if (message.type === "event") return bytesOf(message.event);
  return message.type === "snapshot" ? message.part.bytes.length : 200;
}
