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
  /** Ids for what is new. */
  readonly created?: readonly NewThing[];
  /** A new task gets a number of the board's project, whose row is held. */
  readonly numbered?: true;
  readonly labelIds?: readonly string[] | undefined;
  readonly assigneeIds?: readonly string[] | undefined;
  /** One more label: how many there are. */
  readonly labelCount?: true;
  /** All columns of the board: one of them may change. */
  readonly columns?: true;
  /** Columns whose limit may be set: their tasks are counted. */
  readonly limited?: readonly string[];
  /** Columns that may come back with their cards. */
  readonly returning?: readonly string[];
}

/** An id that a client gives to what it makes: once over all boards. */
export interface NewThing {
  readonly kind: "task" | "column" | "label";
  readonly id: string;
}

/** What a client gave an id to. */
export function newThings(kind: NewThing["kind"], id: string | undefined): NewThing[] {
  return id === undefined ? [] : [{ kind, id }];
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
  readonly created = new Map<string, NewThing>();
  readonly numbered = new Set<string>();
  readonly labels = new Map<string, Wanted>();
  readonly people = new Map<string, Wanted>();
  readonly labelCounts = new Set<string>();
  readonly boardsOfColumns = new Set<string>();
  readonly limited = new Map<string, Wanted>();
  readonly returning = new Map<string, Wanted>();

  /** Whether this adds anything. */
  add(boardId: string, needs: Needs): boolean {
    const before = this.#count;
    const wanted = (into: Map<string, Wanted>, ids: readonly string[] = []) => {
      for (const id of ids) into.set(`${boardId} ${id}`, { boardId, id });
    };
    wanted(this.tasks, needs.tasks);
    wanted(this.restored, needs.restored);
    wanted(this.limited, needs.limited);
    wanted(this.returning, needs.returning);
    wanted(this.labels, needs.labelIds);
    wanted(this.people, needs.assigneeIds);
    for (const thing of needs.created ?? []) this.created.set(`${thing.kind} ${thing.id}`, thing);
    if (needs.numbered) this.numbered.add(boardId);
    if (needs.labelCount) this.labelCounts.add(boardId);
    if (needs.columns) this.boardsOfColumns.add(boardId);
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

  /** Whether there is anything about tasks in their places. */
  get hasPlaces(): boolean {
    return this.tasks.size + this.columns.size + this.restored.size > 0;
  }

  get hasSets(): boolean {
    return this.labels.size + this.people.size + this.created.size + this.labelCounts.size > 0;
  }

  get #count(): number {
    const { tasks, columns, places, restored, created, numbered, labels, people } = this;
    const { labelCounts, boardsOfColumns, limited, returning } = this;
    const ofTasks = [tasks, columns, places, restored, created, numbered, labels, people];
    return [...ofTasks, labelCounts, boardsOfColumns, limited, returning].reduce((sum, { size }) => sum + size, 0);
  }
}
