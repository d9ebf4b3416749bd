import type { Snapshot } from "../server/domains/work/boards.contract.ts";
import { evolve } from "../server/domains/work/evolve.ts";
import type { Blocked } from "../server/domains/work/relations.contract.ts";
import type { Card } from "../server/domains/work/tasks.contract.ts";
import type { BoardEvent } from "../server/events.ts";

/** What left the board while it was watched: what predictions need that bring something back, or put it beside that. */
export interface OutOfSight {
  /** Archived columns, with the tasks that went with them. */
  readonly columns: Snapshot["columns"];
  readonly tasks: Snapshot["tasks"];
  /** Tasks that were archived themselves, the newest last. */
  readonly archived: readonly Card[];
  /** Tasks that were deleted, the newest last, with their places as far as they are known. */
  readonly deleted: readonly Deleted[];
  /** The place that a task had in the column that it left last. */
  readonly left: ReadonlyMap<string, { readonly columnId: string; readonly rank: string }>;
}

interface Deleted {
  readonly id: string;
  readonly columnId?: string;
  readonly rank?: string;
}

/** What a board shows and what it no longer shows. */
export interface Sight {
  readonly state: Snapshot;
  readonly hidden: OutOfSight;
}

/** A board may be watched for weeks: older ones are forgotten, and then it is the server who knows. */
const MOST = 500;

export const NOTHING_OUT_OF_SIGHT: OutOfSight = { columns: [], tasks: [], archived: [], deleted: [], left: new Map() };

