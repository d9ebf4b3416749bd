import type { BoardEvent } from "../../../client/index.ts";
import type { Procedure } from "../inputs.ts";
import type { LoggedEvent, MutationRecord } from "../history.ts";
import type { Violations } from "./violation.ts";

type Type = BoardEvent["type"];

/** What a call may write, on whichever board. */
interface Effect {
  readonly writes: readonly Type[];
  /** What of its input its events name. */
  readonly names?: string;
  /** It is on its board alone, unless this says otherwise. */
  readonly crosses?: true;
  /** It changes something whenever it is not refused. */
  readonly always?: true;
}

const RERANKED = "column.reranked";
const MANY_BACK = ["board.reset", RERANKED] as const;

const EFFECTS: Record<Exclude<Procedure, "boards.get" | "boards.applyChanges">, Effect> = {
  "tasks.create": { writes: ["task.created", RERANKED], names: "id", always: true },
  "tasks.update": { writes: ["task.updated"], names: "taskId" },
  "tasks.move": { writes: ["task.moved", "task.restored", RERANKED], names: "taskId" },
  "tasks.archive": { writes: ["task.archived"], names: "taskId" },
  "tasks.restore": { writes: ["task.restored", RERANKED], names: "taskId" },
  "tasks.bulkUpdate": { writes: ["tasks.updated"] },
  "tasks.bulkMove": { writes: ["tasks.moved", RERANKED], names: "columnId" },
  "tasks.bulkArchive": { writes: ["tasks.archived"] },
  "tasks.bulkRestore": { writes: ["tasks.restored", ...MANY_BACK] },
  "tasks.delete": { writes: ["tasks.deleted"] },
  "tasks.copy": { writes: ["task.created", RERANKED], names: "id", always: true },
  "tasks.moveToBoard": {
    writes: [
      "task.left",
      "task.arrived",
      "task.moved",
      "task.restored",
      "tasks.updated",
      "task.blockers-counted",
      RERANKED,
    ],
    names: "taskId",
    crosses: true,
  },
  "trash.restore": { writes: ["tasks.recovered", ...MANY_BACK] },
  "trash.delete": { writes: ["tasks.purged", "tasks.updated", "task.blockers-counted"], always: true },
  "changes.undo": {
    writes: [
      "task.updated",
      "tasks.updated",
      "tasks.moved",
      "tasks.restored",
      "tasks.archived",
      "tasks.deleted",
      "tasks.recovered",
      ...MANY_BACK,
    ],
  },
  "checklists.create": { writes: ["checklist.created", "checklist.reranked"], names: "id", always: true },
  "checklists.update": { writes: ["checklist.updated"], names: "checklistId" },
  "checklists.move": { writes: ["checklist.moved", "checklist.reranked"], names: "checklistId" },
  "checklists.delete": { writes: ["checklist.deleted"], names: "checklistId", always: true },
  "checkItems.create": { writes: ["check-item.created", "checklist.reranked"], names: "id", always: true },
  "checkItems.update": { writes: ["check-item.updated"], names: "itemId" },
  "checkItems.move": { writes: ["check-item.moved", "checklist.reranked"], names: "itemId" },
  "checkItems.convert": { writes: ["check-item.deleted", "task.created", RERANKED], names: "id", always: true },
  "checkItems.delete": { writes: ["check-item.deleted"], names: "itemId", always: true },
  "comments.create": { writes: ["comment.created"], names: "id", always: true },
  "comments.update": { writes: ["comment.updated"], names: "commentId" },
  "comments.delete": { writes: ["comment.deleted"], names: "commentId", always: true },
  "comments.react": { writes: ["comment.reacted"], names: "commentId" },
  "comments.unreact": { writes: ["comment.unreacted"], names: "commentId" },
  "relations.create": { writes: ["relation.created"], names: "taskId", crosses: true, always: true },
  "relations.delete": { writes: ["relation.deleted"], names: "relationId", crosses: true, always: true },
  "plans.setTasks": { writes: ["tasks.planned"] },
  "recurrences.create": { writes: ["recurrence.created"], names: "taskId", always: true },
  "recurrences.update": { writes: ["recurrence.updated"], names: "recurrenceId" },
  "recurrences.pause": { writes: ["recurrence.updated"], names: "recurrenceId" },
  "recurrences.resume": { writes: ["recurrence.updated"], names: "recurrenceId" },
  "recurrences.delete": { writes: ["recurrence.deleted"], names: "recurrenceId", always: true },
  "time.start": { writes: ["time.changed"], crosses: true },
  "time.stop": { writes: ["time.changed"], always: true },
  "transitions.create": { writes: ["transition.created"], names: "toColumnId", always: true },
  "transitions.update": { writes: ["transition.updated"], names: "transitionId" },
  "transitions.delete": { writes: ["transition.deleted"], names: "transitionId", always: true },
  "columns.create": { writes: ["column.created", "board.reset"], names: "id", always: true },
  "columns.update": { writes: ["column.updated"], names: "columnId" },
  "columns.move": { writes: ["column.moved", "board.reset"] },
  "columns.archive": { writes: ["column.archived"], names: "columnId" },
  "columns.restore": { writes: ["column.restored", ...MANY_BACK] },
  "labels.create": { writes: ["label.created"], names: "id", always: true },
  "labels.update": { writes: ["label.updated"], names: "labelId" },
  "labels.delete": { writes: ["label.deleted"], names: "labelId", always: true },
  "boards.update": { writes: ["board.updated", "board.visibility-changed"] },
  "boards.setLanes": { writes: ["board.lanes-set"] },
  "boards.share": { writes: ["board.shared"] },
  "boards.unshare": { writes: ["board.unshared"], always: true },
  "boards.archive": { writes: ["board.archived"] },
  "boards.restore": { writes: ["board.restored"] },
};

/** What a call changes whenever it is not refused; false, too, for one that a run does not make. */
export function alwaysChanges(procedure: string): boolean {
  return effectOf(procedure)?.always === true;
}

/** Whether a call writes to several boards. */
export function crossesBoards(procedure: string): boolean {
  return effectOf(procedure)?.crosses === true;
}

/** What a call has written is of its kind, and about what it named (L1). */
export function checkEffect(record: MutationRecord, events: readonly LoggedEvent[], violations: Violations): void {
  const effect = effectOf(record.procedure);
  if (!effect || events.length === 0 || record.purpose === "reuse") return;
  const strange = events.find(({ event }) => !effect.writes.includes(event.type));
  if (strange) {
    const says = `${record.procedure} of ${record.client} wrote ${strange.event.type}`;
    violations.add("L1", says, record, strange);
  }
  const named = effect.names === undefined ? undefined : record.input[effect.names];
  if (typeof named !== "string" || events.some(({ event }) => JSON.stringify(event.data).includes(named))) return;
  violations.add("L1", `${record.procedure} of ${record.client} wrote of something else`, record, events);
}

function effectOf(procedure: string): Effect | undefined {
  return isKnown(procedure) ? EFFECTS[procedure] : undefined;
}

function isKnown(procedure: string): procedure is keyof typeof EFFECTS {
  return Object.hasOwn(EFFECTS, procedure);
}
