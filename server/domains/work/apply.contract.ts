import { z } from "zod";
import { Id, MutationId, Version } from "../../fields.contract.ts";
import { BulkDone, MoveTasks, TasksTarget, UpdateTasks } from "./bulk.contract.ts";
import { Column, ColumnTarget, CreateColumn, MoveColumn, UpdateColumn } from "./columns.contract.ts";
import { CreateLabel, DeleteLabel, Label, UpdateLabel } from "./labels.contract.ts";
import { CreateTask, MoveTask, Task, TaskTarget, UpdateTask } from "./tasks.contract.ts";

/** One call of `boards.applyChanges`: the procedure's name and its input without `boardId`. */
export const Change = z.discriminatedUnion("procedure", [
  z.strictObject({ procedure: z.literal("tasks.create"), ...CreateTask.omit({ boardId: true }).shape }),
  z.strictObject({ procedure: z.literal("tasks.update"), ...UpdateTask.omit({ boardId: true }).shape }),
  z.strictObject({ procedure: z.literal("tasks.move"), ...MoveTask.omit({ boardId: true }).shape }),
  z.strictObject({ procedure: z.literal("tasks.archive"), ...TaskTarget.omit({ boardId: true }).shape }),
  z.strictObject({ procedure: z.literal("tasks.restore"), ...TaskTarget.omit({ boardId: true }).shape }),
  z.strictObject({ procedure: z.literal("tasks.bulkUpdate"), ...UpdateTasks.omit({ boardId: true }).shape }),
  z.strictObject({ procedure: z.literal("tasks.bulkMove"), ...MoveTasks.omit({ boardId: true }).shape }),
  z.strictObject({ procedure: z.literal("tasks.bulkArchive"), ...TasksTarget.omit({ boardId: true }).shape }),
  z.strictObject({ procedure: z.literal("tasks.bulkRestore"), ...TasksTarget.omit({ boardId: true }).shape }),
  z.strictObject({ procedure: z.literal("tasks.delete"), ...TasksTarget.omit({ boardId: true }).shape }),
  z.strictObject({ procedure: z.literal("columns.create"), ...CreateColumn.omit({ boardId: true }).shape }),
  z.strictObject({ procedure: z.literal("columns.update"), ...UpdateColumn.omit({ boardId: true }).shape }),
  z.strictObject({ procedure: z.literal("columns.move"), ...MoveColumn.omit({ boardId: true }).shape }),
  z.strictObject({ procedure: z.literal("columns.archive"), ...ColumnTarget.omit({ boardId: true }).shape }),
  z.strictObject({ procedure: z.literal("columns.restore"), ...ColumnTarget.omit({ boardId: true }).shape }),
  z.strictObject({ procedure: z.literal("labels.create"), ...CreateLabel.omit({ boardId: true }).shape }),
  z.strictObject({ procedure: z.literal("labels.update"), ...UpdateLabel.omit({ boardId: true }).shape }),
  z.strictObject({ procedure: z.literal("labels.delete"), ...DeleteLabel.omit({ boardId: true }).shape }),
]);
export type Change = z.infer<typeof Change>;
/** A change as it is sent: what has a default may be left out. */
export type ChangeInput = z.input<typeof Change>;

export const ApplyChanges = z.strictObject({
  boardId: Id,
  /** Who made the changes: `ACCOUNT_CHANGED` when somebody else is signed in by the time they are sent. */
  userId: Id.optional(),
  changes: z.array(Change).min(1).max(100),
  ...MutationId,
});
export type ApplyChanges = z.infer<typeof ApplyChanges>;

const ChangeValue = z.union([Task, Column, Label, BulkDone, z.null()]);
export type ChangeValue = z.infer<typeof ChangeValue>;

/**
 * One result for each change, in order. A refused change wrote nothing and does not stop those behind it. `version` is
 * the board's after the change: for a repeat the one of then, for a change that changed nothing the one that it found.
 */
export const ChangeResult = z.discriminatedUnion("status", [
  z.object({ status: z.literal("done"), version: Version, value: ChangeValue }),
  z.object({
    status: z.literal("refused"),
    kind: z.string(),
    message: z.string(),
    conflicts: z
      .record(z.string(), z.object({ yours: z.unknown(), theirs: z.unknown(), version: Version }))
      .exactOptional(),
  }),
]);
export type ChangeResult = z.infer<typeof ChangeResult>;
export const ChangeResults = z.array(ChangeResult);
export type ChangeResults = z.infer<typeof ChangeResults>;
