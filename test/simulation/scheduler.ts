import { vi } from "vitest";
import { Random } from "./random.ts";

/** One thing that is going to happen. */
export interface Planned {
  readonly at: number;
  /** Decides between what happens at the same moment. */
  readonly tie: number;
  readonly run: () => void;
  isCancelled: boolean;
}

/** What the code under test waits for by itself: kept before it is taken away. */
const realTurn = setImmediate;
const EPOCH = Date.UTC(2026, 0, 5);

/**
 * Virtual time. Whatever somebody waits for (a timer, an answer of the database, a byte on a socket) is planned here,
 * and the seed decides what comes first of that which could. One step is one of these and all the microtasks after it.
 */
export class Scheduler {
  readonly random: Random;
  /** Milliseconds since the start. */
  now = 0;
  steps = 0;
  /** How slow the world is: the chance that something takes long. */
  slowness = 0.05;
  readonly #heap: Planned[] = [];

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  plan(delayMs: number, run: () => void): Planned {
    const planned = { at: this.now + Math.max(0, delayMs), tie: this.random.next(), run, isCancelled: false };
    this.#push(planned);
    return planned;
  }

  /** How long a message or a statement takes: mostly nothing, so that it is the tie that decides. */
  latency(): number {
    if (this.random.chance(this.slowness)) return this.random.next() * (this.random.chance(0.2) ? 2_500 : 60);
    return this.random.chance(0.6) ? 0 : this.random.next() * 3;
  }

  soon(run: () => void): void {
    this.plan(this.latency(), run);
  }

  /** Lets so many things happen. */
  async runSteps(count: number): Promise<void> {
    await turn();
    for (let done = 0; done < count; done += 1) if (!(await this.#step(Number.POSITIVE_INFINITY))) return;
  }

  /** Lets things happen for so long, or until `isDone` after one of them. Answers whether it was. */
  async runFor(ms: number, isDone: () => boolean = () => false): Promise<boolean> {
    const until = this.now + ms;
    // What was done before plans what it waits for in microtasks.
    await turn();
    while (!isDone()) {
      if (await this.#step(until)) continue;
      this.now = until;
      return isDone();
    }
    return true;
  }

  async #step(until: number): Promise<boolean> {
    for (;;) {
      const next = this.#heap[0];
      if (!next || next.at > until) return false;
      this.#pop();
      if (next.isCancelled) continue;
      this.now = next.at;
      this.steps += 1;
      next.run();
      await turn();
      return true;
    }
  }

  /** Puts virtual time and the seed's chance in the place of the platform's. Answers what puts those back. */
  install(): () => void {
    const { random } = Math;
    Math.random = () => this.random.next();
    const after = (run: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]) =>
      this.plan(Math.max(1, delayMs), () => run(...args));
    const cancel = (planned: Planned | undefined) => {
      if (planned) planned.isCancelled = true;
    };
    vi.stubGlobal("setTimeout", after);
    vi.stubGlobal("clearTimeout", cancel);
    vi.stubGlobal("setImmediate", (run: () => void) => this.plan(0, run));
    vi.stubGlobal("performance", { now: () => this.now });
    const now = () => EPOCH + this.now;
    vi.stubGlobal(
      "Date",
      class extends Date {
        static override now = now;
      },
    );
    return () => {
      Math.random = random;
      vi.unstubAllGlobals();
    };
  }

  #push(planned: Planned): void {
    const heap = this.#heap;
    let index = heap.push(planned) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (!above || !isBefore(planned, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = planned;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      const child = right && left && isBefore(right, left) ? right : left;
      if (!child || !isBefore(child, last)) break;
      heap[index] = child;
      index = child === right ? 2 * index + 2 : 2 * index + 1;
    }
    heap[index] = last;
  }
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.at < b.at || (a.at === b.at && a.tie < b.tie);
}

/** So many turns are asked for at once: one at a time costs ten times as much, most of it to see what has come from outside. */
const TURNS_AT_ONCE = 100;
/** How many of them are still to come, and who waits for the next. */
let turnsToCome = 0;
let resolveTurn = () => {};

/** Lets every microtask run, and whatever was rejected and heard by nobody be reported. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    resolveTurn = resolve;
    if (turnsToCome > 0) return;
    for (; turnsToCome < TURNS_AT_ONCE; turnsToCome += 1) realTurn(takeTurn);
  });
}

function takeTurn(): void {
  turnsToCome -= 1;
  resolveTurn();
}
