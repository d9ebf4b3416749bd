import { z } from "zod";
import { Id } from "../../fields.contract.ts";

/** Being at a board, and perhaps changing one of its tasks, for as long as it is subscribed. */
export const WatchPresence = z.strictObject({ boardId: Id, taskId: Id.nullable().default(null) });
export type WatchPresence = z.infer<typeof WatchPresence>;

/** Somebody at a board, in one place or in several. */
export const PresentPerson = z.object({ userId: Id, name: z.string(), taskIds: z.array(Id) });
export type PresentPerson = z.infer<typeof PresentPerson>;

/** All who are there, in place of what was said before: of many the first 100, in the order of their ids. */
export const PresenceMessage = z.object({
  type: z.literal("presence"),
  people: z.array(PresentPerson),
  count: z.int(),
});
export type PresenceMessage = z.infer<typeof PresenceMessage>;
