import type { Label } from "./labels.contract.ts";
import type { LoadedSets } from "./load-picture.ts";

export interface LabelChanges {
  /** Ids of those that are to go from the database. */
  readonly deleted: readonly string[];
  readonly created: readonly Label[];
  readonly updated: readonly Label[];
}

/** The labels of boards that commands asked for, and how many there are of a board where one is made. */
export class LabelSet {
  readonly #labels = new Map<string, Label>();
  readonly #counts: Map<string, number>;
  /** Ids of those that are in the database. */
  readonly #saved = new Set<string>();
  readonly #changed = new Set<string>();
  readonly #deleted = new Set<string>();

  constructor({ labels, labelCounts }: Partial<LoadedSets> = {}) {
    for (const label of labels ?? []) this.#labels.set(label.id, label);
    for (const { id } of labels ?? []) this.#saved.add(id);
    this.#counts = new Map(labelCounts?.map(({ boardId, count }) => [boardId, count]));
  }

  get(boardId: string, id: string): Label | undefined {
    const label = this.#labels.get(id);
    return label?.boardId === boardId ? label : undefined;
  }

  has(id: string): boolean {
    return this.#labels.has(id);
  }

  /** How many a board has: known where somebody asked. */
  count(boardId: string): number {
    return this.#counts.get(boardId) ?? 0;
  }

  put(label: Label): void {
    if (!this.has(label.id)) this.#counts.set(label.boardId, this.count(label.boardId) + 1);
    this.#labels.set(label.id, label);
    this.#changed.add(label.id);
  }

  /** One that is made anew under the id of a deleted one is another label. */
  delete({ id, boardId }: Label): void {
    this.#counts.set(boardId, this.count(boardId) - 1);
    this.#labels.delete(id);
    this.#changed.delete(id);
    if (this.#saved.delete(id)) this.#deleted.add(id);
  }

  /** What was changed since it was last asked. */
  takeChanges(): LabelChanges {
    const deleted = [...this.#deleted];
    const changed = [...this.#changed].flatMap((id) => this.#labels.get(id) ?? []);
    const created = changed.filter(({ id }) => !this.#saved.has(id));
    const updated = changed.filter(({ id }) => this.#saved.has(id));
    this.#deleted.clear();
    this.#changed.clear();
    for (const { id } of created) this.#saved.add(id);
    return { deleted, created, updated };
  }
}
