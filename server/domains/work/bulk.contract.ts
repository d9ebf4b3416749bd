import { z } from "zod";
import { Id, MutationId, Version } from "../../fields.contract.ts";
import { After } from "./columns.contract.ts";
import { FieldPatch } from "./fields.contract.ts";
import { AssigneeIds, LabelIds, UpdateTask } from "./tasks.contract.ts";

/** The most tasks that one change is of. */
const TASKS_PER_CHANGE = 1_000;

/** Each is meant once, in this order. */
const TaskIds = z
  .array(Id)
  .min(1)
  .max(TASKS_PER_CHANGE)
  .transform((ids) => [...new Set(ids)]);

/** The same change of many tasks, all or none. Of sets it says what is added, and what is taken away, from each. */
export const UpdateTasks = z.strictObject({
  boardId: Id,
  taskIds: TaskIds,
  ...UpdateTask.pick({
    priority: true,
    startAt: true,
    startOn: true,
    dueAt: true,
    dueOn: true,
    timeZone: true,
    estimate: true,
    coverColor: true,
  }).shape,
  /** The same of each; null takes a value away. */
  fields: FieldPatch.optional(),
  addLabelIds: LabelIds.optional(),
  removeLabelIds: LabelIds.optional(),
  addAssigneeIds: AssigneeIds.optional(),
  removeAssigneeIds: AssigneeIds.optional(),
  ...MutationId,
});
export type UpdateTasks = z.infer<typeof UpdateTasks>;

/** They stand behind `after`, in their order; it is none of them. */
export const MoveTasks = z.strictObject({ boardId: Id, taskIds: TaskIds, columnId: Id, after: After, ...MutationId });
export type MoveTasks = z.infer<typeof MoveTasks>;

/** What archives and what restores many tasks. */
export const TasksTarget = z.strictObject({ boardId: Id, taskIds: TaskIds, ...MutationId });
export type TasksTarget = z.infer<typeof TasksTarget>;

/** How many tasks became others than they were, and the version of the board that has it. */
export const BulkDone = z.object({ changed: z.int(), version: Version });
export type BulkDone = z.infer<typeof BulkDone>;
