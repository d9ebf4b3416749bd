/** Lets those through who wait for a number, once it was counted to. */
export class Gate {
  #count = 0;
  #waiting: { for: number; resolve: () => void }[] = [];

  /** Waits until there were so many steps. */
  reached(count: number): Promise<void> {
    if (this.#count >= count) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ for: count, resolve });
    });
  }

  advance(): void {
    this.#to(this.#count + 1);
  }

  /** Lets everybody through, from now on. */
  open(): void {
    this.#to(Number.POSITIVE_INFINITY);
  }

  #to(count: number): void {
    this.#count = count;
    const waiting = this.#waiting;
    this.#waiting = waiting.filter((one) => one.for > count);
    for (const one of waiting) if (one.for <= count) one.resolve();
  }
}
