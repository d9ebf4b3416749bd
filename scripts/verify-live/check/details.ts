import type { BoardEvent, RouterOutputs } from "../../../client/index.ts";
import type { LoggedEvent, ShownDetails, Timeline } from "../history.ts";
import type { Violations } from "./violation.ts";

type Checklist = Pick<RouterOutputs["checklists"]["get"]["checklists"][number], "id" | "name" | "rank">;
type Item = Pick<RouterOutputs["checklists"]["get"]["items"][number], "id" | "checklistId" | "text" | "state" | "rank">;
type Comment = Pick<
  RouterOutputs["comments"]["list"]["items"][number],
  "id" | "parentId" | "authorId" | "state" | "reactions"
> & { readonly text: string | undefined };

/** What is on an open task. Texts of comments that came from another board are not in the log any more. */
export interface TaskDetails {
  readonly checklists: Map<string, Checklist>;
  readonly items: Map<string, Item>;
  readonly comments: Map<string, Comment>;
}

/** What a recurrence has made by now. */
interface Made {
  readonly made: number;
  readonly days: ReadonlySet<string>;
}

/**
 * What is on the tasks of all boards of a timeline, by another fold than the project's. Cards count it: what they say is
 * checked at each event (L9). Of copies nothing tells what came along, so that those are left out.
 */
export class FoldedDetails {
  readonly #tasks = new Map<string, TaskDetails>();
  readonly #places = new Map<string, string>();
  readonly #unknown = new Set<string>();
  readonly #recurrences = new Map<string, Made>();
  readonly #violations: Violations;

  constructor(timeline: Timeline, violations: Violations) {
    this.#violations = violations;
    for (const logged of inOrder(timeline)) this.#apply(logged, timeline);
  }

  /** Tasks on which there is, or was, something; by their boards. */
  get tasks(): readonly { boardId: string; taskId: string }[] {
    return [...this.#tasks.keys()].flatMap((taskId) => {
      const boardId = this.#places.get(taskId);
      return boardId === undefined || this.#unknown.has(taskId) ? [] : [{ boardId, taskId }];
    });
  }

  of(taskId: string): TaskDetails | undefined {
    return this.#tasks.get(taskId);
  }

  #apply(logged: LoggedEvent, timeline: Timeline): void {
    const { event, streamId } = logged;
    if (isOfChecklists(event)) return this.#applyToChecklists(event, logged);
    if (isOfComments(event)) return this.#applyToComments(event, logged);
    const { type, data } = event;
    if (type === "task.created" || type === "task.arrived") this.#place(event, streamId);
    if (type === "tasks.purged") for (const taskId of data.taskIds) this.#places.delete(taskId);
    if (type === "recurrence.created") this.#recurrences.set(data.recurrence.id, { made: 0, days: new Set() });
    if (type === "recurrence.updated") this.#recur(event, logged, timeline);
  }

  #place({ data }: BoardEvent & { type: "task.created" | "task.arrived" }, boardId: string): void {
    const { task } = data;
    this.#places.set(task.id, boardId);
    if ("fromBoardId" in data) {
      const known = this.#on(task.id);
      for (const [id, comment] of known.comments) known.comments.set(id, { ...comment, text: undefined });
    } else if (task.itemsTotal > 0) this.#unknown.add(task.id);
  }

  #applyToChecklists(event: ChecklistEvent, logged: LoggedEvent): void {
    const { taskId } = event.data;
    const { checklists, items } = this.#on(taskId);
    switch (event.type) {
      case "checklist.created":
      case "checklist.updated":
      case "checklist.moved":
        checklists.set(event.data.checklist.id, event.data.checklist);
        break;
      case "checklist.deleted":
        if (!checklists.delete(event.data.checklistId)) this.#complain(logged, "deletes a checklist that is not there");
        for (const item of items.values()) if (item.checklistId === event.data.checklistId) items.delete(item.id);
        break;
      case "checklist.reranked":
        for (const { id, rank } of event.data.ranks) {
          rerank(checklists, id, rank);
          rerank(items, id, rank);
        }
        return;
      case "check-item.created":
      case "check-item.updated":
      case "check-item.moved":
        items.set(event.data.item.id, event.data.item);
        break;
      case "check-item.deleted":
        if (!items.delete(event.data.itemId)) this.#complain(logged, "deletes an item that is not there");
    }
    const done = [...items.values()].filter(({ state }) => state === "done").length;
    const { itemsDone, itemsTotal } = event.data;
    if (!this.#unknown.has(taskId) && (itemsTotal !== items.size || itemsDone !== done)) {
      this.#complain(logged, `counts ${itemsDone} of ${itemsTotal} items, there are ${done} of ${items.size}`);
    }
  }

  #applyToComments(event: CommentEvent, logged: LoggedEvent): void {
    const { comments } = this.#on("comment" in event.data ? event.data.comment.taskId : event.data.taskId);
    switch (event.type) {
      case "comment.created":
      case "comment.updated":
        comments.set(event.data.comment.id, event.data.comment);
        break;
      case "comment.deleted": {
        const { commentId, left } = event.data;
        if (!comments.has(commentId)) this.#complain(logged, "deletes a comment that is not there");
        if (left) comments.set(commentId, left);
        else comments.delete(commentId);
        break;
      }
      case "comment.reacted":
      case "comment.unreacted": {
        const { commentId, emoji, userId } = event.data;
        const known = comments.get(commentId);
        if (!known) return this.#complain(logged, "is about a comment that is not there");
        const others = known.reactions.filter((one) => one.emoji !== emoji || one.userId !== userId);
        const reactions = event.type === "comment.reacted" ? [...others, { emoji, userId }] : others;
        comments.set(commentId, { ...known, reactions });
        return;
      }
    }
    if (!("commentCount" in event.data)) return;
    const open = [...comments.values()].filter(({ state }) => state === "open").length;
    const { commentCount } = event.data;
    if (commentCount !== open) this.#complain(logged, `counts ${commentCount} comments, there are ${open}`);
  }

  /** Of each day of a recurrence there is one task, made with what says so. */
  #recur({ data }: BoardEvent & { type: "recurrence.updated" }, logged: LoggedEvent, { boards }: Timeline): void {
    const { id, made, lastTaskId, lastOn } = data.recurrence;
    const before = this.#recurrences.get(id);
    if (!before) return this.#complain(logged, "changes a recurrence that was never made");
    if (made === before.made) return;
    const together = boards.get(logged.streamId)?.events.filter(({ txId }) => txId === logged.txId) ?? [];
    const tasks = together.filter(({ event }) => event.type === "task.created" && event.data.task.id === lastTaskId);
    if (made !== before.made + 1 || tasks.length !== 1 || lastOn === null || before.days.has(lastOn)) {
      const says = `has made ${made} after ${before.made}, for ${lastOn}, with ${tasks.length} tasks`;
      this.#complain(logged, says);
    }
    this.#recurrences.set(id, { made, days: new Set([...before.days, lastOn ?? ""]) });
  }

  #on(taskId: string): TaskDetails {
    const known = this.#tasks.get(taskId) ?? { checklists: new Map(), items: new Map(), comments: new Map() };
    this.#tasks.set(taskId, known);
    return known;
  }

  #complain({ event, streamId }: LoggedEvent, says: string): void {
    this.#violations.add("L9", `version ${event.version} of board ${streamId} (${event.type}) ${says}`, event);
  }
}

