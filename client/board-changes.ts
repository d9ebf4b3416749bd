import type { ChangeInput } from "../server/domains/work/apply.contract.ts";
import type { Snapshot } from "../server/domains/work/boards.contract.ts";
import type { Column } from "../server/domains/work/columns.contract.ts";
import type { Label } from "../server/domains/work/labels.contract.ts";
import type { Card } from "../server/domains/work/tasks.contract.ts";
import { newId } from "./ids.ts";
import type { PendingChange, Row } from "./pending-change.ts";
import type { NamedChange } from "./pending-store.ts";

/** The input of a procedure without `boardId`. */
export type ChangeOf<Procedure extends ChangeInput["procedure"]> = Omit<
  Extract<ChangeInput, { procedure: Procedure }>,
  "procedure"
>;

/** What can be done to a board that shows at once. Each change has an id, and so has what it creates. */
export abstract class BoardChanges {
  /** `find` finds the row that the change is about. */
  protected abstract change<R extends Row>(
    change: NamedChange,
    find: (confirmed: Snapshot) => R | undefined,
  ): PendingChange<R>;

  readonly createTask = (input: ChangeOf<"tasks.create">): PendingChange<Card> => {
    const id = input.id ?? newId();
    return this.#task(id, { procedure: "tasks.create", ...input, id });
  };

  readonly updateTask = (input: ChangeOf<"tasks.update">): PendingChange<Card> =>
    this.#task(input.taskId, { procedure: "tasks.update", ...input });

  /** Moves a task behind `after` in a column: null is first, absent is last. */
  readonly move = (input: ChangeOf<"tasks.move">): PendingChange<Card> =>
    this.#task(input.taskId, { procedure: "tasks.move", ...input });

  readonly archiveTask = (input: ChangeOf<"tasks.archive">): PendingChange<Card> =>
    this.#task(input.taskId, { procedure: "tasks.archive", ...input });

  readonly restoreTask = (input: ChangeOf<"tasks.restore">): PendingChange<Card> =>
    this.#task(input.taskId, { procedure: "tasks.restore", ...input });

  /** Makes the same change of many tasks, of all or of none. */
  readonly updateTasks = (input: ChangeOf<"tasks.bulkUpdate">): PendingChange<Card> =>
    this.#tasks({ procedure: "tasks.bulkUpdate", ...input });

  /** Moves many tasks behind `after` in a column, all or none: there they stand in the order of their ids. */
  readonly moveTasks = (input: ChangeOf<"tasks.bulkMove">): PendingChange<Card> =>
    this.#tasks({ procedure: "tasks.bulkMove", ...input });

  readonly archiveTasks = (input: ChangeOf<"tasks.bulkArchive">): PendingChange<Card> =>
    this.#tasks({ procedure: "tasks.bulkArchive", ...input });

  readonly restoreTasks = (input: ChangeOf<"tasks.bulkRestore">): PendingChange<Card> =>
    this.#tasks({ procedure: "tasks.bulkRestore", ...input });

  /** Deletes tasks, all or none: they are in the trash for 30 days. */
  readonly deleteTasks = (input: ChangeOf<"tasks.delete">): PendingChange<Card> =>
    this.#tasks({ procedure: "tasks.delete", ...input });

  readonly createColumn = (input: ChangeOf<"columns.create">): PendingChange<Column> => {
    const id = input.id ?? newId();
    return this.#column(id, { procedure: "columns.create", ...input, id });
  };

  readonly updateColumn = (input: ChangeOf<"columns.update">): PendingChange<Column> =>
    this.#column(input.columnId, { procedure: "columns.update", ...input });

  /** Moves a column behind `after`: null is first, absent is last. */
  readonly moveColumn = (input: ChangeOf<"columns.move">): PendingChange<Column> =>
    this.#column(input.columnId, { procedure: "columns.move", ...input });

  readonly archiveColumn = (input: ChangeOf<"columns.archive">): PendingChange<Column> =>
    this.#column(input.columnId, { procedure: "columns.archive", ...input });

  readonly restoreColumn = (input: ChangeOf<"columns.restore">): PendingChange<Column> =>
    this.#column(input.columnId, { procedure: "columns.restore", ...input });

  readonly createLabel = (input: ChangeOf<"labels.create">): PendingChange<Label> => {
    const id = input.id ?? newId();
    return this.#label(id, { procedure: "labels.create", ...input, id });
  };

  readonly updateLabel = (input: ChangeOf<"labels.update">): PendingChange<Label> =>
    this.#label(input.labelId, { procedure: "labels.update", ...input });

  readonly deleteLabel = (input: ChangeOf<"labels.delete">): PendingChange<Label> =>
    this.#label(input.labelId, { procedure: "labels.delete", ...input });

  #task(id: string, change: ChangeInput): PendingChange<Card> {
    return this.change(named(change), ({ tasks }) => tasks.find((task) => task.id === id));
  }

  /** What is said of it is said of the first. */
  #tasks(change: ChangeInput & { taskIds: string[] }): PendingChange<Card> {
    return this.#task(change.taskIds[0] ?? "", change);
  }

  #column(id: string, change: ChangeInput): PendingChange<Column> {
    return this.change(named(change), ({ columns }) => columns.find((column) => column.id === id));
  }

  #label(id: string, change: ChangeInput): PendingChange<Label> {
    return this.change(named(change), ({ labels }) => labels.find((label) => label.id === id));
  }
}

function named(change: ChangeInput): NamedChange {
  return { ...change, mutationId: change.mutationId ?? newId() };
}
