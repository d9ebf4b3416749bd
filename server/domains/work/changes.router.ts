import { boardMutation, boardProcedure, router } from "../../core/trpc.ts";
import { BulkDone } from "./bulk.contract.ts";
import { ListChanges, OwnChangePage, UndoChange } from "./changes.contract.ts";
import { listChanges, undoChange } from "./changes.service.ts";

export const changesRouter = router({
  /** The caller's own latest changes of tasks on a board, newest first, page by page. */
  list: boardProcedure("change:read")
    .input(ListChanges)
    .output(OwnChangePage)
    .query(({ ctx, input }) => listChanges(ctx.db, ctx.actor, input)),

  /** Undoes a change of the caller's own, or redoes what they have undone, where nobody has changed the same since. */
  undo: boardMutation("change:undo")
    .input(UndoChange)
    .output(BulkDone)
    .mutation(({ ctx, input }) => ctx.write(undoChange, input)),
});
