import { z } from "zod";
import { SWITCHES } from "../../../db/enums.ts";
import { MutationId, TimeZone } from "../../fields.contract.ts";

/** A mail a day, at an hour of somebody's clocks, of what they have not read: where there is something new in it. */
export const Digest = z.object({
  state: z.enum(SWITCHES),
  /** From this hour on, by the clocks of the time zone. */
  hour: z.int().min(0).max(23),
  timeZone: z.string(),
});
export type Digest = z.infer<typeof Digest>;

export const SetDigest = Digest.extend({ timeZone: TimeZone, ...MutationId }).strict();
export type SetDigest = z.infer<typeof SetDigest>;
