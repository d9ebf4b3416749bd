import { LANE_KINDS, type Snapshot } from "../../../client/index.ts";

type LaneBy = Snapshot["laneBy"];

/** By what the cards of a board stand in lanes: what is said, if there is such a thing, or else what the board says. */
export function lanesOf({ laneBy, fields }: Snapshot, said?: string): LaneBy {
  const known: readonly LaneBy[] = [...LANE_KINDS, ...fields.map(({ id }) => id)];
  return known.find((by) => by === said) ?? known.find((by) => by === laneBy) ?? null;
}
