import type { Entry } from "../days.ts";
import type { Group } from "../lanes/groups.ts";

/** A line of a timeline: the name of a group, or a card of it. */
export type Row =
  | { readonly kind: "group"; readonly id: string; readonly name: string; readonly count: number }
  | { readonly kind: "card"; readonly id: string; readonly entry: Entry };

/** Groups with those of their cards that have dates, which begin with the earliest; empty groups are left out. */
export function rowsOf(groups: readonly Group[], entries: readonly Entry[]): Row[] {
  const places = new Map(entries.map(({ id }, index) => [id, index]));
  return groups.flatMap(({ id, name, cards }) => {
    const found = cards.flatMap((card) => places.get(card.id) ?? []).toSorted((a, b) => a - b);
    if (found.length === 0) return [];
    const rows = found.flatMap((index): Row[] => {
      const entry = entries[index];
      return entry ? [{ kind: "card", id: `${id} ${entry.id}`, entry }] : [];
    });
    return [{ kind: "group", id, name, count: rows.length }, ...rows];
  });
}
