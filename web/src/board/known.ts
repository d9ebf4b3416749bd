import type { Label } from "../../../client/index.ts";

/** What cards name by their ids. */
export interface Known {
  readonly people: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, Label>;
  readonly blockers: ReadonlyMap<string, number>;
}
