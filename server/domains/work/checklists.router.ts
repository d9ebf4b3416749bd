import { z } from "zod";
import { boardMutation, boardProcedure, router } from "../../core/trpc.ts";
import {
  Checklist,
  CreateChecklist,
  DeleteChecklist,
  GetChecklists,
  MoveChecklist,
  TaskChecklists,
  UpdateChecklist,
} from "./checklists.contract.ts";
import {
  createChecklist,
  deleteChecklist,
  getChecklists,
  moveChecklist,
  updateChecklist,
} from "./checklists.service.ts";

/** They are a part of their task: whoever may change what it says may change them. */
export const checklistsRouter = router({
  /** The checklists of a task with all their items. */
  get: boardProcedure("task:read")
    .input(GetChecklists)
    .output(TaskChecklists)
    .query(({ ctx, input }) => getChecklists(ctx.db, ctx.actor, input)),

  /** Adds a checklist to a task, behind `after`. */
  create: boardMutation("task:update")
    .input(CreateChecklist)
    .output(Checklist)
    .mutation(({ ctx, input }) => ctx.write(createChecklist, input)),

  /** Renames a checklist. */
  update: boardMutation("task:update")
    .input(UpdateChecklist)
    .output(Checklist)
    .mutation(({ ctx, input }) => ctx.write(updateChecklist, input)),

  /** Moves a checklist behind `after` among those of its task. */
  move: boardMutation("task:update")
    .input(MoveChecklist)
    .output(Checklist)
    .mutation(({ ctx, input }) => ctx.write(moveChecklist, input)),

  /** Deletes a checklist with its items. */
  delete: boardMutation("task:update")
    .input(DeleteChecklist)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(deleteChecklist, input)),
});
