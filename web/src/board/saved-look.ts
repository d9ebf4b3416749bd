import type { Snapshot } from "../../../client/index.ts";
import { lanesOf } from "./lanes-of.ts";
import type { ListOrder } from "./list-order.ts";
import type { Look, SavedView } from "./look.ts";

/** What a saved view keeps of a look. */
type Saved = Pick<SavedView, "kind" | "filter" | "order" | "groupBy">;

/** How the list orders what a view orders; whatever else a view has is the order of the board. */
const ORDERS: Readonly<Record<string, ListOrder>> = {
  due: { by: "due", isDescending: false },
  priority: { by: "priority", isDescending: true },
  created: { by: "created", isDescending: true },
  updated: { by: "updated", isDescending: true },
};
const NAMES = ["due", "priority", "created", "updated"] as const;
const STANDING: ListOrder = { by: undefined, isDescending: false };

/** A saved view as a look. */
export function lookOfView({ id, kind, filter, order, groupBy }: SavedView): Look {
  return { kind, filter, order: ORDERS[order] ?? STANDING, lanes: groupBy ?? undefined, savedId: id };
}

export function savedOf({ kind, filter, order, lanes }: Look, state: Snapshot): Saved {
  const isSame = (name: string) => ORDERS[name]?.by === order.by && ORDERS[name]?.isDescending === order.isDescending;
  const groupBy = kind === "board" || kind === "timeline" ? lanesOf(state, lanes) : null;
  return { kind, filter: filter.trim(), order: NAMES.find(isSame) ?? "relevance", groupBy };
}

/** Whether a view shows what one sees. */
export function isSaved(view: SavedView, look: Look, state: Snapshot): boolean {
  const { kind, filter, order, groupBy } = savedOf(look, state);
  return view.kind === kind && view.filter === filter && view.order === order && view.groupBy === groupBy;
}
