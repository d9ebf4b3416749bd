import type { Board, BoardMember, Snapshot } from "../../server/domains/work/boards.contract.ts";
import type { Column } from "../../server/domains/work/columns.contract.ts";
import type { Label } from "../../server/domains/work/labels.contract.ts";
import type { Card } from "../../server/domains/work/tasks.contract.ts";

/** The tables of one board, as its database has them: also what a snapshot does not show. */
export interface Rows {
  readonly board: Board;
  readonly columns: readonly Column[];
  readonly tasks: readonly TaskRow[];
  readonly labels: readonly Label[];
  readonly members: readonly BoardMember[];
}

export interface TaskRow {
  readonly card: Card;
  readonly isOpen: boolean;
}

export const AT = "2026-01-05T00:00:00.000Z";

/** A new board: two columns, and a task for each of these titles. */
export function newRows(boardId: string, titles: readonly string[]): Rows {
  const column = (name: string): Column => {
    return {
      id: `${boardId}-${name}`,
      boardId,
      name,
      rank: name,
      stateGroup: "unstarted",
      wipLimit: null,
      wipMode: "hard",
      state: "open",
      version: 0,
    };
  };
  const board: Board = {
    id: boardId,
    orgId: "org",
    projectId: "project",
    name: boardId,
    visibility: "org",
    state: "open",
    version: 0,
    createdAt: AT,
    updatedAt: AT,
  };
  const tasks = titles.map((title, index) => {
    return { card: newCard(`${boardId}-${title}`, `${boardId}-m`, `m${index}`, 0, AT), isOpen: true };
  });
  return { board, columns: [column("m"), column("p")], tasks, labels: [], members: [] };
}

export function newCard(id: string, columnId: string, rank: string, version: number, at: string): Card {
  return {
    id,
    number: 1,
    key: "PRJ-1",
    columnId,
    rank,
    parentId: null,
    title: id,
    hasDescription: false,
    priority: "none",
    startAt: null,
    startOn: null,
    dueAt: null,
    dueOn: null,
    timeZone: null,
    estimate: null,
    coverColor: null,
    itemsDone: 0,
    itemsTotal: 0,
    blockerIds: [],
    blockersElsewhere: 0,
    assigneeIds: [],
    assigneeNames: [],
    labelIds: [],
    commentCount: 0,
    attachmentCount: 0,
    version,
    createdAt: at,
    updatedAt: at,
  };
}

/** What a statement finds: open columns, the open tasks of those, all in their orders. */
export function snapshotOf(rows: Rows, cursor: string): Snapshot {
  const columns = openColumns(rows).toSorted((a, b) => compare(a.rank, b.rank));
  return {
    board: rows.board,
    columns,
    tasks: shownCards(rows).toSorted((a, b) => compare(a.columnId, b.columnId) || compare(a.rank, b.rank)),
    labels: rows.labels.toSorted((a, b) => compare(a.id, b.id)),
    transitions: [],
    members: rows.members.toSorted((a, b) => compare(a.userId, b.userId)),
    cursor,
  };
}

export function openColumns({ columns }: Rows): Column[] {
  return columns.filter(({ state }) => state === "open");
}

export function shownCards(rows: Rows): Card[] {
  const open = new Set(openColumns(rows).map(({ id }) => id));
  return rows.tasks.filter(({ card, isOpen }) => isOpen && open.has(card.columnId)).map(({ card }) => card);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
