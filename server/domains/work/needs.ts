/** Where something goes: a column, and behind what (null: first, absent: last). */
export interface Destination {
  readonly columnId: string;
  readonly after?: string | null | undefined;
}

/** Between which ranks something goes; null is an open end. */
export interface Gap {
  readonly before: string | null;
  readonly after: string | null;
}

/** What a command decides on: said before its board is locked, loaded together with what the others of its batch need. */
export interface Needs {
  /** Tasks that it may change: all others keep their places while the batch decides. */
  readonly tasks?: readonly string[];
  readonly to?: Destination;
  /** Tasks that go back to the end of the columns in which they are. */
  readonly restored?: readonly string[];
  /** Ids for new tasks. */
  readonly created?: readonly string[];
  /** A new task gets a number of the board's project, whose row is held. */
  readonly numbered?: true;
  readonly labelIds?: readonly string[] | undefined;
  readonly assigneeIds?: readonly string[] | undefined;
}

/** Something of a board. */
export interface Wanted {
  readonly boardId: string;
  readonly id: string;
}

/** What all commands of a transaction need, each thing once. */
export class AllNeeds {
  readonly tasks = new Map<string, Wanted>();
  readonly columns = new Map<string, Wanted>();
  readonly places = new Map<string, { boardId: string; columnId: string; anchorId: string | null }>();
  readonly restored = new Map<string, Wanted>();
  readonly created = new Map<string, Wanted>();
  readonly numbered = new Set<string>();
  readonly labels = new Map<string, Wanted>();
  readonly people = new Map<string, Wanted>();

  /** Whether this adds anything. */
  add(boardId: string, needs: Needs): boolean {
    const before = this.#count;
    const wanted = (into: Map<string, Wanted>, ids: readonly string[] = []) => {
      for (const id of ids) into.set(`${boardId} ${id}`, { boardId, id });
    };
    wanted(this.tasks, needs.tasks);
    wanted(this.restored, needs.restored);
    wanted(this.created, needs.created);
    wanted(this.labels, needs.labelIds);
    wanted(this.people, needs.assigneeIds);
    if (needs.numbered) this.numbered.add(boardId);
    if (needs.to) {
      const { columnId, after } = needs.to;
      wanted(this.columns, [columnId]);
      // The last place is known of every column.
      if (after !== undefined) {
        this.places.set(`${boardId} ${columnId} ${after}`, { boardId, columnId, anchorId: after });
      }
    }
    return this.#count > before;
  }

  get #count(): number {
    const { tasks, columns, places, restored, created, numbered, labels, people } = this;
    return [tasks, columns, places, restored, created, numbered, labels, people].reduce(
      (sum, { size }) => sum + size,
      0,
    );
  }
}
