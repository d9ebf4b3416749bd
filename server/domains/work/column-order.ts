import { compare } from "../../ordered-rows.ts";
import type { Column } from "./columns.contract.ts";
import type { LoadedColumns } from "./load-picture.ts";

/** A column as the commands so far have left it, and as it is in the database: undefined for a new one. */
export interface ColumnRow {
  readonly column: Column;
  readonly saved: Column | undefined;
  /** The other boards on which tasks in it block something. */
  readonly blocksOnBoards: readonly string[];
}

/** All columns of boards, archived ones included: a board has few. */
export class ColumnOrder {
  readonly #rows = new Map<string, ColumnRow>();
  readonly #changed = new Set<string>();

  constructor({ columns, blocking }: Partial<LoadedColumns> = {}) {
    const byColumn = new Map(blocking?.map(({ columnId, boardIds }) => [columnId, boardIds]));
    for (const column of columns ?? []) {
      this.#rows.set(column.id, { column, saved: column, blocksOnBoards: byColumn.get(column.id) ?? [] });
    }
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
    const { saved, blocksOnBoards = [] } = this.#rows.get(column.id) ?? {};
    this.#rows.set(column.id, { column, saved, blocksOnBoards });
    this.#changed.add(column.id);
  }

  /** What was changed since it was last asked. */
  takeChanges(): ColumnRow[] {
    const changed = [...this.#changed].flatMap((id) => this.#rows.get(id) ?? []);
    this.#changed.clear();
    for (const row of changed) this.#rows.set(row.column.id, { ...row, saved: row.column });
    return changed;
  }
}