type ChecklistEvent = Extract<BoardEvent, { type: `checklist.${string}` | `check-item.${string}` }>;
type CommentEvent = Extract<BoardEvent, { type: `comment.${string}` }>;

function isOfChecklists(event: BoardEvent): event is ChecklistEvent {
  return event.type.startsWith("checklist.") || event.type.startsWith("check-item.");
}

function isOfComments(event: BoardEvent): event is CommentEvent {
  return event.type.startsWith("comment.");
}

/** What was answered of a task is what the log makes of it (L9). */
export function checkDetails(folded: FoldedDetails, shown: readonly ShownDetails[], violations: Violations): void {
  for (const { taskId, boardId, checklists, items, comments } of shown) {
    const known = folded.of(taskId);
    if (!known) continue;
    const nouns = [
      ["checklists", inPlace(known.checklists.values()), checklists.map(({ id, name }) => `${id} ${name}`)],
      [
        "items",
        inPlace(known.items.values()),
        items.map(({ id, checklistId, state, text }) => `${checklistId} ${id} ${state} ${text}`),
      ],
      [
        "comments",
        [...known.comments.values()].map((comment) => toLine(comment)),
        comments.map((comment) =>
          toLine(known.comments.get(comment.id)?.text === undefined ? { ...comment, text: undefined } : comment),
        ),
      ],
    ] as const;
    for (const [noun, mine, theirs] of nouns) {
      const [folds, shows] = noun === "comments" ? [mine.toSorted(), theirs.toSorted()] : [mine, theirs];
      if (JSON.stringify(folds) === JSON.stringify(shows)) continue;
      violations.add("L9", `task ${taskId} of board ${boardId} shows other ${noun} than its log`, { folds, shows });
    }
  }
}

function inPlace(rows: Iterable<Checklist | Item>): string[] {
  const keyOf = (row: Checklist | Item) => `${"checklistId" in row ? row.checklistId : ""} ${row.rank} ${row.id}`;
  return [...rows]
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    .map((row) =>
      "checklistId" in row ? `${row.checklistId} ${row.id} ${row.state} ${row.text}` : `${row.id} ${row.name}`,
    );
}

function toLine({ id, parentId, authorId, state, text, reactions }: Comment): string {
  return JSON.stringify([id, parentId, authorId, state, text, reactions]);
}

function rerank<Row extends { rank: string }>(rows: Map<string, Row>, id: string, rank: string): void {
  const row = rows.get(id);
  if (row) rows.set(id, { ...row, rank });
}

/** All events of all boards, those of each in their order, and what leaves a board before it arrives at another. */
function* inOrder({ boards }: Timeline): Generator<LoggedEvent> {
  const rests = [...boards.values()].map(({ events }) => ({ events, at: 0 }));
  const left = new Set<string>();
  for (let isMoving = true; isMoving;) {
    isMoving = false;
    for (const rest of rests) {
      for (let logged = rest.events[rest.at]; logged; logged = rest.events[rest.at]) {
        const { event, txId } = logged;
        if (event.type === "task.arrived" && !left.has(`${txId} ${event.data.task.id}`)) break;
        if (event.type === "task.left") left.add(`${txId} ${event.data.taskId}`);
        rest.at += 1;
        isMoving = true;
        yield logged;
      }
    }
  }
}
