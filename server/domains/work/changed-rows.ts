/** What is to be written of rows. */
export interface RowChanges<Row> {
  readonly created: readonly Row[];
  readonly updated: readonly Row[];
  /** Ids of those that are to go from the database. */
  readonly deleted: readonly string[];
}

/** Rows as the commands so far have left them, and what became of those that were loaded. */
export class ChangedRows<Row extends { readonly id: string }> {
  readonly #rows: Map<string, Row>;
  /** Ids of those that are in the database. */
  readonly #saved: Set<string>;
  readonly #changed = new Set<string>();
  readonly #deleted = new Set<string>();

  constructor(loaded: readonly Row[] | null = []) {
    this.#rows = new Map(loaded?.map((row) => [row.id, row]));
    this.#saved = new Set(this.#rows.keys());
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  filter(isMeant: (row: Row) => boolean): Row[] {
    return [...this.#rows.values()].filter(isMeant);
  }

  put(row: Row): void {
    this.#rows.set(row.id, row);
    this.#changed.add(row.id);
    this.#deleted.delete(row.id);
  }

  delete(id: string): void {
    this.#rows.delete(id);
    this.#changed.delete(id);
    if (this.#saved.has(id)) this.#deleted.add(id);
  }

  /** What was changed since it was last asked. One that is made anew under the id of a deleted one takes its row. */
  takeChanges(): RowChanges<Row> {
    const changed = [...this.#changed].flatMap((id) => this.#rows.get(id) ?? []);
    const created = changed.filter(({ id }) => !this.#saved.has(id));
    const updated = changed.filter(({ id }) => this.#saved.has(id));
    const deleted = [...this.#deleted];
    for (const { id } of created) this.#saved.add(id);
    for (const id of deleted) this.#saved.delete(id);
    this.#changed.clear();
    this.#deleted.clear();
    return { created, updated, deleted };
  }
}
