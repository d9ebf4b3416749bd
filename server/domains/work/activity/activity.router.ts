import { boardProcedure, orgProcedure, router } from "../../../core/trpc.ts";
import { ActivityOfBoard, ActivityOfPerson, ActivityOfTask, ActivityPage } from "./activity.contract.ts";
import { listActivityOfBoard, listActivityOfPerson, listActivityOfTask } from "./activity.service.ts";

export const activityRouter = router({
  /** What was done to a task, newest first, page by page: who, when, what from and to, and a sentence that says it. */
  ofTask: boardProcedure("task:read")
    .input(ActivityOfTask)
    .output(ActivityPage)
    .query(({ ctx, input }) => listActivityOfTask(ctx.db, ctx.actor, input)),

  /** What was done on a board, newest first, page by page. */
  ofBoard: boardProcedure("task:read")
    .input(ActivityOfBoard)
    .output(ActivityPage)
    .query(({ ctx, input }) => listActivityOfBoard(ctx.db, ctx.actor, input)),

  /** What somebody did in an organisation, newest first, page by page: of the boards that the caller sees now. */
  ofPerson: orgProcedure("task:search")
    .input(ActivityOfPerson)
    .output(ActivityPage)
    .query(({ ctx, input }) => listActivityOfPerson(ctx.db, ctx.actor, input)),
});
