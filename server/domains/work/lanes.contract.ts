import { z } from "zod";
import { LANE_KINDS } from "../../../db/enums.ts";
import { Id, MutationId } from "../../fields.contract.ts";

/** By what the tasks of a board stand in lanes: something that all tasks have, or a field of the project by its id. */
export const LaneBy = z.union([z.enum(LANE_KINDS), Id]);
export type LaneBy = z.infer<typeof LaneBy>;

/** Null: there are no lanes. */
export const SetLanes = z.strictObject({ boardId: Id, laneBy: LaneBy.nullable(), ...MutationId });
export type SetLanes = z.infer<typeof SetLanes>;

export const BoardLanes = z.object({ laneBy: LaneBy.nullable() });
export type BoardLanes = z.infer<typeof BoardLanes>;
