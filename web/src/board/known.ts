import { useMemo, useState } from "react";
import { countBlockers, type Label, type Snapshot } from "../../../client/index.ts";
import { isSameMap, keeper } from "./kept.ts";

/** What cards name by their ids. */
export interface Known {
  readonly people: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, Label>;
}

/** What there is to know for cards: the same until something of it changes, so that most cards are not rendered again. */
export function useKnown(state: Snapshot): { known: Known; blockers: ReadonlyMap<string, number> } {
  const [keepBlockers] = useState(() => keeper<ReadonlyMap<string, number>>(isSameMap));
  const blockers = useMemo(() => keepBlockers(countBlockers(state)), [keepBlockers, state]);
  const known = useMemo(() => knownOf(state.members, state.labels), [state.members, state.labels]);
  return { known, blockers };
}

function knownOf(members: Snapshot["members"], labels: Snapshot["labels"]): Known {
  return {
    people: new Map(members.map(({ userId, name }) => [userId, name])),
    labels: new Map(labels.map((label) => [label.id, label])),
  };
}
