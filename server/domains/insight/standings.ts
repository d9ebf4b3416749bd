import type { StateGroup } from "../../../db/enums.ts";

// How tasks of a board stand, event by event, and by how much that makes the tasks of each state group more or fewer.

/** How a task stands, and how it came there. */
export interface Standing {
  readonly taskId: string;
  readonly columnId: string;
  readonly state: "open" | "archived" | "trashed";
  readonly points: number;
  readonly planIds: readonly string[];
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
}

export interface ColumnStanding {
  readonly columnId: string;
  readonly stateGroup: StateGroup;
  readonly state: "open" | "archived";
}

/** By how much a state group of a scope, the board or a plan, has grown within a quarter of an hour. */
export interface Growth {
  readonly scopeId: string;
  readonly stateGroup: StateGroup;
  readonly at: string;
  tasks: number;
  points: number;
  added: number;
  removed: number;
}

const QUARTER_MS = 900_000;

/** The standings of a board: those that were asked for, changed in the order of its events. */
export class Standings {
  readonly #boardId: string;
  readonly #tasks: Map<string, Standing>;
  readonly #columns: Map<string, ColumnStanding>;
  readonly #growths = new Map<string, Growth>();
  readonly changedTasks = new Set<string>();
  readonly changedColumns = new Set<string>();
  /** Those that are here no more. */
  readonly forgotten = new Set<string>();

  constructor(boardId: string, tasks: readonly Standing[], columns: readonly ColumnStanding[]) {
    this.#boardId = boardId;
    this.#tasks = new Map(tasks.map((task) => [task.taskId, task]));
    this.#columns = new Map(columns.map((column) => [column.columnId, column]));
  }

  get growths(): Growth[] {
    return [...this.#growths.values()].filter(
      (one) => one.tasks !== 0 || one.points !== 0 || one.added + one.removed > 0,
    );
  }

  tasks(): Standing[] {
    return [...this.#tasks.values()].filter(({ taskId }) => this.changedTasks.has(taskId));
  }

  columns(): ColumnStanding[] {
    return [...this.#columns.values()].filter(({ columnId }) => this.changedColumns.has(columnId));
  }

  find(taskIds: readonly string[]): Standing[] {
    return taskIds.flatMap((id) => this.#tasks.get(id) ?? []);
  }

  /** A task that is new to the board; one that is known stays. */
  add(standing: Standing, at: string): void {
    if (!this.#tasks.has(standing.taskId)) this.#put(undefined, standing, at);
  }

  change(taskId: string, at: string, changes: Partial<Standing>): void {
    const before = this.#tasks.get(taskId);
    if (before) this.#put(before, { ...before, ...changes }, at);
  }

  forget(taskIds: readonly string[]): void {
    for (const taskId of taskIds) {
      this.#tasks.delete(taskId);
      this.forgotten.add(taskId);
    }
  }

  /** What a column becomes, its tasks become. */
  changeColumn(columnId: string, at: string, changes: Partial<ColumnStanding>): void {
    const column = this.#columns.get(columnId);
    if (!column) return;
    const inIt = [...this.#tasks.values()].filter((task) => task.columnId === columnId);
    for (const task of inIt) this.#grow(task, at, -1);
    this.addColumn({ ...column, ...changes });
    for (const task of inIt) {
      const after = this.#withTimes(task, at);
      this.#tasks.set(task.taskId, after);
      this.changedTasks.add(task.taskId);
      this.#grow(after, at, 1);
      this.#enter(task, after, at, this.#groupAs(task, column));
    }
  }

  addColumn(column: ColumnStanding): void {
    this.#columns.set(column.columnId, column);
    this.changedColumns.add(column.columnId);
  }

  #put(before: Standing | undefined, wanted: Standing, at: string): void {
    const after = this.#withTimes(wanted, at);
    if (before) this.#grow(before, at, -1);
    this.#tasks.set(after.taskId, after);
    this.changedTasks.add(after.taskId);
    this.forgotten.delete(after.taskId);
    this.#grow(after, at, 1);
    this.#enter(before, after, at, before && this.#groupAs(before, this.#columns.get(before.columnId)));
  }

  /** When it was first started, and since when it is completed. */
  #withTimes(task: Standing, at: string): Standing {
    const group = this.#columns.get(task.columnId)?.stateGroup;
    return {
      ...task,
      startedAt: group === "started" ? (task.startedAt ?? at) : task.startedAt,
      completedAt: group === "completed" ? (task.completedAt ?? at) : null,
    };
  }

  #grow(task: Standing, at: string, by: 1 | -1): void {
    const group = this.#groupAs(task, this.#columns.get(task.columnId));
    if (group === null) return;
    for (const scopeId of [this.#boardId, ...task.planIds]) {
      const growth = this.#growth(scopeId, group, at);
      growth.tasks += by;
      growth.points = Math.round((growth.points + by * task.points) * 100) / 100;
    }
  }

  /** What came into a scope, and what left it: not what only goes on within it. */
  #enter(before: Standing | undefined, after: Standing, at: string, groupBefore: StateGroup | null = null): void {
    const group = this.#groupAs(after, this.#columns.get(after.columnId));
    const was = before && groupBefore !== null ? [this.#boardId, ...before.planIds] : [];
    const is = group !== null ? [this.#boardId, ...after.planIds] : [];
    for (const scopeId of is) if (group !== null && !was.includes(scopeId)) this.#growth(scopeId, group, at).added += 1;
    for (const scopeId of was) {
      if (groupBefore !== null && !is.includes(scopeId)) this.#growth(scopeId, groupBefore, at).removed += 1;
    }
  }

  /** What a task counts as; null: it is out of sight, and was not done before that. */
  #groupAs({ state }: Standing, column: ColumnStanding | undefined): StateGroup | null {
    if (!column || state === "trashed") return null;
    const isDone = column.stateGroup === "completed" || column.stateGroup === "cancelled";
    return isDone || (state === "open" && column.state === "open") ? column.stateGroup : null;
  }

  #growth(scopeId: string, stateGroup: StateGroup, instant: string): Growth {
    const at = new Date(Math.floor(Date.parse(instant) / QUARTER_MS) * QUARTER_MS).toISOString();
    const key = `${scopeId} ${stateGroup} ${at}`;
    const known = this.#growths.get(key);
    if (known) return known;
    const growth: Growth = { scopeId, stateGroup, at, tasks: 0, points: 0, added: 0, removed: 0 };
    this.#growths.set(key, growth);
    return growth;
  }
}
