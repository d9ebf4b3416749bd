import { z } from "zod";
import { Id, Instant, MutationId, page, PageInput, Version } from "../../fields.contract.ts";
import { CardChanges } from "../../events.ts";
import { FieldChanges } from "./fields.contract.ts";

/** One's own latest changes of tasks on a board, the newest first. */
export const ListChanges = z.strictObject({ boardId: Id, ...PageInput });
export type ListChanges = z.infer<typeof ListChanges>;

/** A change that can be undone as long as nobody has changed the same since. */
export const OwnChange = z.object({
  /** Of its event: what `changes.undo` takes. */
  version: Version,
  at: Instant,
  /** Of its event. */
  type: z.string(),
  taskIds: z.array(Id),
});
export type OwnChange = z.infer<typeof OwnChange>;

export const OwnChangePage = page(OwnChange);
export type OwnChangePage = z.infer<typeof OwnChangePage>;

export const UndoChange = z.strictObject({ boardId: Id, version: Version, ...MutationId });
export type UndoChange = z.infer<typeof UndoChange>;

const CardState = CardChanges.extend({
  description: z.string().exactOptional(),
  /** Of the fields of the project; null: it had none. */
  fields: FieldChanges.exactOptional(),
  columnId: Id.exactOptional(),
  rank: z.string().exactOptional(),
});

/** What was another before a change. Kept with the event, and told to nobody. */
export const Replaced = z.object({
  tasks: z.array(z.object({ taskId: Id, was: CardState })),
});
export type Replaced = z.infer<typeof Replaced>;
