import type { Label, Snapshot } from "../../../client/index.ts";

/** What cards name by their ids. */
export interface Known {
  readonly people: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, Label>;
}

export function knownOf(members: Snapshot["members"], labels: Snapshot["labels"]): Known {
  return {
    people: new Map(members.map(({ userId, name }) => [userId, name])),
    labels: new Map(labels.map((label) => [label.id, label])),
  };
}
