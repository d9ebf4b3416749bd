import { z } from "zod";
import { LABEL_COLORS, PRIORITIES, STATES, TASK_STATES } from "../../../db/enums.ts";
import {
  Day,
  Id,
  Instant,
  InstantInput,
  line,
  MutationId,
  page,
  PageInput,
  prose,
  TimeZone,
  Version,
} from "../../fields.contract.ts";
import { After } from "./columns.contract.ts";
import { FieldPatch, FieldValues } from "./fields.contract.ts";

const TaskTitle = line(500);
const TaskDescription = prose(32_768);
export const AssigneeIds = z.array(Id).max(50).transform(sortedSet);
export const LabelIds = z.array(Id).max(50).transform(sortedSet);

const CoverColor = z.enum(LABEL_COLORS);
const Estimate = z
  .number()
  .min(0)
  .max(100_000)
  .refine((points) => Math.round(points * 100) / 100 === points, "An estimate has at most two decimals.")
  // Zero has no sign in JSON.
  .transform(Math.abs);

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
  /** The task of the board that it is a part of, which may be out of sight. */
  parentId: Id.nullable(),
  title: z.string(),
  hasDescription: z.boolean(),
  priority: z.enum(PRIORITIES),
  /** From when on it may be worked at. With `startOn` that is the first instant of the day. */
  startAt: Instant.nullable(),
  /** It begins on a whole day: show this, and not a time. */
  startOn: Day.nullable(),
  /** After this instant it is overdue. With `dueOn` it is the last one of the day. */
  dueAt: Instant.nullable(),
  dueOn: Day.nullable(),
  /** In which its days are meant; there is one when there is a whole day. */
  timeZone: z.string().nullable(),
  /** In points, or whatever the team counts in; to two decimals. */
  estimate: z.number().nullable(),
  coverColor: CoverColor.nullable(),
  /** Of all checklists together. */
  itemsDone: z.int(),
  itemsTotal: z.int(),
  /** Tasks of the board that block it, those out of sight too: `countBlockers` says how many of them are not done. */
  blockerIds: z.array(Id),
  /** How many tasks of other boards block it and are not done. */
  blockersElsewhere: z.int(),
  assigneeIds: z.array(Id),
  /** People named by an import who have no account here. */
  assigneeNames: z.array(z.string()),
  labelIds: z.array(Id),
  /** What it has of the fields of its project, by their ids; of archived ones, too. */
  fields: FieldValues,
  /** Of comments that are not deleted. One more or less changes neither `version` nor `updatedAt`. */
  commentCount: z.int(),
  /** One more or less changes neither, too. */
  attachmentCount: z.int(),
  version: Version,
  createdAt: Instant,
  updatedAt: Instant,
});
export type Card = z.infer<typeof Card>;

export const Task = Card.extend({
  boardId: Id,
  description: z.string(),
  /** A deleted one is `trashed` until it goes for good. */
  state: z.enum(TASK_STATES),
  createdBy: Id,
});
export type Task = z.infer<typeof Task>;

/** A date is said as an instant or as a day, which take the place of each other; null is neither. */
const Dates = {
  startAt: InstantInput.nullable().optional(),
  startOn: Day.nullable().optional(),
  dueAt: InstantInput.nullable().optional(),
  dueOn: Day.nullable().optional(),
  timeZone: TimeZone.nullable().optional(),
};

/** What came later is optional, not null by default: a call that is repeated after an update has the input that it had. */
export const CreateTask = z.strictObject({
  boardId: Id,
  columnId: Id,
  id: Id.optional(),
  title: TaskTitle,
  description: TaskDescription.default(""),
  priority: z.enum(PRIORITIES).default("none"),
  ...Dates,
  dueAt: InstantInput.nullable().default(null),
  estimate: Estimate.nullable().optional(),
  coverColor: CoverColor.nullable().optional(),
  assigneeIds: AssigneeIds.default([]),
  labelIds: LabelIds.default([]),
  parentId: Id.nullable().optional(),
  fields: FieldPatch.optional(),
  after: After,
  ...MutationId,
});
export type CreateTask = z.infer<typeof CreateTask>;

export const UpdateTask = z.strictObject({
  boardId: Id,
  taskId: Id,
  /**
   * The version that was seen: refused with `TASK_CHANGED`, and both values, when somebody has changed since then what
   * this changes. What nobody else touched goes through.
   */
  ifVersion: Version.optional(),
  title: TaskTitle.optional(),
  description: TaskDescription.optional(),
  priority: z.enum(PRIORITIES).optional(),
  ...Dates,
  estimate: Estimate.nullable().optional(),
  coverColor: CoverColor.nullable().optional(),
  assigneeIds: AssigneeIds.optional(),
  /** The named people to keep: an import adds them, an update can only take them off. */
  assigneeNames: z.array(z.string().max(200)).max(50).optional(),
  labelIds: LabelIds.optional(),
  parentId: Id.nullable().optional(),
  /** Of the fields of the project those that change; null takes what it has away. */
  fields: FieldPatch.optional(),
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
  /** The parts of this task. */
  parentId: Id.optional(),
  ...PageInput,
});
export type ListTasks = z.infer<typeof ListTasks>;
export const TaskPage = page(Task);
export type TaskPage = z.infer<typeof TaskPage>;
