import type { BoardEvent, Snapshot } from "../../../client/index.ts";

type Card = Snapshot["tasks"][number];

/**
 * A board as its log says, by other code than the project's `evolve`: rows in maps, sorted only when they are looked at.
 * Rows that are not in sight are forgotten, as in a snapshot.
 */
export class FoldedBoard {
  board: Snapshot["board"];
  laneBy: Snapshot["laneBy"];
  readonly columns: Map<string, Snapshot["columns"][number]>;
  readonly tasks: Map<string, Card>;
  readonly labels: Map<string, Snapshot["labels"][number]>;
  readonly transitions: Map<string, Snapshot["transitions"][number]>;
  readonly fields: Map<string, Snapshot["fields"][number]>;
  readonly members: Map<string, Snapshot["members"][number]>;

  constructor(from: Snapshot) {
    this.board = from.board;
    this.laneBy = from.laneBy;
    this.columns = new Map(from.columns.map((row) => [row.id, row]));
    this.tasks = new Map(from.tasks.map((row) => [row.id, row]));
    this.labels = new Map(from.labels.map((row) => [row.id, row]));
    this.transitions = new Map(from.transitions.map((row) => [row.id, row]));
    this.fields = new Map(from.fields.map((row) => [row.id, row]));
    this.members = new Map(from.members.map((row) => [row.userId, row]));
  }

  /** False when nothing can be folded over the event: `board.reset`. */
  apply(event: BoardEvent): boolean {
    const { version, at } = event;
    switch (event.type) {
      case "board.reset":
        return false;
      case "board.updated":
      case "board.visibility-changed":
      case "board.archived":
      case "board.restored":
        this.board = event.data.board;
        break;
      case "board.lanes-set":
        this.laneBy = event.data.laneBy;
        break;
      case "board.shared":
        this.#know([event.data.member]);
        break;
      case "board.unshared":
        this.members.delete(event.data.userId);
        if (event.data.member) this.#know([event.data.member]);
        break;
      case "board.member-renamed":
        merge(this.members, event.data.userId, { name: event.data.name });
        break;
      case "column.created":
        this.columns.set(event.data.column.id, event.data.column);
        break;
      case "column.updated": {
        const { columnId, ...settings } = event.data;
        merge(this.columns, columnId, { ...settings, version });
        break;
      }
      case "column.moved":
        merge(this.columns, event.data.columnId, { rank: event.data.rank, version });
        break;
      case "column.archived":
        this.columns.delete(event.data.columnId);
        for (const task of this.tasks.values()) if (task.columnId === event.data.columnId) this.tasks.delete(task.id);
        break;
      case "column.restored":
        this.columns.set(event.data.column.id, event.data.column);
        for (const task of event.data.tasks) this.tasks.set(task.id, task);
        break;
      case "column.reranked":
        for (const { taskId, rank } of event.data.ranks) merge(this.tasks, taskId, { rank });
        break;
      case "label.created":
      case "label.updated":
        this.labels.set(event.data.label.id, event.data.label);
        break;
      case "label.deleted":
        this.#forgetLabel(event.data.labelId);
        break;
      case "field.created":
      case "field.updated": {
        const { field } = event.data;
        if (field.state === "open") this.fields.set(field.id, field);
        else this.fields.delete(field.id);
        break;
      }
      case "transition.created":
      case "transition.updated":
        this.transitions.set(event.data.transition.id, event.data.transition);
        break;
      case "transition.deleted":
        this.transitions.delete(event.data.transitionId);
        break;
      case "task.created":
      case "task.arrived":
        this.#know(event.data.members);
        this.#show(event.data.task);
        break;
      case "task.updated":
        this.#know(event.data.members);
        merge(this.tasks, event.data.taskId, { ...event.data.changes, version, updatedAt: at });
        this.#setValues(event.data.taskId, event.data.fields ?? {});
        break;
      case "task.moved": {
        const { taskId, columnId, rank } = event.data;
        const task = this.tasks.get(taskId);
        if (task) this.#show({ ...task, columnId, rank, version, updatedAt: at });
        break;
      }
      case "checklist.reranked":
        break;
      case "checklist.created":
      case "checklist.updated":
      case "checklist.moved":
      case "checklist.deleted":
      case "check-item.created":
      case "check-item.updated":
      case "check-item.moved":
      case "check-item.deleted": {
        const { taskId, itemsDone, itemsTotal } = event.data;
        if ("members" in event.data) this.#know(event.data.members);
        merge(this.tasks, taskId, { itemsDone, itemsTotal, version, updatedAt: at });
        break;
      }
      case "task.archived":
      case "task.left":
        this.tasks.delete(event.data.taskId);
        break;
      case "task.restored":
        this.#show(event.data.task);
        break;
      case "tasks.updated":
        this.#know(event.data.members);
        for (const { taskIds, changes, fields = {} } of event.data.changes) {
          for (const id of taskIds) {
            merge(this.tasks, id, { ...changes, version, updatedAt: at });
            this.#setValues(id, fields);
          }
        }
        break;
      case "tasks.moved":
        for (const { columnId, ranks } of event.data.to) {
          for (const { taskId, rank } of ranks) {
            const task = this.tasks.get(taskId);
            if (task) this.#show({ ...task, columnId, rank, version, updatedAt: at });
          }
        }
        break;
      case "tasks.purged":
        break;
      case "tasks.archived":
      case "tasks.deleted":
        for (const id of event.data.taskIds) this.tasks.delete(id);
        break;
      case "tasks.restored":
      case "tasks.recovered":
        for (const task of event.data.tasks) this.#show(task);
        break;
      case "relation.created":
      case "relation.deleted":
        if (event.data.blocked) this.#block(event.data.blocked);
        break;
      case "task.blockers-counted":
        this.#block(event.data);
        break;
      case "comment.created":
        merge(this.tasks, event.data.comment.taskId, { commentCount: event.data.commentCount });
        this.#know(event.data.members);
        break;
      case "comment.deleted":
        merge(this.tasks, event.data.taskId, { commentCount: event.data.commentCount });
        break;
      case "comment.updated":
      case "comment.reacted":
        this.#know(event.data.members);
        break;
      case "attachment.created":
        merge(this.tasks, event.data.attachment.taskId, { attachmentCount: event.data.attachmentCount });
        break;
      case "attachment.deleted":
        merge(this.tasks, event.data.taskId, { attachmentCount: event.data.attachmentCount });
        break;
      case "attachment.updated":
      case "comment.unreacted":
      case "tasks.planned":
      case "time.changed":
      case "recurrence.created":
      case "recurrence.updated":
      case "recurrence.deleted":
    }
    return true;
  }

