import { z } from "zod";
import { boardProcedure, orgProcedure, router, userMutation } from "../../core/trpc.ts";
import { ListWatchers, ListWatches, SetWatch, WatcherPage, WatchPage } from "./watches.contract.ts";
import { listWatchers, listWatches, setWatch } from "./watches.service.ts";

export const watchesRouter = router({
  /**
   * Says what the caller wants to hear of a task, a column, a board or a project that they see. Announces `watch.changed`.
   * Fails: BOARD_NOT_FOUND, TASK_NOT_FOUND, COLUMN_NOT_FOUND, ORG_NOT_FOUND, PROJECT_NOT_FOUND, WATCHES_TOO_MANY.
   */
  set: userMutation()
    .input(SetWatch)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(setWatch, input)),

  /** What the caller watches and has muted in an organisation, newest first. */
  list: orgProcedure("board:list")
    .input(ListWatches)
    .output(WatchPage)
    .query(({ ctx, input }) => listWatches(ctx.db, ctx.actor, input)),

  /** Who watches a task, by name. Fails: TASK_NOT_FOUND. */
  watchers: boardProcedure("task:read")
    .input(ListWatchers)
    .output(WatcherPage)
    .query(({ ctx, input }) => listWatchers(ctx.db, ctx.actor, input)),
});
