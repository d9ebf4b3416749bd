import { z } from "zod";
import { boardMutation, boardProcedure, orgProcedure, router, userProcedure } from "../../core/trpc.ts";
import {
  CreateTimeEntry,
  DeleteTimeEntry,
  GetTaskTime,
  ListTime,
  StartTimer,
  StopTimer,
  SumTime,
  TaskTime,
  TimeEntry,
  TimePage,
  TimerStarted,
  TimeTotals,
  UpdateTimeEntry,
} from "./time.contract.ts";
import {
  createTimeEntry,
  deleteTimeEntry,
  inboxOfEntry,
  inboxOfTimer,
  getTimer,
  startTimer,
  stopTimer,
  streamsOfTimer,
  updateTimeEntry,
} from "./time.service.ts";
import { getTaskTime, listTime, sumTime } from "./time-totals.service.ts";

export const timeRouter = router({
  /** Starts the caller's timer on a task; the answer says which one that stops. */
  start: boardMutation("time:track", { alsoLocks: streamsOfTimer })
    .input(StartTimer)
    .output(TimerStarted)
    .mutation(({ ctx, input }) => ctx.write(startTimer, input)),

  /** Stops the caller's timer on the board, also when that is archived. */
  stop: boardMutation("time:track", { alsoLocks: inboxOfTimer, onArchived: true })
    .input(StopTimer)
    .output(TimeEntry)
    .mutation(({ ctx, input }) => ctx.write(stopTimer, input)),

  /** The caller's timer, wherever it runs. */
  timer: userProcedure.output(TimeEntry.nullable()).query(({ ctx }) => getTimer(ctx.db, ctx.user.id)),

  /** Adds time that was worked, by hand. */
  create: boardMutation("time:track")
    .input(CreateTimeEntry)
    .output(TimeEntry)
    .mutation(({ ctx, input }) => ctx.write(createTimeEntry, input)),

  /** Corrects an entry; what is absent stays. */
  update: boardMutation("time:track", { alsoLocks: inboxOfEntry })
    .input(UpdateTimeEntry)
    .output(TimeEntry)
    .mutation(({ ctx, input }) => ctx.write(updateTimeEntry, input)),

  /** Deletes an entry. */
  delete: boardMutation("time:track", { alsoLocks: inboxOfEntry })
    .input(DeleteTimeEntry)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(deleteTimeEntry, input)),

  /** What was worked on a task, by whom, and whose timer runs. */
  ofTask: boardProcedure("task:read")
    .input(GetTaskTime)
    .output(TaskTime)
    .query(({ ctx, input }) => getTaskTime(ctx.db, { ...ctx.actor, now: ctx.app.clock.now() }, input)),

  /** Entries of the boards that the caller sees, newest first, page by page. */
  list: orgProcedure("task:search")
    .input(ListTime)
    .output(TimePage)
    .query(({ ctx, input }) => listTime(ctx.db, { ...ctx.actor, now: ctx.app.clock.now() }, input)),

  /** How long was worked, by person, task, board, project, day, week or month, of the boards that the caller sees. */
  totals: orgProcedure("task:search")
    .input(SumTime)
    .output(TimeTotals)
    .query(({ ctx, input }) => sumTime(ctx.db, { ...ctx.actor, now: ctx.app.clock.now() }, input)),
});
