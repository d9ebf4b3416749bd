import { type Card, groupByLane, type Snapshot } from "../../../../client/index.ts";
import { ownTimeZone } from "../../ui/time-zone.ts";
import { lanesOf } from "../lanes-of.ts";
import { laneName } from "./lane-name.ts";

/** Some cards that have something in common. */
export interface Group {
  readonly id: string;
  readonly name: string;
  readonly cards: readonly Card[];
}

/** Cards in groups: the lanes of the board, or what was said in their place; without any, its columns. */
export function groupsOf(state: Snapshot, cards: readonly Card[], said: string | undefined): Group[] {
  const by = lanesOf(state, said);
  if (by !== null) {
    const lanes = groupByLane({ ...state, tasks: [...cards] }, { by, timeZone: ownTimeZone() });
    return lanes.map(({ key, cards }) => ({ id: `lane-${key ?? ""}`, name: laneName(state, by, key), cards }));
  }
  const groups = new Map(state.columns.map(({ id, name }) => [id, { id, name, cards: new Array<Card>() }]));
  for (const card of cards) groups.get(card.columnId)?.cards.push(card);
  return [...groups.values()];
}
