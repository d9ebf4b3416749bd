import { compare } from "../../ordered-rows.ts";
import type { Column } from "./columns.contract.ts";

/** A column as the commands so far have left it, and as it is in the database: undefined for a new one. */
export interface ColumnRow {
  readonly column: Column;
  readonly saved: Column | undefined;
}

/** All columns of boards, archived ones included: a board has few. */
export class ColumnOrder {
  readonly #rows = new Map<string, ColumnRow>();
  readonly #changed = new Set<string>();

  constructor(columns: readonly Column[] | null = []) {
    for (const column of columns ?? []) this.#rows.set(column.id, { column, saved: column });
  }

  /** Those of a board, by rank. */
  list(boardId: string): Column[] {
    return [...this.#rows.values()]
      .map(({ column }) => column)
      .filter((column) => column.boardId === boardId)
      .toSorted((a, b) => compare(a.rank, b.rank) || compare(a.id, b.id));
  }

  has(id: string): boolean {
    return this.#rows.has(id);
  }

  /** Adds a column, or takes its new state. */
  put(column: Column): void {
    this.#rows.set(column.id, { column, saved: this.#rows.get(column.id)?.saved });
    this.#changed.add(column.id);
  }

  /** What was changed since it was last asked. */
  takeChanges(): ColumnRow[] {
    const changed = [...this.#changed].flatMap((id) => this.#rows.get(id) ?? []);
    this.#changed.clear();
    for (const { column } of changed) this.#rows.set(column.id, { column, saved: column });
    return changed;
  }
}
