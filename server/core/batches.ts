import type { AnyCommand } from "./command.ts";
import { isConnectionFault, isPoolBusy, isRetryable, isUniqueViolation, pause } from "./faults.ts";
import { transact, type TransactionServices } from "./transaction.ts";

/** How long a write is tried again while the database is away or another transaction is in its way. */
const PATIENCE_MS = 8_000;
/** How often a row that another transaction inserted first may be in the way before that counts as a fault. */
const MOST_OUTRUN = 5;

/**
 * Runs commands together until they are done, refused or given up. Deadlocks and lost connections are repeated with the
 * same mutation ids, so that nothing is done twice. What one of them makes impossible is tried by each of them alone.
 * Answers those that the transaction has left.
 */
export async function carryOut(
  services: TransactionServices,
  commands: readonly AnyCommand[],
): Promise<readonly AnyCommand[]> {
  // Counted from when they came: behind a database that is away, nobody waits for the patience of those before them.
  const until = Math.min(...commands.map(({ since }) => since)) + PATIENCE_MS;
  let waitMs = 5;
  for (let tries = 1; ; tries += 1) {
    try {
      return await transact(services, commands);
    } catch (error) {
      const isOutrun = isUniqueViolation(error) && tries < MOST_OUTRUN;
      const isPassing = isOutrun || isRetryable(error) || isConnectionFault(error);
      if (!isPassing && commands.length > 1 && !isPoolBusy(error)) return eachAlone(services, commands);
      if (!isPassing || performance.now() > until) {
        for (const command of commands) command.fail(error);
        return [];
      }
    }
    await pause(waitMs * (0.5 + Math.random()));
    waitMs = Math.min(waitMs * 2, 500);
  }
}

async function eachAlone(services: TransactionServices, commands: readonly AnyCommand[]): Promise<[]> {
  for (const command of commands) await carryOut(services, [command]);
  return [];
}

export interface BatchLimits {
  /** How many batches are under way at any time, each on a connection. */
  readonly lanes: number;
  /** The most changes of a batch: it holds the event loop while it decides. */
  readonly size: number;
  /** A batch that takes longer waits for something: others need not wait with it. */
  readonly patienceMs: number;
}

/** Fewer than that are not spread over connections. */
const WORTH_A_BATCH = 16;
/** Measured by bench/writes.ts. */
const LIMITS: BatchLimits = { lanes: 2, size: 64, patienceMs: 25 };

/** A command that waits, and when it came. */
interface Waiting {
  readonly command: AnyCommand;
  readonly turn: number;
}

/**
 * The commands of a process that wait for their batch, in order by stream. What waits when a connection is free goes
 * together: a lone command at once, and all those of a busy board in turn. The commands of a stream are never in two
 * batches at once, so that they keep their order and a busy board holds no more than one connection.
 */
export class Batches {
  readonly #services: TransactionServices;
  readonly #limits: BatchLimits;
  readonly #waiting = new Map<string, Waiting[]>();
  /** Streams of which something is under way. */
  readonly #busy = new Set<string>();
  /** Streams that somebody else held: they are waited for in a batch of their own. */
  readonly #held = new Set<string>();
  #turn = 0;
  #running = 0;
  #isStarting = false;

  constructor(services: TransactionServices, limits: BatchLimits = LIMITS) {
    this.#services = services;
    this.#limits = limits;
  }

  add(command: AnyCommand): void {
    this.#turn += 1;
    this.#line(command.streamId).push({ command, turn: this.#turn });
    this.#startSoon();
  }

  #line(streamId: string): Waiting[] {
    const line = this.#waiting.get(streamId) ?? [];
    this.#waiting.set(streamId, line);
    return line;
  }

  /** At the end of this turn of the event loop: what was read from the sockets in it goes together. */
  #startSoon(): void {
    if (this.#isStarting) return;
    this.#isStarting = true;
    setImmediate(() => {
      this.#isStarting = false;
      while (this.#running < this.#limits.lanes) {
        const batch = this.#take();
        if (batch.length === 0) return;
        void this.#run(batch);
      }
    });
  }

  /** The commands of as many streams as fit, in the order in which they came; those streams first that waited longest. */
  #take(): Waiting[] {
    const batch: Waiting[] = [];
    const { size } = this.#limits;
    const share = this.#share;
    let taken = 0;
    for (const [streamId, line] of this.#waiting) {
      const isAlone = this.#held.has(streamId);
      if (this.#busy.has(streamId) || (isAlone && batch.length > 0)) continue;
      const next = takeFrom(line, size - taken, batch.length === 0);
      if (next.length === 0) break;
      this.#busy.add(streamId);
      batch.push(...next);
      taken += sizeOf(next);
      if (isAlone || taken >= share) break;
    }
    for (const { command } of batch) this.#standBehind(command.streamId);
    return batch.toSorted((a, b) => a.turn - b.turn);
  }

  /** When many wait, those of different streams go side by side: one batch decides while the database runs another. */
  get #share(): number {
    let waiting = 0;
    for (const [streamId, line] of this.#waiting) if (!this.#busy.has(streamId)) waiting += sizeOf(line);
    return Math.max(WORTH_A_BATCH, Math.ceil(waiting / (this.#limits.lanes - this.#running)));
  }

  /** What is left of a stream that had its turn stands behind the others. */
  #standBehind(streamId: string): void {
    const line = this.#waiting.get(streamId) ?? [];
    this.#waiting.delete(streamId);
    if (line.length > 0) this.#waiting.set(streamId, line);
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    this.#running += 1;
    let holdsLane = true;
    const leaveLane = () => {
      if (holdsLane) this.#running -= 1;
      holdsLane = false;
      this.#startSoon();
    };
    const impatience = setTimeout(leaveLane, this.#limits.patienceMs);
    for (const { command } of batch) this.#held.delete(command.streamId);
    const left = await carryOut(
      this.#services,
      batch.map(({ command }) => command),
    );
    clearTimeout(impatience);
    for (const { command } of batch) this.#busy.delete(command.streamId);
    for (const waiting of batch.toReversed()) if (left.includes(waiting.command)) this.#putBack(waiting);
    leaveLane();
  }

  #putBack(waiting: Waiting): void {
    const { streamId } = waiting.command;
    this.#held.add(streamId);
    this.#line(streamId).unshift(waiting);
  }
}

/** Takes as many as fit, in order. One that is larger than a batch goes alone. */
function takeFrom(line: Waiting[], room: number, isFirst: boolean): Waiting[] {
  let count = 0;
  for (let left = room; count < line.length; count += 1) {
    left -= line[count]?.command.size ?? 0;
    if (left < 0 && !(isFirst && count === 0)) break;
  }
  return line.splice(0, count);
}

function sizeOf(taken: readonly Waiting[]): number {
  return taken.reduce((sum, { command }) => sum + command.size, 0);
}
