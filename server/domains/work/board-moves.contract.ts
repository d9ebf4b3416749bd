import { z } from "zod";
import { Id, line, MutationId } from "../../fields.contract.ts";
import { After } from "./columns.contract.ts";
import { Task } from "./tasks.contract.ts";

/** Behind `after` in a column of another board of the organisation. */
export const MoveToBoard = z.strictObject({
  boardId: Id,
  taskId: Id,
  toBoardId: Id,
  columnId: Id,
  after: After,
  ...MutationId,
});
export type MoveToBoard = z.infer<typeof MoveToBoard>;

/** What another board has no place for, by the ids that it had on the first. */
const LeftBehind = z.object({
  /** Labels of which the other board has none of that name. */
  labelIds: z.array(Id),
  /** People who cannot see the other board. */
  assigneeIds: z.array(Id),
  /** Fields whose values the other project cannot hold, or not all of them. */
  fieldIds: z.array(Id),
});
export type LeftBehind = z.infer<typeof LeftBehind>;

export const MovedToBoard = z.object({
  task: Task,
  left: LeftBehind.extend({
    /** What it was a part of. */
    parentId: Id.nullable(),
    /** Its own parts, which stay on their board. */
    partIds: z.array(Id),
  }),
});
export type MovedToBoard = z.infer<typeof MovedToBoard>;

export const COPIED = ["assignees", "attachments", "checklists", "dates", "fields", "labels"] as const;

/** A copy of a task, of this board or another one of the organisation; title, description, priority, estimate and cover come always. */
export const CopyTask = z.strictObject({
  boardId: Id,
  columnId: Id,
  after: After,
  id: Id.optional(),
  /** Where the task is, when that is another board. */
  fromBoardId: Id.optional(),
  taskId: Id,
  title: line(500).optional(),
  /** What else comes along; all of it unless this says what. Comments never do. */
  take: z.array(z.enum(COPIED)).max(COPIED.length).optional(),
  ...MutationId,
});
export type CopyTask = z.infer<typeof CopyTask>;

export const CopiedTask = z.object({ task: Task, left: LeftBehind });
export type CopiedTask = z.infer<typeof CopiedTask>;
