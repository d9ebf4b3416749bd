import type { NotificationReason } from "../../../db/enums.ts";
import type { BoardEvent, BoardEventType } from "../../events.ts";

/** What an event of a board means to people, as far as it says so itself. */
export interface News {
  readonly taskId: string;
  readonly commentId?: string;
  /** Whom it addresses, whatever they watch. */
  readonly addressed?: Partial<Record<NotificationReason & ("assigned" | "mentioned"), readonly string[]>>;
  /** Who is about the task from here on. */
  readonly joining: readonly string[];
  /** The column that the task came into. */
  readonly columnId?: string;
  /** It is nothing to those who only watch. */
  readonly isMinor?: true;
}

/** Types of events that are anybody's news. */
export const NEWS_TYPES = [
  "task.created",
  "task.updated",
  "task.moved",
  "task.arrived",
  "task.archived",
  "task.restored",
  "comment.created",
  "comment.updated",
  "check-item.created",
] as const satisfies readonly BoardEventType[];
export type NewsEvent = Extract<BoardEvent, { type: (typeof NEWS_TYPES)[number] }>;

/** Undefined: it is nobody's. */
export function newsOf(event: NewsEvent): News | undefined {
  switch (event.type) {
    case "task.created": {
      const { id, assigneeIds, columnId } = event.data.task;
      const joining = [event.actorId, ...assigneeIds];
      return { taskId: id, addressed: { assigned: assigneeIds }, joining, columnId };
    }
    case "task.updated": {
      const { taskId, assignedIds = [] } = event.data;
      return { taskId, addressed: { assigned: assignedIds }, joining: assignedIds };
    }
    case "task.moved": {
      const { taskId, columnId, fromColumnId = columnId } = event.data;
      // Within its column, or of a time when that was not told.
      return columnId === fromColumnId ? undefined : { taskId, columnId, joining: [] };
    }
    case "task.arrived": {
      const { id, columnId } = event.data.task;
      return { taskId: id, columnId, joining: [] };
    }
    case "task.archived":
      return { taskId: event.data.taskId, joining: [] };
    case "task.restored":
      return { taskId: event.data.task.id, joining: [] };
    case "comment.created":
    case "comment.updated": {
      const { id: commentId, taskId, mentionIds } = event.data.comment;
      const isNew = event.type === "comment.created";
      const joining = isNew ? [event.actorId, ...mentionIds] : mentionIds;
      return { taskId, commentId, addressed: { mentioned: mentionIds }, joining, ...(isNew ? {} : { isMinor: true }) };
    }
    case "check-item.created": {
      const { taskId, assigneeId } = event.data.item;
      return assigneeId === null
        ? undefined
        : { taskId, addressed: { assigned: [assigneeId] }, joining: [assigneeId], isMinor: true };
    }
  }
}
