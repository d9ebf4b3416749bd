import { dayAt, instantAt } from "../../days.ts";
import type { BoardEvent, BoardEventType } from "../../events.ts";
import type { TASK_PARTS, Trigger } from "./rules.contract.ts";

/** Types of events on which rules may run. */
export const TRIGGERING = [
  "task.created",
  "task.updated",
  "tasks.updated",
  "task.moved",
  "task.arrived",
  "tasks.moved",
  "task.archived",
  "tasks.archived",
  "task.restored",
  "tasks.restored",
  "comment.created",
] as const satisfies readonly BoardEventType[];
export type TriggeringEvent = Extract<BoardEvent, { type: (typeof TRIGGERING)[number] }>;

/** The tasks of an event of which a rule runs; none when it is none of its business. */
export function tasksOf(trigger: Trigger, event: TriggeringEvent): readonly string[] {
  switch (trigger.on) {
    case "task-created":
      return event.type === "task.created" ? [event.data.task.id] : [];
    case "task-moved":
      return movedBy(event, trigger.toColumnIds);
    case "task-updated":
      return updatedBy(event, trigger.parts);
    case "task-archived":
      if (event.type === "task.archived") return [event.data.taskId];
      return event.type === "tasks.archived" ? event.data.taskIds : [];
    case "task-restored":
      if (event.type === "task.restored") return [event.data.task.id];
      return event.type === "tasks.restored" ? event.data.tasks.map(({ id }) => id) : [];
    case "comment-created":
      return event.type === "comment.created" ? [event.data.comment.taskId] : [];
    case "date-passed":
    case "schedule":
      return [];
  }
}

/** Those that came from another column, or another board. */
function movedBy(event: TriggeringEvent, toColumnIds: readonly string[]): readonly string[] {
  const isMeant = (columnId: string) => toColumnIds.length === 0 || toColumnIds.includes(columnId);
  if (event.type === "task.moved") {
    const { taskId, columnId, fromColumnId } = event.data;
    return columnId !== fromColumnId && isMeant(columnId) ? [taskId] : [];
  }
  if (event.type === "task.arrived") return isMeant(event.data.task.columnId) ? [event.data.task.id] : [];
  if (event.type !== "tasks.moved") return [];
  const { to, from = [] } = event.data;
  return to
    .filter(({ columnId }) => isMeant(columnId))
    .flatMap(({ columnId, ranks }) => {
      const stayed = new Set(from.find((before) => before.columnId === columnId)?.taskIds);
      return ranks.map(({ taskId }) => taskId).filter((id) => !stayed.has(id));
    });
}

type Part = (typeof TASK_PARTS)[number];

/** Which part of a task it is that the name of a change belongs to. */
const PARTS: Readonly<Record<string, Part>> = {
  title: "title",
  hasDescription: "description",
  priority: "priority",
  startAt: "start",
  startOn: "start",
  dueAt: "due",
  dueOn: "due",
  estimate: "estimate",
  coverColor: "cover",
  assigneeIds: "assignees",
  assigneeNames: "assignees",
  labelIds: "labels",
  parentId: "parent",
};

function updatedBy(event: TriggeringEvent, parts: readonly Part[]): readonly string[] {
  const isMeant = (changed: readonly (Part | undefined)[]) =>
    parts.length === 0 || changed.some((part) => part !== undefined && parts.includes(part));
  if (event.type === "task.updated") {
    const { taskId, changes, description, fields } = event.data;
    const changed = Object.keys(changes).map((name) => PARTS[name]);
    if (description !== undefined) changed.push("description");
    if (fields !== undefined) changed.push("fields");
    return isMeant(changed) ? [taskId] : [];
  }
  if (event.type !== "tasks.updated") return [];
  return event.data.changes
    .filter(({ changes }) => isMeant(Object.keys(changes).map((name) => PARTS[name])))
    .flatMap(({ taskIds }) => taskIds);
}

/** A week, and a day: a zone may skip one. */
const MOST_DAYS = 8;
const MINUTE_MS = 60_000;

/**
 * When a rule that does not wait for events looks next, after an instant: at its time by the clocks of its zone, or a
 * minute later. Undefined: it waits for events.
 */
export function nextTime(trigger: Trigger, timeZone: string, after: Date): Date | undefined {
  if (trigger.on === "date-passed") return new Date(after.getTime() + MINUTE_MS);
  if (trigger.on !== "schedule") return undefined;
  const [hours = 0, minutes = 0] = trigger.time.split(":").map(Number);
  const today = Date.parse(dayAt(after, timeZone));
  for (let ahead = 0; ahead <= MOST_DAYS; ahead += 1) {
    const date = new Date(today + ahead * 24 * 60 * MINUTE_MS);
    // Sunday is the last day of a week, and counts 0 there.
    if (!trigger.weekdays.includes(date.getUTCDay() || 7)) continue;
    const at = instantAt(date.toISOString().slice(0, 10), hours * 60 + minutes, timeZone);
    if (at && at > after) return at;
  }
  return undefined;
}
