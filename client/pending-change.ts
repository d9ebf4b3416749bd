import type { Snapshot } from "../server/domains/work/boards.contract.ts";
import type { Column } from "../server/domains/work/columns.contract.ts";
import type { Label } from "../server/domains/work/labels.contract.ts";
import type { Card } from "../server/domains/work/tasks.contract.ts";
import type { NamedChange } from "./pending-store.ts";

export type Row = Card | Column | Label;

/** A change that was made here and waits for the server. Nobody has to wait for it, or mind its failure. */
export interface PendingChange<R extends Row = Row> {
  readonly mutationId: string;
  /** What is made or changed: the id of a task (the first of many), column or label. */
  readonly id: string;
  readonly change: NamedChange;
  /**
   * The row as the confirmed board shows it once the change is part of that; undefined when it is out of sight then.
   * Fails when the change was refused (`errorKind(error)`, `error.message`), with an AbortError when the board was
   * closed before.
   */
  readonly done: Promise<R | undefined>;
}

/** Whose changes they are. */
export interface Author {
  readonly id: () => Promise<string>;
}

/** A pending change from the side of what settles it. */
export interface Waiting {
  readonly pending: PendingChange;
  readonly author: Author;
  /** By this machine's clock, which people set, and by the one that only goes on, which may stop while it sleeps. */
  readonly madeAt: number;
  readonly since: number;
  /** The board's version that has it: known once the server has answered. */
  version: number | undefined;
  /** It was in a call that was refused for what one of its changes says: it goes in a call of its own. */
  goesAlone: boolean;
  isStored: boolean;
  settle(confirmed: Snapshot): void;
  refuse(reason: unknown): void;
}

/** `find` finds the row that the change is about. */
export function waitFor<R extends Row>(
  change: NamedChange,
  author: Author,
  find: (confirmed: Snapshot) => R | undefined,
  madeAt = Date.now(),
): { pending: PendingChange<R>; waiting: Waiting } {
  const { promise, resolve, reject } = Promise.withResolvers<R | undefined>();
  // Whoever does not wait for it has the board to see what became of it.
  promise.catch(() => {});
  const pending = { mutationId: change.mutationId, id: idOf(change), change, done: promise };
  const waiting: Waiting = {
    pending,
    author,
    madeAt,
    since: performance.now(),
    version: undefined,
    goesAlone: false,
    isStored: false,
    settle: (confirmed) => resolve(find(confirmed)),
    refuse: reject,
  };
  return { pending, waiting };
}

/** How long a change has waited: the longer by either clock. */
export function ageMs({ madeAt, since }: Waiting): number {
  return Math.max(Date.now() - madeAt, performance.now() - since);
}

/** The row that a change is about, whatever it is. */
export function findRow(change: NamedChange): (confirmed: Snapshot) => Row | undefined {
  const id = idOf(change);
  const [noun] = change.procedure.split(".");
  return ({ tasks, columns, labels }) => {
    const rows: readonly Row[] = noun === "tasks" ? tasks : noun === "columns" ? columns : labels;
    return rows.find((row) => row.id === id);
  };
}

function idOf(change: NamedChange): string {
  if ("taskId" in change) return change.taskId;
  if ("taskIds" in change) return change.taskIds[0] ?? "";
  if ("labelId" in change) return change.labelId;
  if ("id" in change) return change.id ?? "";
  return "columnId" in change ? change.columnId : "";
}