/** What is out of sight after an event; `before` is the board as it was. */
export function afterEvent(hidden: OutOfSight, before: Snapshot, event: BoardEvent): OutOfSight {
  switch (event.type) {
    case "column.archived": {
      const { columnId } = event.data;
      const gone = before.columns.filter((column) => column.id === columnId);
      const tasks = before.tasks.filter((task) => task.columnId === columnId);
      return { ...hidden, columns: [...hidden.columns, ...gone], tasks: [...hidden.tasks, ...tasks] };
    }
    case "column.restored": {
      const columns = hidden.columns.filter((column) => column.id !== event.data.column.id);
      return { ...hidden, columns, tasks: hidden.tasks.filter((task) => task.columnId !== event.data.column.id) };
    }
    case "task.archived": {
      const { taskId } = event.data;
      const card = before.tasks.find((task) => task.id === taskId) ?? hidden.tasks.find((task) => task.id === taskId);
      const tasks = hidden.tasks.filter((task) => task.id !== taskId);
      return { ...hidden, tasks, archived: [...hidden.archived, ...(card ? [card] : [])].slice(-MOST) };
    }
    case "task.moved": {
      const { taskId, columnId } = event.data;
      const card = before.tasks.find((task) => task.id === taskId);
      if (!card || card.columnId === columnId) return hidden;
      return { ...hidden, left: withPlace(hidden.left, card) };
    }
    case "tasks.archived": {
      const gone = new Set(event.data.taskIds);
      const cards = [...before.tasks, ...hidden.tasks].filter((task) => gone.has(task.id));
      const tasks = hidden.tasks.filter((task) => !gone.has(task.id));
      return { ...hidden, tasks, archived: [...hidden.archived, ...cards].slice(-MOST) };
    }
    case "task.left": {
      const isThere = (task: Card) => task.id !== event.data.taskId;
      return { ...hidden, tasks: hidden.tasks.filter(isThere), archived: hidden.archived.filter(isThere) };
    }
    case "tasks.deleted": {
      const gone = new Set(event.data.taskIds);
      const cards = [...before.tasks, ...hidden.tasks, ...hidden.archived].filter((task) => gone.has(task.id));
      const isThere = (task: Card) => !gone.has(task.id);
      const [tasks, archived] = [hidden.tasks.filter(isThere), hidden.archived.filter(isThere)];
      const places = new Map(cards.map(({ id, columnId, rank }) => [id, { columnId, rank }]));
      const deleted = [...hidden.deleted, ...Array.from(gone, (id) => ({ id, ...places.get(id) }))].slice(-MOST);
      return { ...hidden, tasks, archived, deleted };
    }
    case "tasks.recovered": {
      const back = [...event.data.tasks, ...event.data.archived].map(({ id }) => id);
      const archived = [...hidden.archived, ...event.data.archived].slice(-MOST);
      return { ...evolved(hidden, before, event), archived, deleted: without(hidden.deleted, back) };
    }
    case "tasks.purged":
      return { ...hidden, deleted: without(hidden.deleted, event.data.taskIds) };
    case "tasks.moved": {
      const columns = new Map(
        event.data.to.flatMap(({ columnId, ranks }) => ranks.map((row) => [row.taskId, columnId])),
      );
      const gone = before.tasks.filter((task) => (columns.get(task.id) ?? task.columnId) !== task.columnId);
      return { ...hidden, left: gone.reduce(withPlace, hidden.left) };
    }
    case "tasks.restored": {
      const back = new Set(event.data.tasks.map(({ id }) => id));
      const archived = hidden.archived.filter((known) => !back.has(known.id));
      return { ...evolved(hidden, before, event), archived };
    }
    case "task.restored": {
      const { task } = event.data;
      const card = hidden.tasks.find((known) => known.id === task.id);
      const left = card && card.columnId !== task.columnId ? withPlace(hidden.left, card) : hidden.left;
      const archived = hidden.archived.filter((known) => known.id !== task.id);
      return { ...evolved(hidden, before, event), left, archived };
    }
    case "column.reranked": {
      // Places that were left are ranks of the old numbering.
      const { columnId } = event.data;
      const left = new Map([...hidden.left].filter(([, place]) => place.columnId !== columnId));
      const deleted = hidden.deleted.map(({ id, ...place }) =>
        place.columnId === columnId ? { id } : { id, ...place },
      );
      return { ...evolved(hidden, before, event), left, deleted };
    }
    case "label.deleted": {
      const { labelId } = event.data;
      const archived = hidden.archived.map((task) => ({
        ...task,
        labelIds: task.labelIds.filter((id) => id !== labelId),
      }));
      return { ...evolved(hidden, before, event), archived };
    }
    case "comment.created":
      return withArchived(evolved(hidden, before, event), event.data.comment.taskId, {
        commentCount: event.data.commentCount,
      });
    case "comment.deleted":
      return withArchived(evolved(hidden, before, event), event.data.taskId, { commentCount: event.data.commentCount });
    case "attachment.created":
      return withArchived(evolved(hidden, before, event), event.data.attachment.taskId, {
        attachmentCount: event.data.attachmentCount,
      });
    case "attachment.deleted":
      return withArchived(evolved(hidden, before, event), event.data.taskId, {
        attachmentCount: event.data.attachmentCount,
      });
    case "relation.created":
    case "relation.deleted":
      return event.data.blocked ? withBlockers(evolved(hidden, before, event), event.data.blocked) : hidden;
    case "task.blockers-counted":
      return withBlockers(evolved(hidden, before, event), event.data);
    case "task.updated":
    case "tasks.updated":
    case "checklist.created":
    case "checklist.updated":
    case "checklist.moved":
    case "checklist.deleted":
    case "checklist.reranked":
    case "check-item.created":
    case "check-item.updated":
    case "check-item.moved":
    case "check-item.deleted":
      return evolved(hidden, before, event);
    case "board.updated":
    case "board.visibility-changed":
    case "board.archived":
    case "board.restored":
    case "board.lanes-set":
    case "board.reset":
    case "board.shared":
    case "board.unshared":
    case "board.member-renamed":
    case "column.created":
    case "column.updated":
    case "column.moved":
    case "field.created":
    case "field.updated":
    case "transition.created":
    case "transition.updated":
    case "transition.deleted":
    case "label.created":
    case "label.updated":
    case "task.created":
    case "task.arrived":
    case "attachment.updated":
    case "comment.updated":
    case "comment.reacted":
    case "comment.unreacted":
    case "tasks.planned":
    case "time.changed":
    case "recurrence.created":
    case "recurrence.updated":
    case "recurrence.deleted":
      return hidden;
  }
}

function withBlockers(hidden: OutOfSight, { taskId, ...blockers }: Blocked): OutOfSight {
  return withArchived(hidden, taskId, blockers);
}

/** What becomes of archived tasks, too: comments and attachments are deleted, and what blocks them is done. */
function withArchived(hidden: OutOfSight, taskId: string, changes: Partial<Card>): OutOfSight {
  const archived = hidden.archived.map((task) => (task.id === taskId ? { ...task, ...changes } : task));
  return { ...hidden, archived };
}

function without(deleted: readonly Deleted[], gone: readonly string[]): Deleted[] {
  const those = new Set(gone);
  return deleted.filter(({ id }) => !those.has(id));
}

function withPlace(left: OutOfSight["left"], { id, columnId, rank }: Card): OutOfSight["left"] {
  return new Map([...left].slice(1 - MOST)).set(id, { columnId, rank });
}

/** An archived column's tasks change as those of the board do: it is a board of its own, without anything else. */
function evolved(hidden: OutOfSight, before: Snapshot, event: BoardEvent): OutOfSight {
  if (hidden.columns.length === 0) return hidden;
  const next = evolve({ ...before, columns: hidden.columns, tasks: hidden.tasks }, event);
  return typeof next === "string" ? hidden : { ...hidden, tasks: next.tasks };
}
