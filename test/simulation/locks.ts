interface Wish {
  readonly owner: object;
  readonly mode: "shared" | "exclusive";
  readonly onGranted: () => void;
}

/** Row locks: granted in the order in which they were asked for. Whoever takes them in one order never deadlocks. */
export class Locks {
  readonly #held = new Map<string, Wish[]>();
  readonly #waiting = new Map<string, Wish[]>();

  /** Takes the first of these rows, then the next. */
  acquire(owner: object, rows: readonly (readonly [string, Wish["mode"]])[], onGranted: () => void): void {
    const [first, ...others] = rows;
    if (!first) return onGranted();
    const [row, mode] = first;
    const wish = { owner, mode, onGranted: () => this.acquire(owner, others, onGranted) };
    this.#waiting.set(row, [...(this.#waiting.get(row) ?? []), wish]);
    this.#grant(row);
  }

  release(owner: object): void {
    for (const [row, wishes] of this.#waiting) {
      this.#waiting.set(
        row,
        wishes.filter((wish) => wish.owner !== owner),
      );
    }
    for (const [row, wishes] of this.#held) {
      this.#held.set(
        row,
        wishes.filter((wish) => wish.owner !== owner),
      );
    }
    for (const row of this.#waiting.keys()) this.#grant(row);
  }

  #grant(row: string): void {
    for (;;) {
      const [next, ...others] = this.#waiting.get(row) ?? [];
      const held = this.#held.get(row) ?? [];
      const isFree = held.length === 0 || (next?.mode === "shared" && held.every(({ mode }) => mode === "shared"));
      if (!next || !isFree) return;
      this.#waiting.set(row, others);
      this.#held.set(row, [...held, next]);
      next.onGranted();
    }
  }
}
