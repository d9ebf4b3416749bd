import { z } from "zod";
import { boardMutation, router } from "../../core/trpc.ts";
import { CreateLabel, DeleteLabel, Label, UpdateLabel } from "./labels.contract.ts";
import { createLabel, deleteLabel, updateLabel } from "./labels.service.ts";

export const labelsRouter = router({
  /** Adds a label to the board. */
  create: boardMutation("label:create")
    .input(CreateLabel)
    .output(Label)
    .mutation(({ ctx, input }) => ctx.write(createLabel, input)),

  /** Renames or recolours a label. */
  update: boardMutation("label:update")
    .input(UpdateLabel)
    .output(Label)
    .mutation(({ ctx, input }) => ctx.write(updateLabel, input)),

  /** Deletes a label, also from the tasks that have it. */
  delete: boardMutation("label:delete")
    .input(DeleteLabel)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(deleteLabel, input)),
});
