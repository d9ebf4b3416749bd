import type { AnyCommand } from "./command.ts";
import { isConnectionFault, isRetryable, isUniqueViolation, pause } from "./faults.ts";
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
  const until = performance.now() + PATIENCE_MS;
  let waitMs = 5;
  for (let tries = 1; ; tries += 1) {
    try {
      return await transact(services, commands);
    } catch (error) {
      const isOutrun = isUniqueViolation(error) && tries < MOST_OUTRUN;
      const isPassing = isOutrun || isRetryable(error) || isConnectionFault(error);
      if (!isPassing && commands.length > 1) return eachAlone(services, commands);
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

/** Measured by bench/writes.ts. */
const LIMITS: BatchLimits = { lanes: 2, size: 64, patienceMs: 25 };

/**
 * The commands of a process that wait for their batch, in order by stream. What waits when a connection is free goes
 * together: a lone command at once, and all those of a busy board in turn. The commands of a stream are never in two
 * batches at once, so that they keep their order and a busy board holds no more than one connection.
 */
export class Batches {
  readonly #services: TransactionServices;
  readonly #limits: BatchLimits;
  readonly #waiting = new Map<string, AnyCommand[]>();
  /** Streams of which something is under way. */
  readonly #busy = new Set<string>();
  /** Streams that somebody else held: they are waited for in a batch of their own. */
  readonly #held = new Set<string>();
  #running = 0;
  #isStarting = false;

  constructor(services: TransactionServices, limits: BatchLimits = LIMITS) {
    this.#services = services;
    this.#limits = limits;
  }

  add(command: AnyCommand): void {
    const others = this.#waiting.get(command.streamId);
    if (others) others.push(command);
    else this.#waiting.set(command.streamId, [command]);
    this.#startSoon();
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

  /** The commands of as many streams as fit, those first that have waited longest. */
  #take(): AnyCommand[] {
    const batch: AnyCommand[] = [];
    let room = this.#limits.size;
    for (const [streamId, commands] of Array.from(this.#waiting)) {
      if (this.#busy.has(streamId)) continue;
      const isAlone = this.#held.has(streamId);
      if (isAlone && batch.length > 0) continue;
      room = this.#takeOf(streamId, commands, { batch, room });
      if (isAlone || room <= 0) break;
    }
    return batch;
  }

  #takeOf(streamId: string, commands: AnyCommand[], { batch, room }: { batch: AnyCommand[]; room: number }): number {
    let left = room;
    let count = 0;
    for (const { size } of commands) {
      // One that is larger than a batch goes alone.
      if (size > left && batch.length + count > 0) break;
      left -= size;
      count += 1;
    }
    batch.push(...commands.splice(0, count));
    if (count > 0) this.#busy.add(streamId);
    // What is left stands behind the others next time.
    this.#waiting.delete(streamId);
    if (commands.length > 0) this.#waiting.set(streamId, commands);
    return left;
  }

  async #run(batch: readonly AnyCommand[]): Promise<void> {
    this.#running += 1;
    let holdsLane = true;
    const leaveLane = () => {
      if (holdsLane) this.#running -= 1;
      holdsLane = false;
      this.#startSoon();
    };
    const impatience = setTimeout(leaveLane, this.#limits.patienceMs);
    const streamIds = new Set(batch.map(({ streamId }) => streamId));
    for (const streamId of streamIds) this.#held.delete(streamId);
    const left = await carryOut(this.#services, batch);
    clearTimeout(impatience);
    for (const streamId of streamIds) this.#busy.delete(streamId);
    for (const command of left.toReversed()) this.#putBack(command);
    leaveLane();
  }

  #putBack(command: AnyCommand): void {
    this.#held.add(command.streamId);
    const later = this.#waiting.get(command.streamId) ?? [];
    this.#waiting.set(command.streamId, [command, ...later]);
  }
}
