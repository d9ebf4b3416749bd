import { z } from "zod";
import { boardMutation, router } from "../../core/trpc.ts";
import { CreateTransition, DeleteTransition, Transition, UpdateTransition } from "./transitions.contract.ts";
import { createTransition, deleteTransition, updateTransition } from "./transitions.service.ts";

export const transitionsRouter = router({
  /** Adds a way into a column: one that has any is entered by these alone, and refuses with their name. */
  create: boardMutation("transition:create")
    .input(CreateTransition)
    .output(Transition)
    .mutation(({ ctx, input }) => ctx.write(createTransition, input)),

  /** Changes what a way into a column demands, or where it begins and ends. */
  update: boardMutation("transition:update")
    .input(UpdateTransition)
    .output(Transition)
    .mutation(({ ctx, input }) => ctx.write(updateTransition, input)),

  /** Takes a way into a column away; without any it is open to whoever may move tasks. */
  delete: boardMutation("transition:delete")
    .input(DeleteTransition)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(deleteTransition, input)),
});
