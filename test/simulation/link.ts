import type { Scheduler } from "./scheduler.ts";

/** A statement on its way. */
export interface Call<Answer> {
  answer: (value: Answer) => void;
  /** The database says no. */
  refuse: (reason: unknown) => void;
  /** The connection was lost. */
  fail: () => void;
}

/** The connections of one process to the database. Every statement is two steps: it arrives, and its answer does. */
export class Link {
  readonly #scheduler: Scheduler;
  readonly #onLost: () => void;
  readonly #underWay = new Set<() => void>();
  /** How often connections were lost. */
  losses = 0;
  /** The process is dead: nobody hears an answer. */
  isDead = false;
  /** No statement gets through, and each says so. */
  isDown = false;
  /** Until then no statement gets through, and none says so. */
  silentUntil = 0;

  constructor(scheduler: Scheduler, onLost: () => void) {
    this.#scheduler = scheduler;
    this.#onLost = onLost;
  }

  /** One statement that reads, all of it at one moment. */
  ask<Answer>(read: () => Answer): Promise<Answer> {
    return this.exchange((call: Call<Answer>) => {
      try {
        call.answer(read());
      } catch (error) {
        call.refuse(error);
      }
    });
  }

  /** `arrive` answers, now or later. With `mayArriveLost` it may do its work though nobody will hear of it. */
  exchange<Answer>(
    arrive: (call: Call<Answer>) => void,
    { mayArriveLost = false }: { mayArriveLost?: boolean } = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const settle = (say: () => void) => {
        if (isOver || this.isDead) return;
        isOver = true;
        this.#underWay.delete(fail);
        say();
      };
      const fail = () => settle(() => reject(connectionLost()));
      this.#underWay.add(fail);
      const call = {
        answer: (value: Answer) => this.#scheduler.soon(() => settle(() => resolve(value))),
        refuse: (reason: unknown) => this.#scheduler.soon(() => settle(() => reject(asError(reason)))),
        fail,
      };
      const reach = (): void => {
        const isLost = isOver || this.isDead;
        const waitMs = this.silentUntil - this.#scheduler.now;
        if (isLost && !(mayArriveLost && this.#scheduler.random.chance(0.5))) return;
        if (!isLost && this.isDown) fail();
        else if (!isLost && waitMs > 0) this.#scheduler.plan(waitMs, reach);
        else arrive(call);
      };
      this.#scheduler.soon(reach);
    });
  }

  /** Loses every connection: what is under way fails, whether it had its effect or not. */
  lose(): void {
    this.losses += 1;
    for (const fail of this.#underWay) fail();
    this.#underWay.clear();
    this.#onLost();
  }

  /** The process is gone, and with it whoever waited. */
  die(): void {
    this.isDead = true;
    this.#underWay.clear();
    this.#onLost();
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error("refused", { cause: reason });
}

function connectionLost(): Error {
  return Object.assign(new Error("the connection was lost"), { code: "CONNECTION_CLOSED" });
}
