import type { BoardMember } from "./boards.contract.ts";
import { hardLimitOf } from "./column-settings.ts";
import type { Column } from "./columns.contract.ts";
import type { Anchor, FieldVersions, LoadedColumn, LoadedPlaces, LoadedTask } from "./load-picture.ts";
import type { Member } from "./family-tree.ts";
import type { Destination, Gap } from "./needs.ts";
import type { Task } from "./tasks.contract.ts";
import type { Transition } from "./transitions.contract.ts";

/** A task that commands may change, as the commands so far have left it. */
export interface PicturedTask extends LoadedTask {
  /** As it is in the database; undefined for a new one. */
  readonly saved: LoadedTask | undefined;
  /** Who was assigned, or named in a field, since then, also for a moment: the board knows them from then on. */
  readonly met: readonly string[];
}

export interface PicturedColumn {
  readonly id: string;
  readonly state: string;
  readonly hardLimit: number | null;
  /** How many open tasks stand in it: counted only where there is a limit, or may be one soon. */
  readonly open: number;
  /** The ways into it: null for none. */
  readonly transitions: readonly Transition[] | null;
}

const NOBODY: ReadonlySet<string> = new Set();

/** No open task that stays where it is has a rank between these two. Null: there is none behind `floor`. */
interface Stretch {
  readonly floor: string;
  readonly next: string | null;
}

/**
 * Tasks of boards in their columns. Those that commands may change are in it as a whole. Of the others, which keep their
 * places meanwhile, it knows the one that comes next where somebody asked for a place, and the last of each column: with
 * what was changed laid over them, they give the neighbours of every place that a command can name.
 */
export class TaskOrder {
  readonly #tasks = new Map<string, PicturedTask>();
  readonly #changed = new Set<string>();
  readonly #anchors = new Map<string, Anchor>();
  readonly #columns = new Map<string, LoadedColumn>();
  readonly #stretches = new Map<string, Stretch[]>();
  /** Of the places that were asked for, those at which a task stands that no command may change. */
  readonly #taken = new Set<string>();

  /** What is a part of what, as far as somebody asked: never deleted, so that all changes of it come by `put`. */
  readonly #families = new Map<string, Member>();

  constructor({ tasks, columns, places, families }: Partial<LoadedPlaces> & { families?: readonly Member[] } = {}) {
    for (const member of families ?? []) this.#families.set(member.id, member);
    for (const loaded of tasks ?? []) this.#tasks.set(loaded.task.id, { ...loaded, saved: loaded, met: [] });
    for (const column of columns ?? []) {
      this.#columns.set(column.id, column);
      this.#stretches.set(column.id, [{ floor: column.last ?? "", next: null }]);
    }
    for (const { boardId, columnId, anchorId, anchor, floor, next, isTaken } of places ?? []) {
      if (isTaken && floor !== null) this.#taken.add(`${columnId} ${floor}`);
      if (anchorId !== null && anchor !== null) this.#anchors.set(`${boardId} ${anchorId}`, anchor);
      if (floor !== null) this.#stretches.get(columnId)?.push({ floor, next });
    }
  }

