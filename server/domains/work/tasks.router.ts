import { boardMutation, boardProcedure, orgOpening, orgProcedure, router } from "../../core/trpc.ts";
import { CopiedTask, CopyTask, MovedToBoard, MoveToBoard } from "./board-moves.contract.ts";
import { boardsOfMove, moveToBoard } from "./board-moves.service.ts";
import { BulkDone, MoveTasks, TasksTarget, UpdateTasks } from "./bulk.contract.ts";
import { archiveTasks, moveTasks, restoreTasks, updateTasks } from "./bulk.service.ts";
import { watchCount } from "./count-watch.ts";
import { CountTasks, FoundTasks, SearchTasks, TaskCount } from "./search.contract.ts";
import { countTasks, searchTasks } from "./search.service.ts";
import { copyTask } from "./task-copies.service.ts";
import { RestoreDescription, TaskHistory, TaskHistoryPage } from "./task-history.contract.ts";
import { listHistory, restoreDescription } from "./task-history.service.ts";
import { deleteTasks } from "./trash.service.ts";
import { CreateTask, GetTask, ListTasks, MoveTask, Task, TaskPage, TaskTarget, UpdateTask } from "./tasks.contract.ts";
import { archiveTask, createTask, getTask, listTasks, moveTask, restoreTask, updateTask } from "./tasks.service.ts";

export const tasksRouter = router({
  /** Creates a task in a column. */
  create: boardMutation("task:create")
    .input(CreateTask)
    .output(Task)
    .mutation(({ ctx, input }) => ctx.write(createTask, input)),

  /** Changes what a task says; what is absent stays. */
  update: boardMutation("task:update")
    .input(UpdateTask)
    .output(Task)
    .mutation(({ ctx, input }) => ctx.write(updateTask, input)),

  /** Moves a task behind `after` in a column; the answer shows where it went. */
  move: boardMutation("task:move")
    .input(MoveTask)
    .output(Task)
    .mutation(({ ctx, input }) => ctx.write(moveTask, input)),

  /** Takes a task off the board, to be restored one day. */
  archive: boardMutation("task:archive")
    .input(TaskTarget)
    .output(Task)
    .mutation(({ ctx, input }) => ctx.write(archiveTask, input)),

  /** Puts an archived task back, last in its column. */
  restore: boardMutation("task:restore")
    .input(TaskTarget)
    .output(Task)
    .mutation(({ ctx, input }) => ctx.write(restoreTask, input)),

  /** Makes the same change of up to 1,000 tasks, of all or of none. */
  bulkUpdate: boardMutation("task:update")
    .input(UpdateTasks)
    .output(BulkDone)
    .mutation(({ ctx, input }) => ctx.write(updateTasks, input)),

  /** Moves up to 1,000 tasks behind `after` in a column, in the order in which they are named; all or none. */
  bulkMove: boardMutation("task:move")
    .input(MoveTasks)
    .output(BulkDone)
    .mutation(({ ctx, input }) => ctx.write(moveTasks, input)),

  /** Takes up to 1,000 tasks off the board, all or none. */
  bulkArchive: boardMutation("task:archive")
    .input(TasksTarget)
    .output(BulkDone)
    .mutation(({ ctx, input }) => ctx.write(archiveTasks, input)),

  /** Puts up to 1,000 archived tasks back, last in their columns; all or none. */
  bulkRestore: boardMutation("task:restore")
    .input(TasksTarget)
    .output(BulkDone)
    .mutation(({ ctx, input }) => ctx.write(restoreTasks, input)),

  /** Deletes up to 1,000 tasks, all or none: they are in the trash for 30 days. */
  delete: boardMutation("task:delete")
    .input(TasksTarget)
    .output(BulkDone)
    .mutation(({ ctx, input }) => ctx.write(deleteTasks, input)),

  /** Moves a task to a column of another board of the organisation; the answer says what was left behind. */
  moveToBoard: boardMutation("task:move", { alsoLocks: boardsOfMove })
    .input(MoveToBoard)
    .output(MovedToBoard)
    .mutation(({ ctx, input }) => ctx.write(moveToBoard, input)),

  /** Makes a copy of a task, of this board or another one, in a column of this board. */
  copy: boardMutation("task:create")
    .input(CopyTask)
    .output(CopiedTask)
    .mutation(({ ctx, input }) => ctx.write(copyTask, input)),

  /** A task with its details. */
  get: boardProcedure("task:read")
    .input(GetTask)
    .output(Task)
    .query(({ ctx, input }) => getTask(ctx.db, ctx.actor, input)),

  /** The texts that a task's description had, newest first, page by page. */
  history: boardProcedure("task:history")
    .input(TaskHistory)
    .output(TaskHistoryPage)
    .query(({ ctx, input }) => listHistory(ctx.db, ctx.actor, input)),

  /** Gives a task a description that it had. */
  restoreDescription: boardMutation("task:update")
    .input(RestoreDescription)
    .output(Task)
    .mutation(({ ctx, input }) => ctx.write(restoreDescription, input)),

  /** The tasks of a board by number, page by page, archived ones included unless `state` says otherwise. */
  list: boardProcedure("task:read")
    .input(ListTasks)
    .output(TaskPage)
    .query(({ ctx, input }) => listTasks(ctx.db, ctx.actor, input)),

  /** The tasks of an organisation that a filter (docs/filters.md) means, of the boards that the caller sees, page by page. */
  search: orgProcedure("task:search")
    .input(SearchTasks)
    .output(FoundTasks)
    .query(({ ctx, input }) => searchTasks(ctx.db, { ...ctx.actor, now: ctx.app.clock.now() }, input)),

  /** How many tasks of an organisation, project or board a filter means, of the boards that the caller sees. */
  count: orgProcedure("task:search")
    .input(CountTasks)
    .output(TaskCount)
    .query(({ ctx, input }) => countTasks(ctx.db, { ...ctx.actor, now: ctx.app.clock.now() }, input)),

  /** The same of a project or a board as it changes: told again when it is another one, at most twice a second. */
  liveCount: orgOpening("task:search")
    .input(CountTasks)
    .subscription(({ ctx, input, signal }) => watchCount(ctx, input, signal)),
});
