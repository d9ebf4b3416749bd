import { z } from "zod";
import { STATES } from "../../../db/enums.ts";
import { Id, Instant, page, PageInput } from "../../fields.contract.ts";
import { Task } from "./tasks.contract.ts";

/** What was deleted on a board, the newest first. */
export const ListTrash = z.strictObject({ boardId: Id, ...PageInput });
export type ListTrash = z.infer<typeof ListTrash>;

export const TrashedTask = z.object({
  task: Task,
  trashedAt: Instant,
  trashedBy: Id,
  /** What it is again once it is restored. */
  stateBefore: z.enum(STATES),
  /** After this instant it is deleted for good. */
  keptUntil: Instant,
});
export type TrashedTask = z.infer<typeof TrashedTask>;

export const TrashPage = page(TrashedTask);
export type TrashPage = z.infer<typeof TrashPage>;
