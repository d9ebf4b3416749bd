import type { BoardRole } from "../../db/enums.ts";
import type { Card } from "../../server/domains/work/tasks.contract.ts";
import type { BoardNews } from "../../server/events.ts";
import type { Random } from "./random.ts";
import { newCard, openColumns, type Rows, shownCards, type TaskRow } from "./rows.ts";

/** What a change does to the rows, and what it announces. Undefined: there is nothing to change. */
export interface Change {
  readonly rows: Rows;
  readonly news: BoardNews;
}

/** Where and when: the version that the change will have, and the choices that it leaves open. */
export interface Moment {
  readonly version: number;
  readonly at: string;
  readonly random: Random;
}

export type Command = (rows: Rows, moment: Moment) => Change | undefined;

/** As long as makes a few of them too much for a socket: details travel in events, and no snapshot holds them. */
const LONG_TEXT = "x".repeat(90_000);

/** What people do on a board. Written as changes of tables, so that `evolve` is checked against something else. */
export const COMMANDS = {
  create(rows, { version, at, random }) {
    const column = random.pick(openColumns(rows));
    if (!column) return undefined;
    const task = newCard(newName("t", random), column.id, newName("r", random), version, at);
    return {
      rows: { ...rows, tasks: [...rows.tasks, { card: task, isOpen: true }] },
      news: { type: "task.created", data: { task, description: "", members: [] } },
    };
  },

  rename(rows, moment) {
    const card = moment.random.pick(shownCards(rows));
    if (!card) return undefined;
    const changes = { title: newName("title", moment.random) };
    return {
      rows: withCard(rows, touched({ ...card, ...changes }, moment)),
      news: { type: "task.updated", data: { taskId: card.id, changes, members: [] } },
    };
  },

  describe(rows, moment) {
    const card = moment.random.pick(shownCards(rows));
    if (!card) return undefined;
    const changes = { hasDescription: true };
    return {
      rows: withCard(rows, touched({ ...card, ...changes }, moment)),
      news: { type: "task.updated", data: { taskId: card.id, changes, description: LONG_TEXT, members: [] } },
    };
  },

  move(rows, moment) {
    const card = moment.random.pick(shownCards(rows));
    const column = moment.random.pick(openColumns(rows));
    if (!card || !column) return undefined;
    const place = { columnId: column.id, rank: newName("r", moment.random) };
    return {
      rows: withCard(rows, touched({ ...card, ...place }, moment)),
      news: { type: "task.moved", data: { taskId: card.id, ...place } },
    };
  },

  archive(rows, moment) {
    const card = moment.random.pick(shownCards(rows));
    if (!card) return undefined;
    return {
      rows: withCard(rows, touched(card, moment), false),
      news: { type: "task.archived", data: { taskId: card.id } },
    };
  },

  restore(rows, moment) {
    const columns = new Set(openColumns(rows).map(({ id }) => id));
    const hidden = rows.tasks.filter(({ card, isOpen }) => !isOpen && columns.has(card.columnId));
    const found = moment.random.pick(hidden);
    if (!found) return undefined;
    const task = touched({ ...found.card, rank: newName("r", moment.random) }, moment);
    return { rows: withCard(rows, task), news: { type: "task.restored", data: { task } } };
  },

  addColumn(rows, { version, random }) {
    const id = newName("c", random);
    const boardId = rows.board.id;
    const column = {
      id,
      boardId,
      name: id,
      rank: newName("r", random),
      stateGroup: "unstarted",
      wipLimit: null,
      wipMode: "hard",
      state: "open",
      version,
    } as const;
    return {
      rows: { ...rows, columns: [...rows.columns, column] },
      news: { type: "column.created", data: { column } },
    };
  },

  archiveColumn(rows, { version, random }) {
    const found = random.pick(openColumns(rows).slice(1));
    if (!found) return undefined;
    const columns = rows.columns.map((row) =>
      row.id === found.id ? ({ ...row, state: "archived", version } as const) : row,
    );
    return { rows: { ...rows, columns }, news: { type: "column.archived", data: { columnId: found.id } } };
  },

  restoreColumn(rows, { version, random }) {
    const found = random.pick(rows.columns.filter(({ state }) => state === "archived"));
    if (!found) return undefined;
    const column = { ...found, state: "open", version } as const;
    const next = { ...rows, columns: rows.columns.map((row) => (row.id === found.id ? column : row)) };
    const tasks = shownCards(next).filter(({ columnId }) => columnId === column.id);
    return { rows: next, news: { type: "column.restored", data: { column, tasks } } };
  },

  rerank(rows, { random }) {
    const column = random.pick(openColumns(rows));
    if (!column) return undefined;
    const inColumn = shownCards(rows).filter(({ columnId }) => columnId === column.id);
    const ranks = inColumn.map((card) => ({ taskId: card.id, rank: newName("r", random) }));
    const next = inColumn.reduce((so, card, index) => withCard(so, { ...card, rank: ranks[index]?.rank ?? "" }), rows);
    return { rows: next, news: { type: "column.reranked", data: { columnId: column.id, ranks } } };
  },

  reset(rows, moment) {
    const next = shownCards(rows).reduce(
      (so, card) => withCard(so, touched({ ...card, priority: "high" }, moment)),
      rows,
    );
    return { rows: next, news: { type: "board.reset", data: {} } };
  },
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof COMMANDS;

/** Hides the board from those who see it by the organisation alone, or shows it to them again. */
export function changeVisibility(rows: Rows, { version, at }: Moment): Change {
  const visibility = rows.board.visibility === "org" ? "private" : "org";
  const board = { ...rows.board, visibility, version, updatedAt: at } as const;
  return { rows: { ...rows, board }, news: { type: "board.visibility-changed", data: { board } } };
}

export function share(rows: Rows, userId: string, role: BoardRole): Change {
  const member = { userId, name: userId, role };
  const others = rows.members.filter((known) => known.userId !== userId);
  return { rows: { ...rows, members: [...others, member] }, news: { type: "board.shared", data: { member } } };
}

export function unshare(rows: Rows, userId: string): Change | undefined {
  const members = rows.members.filter((known) => known.userId !== userId);
  if (members.length === rows.members.length) return undefined;
  return { rows: { ...rows, members }, news: { type: "board.unshared", data: { userId, member: null } } };
}

function touched(card: Card, { version, at }: Moment): Card {
  return { ...card, version, updatedAt: at };
}

function withCard(rows: Rows, card: Card, isOpen = true): Rows {
  return { ...rows, tasks: rows.tasks.map((row): TaskRow => (row.card.id === card.id ? { card, isOpen } : row)) };
}

function newName(kind: string, random: Random): string {
  return `${kind}${random
    .below(36 ** 6)
    .toString(36)
    .padStart(6, "0")}`;
}
