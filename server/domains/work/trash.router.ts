import { boardMutation, boardProcedure, router } from "../../core/trpc.ts";
import { BulkDone, TasksTarget } from "./bulk.contract.ts";
import { purgeTasks } from "./purge.service.ts";
import { ListTrash, TrashPage } from "./trash.contract.ts";
import { listTrash, recoverTasks } from "./trash.service.ts";

export const trashRouter = router({
  /** What was deleted on a board within the last 30 days, the newest first, page by page. */
  list: boardProcedure("trash:read")
    .input(ListTrash)
    .output(TrashPage)
    .query(({ ctx, input }) => listTrash(ctx.db, ctx.actor, input)),

  /** Puts deleted tasks back where they were, as they were; all or none. */
  restore: boardMutation("trash:restore")
    .input(TasksTarget)
    .output(BulkDone)
    .mutation(({ ctx, input }) => ctx.write(recoverTasks, input)),

  /** Deletes tasks in the trash for good, with all that is on them; all or none. */
  delete: boardMutation("trash:delete")
    .input(TasksTarget)
    .output(BulkDone)
    .mutation(({ ctx, input }) => ctx.write(purgeTasks, input)),
});
