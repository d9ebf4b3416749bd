import { z } from "zod";
import { boardMutation, router } from "../../core/trpc.ts";
import {
  convertCheckItem,
  createCheckItem,
  deleteCheckItem,
  moveCheckItem,
  updateCheckItem,
} from "./check-items.service.ts";
import {
  CheckItem,
  ConvertCheckItem,
  CreateCheckItem,
  DeleteCheckItem,
  MoveCheckItem,
  UpdateCheckItem,
} from "./checklists.contract.ts";
import { Task } from "./tasks.contract.ts";

export const checkItemsRouter = router({
  /** Adds an item to a checklist, behind `after`. */
  create: boardMutation("task:update")
    .input(CreateCheckItem)
    .output(CheckItem)
    .mutation(({ ctx, input }) => ctx.write(createCheckItem, input)),

  /** Ticks an item off, or changes what it says; what is absent stays. */
  update: boardMutation("task:update")
    .input(UpdateCheckItem)
    .output(CheckItem)
    .mutation(({ ctx, input }) => ctx.write(updateCheckItem, input)),

  /** Moves an item behind `after` in a checklist of its task. */
  move: boardMutation("task:update")
    .input(MoveCheckItem)
    .output(CheckItem)
    .mutation(({ ctx, input }) => ctx.write(moveCheckItem, input)),

  /** Makes a task of an item: a part of the task that it was on. */
  convert: boardMutation("task:create")
    .input(ConvertCheckItem)
    .output(Task)
    .mutation(({ ctx, input }) => ctx.write(convertCheckItem, input)),

  /** Deletes an item. */
  delete: boardMutation("task:update")
    .input(DeleteCheckItem)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(deleteCheckItem, input)),
});
