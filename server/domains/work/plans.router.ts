import { z } from "zod";
import { boardMutation, orgMutation, orgProcedure, router } from "../../core/trpc.ts";
import { BulkDone } from "./bulk.contract.ts";
import { CreatePlan, DeletePlan, ListPlans, Plan, PlanPage, PlanTasks, UpdatePlan } from "./plans.contract.ts";
import { createPlan, deletePlan, listPlans, planTasks, updatePlan } from "./plans.service.ts";

export const plansRouter = router({
  /** The milestones and sprints of a project, the oldest first. */
  list: orgProcedure("project:list")
    .input(ListPlans)
    .output(PlanPage)
    .query(({ ctx, input }) => listPlans(ctx.db, ctx.actor, input)),

  /** Adds a milestone or a sprint to a project. */
  create: orgMutation("plan:create")
    .input(CreatePlan)
    .output(Plan)
    .mutation(({ ctx, input }) => ctx.write(createPlan, input)),

  /** Renames a milestone or sprint, moves its days, closes or opens it. */
  update: orgMutation("plan:update")
    .input(UpdatePlan)
    .output(Plan)
    .mutation(({ ctx, input }) => ctx.write(updatePlan, input)),

  /** Deletes a milestone or sprint that no task is in. */
  delete: orgMutation("plan:delete")
    .input(DeletePlan)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(deletePlan, input)),

  /** Puts up to 1,000 tasks of a board into a milestone or sprint of its project, or out of it. */
  setTasks: boardMutation("task:update")
    .input(PlanTasks)
    .output(BulkDone)
    .mutation(({ ctx, input }) => ctx.write(planTasks, input)),
});
