import type { Column, Snapshot, Task, Trestle } from "../../client/index.ts";
import type { Persistence } from "./calls.ts";
import type { Expected, ExpectedTask } from "./plan.ts";

/** The board as the server has it in the end. */
export interface Actual {
  readonly snapshot: Snapshot;
  /** With archived tasks, and those of archived columns. */
  readonly tasks: readonly Task[];
  readonly archivedColumns: readonly Column[];
}

/** Reads all of the board, also what is archived. */
export async function readBoard(trestle: Trestle, boardId: string, { persist }: Persistence): Promise<Actual> {
  return {
    tasks: await readPages(persist, (page, options) => trestle.tasks.list.query({ boardId, ...page }, options)),
    archivedColumns: await readPages(persist, (page, options) =>
      trestle.columns.list.query({ boardId, state: "archived", ...page }, options),
    ),
    snapshot: await persist((options) => trestle.boards.get.query({ boardId }, options)),
  };
}

async function readPages<Item>(
  persist: Persistence["persist"],
  list: (page: { limit: number; cursor: string | undefined }, options: { signal: AbortSignal }) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await persist((options) => list({ limit: 100, cursor }, options));
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

const FIELDS = [
  "title",
  "state",
  "description",
  "startAt",
  "dueAt",
  "coverColor",
  "labelIds",
  "assigneeIds",
  "commentCount",
  "itemsDone",
  "itemsTotal",
] as const satisfies (keyof ExpectedTask & keyof Task)[];

/** In what the board differs from what the export ends with, as sentences: none when it does not. */
export function compareWithExport(expected: Expected, actual: Actual): string[] {
  return [...compareColumns(expected, actual), ...compareTasks(expected, actual), ...compareOrder(expected, actual)];
}

function compareColumns({ columns }: Expected, { snapshot, archivedColumns }: Actual): string[] {
  const known = new Map([...snapshot.columns, ...archivedColumns].map((column) => [column.id, column]));
  const differences: string[] = [];
  for (const { id, name, state } of columns) {
    const column = known.get(id);
    known.delete(id);
    if (!column) differences.push(`the list "${name}" is not there`);
    else if (column.name !== name) differences.push(`the list "${name}" is called "${column.name}"`);
    if (column && column.state !== state) differences.push(`the list "${name}" is ${column.state}, not ${state}`);
  }
  for (const { name } of known.values()) differences.push(`there is a list "${name}" that the export does not have`);
  return differences;
}

function compareTasks({ columns, tasks }: Expected, actual: Actual): string[] {
  const names = new Map(columns.map(({ id, name }) => [id, name]));
  const known = new Map(actual.tasks.map((task) => [task.id, task]));
  const differences: string[] = [];
  for (const expected of tasks) {
    const card = `the card "${expected.title}"`;
    const task = known.get(expected.id);
    known.delete(expected.id);
    if (!task) {
      differences.push(`${card} is not there`);
      continue;
    }
    if (task.columnId !== expected.columnId) {
      const list = names.get(task.columnId) ?? task.columnId;
      differences.push(`${card} is in the list "${list}", not in "${names.get(expected.columnId)}"`);
    }
    for (const field of FIELDS) {
      const [is, should] = [JSON.stringify(task[field]), JSON.stringify(expected[field])];
      if (is !== should) differences.push(`${card} has the ${field} ${shorten(is)}, not ${shorten(should)}`);
    }
  }
  for (const { title } of known.values()) differences.push(`there is a card "${title}" that the export does not have`);
  return differences;
}

/** Open lists, and the open cards of each, stand in the order of their positions. */
function compareOrder({ columns, tasks }: Expected, { snapshot }: Actual): string[] {
  const positions = new Map([...columns, ...tasks].map(({ id, pos }) => [id, pos]));
  const isInOrder = (rows: readonly { id: string }[]) => {
    const found = rows.map(({ id }) => positions.get(id) ?? 0);
    return found.every((pos, index) => index === 0 || pos >= (found[index - 1] ?? 0));
  };
  const differences = isInOrder(snapshot.columns) ? [] : ["the lists stand in another order"];
  for (const { id, name, state } of columns) {
    const cards = snapshot.tasks.filter(({ columnId }) => columnId === id);
    const open = tasks.filter((task) => task.columnId === id && task.state === "open" && state === "open");
    if (cards.length !== open.length) {
      differences.push(`the list "${name}" shows ${cards.length} cards, not ${open.length}`);
    }
    if (!isInOrder(cards)) differences.push(`the cards of "${name}" stand in another order`);
  }
  return differences;
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
