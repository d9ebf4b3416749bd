import { z } from "zod";
import { PRIORITIES, STATES } from "../../../db/enums.ts";
import { Id, Instant, InstantInput, line, MutationId, page, PageInput, prose, Version } from "../../fields.contract.ts";
import { After } from "./columns.contract.ts";

const TaskTitle = line(500);
const TaskDescription = prose(32_768);
const AssigneeIds = z.array(Id).max(50).transform(sortedSet);
const LabelIds = z.array(Id).max(50).transform(sortedSet);

/** Sets travel sorted, so that the same set is the same text everywhere. */
function sortedSet(ids: string[]): string[] {
  return [...new Set(ids)].toSorted();
}

/** A task as a board shows it: everything but long text. */
export const Card = z.object({
  id: Id,
  /** Counts within the project. */
  number: z.int(),
  /** `KEY-12`: the project's key and the number. */
  key: z.string(),
  columnId: Id,
  /** Orders the cards of a column, compared byte by byte. Made by the server. */
  rank: z.string(),
  title: z.string(),
  hasDescription: z.boolean(),
  priority: z.enum(PRIORITIES),
  dueAt: Instant.nullable(),
  assigneeIds: z.array(Id),
  /** People named by an import who have no account here. */
  assigneeNames: z.array(z.string()),
  labelIds: z.array(Id),
  /** Of comments that are not deleted. One more or less changes neither `version` nor `updatedAt`. */
  commentCount: z.int(),
  version: Version,
  createdAt: Instant,
  updatedAt: Instant,
});
export type Card = z.infer<typeof Card>;

export const Task = Card.extend({
  boardId: Id,
  description: z.string(),
  state: z.enum(STATES),
  createdBy: Id,
});
export type Task = z.infer<typeof Task>;

export const CreateTask = z.strictObject({
  boardId: Id,
  columnId: Id,
  id: Id.optional(),
  title: TaskTitle,
  description: TaskDescription.default(""),
  priority: z.enum(PRIORITIES).default("none"),
  dueAt: InstantInput.nullable().default(null),
  assigneeIds: AssigneeIds.default([]),
  labelIds: LabelIds.default([]),
  after: After,
  ...MutationId,
});
export type CreateTask = z.infer<typeof CreateTask>;

export const UpdateTask = z.strictObject({
  boardId: Id,
  taskId: Id,
  /** Refused with `TASK_CHANGED` when the task has another version by now. */
  ifVersion: Version.optional(),
  title: TaskTitle.optional(),
  description: TaskDescription.optional(),
  priority: z.enum(PRIORITIES).optional(),
  dueAt: InstantInput.nullable().optional(),
  assigneeIds: AssigneeIds.optional(),
  /** The named people to keep: an import adds them, an update can only take them off. */
  assigneeNames: z.array(z.string().max(200)).max(50).optional(),
  labelIds: LabelIds.optional(),
  ...MutationId,
});
export type UpdateTask = z.infer<typeof UpdateTask>;

export const MoveTask = z.strictObject({ boardId: Id, taskId: Id, columnId: Id, after: After, ...MutationId });
export type MoveTask = z.infer<typeof MoveTask>;

/** What archives and what restores a task. */
export const TaskTarget = z.strictObject({ boardId: Id, taskId: Id, ...MutationId });
export type TaskTarget = z.infer<typeof TaskTarget>;

export const GetTask = z.strictObject({ boardId: Id, taskId: Id });
export type GetTask = z.infer<typeof GetTask>;

/** Tasks in the order of their numbers, those of archived columns included. */
export const ListTasks = z.strictObject({
  boardId: Id,
  state: z.enum(STATES).optional(),
  columnId: Id.optional(),
  ...PageInput,
});
export type ListTasks = z.infer<typeof ListTasks>;
export const TaskPage = page(Task);
export type TaskPage = z.infer<typeof TaskPage>;
