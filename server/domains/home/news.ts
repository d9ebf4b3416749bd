import type { NotificationReason } from "../../../db/enums.ts";
import type { BoardEvent, BoardEventType } from "../../events.ts";

/** What an event of a board means to people who are about one of its tasks, as far as it says so itself. */
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
  /** It is nothing to those who hear of the event anyhow. */
  readonly isAside?: true;
}

/** Types of events that are anybody's news. */
export const NEWS_TYPES = [
  "task.created",
  "task.updated",
  "task.moved",
  "task.arrived",
  "task.archived",
  "task.restored",
  "tasks.updated",
  "tasks.moved",
  "tasks.archived",
  "tasks.restored",
  "tasks.deleted",
  "tasks.recovered",
  "board.reset",
  "relation.created",
  "relation.deleted",
  "comment.created",
  "comment.updated",
  "attachment.created",
  "attachment.deleted",
  "check-item.created",
  "check-item.updated",
] as const satisfies readonly BoardEventType[];
export type NewsEvent = Extract<BoardEvent, { type: (typeof NEWS_TYPES)[number] }>;

/** One for each task that it is about to somebody; none: it is nobody's. */
export function newsOf(event: NewsEvent): News[] {
  switch (event.type) {
    case "task.created": {
      const { id, assigneeIds, columnId, parentId } = event.data.task;
      const joining = [event.actorId, ...assigneeIds];
      return [{ taskId: id, addressed: { assigned: assigneeIds }, joining, columnId }, ...ofParent(parentId)];
    }
    case "task.updated": {
      const { taskId, assignedIds = [], changes } = event.data;
      return [assigned(taskId, assignedIds), ...ofParent(changes.parentId)];
    }
    case "tasks.updated":
      return event.data.changes.flatMap(({ taskIds, assignedIds = [] }) =>
        taskIds.map((taskId) => assigned(taskId, assignedIds)),
      );
    case "task.moved": {
      const { taskId, columnId, fromColumnId = columnId } = event.data;
      // Within its column, or of a time when that was not told.
      return columnId === fromColumnId ? [] : [{ taskId, columnId, joining: [] }];
    }
    case "tasks.moved": {
      const { to, from = [] } = event.data;
      const left = new Map(from.flatMap(({ columnId, taskIds }) => taskIds.map((id) => [id, columnId])));
      return to.flatMap(({ columnId, ranks }) =>
        ranks.flatMap(({ taskId }) =>
          (left.get(taskId) ?? columnId) === columnId ? [] : [{ taskId, columnId, joining: [] }],
        ),
      );
    }
    case "task.arrived": {
      const { id, columnId } = event.data.task;
      return [{ taskId: id, columnId, joining: [] }];
    }
    case "task.archived":
      return plain([event.data.taskId]);
    case "task.restored":
      return plain([event.data.task.id]);
    case "tasks.archived":
    case "tasks.deleted":
      return plain(event.data.taskIds);
    case "tasks.restored":
      return plain(idsOf(event.data.tasks));
    case "tasks.recovered":
      return plain(idsOf([...event.data.tasks, ...event.data.archived]));
    case "board.reset":
      return plain(event.data.restoredTaskIds ?? []);
    case "relation.created":
    case "relation.deleted": {
      const { fromTaskId, toTaskId } = event.data.relation;
      return plain([fromTaskId, toTaskId].filter((id) => id !== null));
    }
    case "comment.created":
    case "comment.updated": {
      const { id: commentId, taskId, mentionIds } = event.data.comment;
      const isNew = event.type === "comment.created";
      const joining = isNew ? [event.actorId, ...mentionIds] : mentionIds;
      return [
        { taskId, commentId, addressed: { mentioned: mentionIds }, joining, ...(isNew ? {} : { isMinor: true }) },
      ];
    }
    case "attachment.created":
      return plain([event.data.attachment.taskId]);
    case "attachment.deleted":
      return plain([event.data.taskId]);
    case "check-item.created": {
      const { taskId, assigneeId } = event.data.item;
      return assigneeId === null ? [] : [{ ...assigned(taskId, [assigneeId]), isMinor: true }];
    }
    case "check-item.updated": {
      const { taskId, assignedId } = event.data;
      return assignedId === undefined ? [] : [{ ...assigned(taskId, [assignedId]), isMinor: true }];
    }
  }
}

function plain(taskIds: readonly string[]): News[] {
  return taskIds.map((taskId) => ({ taskId, joining: [] }));
}

function assigned(taskId: string, assignedIds: readonly string[]): News {
  return { taskId, addressed: { assigned: assignedIds }, joining: assignedIds };
}

/** Who is about a task hears of what becomes a part of it. */
function ofParent(parentId: string | null | undefined): News[] {
  return typeof parentId === "string" ? [{ taskId: parentId, joining: [], isAside: true }] : [];
}

function idsOf(tasks: readonly { id: string }[]): string[] {
  return tasks.map(({ id }) => id);
}
