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

/** A place in a column, whoever stands there. */
export interface Spot {
  readonly columnId: string;
  readonly rank: string;
}

/** What a command decides on: said before its board is locked, loaded together with what the others of its batch need. */
export interface Needs {
  /** Tasks that it may change: all others keep their places while the batch decides. */
  readonly tasks?: readonly string[];
  /** The same, but for their descriptions, which are long and not read. */
  readonly cards?: readonly string[];
  readonly to?: Destination;
  /** Tasks that go back to the end of the columns in which they are. */
  readonly restored?: readonly string[];
  /** Tasks that go back to the places that they had. */
  readonly recovered?: readonly string[];
  /** Places by their ranks, where something stood. */
  readonly spots?: readonly Spot[];
  /** Ids for what is new. */
  readonly created?: readonly NewThing[];
  /** A new task gets a number of the board's project, whose row is held. */
  readonly numbered?: true;
  readonly labelIds?: readonly string[] | undefined;
  readonly assigneeIds?: readonly string[] | undefined;
  /** Others who are to be known to the board, if they can see it. */
  readonly people?: readonly string[];
  /** Comments that it may change, or that are answered. */
  readonly comments?: readonly string[];
  /** One more label: how many there are. */
  readonly labelCount?: true;
  /** All columns of the board: one of them may change. */
  readonly columns?: true;
  /** Columns whose limit may be set: their tasks are counted. */
  readonly limited?: readonly string[];
  /** Values of fields may be set: the fields of the board's project. */
  readonly fields?: boolean;
  /** Tasks that others may become parts of: with what they are parts of, and their own parts. */
  readonly parents?: readonly string[];
  /** Tasks that may become parts of others: with all their parts. */
  readonly parts?: readonly string[];
  /** Tasks whose checklists may change: with all their items. */
  readonly checklistsOf?: readonly string[];
  /** Texts that descriptions had, by the version at which they were written. */
  readonly descriptions?: readonly { taskId: string; version: number }[];
  /** Columns that may come back with their cards. */
  readonly returning?: readonly string[];
}

/** An id that a client gives to what it makes: once over all boards. */
export interface NewThing {
  readonly kind: "task" | "column" | "label" | "comment" | "checklist" | "check-item";
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

/** A text that a task's description had. */
export interface WantedText extends Wanted {
  readonly version: number;
}

/** What all commands of a transaction need, each thing once. */
export class AllNeeds {
  readonly tasks = new Map<string, Wanted>();
  /** Those of `tasks` whose descriptions are read. */
  readonly described = new Map<string, Wanted>();
  readonly columns = new Map<string, Wanted>();
  readonly places = new Map<string, { boardId: string; columnId: string; anchorId: string | null }>();
  readonly restored = new Map<string, Wanted>();
  readonly spots = new Map<string, Spot & { readonly boardId: string }>();
  readonly recovered = new Map<string, Wanted>();
  readonly created = new Map<string, NewThing>();
  readonly numbered = new Set<string>();
  readonly labels = new Map<string, Wanted>();
  readonly people = new Map<string, Wanted>();
  readonly comments = new Map<string, Wanted>();
  readonly labelCounts = new Set<string>();
  readonly boardsOfColumns = new Set<string>();
  readonly limited = new Map<string, Wanted>();
  readonly returning = new Map<string, Wanted>();
  readonly boardsOfFields = new Set<string>();
  readonly parents = new Map<string, Wanted>();
  readonly parts = new Map<string, Wanted>();
  readonly checklistsOf = new Map<string, Wanted>();
  readonly descriptions = new Map<string, WantedText>();

  /** Whether the last command asked for anything that those before it had not. */
  #isMore = false;

  /** Whether this adds anything. */
  add(boardId: string, needs: Needs): boolean {
    this.#isMore = false;
    this.#want(this.tasks, boardId, needs.tasks);
    this.#want(this.described, boardId, needs.tasks);
    this.#want(this.tasks, boardId, needs.cards);
    this.#want(this.restored, boardId, needs.restored);
    this.#want(this.recovered, boardId, needs.recovered);
    this.#want(this.limited, boardId, needs.limited);
    this.#want(this.returning, boardId, needs.returning);
    this.#want(this.parents, boardId, needs.parents);
    this.#want(this.parts, boardId, needs.parts);
    this.#want(this.checklistsOf, boardId, needs.checklistsOf);
    this.#want(this.labels, boardId, needs.labelIds);
    this.#want(this.people, boardId, needs.assigneeIds);
    this.#want(this.people, boardId, needs.people);
    this.#want(this.comments, boardId, needs.comments);
    for (const { taskId, version } of needs.descriptions ?? []) {
      this.#put(this.descriptions, `${boardId} ${taskId} ${version}`, { boardId, id: taskId, version });
    }
    for (const { columnId, rank } of needs.spots ?? []) {
      this.#want(this.columns, boardId, [columnId]);
      this.#put(this.spots, `${boardId} ${columnId} ${rank}`, { boardId, columnId, rank });
    }
    for (const thing of needs.created ?? []) this.#put(this.created, `${thing.kind} ${thing.id}`, thing);
    if (needs.numbered) this.#mark(this.numbered, boardId);
    if (needs.labelCount) this.#mark(this.labelCounts, boardId);
    if (needs.fields) this.#mark(this.boardsOfFields, boardId);
    if (needs.columns) this.#mark(this.boardsOfColumns, boardId);
    if (needs.to) {
      const { columnId, after } = needs.to;
      this.#want(this.columns, boardId, [columnId]);
      // The last place is known of every column.
      if (after !== undefined) {
        this.#put(this.places, `${boardId} ${columnId} ${after}`, { boardId, columnId, anchorId: after });
      }
    }
    return this.#isMore;
  }

  #want(into: Map<string, Wanted>, boardId: string, ids: readonly string[] = []): void {
    for (const id of ids) this.#put(into, `${boardId} ${id}`, { boardId, id });
  }

  #put<Thing>(into: Map<string, Thing>, key: string, thing: Thing): void {
    if (into.has(key)) return;
    into.set(key, thing);
    this.#isMore = true;
  }

  #mark(boards: Set<string>, boardId: string): void {
    if (boards.has(boardId)) return;
    boards.add(boardId);
    this.#isMore = true;
  }

  /** Whether there is anything about tasks in their places. */
  get hasPlaces(): boolean {
    return this.tasks.size + this.columns.size + this.restored.size > 0;
  }

  get hasSets(): boolean {
    return this.labels.size + this.people.size + this.created.size + this.labelCounts.size > 0;
  }
}
