import type { Named } from "./archive-format.ts";

/** What rows are called in an archive: by numbers, in the order in which they are first met. */
export class RowNumbers {
  readonly #numbers = new Map<Named, Map<string, number>>();
  /** Of all kinds, for texts that name rows: id → kind and number. */
  readonly #names = new Map<string, string>();

  /** The number of a row, which is met now if it was not before. */
  meet(kind: Named, id: string): number {
    const known = this.#numbers.get(kind) ?? new Map<string, number>();
    this.#numbers.set(kind, known);
    const number = known.get(id) ?? known.size + 1;
    known.set(id, number);
    this.#names.set(id, `${kind}/${number}`);
    return number;
  }

  /** The number of one that was met; null: it is not in the archive. */
  find(kind: Named, id: string | null): number | null {
    return id === null ? null : (this.#numbers.get(kind)?.get(id) ?? null);
  }

  nameOf(id: string): string | undefined {
    return this.#names.get(id);
  }

  /** Those of a kind, in order. */
  met(kind: Named): readonly string[] {
    return [...(this.#numbers.get(kind)?.keys() ?? [])];
  }
}
