import { z } from "zod";
import { boardProcedure, router, userMutation, userProcedure } from "../../core/trpc.ts";
import { GetTaskReminders, Reminders, SetReminders, SetTaskReminders, TaskReminders } from "./reminders.contract.ts";
import { getReminders, getTaskReminders, setReminders, setTaskReminders } from "./reminders.service.ts";

export const remindersRouter = router({
  /** How long before a date the caller is reminded of what they are assigned to. */
  get: userProcedure.output(Reminders).query(({ ctx }) => getReminders(ctx.db, ctx.user.id)),

  /** Sets that; none: they are not reminded. Announces `reminders.changed`. */
  set: userMutation()
    .input(SetReminders)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(setReminders, input)),

  /** How long before its date the caller is reminded of one task; null: as of all others. Fails: TASK_NOT_FOUND. */
  ofTask: boardProcedure("task:read")
    .input(GetTaskReminders)
    .output(TaskReminders)
    .query(({ ctx, input }) => getTaskReminders(ctx.db, ctx.actor, input)),

  /** Sets that, whether they are assigned or not. Announces `reminders.changed`. Fails: BOARD_NOT_FOUND, TASK_NOT_FOUND. */
  setOfTask: userMutation()
    .input(SetTaskReminders)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(setTaskReminders, input)),
});
