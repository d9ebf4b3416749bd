import { isDeepStrictEqual } from "node:util";
import type { BoardEvent, Snapshot } from "../../../client/index.ts";
import type { BoardLog, Timeline } from "../history.ts";
import type { Violations } from "./violation.ts";

/**
 * What leaves the log when it is deleted (L1): the text of a comment that is deleted or goes to another board, and all
 * that tasks said which are deleted for good. Whoever heard it before has it still.
 */
export class Erased {
  readonly #purged = new Set<string>();
  /** Comments, on which board, and up to which version of it. */
  readonly #comments = new Map<string, number>();
  /** The same of all that was commented on a task. */
  readonly #left = new Map<string, number>();

  constructor(timelines: readonly Timeline[]) {
    for (const [boardId, { events }] of timelines.flatMap(({ boards }) => [...boards])) {
      for (const { event } of events) this.#learn(boardId, event);
    }
  }

  /** Whether a comment is deleted. */
  hasComment(boardId: string, commentId: string): boolean {
    return this.#comments.has(`${boardId} ${commentId}`);
  }

  /** An event of a board without what is erased. */
  withoutWords(boardId: string, event: BoardEvent): BoardEvent {
    const wordless = this.#withoutComment(boardId, event);
    const taskId = taskIdOf(wordless);
    const isPurged = taskId !== undefined && this.#purged.has(taskId);
    const ofOne = isPurged ? emptied(wordless) : wordless;
    return this.#purged.size === 0 ? ofOne : this.#withoutCards(ofOne);
  }

  /** A card without what is erased. */
  card<Card extends Snapshot["tasks"][number]>(card: Card): Card {
    return this.#purged.has(card.id) ? { ...card, title: "", fields: {} } : card;
  }

  #learn(boardId: string, event: BoardEvent): void {
    const { version } = event;
    if (event.type === "comment.deleted") this.#comments.set(`${boardId} ${event.data.commentId}`, version);
    if (event.type === "task.left") this.#left.set(`${boardId} ${event.data.taskId}`, version);
    if (event.type === "tasks.purged") for (const id of event.data.taskIds) this.#purged.add(id);
  }

  #withoutComment(boardId: string, event: BoardEvent): BoardEvent {
    if (event.type !== "comment.created" && event.type !== "comment.updated") return event;
    const { id, taskId } = event.data.comment;
    const until = Math.max(this.#comments.get(`${boardId} ${id}`) ?? 0, this.#left.get(`${boardId} ${taskId}`) ?? 0);
    if (event.version > until) return event;
    return withData(event, { ...event.data, comment: { ...event.data.comment, text: "" } });
  }

  /** Of many tasks at once: what is left says nothing of those that are gone. */
  #withoutCards(event: BoardEvent): BoardEvent {
    if (event.type === "column.restored" || event.type === "tasks.restored") {
      return withData(event, { ...event.data, tasks: event.data.tasks.map((card) => this.card(card)) });
    }
    if (event.type === "tasks.recovered") {
      const tasks = event.data.tasks.map((card) => this.card(card));
      return withData(event, { tasks, archived: event.data.archived.map((card) => this.card(card)) });
    }
    if (event.type !== "tasks.updated") return event;
    const changes = event.data.changes.map((change) => {
      if (!change.fields) return change;
      const taskIds = change.taskIds.filter((id) => !this.#purged.has(id));
      return taskIds.length === 0 ? { ...change, fields: {} } : { ...change, taskIds };
    });
    return withData(event, { ...event.data, changes });
  }
}

/** Whether what somebody heard is an event of the log, or was one until something in it was deleted. */
export function isSame(boardId: string, heard: BoardEvent, logged: BoardEvent, erased: Erased): boolean {
  if (isDeepStrictEqual(heard, logged)) return true;
  return isDeepStrictEqual(erased.withoutWords(boardId, heard), erased.withoutWords(boardId, logged));
}

/** What is deleted for good is in the log no more. */
export function checkErased(boardId: string, { events }: BoardLog, erased: Erased, violations: Violations): void {
  for (const { event } of events) {
    if (isDeepStrictEqual(erased.withoutWords(boardId, event), event)) continue;
    const says = `version ${event.version} of board ${boardId} (${event.type}) still says what was deleted`;
    violations.add("L1", says, event);
  }
}

function taskIdOf({ type, data }: BoardEvent): string | undefined {
  if (type === "checklist.created" || type === "checklist.updated" || type === "checklist.moved") {
    return data.checklist.taskId;
  }
  if (type === "check-item.created" || type === "check-item.updated" || type === "check-item.moved") {
    return data.item.taskId;
  }
  if (type === "comment.created" || type === "comment.updated") return data.comment.taskId;
  if ("taskId" in data) return data.taskId;
  return "task" in data ? data.task.id : undefined;
}

/** What an event says of its task, taken out of it. */
function emptied(event: BoardEvent): BoardEvent {
  const { data } = event;
  return withData(event, {
    ...data,
    ...("description" in data ? { description: "" } : {}),
    ...("fields" in data ? { fields: {} } : {}),
    ...("task" in data ? { task: { ...data.task, title: "", fields: {} } } : {}),
    ...("changes" in data && "title" in data.changes ? { changes: { ...data.changes, title: "" } } : {}),
    ...("checklist" in data ? { checklist: { ...data.checklist, name: "" } } : {}),
    ...("item" in data ? { item: { ...data.item, text: "" } } : {}),
    ...("comment" in data ? { comment: { ...data.comment, text: "" } } : {}),
  });
}

function withData(event: BoardEvent, data: object): BoardEvent;
function withData(event: BoardEvent, data: object): object {
  return { ...event, data };
}
