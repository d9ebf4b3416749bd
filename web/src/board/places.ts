import type { Card, Snapshot } from "../../../client/index.ts";
import { isSameList } from "./kept.ts";

/** Where a card is to stand: behind another one of a column, or first in it. */
export interface Place {
  readonly columnId: string;
  readonly after: string | null;
  /** Where the board is cut into lanes: in which of them. */
  readonly lane?: string;
}

/** The cards of each column, in their order. */
type Grouped = ReadonlyMap<string, readonly Card[]>;

/** Groups cards by their columns, time and again: columns whose cards are the same as before keep their lists. */
export function grouping(): (state: Pick<Snapshot, "columns">, cards: readonly Card[]) => Grouped {
  let before: Grouped = new Map();
  return ({ columns }, cards) => {
    const now = new Map(columns.map(({ id }) => [id, new Array<Card>()]));
    for (const card of cards) now.get(card.columnId)?.push(card);
    before = new Map(Array.from(now, ([id, list]) => [id, keptList(before.get(id), list)]));
    return before;
  };
}

function keptList(before: readonly Card[] | undefined, now: readonly Card[]): readonly Card[] {
  return before && isSameList(before, now) ? before : now;
}

export const DIRECTIONS = ["up", "down", "left", "right"] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** The card that stands next to another one in a direction. */
export function neighbour(state: Snapshot, grouped: Grouped, card: Card, to: Direction): Card | undefined {
  const column = grouped.get(card.columnId) ?? [];
  const index = column.indexOf(card);
  if (to === "up") return column[index - 1];
  if (to === "down") return column[index + 1];
  const step = to === "left" ? -1 : 1;
  for (let at = columnIndex(state, card.columnId) + step; at >= 0 && at < state.columns.length; at += step) {
    const cards = grouped.get(state.columns[at]?.id ?? "") ?? [];
    if (cards.length > 0) return cards[Math.min(index, cards.length - 1)];
  }
  return undefined;
}

/** Where a card goes that is moved one step. Undefined: it stands at that end already. */
export function stepped(state: Snapshot, grouped: Grouped, card: Card, to: Direction): Place | undefined {
  const { columnId } = card;
  const column = grouped.get(columnId) ?? [];
  const index = column.indexOf(card);
  if (to === "up") return index > 0 ? { columnId, after: column[index - 2]?.id ?? null } : undefined;
  if (to === "down") {
    const next = column[index + 1];
    return next && { columnId, after: next.id };
  }
  const other = state.columns[columnIndex(state, columnId) + (to === "left" ? -1 : 1)];
  if (!other) return undefined;
  const cards = grouped.get(other.id) ?? [];
  return { columnId: other.id, after: cards[Math.min(index, cards.length) - 1]?.id ?? null };
}

function columnIndex({ columns }: Snapshot, columnId: string): number {
  return columns.findIndex(({ id }) => id === columnId);
}
