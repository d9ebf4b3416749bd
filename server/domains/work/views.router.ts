import { z } from "zod";
import { orgMutation, orgProcedure, router } from "../../core/trpc.ts";
import { inboxOfMaker } from "./boards.service.ts";
import { FoundTasks, TaskCount } from "./search.contract.ts";
import {
  CountView,
  CreateView,
  DeleteView,
  ListViews,
  UpdateView,
  View,
  ViewPage,
  ViewRows,
} from "./views.contract.ts";
import { countView, createView, deleteView, listViewRows, listViews, updateView } from "./views.service.ts";

export const viewsRouter = router({
  /** The views of the caller, and those that are shared with them, by name. */
  list: orgProcedure("view:read")
    .input(ListViews)
    .output(ViewPage)
    .query(({ ctx, input }) => listViews(ctx.db, ctx.actor, input)),

  /** Saves a filter under a name, with how to show what it finds. */
  create: orgMutation("view:create", { alsoLocks: inboxOfMaker })
    .input(CreateView)
    .output(View)
    .mutation(({ ctx, input }) => ctx.write(createView, input)),

  /** Changes a view; what is absent stays. */
  update: orgMutation("view:update", { alsoLocks: inboxOfMaker })
    .input(UpdateView)
    .output(View)
    .mutation(({ ctx, input }) => ctx.write(updateView, input)),

  /** Deletes a view. */
  delete: orgMutation("view:delete", { alsoLocks: inboxOfMaker })
    .input(DeleteView)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(deleteView, input)),

  /** The tasks that a view means, of what the caller sees, page by page; of a calendar or timeline those of some days. */
  rows: orgProcedure("view:read")
    .input(ViewRows)
    .output(FoundTasks)
    .query(({ ctx, input }) => listViewRows(ctx.db, { ...ctx.actor, now: ctx.app.clock.now() }, input)),

  /** How many tasks that are. */
  count: orgProcedure("view:read")
    .input(CountView)
    .output(TaskCount)
    .query(({ ctx, input }) => countView(ctx.db, { ...ctx.actor, now: ctx.app.clock.now() }, input)),
});
