import { type Card, groupByLane, type Snapshot } from "../../../../client/index.ts";
import { ownTimeZone } from "../../ui/time-zone.ts";
import type { Direction } from "../places.ts";
import { laneName } from "./lane-name.ts";

/** Cards that have something in common, by columns. */
export interface GridLane {
  /** Another one for each lane. */
  readonly id: string;
  /** As `groupByLane` has it. */
  readonly key: string | null;
  readonly name: string;
  readonly count: number;
  readonly cells: ReadonlyMap<string, readonly Card[]>;
}

/** A line of the grid: what a lane is called; the cards that stand first, second, third … in its columns; its end. */
export interface GridRow {
  readonly kind: "name" | "cards" | "end";
  readonly id: string;
  readonly lane: GridLane;
  /** From 0, without its name. */
  readonly index: number;
}

/** A card in one of its lanes. */
export interface InLane {
  readonly lane: GridLane;
  readonly card: Card;
}

/** Where a card is to stand; without `after` it stays where it is in its column, or is last in another one. */
export interface LanePlace {
  readonly lane: GridLane;
  readonly columnId: string;
  readonly after?: string | null;
}

const NONE: readonly Card[] = [];

export function gridOf(state: Snapshot, cards: readonly Card[], by: Snapshot["laneBy"]): GridLane[] {
  const lanes = groupByLane({ ...state, tasks: [...cards] }, { by, timeZone: ownTimeZone() });
  return lanes.map(({ key, cards }) => {
    const cells = new Map(state.columns.map(({ id }) => [id, new Array<Card>()]));
    for (const card of cards) cells.get(card.columnId)?.push(card);
    return { id: key === null ? "" : `=${key}`, key, name: laneName(state, by, key), count: cards.length, cells };
  });
}

/** The lines of lanes; of those that are folded their name alone. */
export function rowsOf(lanes: readonly GridLane[], folded: ReadonlySet<string>): GridRow[] {
  return lanes.flatMap((lane) => {
    const row = (kind: GridRow["kind"], index: number): GridRow => ({
      kind,
      id: `${kind} ${String(index)} ${lane.id}`,
      lane,
      index,
    });
    if (folded.has(lane.id)) return [row("name", 0)];
    const height = Math.max(0, ...Array.from(lane.cells.values(), ({ length }) => length));
    return [row("name", 0), ...Array.from({ length: height }, (_, index) => row("cards", index)), row("end", height)];
  });
}

export function cellOf(lane: GridLane, columnId: string): readonly Card[] {
  return lane.cells.get(columnId) ?? NONE;
}

/** What one looks for in a grid. */
export interface Grid {
  readonly columns: Snapshot["columns"];
  readonly lanes: readonly GridLane[];
}

/** The card that stands next to another one in a direction: above and below it also in the next lane that has one. */
export function neighbourIn({ columns, lanes }: Grid, { lane, card }: InLane, to: Direction): InLane | undefined {
  const index = cellOf(lane, card.columnId).indexOf(card);
  if (to === "left" || to === "right") {
    const step = to === "left" ? -1 : 1;
    for (let at = columns.findIndex(({ id }) => id === card.columnId) + step; columns[at]; at += step) {
      const cards = cellOf(lane, columns[at]?.id ?? "");
      const found = cards[Math.min(index, cards.length - 1)];
      if (found) return { lane, card: found };
    }
    return undefined;
  }
  const step = to === "up" ? -1 : 1;
  const near = cellOf(lane, card.columnId)[index + step];
  if (near) return { lane, card: near };
  for (let at = lanes.indexOf(lane) + step; lanes[at]; at += step) {
    const other = lanes[at];
    const found = other && cellOf(other, card.columnId).at(to === "up" ? -1 : 0);
    if (other && found) return { lane: other, card: found };
  }
  return undefined;
}

/** Where a card goes that is moved one step: up and down within its cell, and then into the next lane. */
export function steppedIn({ columns, lanes }: Grid, { lane, card }: InLane, to: Direction): LanePlace | undefined {
  const { columnId } = card;
  const cell = cellOf(lane, columnId);
  const index = cell.indexOf(card);
  if (to === "left" || to === "right") {
    const other = columns[columns.findIndex(({ id }) => id === columnId) + (to === "left" ? -1 : 1)];
    if (!other) return undefined;
    const before = cellOf(lane, other.id)[Math.min(index, cellOf(lane, other.id).length) - 1];
    return { lane, columnId: other.id, ...(before && { after: before.id }) };
  }
  if (to === "up" && index > 0) return { lane, columnId, after: cell[index - 2]?.id ?? null };
  const next = cell[index + 1];
  if (to === "down" && next) return { lane, columnId, after: next.id };
  const other = lanes[lanes.indexOf(lane) + (to === "up" ? -1 : 1)];
  return other && { lane: other, columnId };
}
