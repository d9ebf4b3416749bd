import { z } from "zod";
import { boardMutation, boardProcedure, router } from "../../core/trpc.ts";
import {
  CreateRecurrence,
  ListRecurrences,
  PreviewRecurrence,
  Recurrence,
  RecurrenceDates,
  RecurrencePage,
  RecurrenceTarget,
  UpdateRecurrence,
} from "./recurrences.contract.ts";
import {
  createRecurrence,
  deleteRecurrence,
  listRecurrences,
  pauseRecurrence,
  previewRecurrence,
  resumeRecurrence,
  updateRecurrence,
} from "./recurrences.service.ts";

export const recurrencesRouter = router({
  /** What recurs on a board, the oldest first; what is paused or has ended, too. */
  list: boardProcedure("task:read")
    .input(ListRecurrences)
    .output(RecurrencePage)
    .query(({ ctx, input }) => listRecurrences(ctx.db, ctx.actor, input)),

  /** The next dates of a rule, before it is set up. */
  preview: boardProcedure("task:read")
    .input(PreviewRecurrence)
    .output(RecurrenceDates)
    .query(({ ctx, input }) => previewRecurrence(input, ctx.app.clock.now())),

  /** Lets a task recur: it is the pattern of what is made from now on, in the caller's name. */
  create: boardMutation("recurrence:create")
    .input(CreateRecurrence)
    .output(Recurrence)
    .mutation(({ ctx, input }) => ctx.write(createRecurrence, input)),

  /** Changes when something recurs, or where it comes. From then on it is made in the caller's name. */
  update: boardMutation("recurrence:update")
    .input(UpdateRecurrence)
    .output(Recurrence)
    .mutation(({ ctx, input }) => ctx.write(updateRecurrence, input)),

  /** Makes nothing until it is resumed: dates that pass meanwhile are left out. */
  pause: boardMutation("recurrence:update")
    .input(RecurrenceTarget)
    .output(Recurrence)
    .mutation(({ ctx, input }) => ctx.write(pauseRecurrence, input)),

  /** Goes on with the next date from now on, in the caller's name. */
  resume: boardMutation("recurrence:update")
    .input(RecurrenceTarget)
    .output(Recurrence)
    .mutation(({ ctx, input }) => ctx.write(resumeRecurrence, input)),

  /** Lets something recur no more. What it has made stays. */
  delete: boardMutation("recurrence:delete")
    .input(RecurrenceTarget)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(deleteRecurrence, input)),
});
