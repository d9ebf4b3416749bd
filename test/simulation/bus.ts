import type { WakeUpEngine, WakeUpListener } from "../../server/core/live/wake-ups.ts";
import type { Scheduler } from "./scheduler.ts";

/** What becomes of wake-ups: `bad` loses, doubles and delays them, `dead` loses all. */
export type BusMood = "good" | "bad" | "dead";

/** Carries wake-ups between the processes of the simulation, as badly as it is told to. */
export class Bus {
  mood: BusMood = "good";
  readonly #scheduler: Scheduler;
  readonly #listeners = new Set<WakeUpListener>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  readonly engine: WakeUpEngine = (listener) => {
    this.#listeners.add(listener);
    this.#scheduler.soon(() => this.#ifHeard(listener, () => listener.onListening()));
    return {
      tell: (streamId, version) => this.#tell(listener, streamId, version),
      close: async () => {
        this.#listeners.delete(listener);
      },
    };
  };

  become(mood: BusMood): void {
    const isBack = this.mood === "dead" && mood !== "dead";
    this.mood = mood;
    if (!isBack) return;
    // Whatever was told meanwhile was missed.
    for (const listener of this.#listeners) {
      this.#scheduler.soon(() => this.#ifHeard(listener, () => listener.onListening()));
    }
  }

  #tell(teller: WakeUpListener, streamId: string, version: number): void {
    const { random } = this.#scheduler;
    for (const listener of this.#listeners) {
      if (listener === teller || this.mood === "dead") continue;
      const copies = this.mood === "good" ? 1 : random.below(3);
      for (let copy = 0; copy < copies; copy += 1) {
        this.#scheduler.soon(() => this.#ifHeard(listener, () => listener.onWake(streamId, version)));
      }
    }
  }

  #ifHeard(listener: WakeUpListener, tell: () => void): void {
    if (this.#listeners.has(listener)) tell();
  }
}