  #setValues(taskId: string, changes: Record<string, Card["fields"][string] | null>): void {
    const task = this.tasks.get(taskId);
    if (!task || Object.keys(changes).length === 0) return;
    const fields = Object.entries({ ...task.fields, ...changes }).flatMap(([id, value]) =>
      value === null ? [] : ([[id, value]] as const),
    );
    merge(this.tasks, taskId, { fields: Object.fromEntries(fields.toSorted(([a], [b]) => (a < b ? -1 : 1))) });
  }

  #block({
    taskId,
    blockerIds,
    blockersElsewhere,
  }: Pick<Card, "blockerIds" | "blockersElsewhere"> & { taskId: string }): void {
    merge(this.tasks, taskId, { blockerIds, blockersElsewhere });
  }

  /** What a snapshot with this cursor has to be. */
  snapshot(cursor: string): Snapshot {
    return {
      board: this.board,
      laneBy: this.laneBy,
      columns: sorted(this.columns, ({ rank }) => rank),
      tasks: sorted(this.tasks, ({ columnId, rank }) => `${columnId} ${rank}`),
      labels: sorted(this.labels, ({ id }) => id),
      transitions: sorted(this.transitions, ({ id }) => id),
      fields: sorted(this.fields, ({ rank, id }) => `${rank} ${id}`),
      members: sorted(this.members, ({ userId }) => userId),
      cursor,
    };
  }

  #show(task: Card): void {
    if (this.columns.has(task.columnId)) this.tasks.set(task.id, task);
    else this.tasks.delete(task.id);
  }

  #know(members: Snapshot["members"]): void {
    for (const member of members) this.members.set(member.userId, member);
  }

  #forgetLabel(labelId: string): void {
    this.labels.delete(labelId);
    for (const task of this.tasks.values()) {
      if (!task.labelIds.includes(labelId)) continue;
      this.tasks.set(task.id, { ...task, labelIds: task.labelIds.filter((id) => id !== labelId) });
    }
  }
}

function merge<Known extends object>(rows: Map<string, Known>, id: string, changes: Partial<Known>): void {
  const row = rows.get(id);
  if (row) rows.set(id, { ...row, ...changes });
}

function sorted<Known>(rows: ReadonlyMap<string, Known>, keyOf: (row: Known) => string): Known[] {
  return [...rows.values()]
    .map((row) => ({ row, key: keyOf(row) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ row }) => row);
}