  /** A column is new, or has changed. Of one that no task's command asked for, nobody asks how many stand in it. */
  putColumn({ id, boardId, state, ...settings }: Column): void {
    const { open = 0, last = null, transitions = null } = this.#columns.get(id) ?? {};
    this.#columns.set(id, { id, boardId, state, hardLimit: hardLimitOf(settings), open, last, transitions });
    if (!this.#stretches.has(id)) this.#stretches.set(id, [{ floor: "", next: null }]);
    for (const [taskId, known] of this.#tasks) {
      if (known.task.columnId === id) this.#tasks.set(taskId, { ...known, hidden: state === "archived" });
    }
  }

  /** A label is gone: the database takes it off the tasks that have it. */
  dropLabel(labelId: string): void {
    const without = (task: Task) => ({ ...task, labelIds: task.labelIds.filter((id) => id !== labelId) });
    for (const [id, { saved, ...known }] of this.#tasks) {
      const kept = saved && { ...saved, task: without(saved.task) };
      this.#tasks.set(id, { ...known, saved: kept, task: without(known.task) });
    }
  }

  /** The open tasks of a column that commands may change. */
  standing(columnId: string): Task[] {
    return [...this.#changing(columnId, NOBODY)];
  }

  get families(): ReadonlyMap<string, Member> {
    return this.#families;
  }

  find(boardId: string, id: string): PicturedTask | undefined {
    const found = this.#tasks.get(id);
    return found?.task.boardId === boardId ? found : undefined;
  }

  /** Whether a command has made a task with this id. */
  hasMade(id: string): boolean {
    const found = this.#tasks.get(id);
    return found !== undefined && found.saved === undefined;
  }

  findColumn(boardId: string, id: string): PicturedColumn | undefined {
    const column = this.#columns.get(id);
    return column?.boardId === boardId ? column : undefined;
  }

  /**
   * Between which ranks a task goes. `after` null: first; absent: last. An anchor that was archived or has left the
   * column counts as the place that it had there, else as last; undefined only for an id that was never on this board.
   */
  gap(boardId: string, { columnId, after }: Destination, moving: ReadonlySet<string>): Gap | undefined {
    if (after === undefined) return { before: this.#last(columnId, moving), after: null };
    if (after === null) return { before: null, after: this.next(columnId, "", moving) };
    const anchor = this.#anchorOf(boardId, after);
    if (!anchor) return undefined;
    const left = anchor.leftColumnId === columnId ? anchor.leftRank : null;
    const rank = anchor.columnId === columnId ? anchor.rank : left;
    if (rank === null) return { before: this.#last(columnId, moving), after: null };
    return { before: rank, after: this.next(columnId, rank, moving) };
  }

  /**
   * Adds a task, or takes its new state, with the fields of it that are version-checked. What has left its column
   * remembers the place that it had there.
   */
  put(task: Task, changedFields: readonly string[] = [], named: readonly BoardMember[] = []): void {
    const before = this.#tasks.get(task.id);
    this.#changed.add(task.id);
    this.#families.set(task.id, task);
    const met = [...(before?.met ?? []), ...task.assigneeIds, ...named.map(({ userId }) => userId)];
    const fieldVersions = before ? fieldVersionsAfter(before, task, changedFields) : {};
    const blocksOnBoards = before?.blocksOnBoards ?? [];
    const trash = task.state === "trashed" ? (before?.trash ?? null) : null;
    const rest = { task, saved: before?.saved, met, fieldVersions, blocksOnBoards, trash };
    if (before && before.task.columnId !== task.columnId) {
      const { columnId: leftColumnId, rank: leftRank } = before.task;
      this.#tasks.set(task.id, { ...rest, hidden: false, leftColumnId, leftRank });
    } else {
      const { hidden = false, leftColumnId = null, leftRank = null } = before ?? {};
      this.#tasks.set(task.id, { ...rest, hidden, leftColumnId, leftRank });
    }
    if (before?.task.state === "open") this.#count(before.task.columnId, -1);
    if (task.state === "open") this.#count(task.columnId, 1);
  }

  /** Puts a task into the trash, with all that is on it. */
  trash(task: Task, by: string): void {
    const before = this.#tasks.get(task.id);
    const stateBefore = before?.task.state === "archived" ? "archived" : "open";
    this.put({ ...task, state: "trashed" });
    const now = this.#tasks.get(task.id);
    if (now) this.#tasks.set(task.id, { ...now, trash: { at: task.updatedAt, by, stateBefore } });
  }

  /** Whether no open task stands at a rank of a column, but for those that are moving: of a place that was asked for. */
  isFree(columnId: string, rank: string, moving: ReadonlySet<string>): boolean {
    if (this.#taken.has(`${columnId} ${rank}`)) return false;
    return ![...this.#changing(columnId, moving)].some((task) => task.rank === rank);
  }

  /** What was changed since it was last asked. */
  takeChanges(): PicturedTask[] {
    const changed = [...this.#changed].flatMap((id) => this.#tasks.get(id) ?? []);
    this.#changed.clear();
    for (const { saved: _, ...now } of changed) this.#tasks.set(now.task.id, { ...now, saved: now, met: [] });
    return changed;
  }

  #anchorOf(boardId: string, id: string): Anchor | undefined {
    const changing = this.find(boardId, id);
    return changing ? { ...changing, ...changing.task } : this.#anchors.get(`${boardId} ${id}`);
  }

  #count(columnId: string, by: 1 | -1): void {
    const column = this.#columns.get(columnId);
    if (column) this.#columns.set(columnId, { ...column, open: column.open + by });
  }

  /** The open tasks of a column that commands may change, but for some. */
  *#changing(columnId: string, but: ReadonlySet<string>): Generator<Task> {
    for (const { task } of this.#tasks.values()) {
      if (task.columnId === columnId && task.state === "open" && !but.has(task.id)) yield task;
    }
  }

  #last(columnId: string, moving: ReadonlySet<string>): string | null {
    let last = this.#columns.get(columnId)?.last ?? null;
    for (const { rank } of this.#changing(columnId, moving)) if (last === null || rank > last) last = rank;
    return last;
  }

  /** The rank of the open task that comes next behind a rank, of a place that was asked for. */
  next(columnId: string, floor: string, moving: ReadonlySet<string>): string | null {
    const stretch = this.#stretches
      .get(columnId)
      ?.find((known) => known.floor <= floor && (known.next === null || floor < known.next));
    if (!stretch) throw new Error("a command names the places that it asks for before it decides");
    let { next } = stretch;
    for (const { rank } of this.#changing(columnId, moving)) {
      if (rank > floor && (next === null || rank < next)) next = rank;
    }
    return next;
  }
}

function fieldVersionsAfter(
  { fieldVersions, task: before }: PicturedTask,
  { version }: Task,
  changed: readonly string[],
): FieldVersions | null {
  if (changed.length === 0) return fieldVersions;
  return {
    ...(fieldVersions ?? { "*": before.version }),
    ...Object.fromEntries(changed.map((name) => [name, version])),
  };
}
