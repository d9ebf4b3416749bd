import { z } from "zod";
import { CHECK_STATES } from "../../../db/enums.ts";
import { Id, Instant, InstantInput, line, MutationId, Version } from "../../fields.contract.ts";
import { After } from "./columns.contract.ts";

const ChecklistName = line(200);
const ItemText = line(2_000);
const ItemState = z.enum(CHECK_STATES);

export const Checklist = z.object({
  id: Id,
  boardId: Id,
  taskId: Id,
  name: z.string(),
  /** Orders the checklists of a task, compared byte by byte. Made by the server. */
  rank: z.string(),
  version: Version,
});
export type Checklist = z.infer<typeof Checklist>;

export const CheckItem = z.object({
  id: Id,
  boardId: Id,
  taskId: Id,
  checklistId: Id,
  text: z.string(),
  state: ItemState,
  assigneeId: Id.nullable(),
  dueAt: Instant.nullable(),
  /** Orders the items of a checklist. */
  rank: z.string(),
  version: Version,
});
export type CheckItem = z.infer<typeof CheckItem>;

/** All that is on the checklists of a task: `evolveChecklists` keeps it as it is by the events of the board. */
export const TaskChecklists = z.object({
  taskId: Id,
  /** The task's version when they were read: what is announced of it later changes them. */
  version: Version,
  /** By rank. */
  checklists: z.array(Checklist),
  /** By checklist and rank. */
  items: z.array(CheckItem),
});
export type TaskChecklists = z.infer<typeof TaskChecklists>;

export const GetChecklists = z.strictObject({ boardId: Id, taskId: Id });
export type GetChecklists = z.infer<typeof GetChecklists>;

export const CreateChecklist = z.strictObject({
  boardId: Id,
  taskId: Id,
  id: Id.optional(),
  name: ChecklistName,
  after: After,
  ...MutationId,
});
export type CreateChecklist = z.infer<typeof CreateChecklist>;

export const UpdateChecklist = z.strictObject({
  boardId: Id,
  taskId: Id,
  checklistId: Id,
  name: ChecklistName,
  ...MutationId,
});
export type UpdateChecklist = z.infer<typeof UpdateChecklist>;

export const MoveChecklist = z.strictObject({ boardId: Id, taskId: Id, checklistId: Id, after: After, ...MutationId });
export type MoveChecklist = z.infer<typeof MoveChecklist>;

export const DeleteChecklist = z.strictObject({ boardId: Id, taskId: Id, checklistId: Id, ...MutationId });
export type DeleteChecklist = z.infer<typeof DeleteChecklist>;

export const CreateCheckItem = z.strictObject({
  boardId: Id,
  taskId: Id,
  checklistId: Id,
  id: Id.optional(),
  text: ItemText,
  state: ItemState.default("open"),
  assigneeId: Id.nullable().default(null),
  dueAt: InstantInput.nullable().default(null),
  after: After,
  ...MutationId,
});
export type CreateCheckItem = z.infer<typeof CreateCheckItem>;

export const UpdateCheckItem = z.strictObject({
  boardId: Id,
  taskId: Id,
  itemId: Id,
  text: ItemText.optional(),
  state: ItemState.optional(),
  assigneeId: Id.nullable().optional(),
  dueAt: InstantInput.nullable().optional(),
  ...MutationId,
});
export type UpdateCheckItem = z.infer<typeof UpdateCheckItem>;

/** Also into another checklist of the task. */
export const MoveCheckItem = z.strictObject({
  boardId: Id,
  taskId: Id,
  itemId: Id,
  checklistId: Id,
  after: After,
  ...MutationId,
});
export type MoveCheckItem = z.infer<typeof MoveCheckItem>;

/** The item goes, and a task with its text comes: a part of the task that it was on. */
export const ConvertCheckItem = z.strictObject({
  boardId: Id,
  taskId: Id,
  itemId: Id,
  columnId: Id,
  /** Of the new task. */
  id: Id.optional(),
  after: After,
  ...MutationId,
});
export type ConvertCheckItem = z.infer<typeof ConvertCheckItem>;

export const DeleteCheckItem = z.strictObject({ boardId: Id, taskId: Id, itemId: Id, ...MutationId });
export type DeleteCheckItem = z.infer<typeof DeleteCheckItem>;
