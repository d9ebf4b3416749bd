import { boardMutation, boardProcedure, router } from "../../core/trpc.ts";
import {
  Column,
  ColumnPage,
  ColumnTarget,
  CreateColumn,
  ListColumns,
  MoveColumn,
  UpdateColumn,
} from "./columns.contract.ts";
import {
  archiveColumn,
  createColumn,
  listColumns,
  moveColumn,
  restoreColumn,
  updateColumn,
} from "./columns.service.ts";

export const columnsRouter = router({
  /** The columns of a board by rank, archived ones included unless `state` says otherwise. */
  list: boardProcedure("board:read")
    .input(ListColumns)
    .output(ColumnPage)
    .query(({ ctx, input }) => listColumns(ctx.db, ctx.actor, input)),

  /** Adds a column behind `after`. */
  create: boardMutation("column:create")
    .input(CreateColumn)
    .output(Column)
    .mutation(({ ctx, input }) => ctx.write(createColumn, input)),

  /** Renames a column, or sets or lifts its limit. */
  update: boardMutation("column:update")
    .input(UpdateColumn)
    .output(Column)
    .mutation(({ ctx, input }) => ctx.write(updateColumn, input)),

  /** Moves a column behind another. */
  move: boardMutation("column:move")
    .input(MoveColumn)
    .output(Column)
    .mutation(({ ctx, input }) => ctx.write(moveColumn, input)),

  /** Takes a column and its tasks out of sight, unchanged. */
  archive: boardMutation("column:archive")
    .input(ColumnTarget)
    .output(Column)
    .mutation(({ ctx, input }) => ctx.write(archiveColumn, input)),

  /** Puts an archived column back with its tasks, last on the board. */
  restore: boardMutation("column:restore")
    .input(ColumnTarget)
    .output(Column)
    .mutation(({ ctx, input }) => ctx.write(restoreColumn, input)),
});
