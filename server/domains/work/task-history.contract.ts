import { z } from "zod";
import { Id, Instant, MutationId, page, PageInput, Version } from "../../fields.contract.ts";

/** The texts that a task's description had, the newest first. */
export const TaskHistory = z.strictObject({ boardId: Id, taskId: Id, ...PageInput });
export type TaskHistory = z.infer<typeof TaskHistory>;

/** A text, and who wrote it. The board's version at which it was written names it. */
export const TaskDescription = z.object({
  version: Version,
  at: Instant,
  userId: Id,
  /** Empty for an account that was deleted. */
  userName: z.string(),
  description: z.string(),
});
export type TaskDescription = z.infer<typeof TaskDescription>;

export const TaskHistoryPage = page(TaskDescription);
export type TaskHistoryPage = z.infer<typeof TaskHistoryPage>;

export const RestoreDescription = z.strictObject({
  boardId: Id,
  taskId: Id,
  /** Of the text, as `tasks.history` tells it. */
  version: Version,
  ...MutationId,
});
export type RestoreDescription = z.infer<typeof RestoreDescription>;
