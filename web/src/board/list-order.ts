import { type Card, PRIORITIES, type Snapshot } from "../../../client/index.ts";

export const LIST_COLUMNS = ["title", "column", "priority", "due", "estimate"] as const;
export type ListColumn = (typeof LIST_COLUMNS)[number];
const ORDERS = [...LIST_COLUMNS, "created", "updated"] as const;

/** By what a list is ordered; without anything, as the board stands. */
export interface ListOrder {
  readonly by: (typeof ORDERS)[number] | undefined;
  readonly isDescending: boolean;
}

export function isListOrderColumn(name: string): name is NonNullable<ListOrder["by"]> {
  return ORDERS.some((known) => known === name);
}

/** Cards in an order of a list: those that have nothing there are last, equal ones as the board has them. */
export function inOrder({ columns }: Snapshot, cards: readonly Card[], { by, isDescending }: ListOrder): Card[] {
  const columnAt = new Map(columns.map(({ id }, index) => [id, index]));
  const standing = cards.toSorted((a, b) => (columnAt.get(a.columnId) ?? 0) - (columnAt.get(b.columnId) ?? 0));
  if (by === undefined || by === "column") return isDescending ? standing.toReversed() : standing;
  const compare = COMPARE[by];
  return standing.toSorted((a, b) => {
    if (hasNone(a, by) || hasNone(b, by)) return Number(hasNone(a, by)) - Number(hasNone(b, by));
    return isDescending ? compare(b, a) : compare(a, b);
  });
}

const collator = new Intl.Collator(undefined, { numeric: true });

const COMPARE: Record<Exclude<(typeof ORDERS)[number], "column">, (a: Card, b: Card) => number> = {
  title: (a, b) => collator.compare(a.title, b.title),
  priority: (a, b) => PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority),
  due: (a, b) => Date.parse(a.dueAt ?? "") - Date.parse(b.dueAt ?? ""),
  estimate: (a, b) => (a.estimate ?? 0) - (b.estimate ?? 0),
  created: (a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt),
  updated: (a, b) => Date.parse(a.updatedAt) - Date.parse(b.updatedAt),
};

function hasNone(card: Card, by: ListOrder["by"]): boolean {
  return (by === "due" && card.dueAt === null) || (by === "estimate" && card.estimate === null);
}
