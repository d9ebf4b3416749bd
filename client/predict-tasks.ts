import type { ChangeInput } from "../server/domains/work/apply.contract.ts";
import { CARDS_PER_EVENT, setsAfter } from "../server/domains/work/bulk-rules.ts";
import { type CardChanges, cardChanges } from "../server/domains/work/card-changes.ts";
import type { Card } from "../server/domains/work/tasks.contract.ts";
import type { Sight } from "./out-of-sight.ts";
import { isBetween } from "./place.ts";
import { areKnown, datesAfter, gapFor, hasRoom, isClosed, openColumn } from "./predict-grounds.ts";
import { type Expected, valuesOf } from "./predict-task.ts";
import { ranksWithin } from "./rank.ts";

// Changes of many tasks: all or none.

type Of<Procedure extends ChangeInput["procedure"]> = Extract<ChangeInput, { procedure: Procedure }>;
/** Each task keeps its own version until the server has given all of them one. */
const version = 0;

export function tasksUpdated(sight: Sight, change: Of<"tasks.bulkUpdate">): Expected | undefined {
  const tasks = each(change.taskIds, [sight.state.tasks, sight.hidden.tasks]);
  const { addLabelIds = [], priority, estimate, coverColor } = change;
  if (!tasks || !areKnown(sight, addLabelIds)) return undefined;
  const changes: { taskIds: string[]; changes: CardChanges; fields?: NonNullable<ReturnType<typeof valuesOf>> }[] = [];
  for (const task of tasks) {
    const [sets, dates] = [setsAfter(task, change), datesAfter(task, change)];
    const fields = valuesOf(sight, task.fields, change.fields);
    if (!sets || !dates || !fields) return undefined;
    const own = cardChanges(task, { priority, ...dates, estimate, coverColor, ...sets });
    const isChanged = Object.keys({ ...own, ...fields }).length > 0;
    if (isChanged) changes.push({ taskIds: [task.id], changes: own, fields });
  }
  return changes.length === 0 ? undefined : { type: "tasks.updated", data: { changes, members: [] }, version };
}

export function tasksMoved(sight: Sight, { taskIds, columnId, after }: Of<"tasks.bulkMove">): Expected | undefined {
  const tasks = each(taskIds, [sight.state.tasks]);
  const column = openColumn(sight, columnId);
  if (!tasks || !column || tasks.some(({ id }) => id === after)) return undefined;
  const gap = gapFor(sight, columnId, after, ...taskIds);
  const stands = tasks.every(
    (task, index) =>
      task.columnId === columnId && isBetween(task.rank, gap) && (tasks[index - 1]?.rank ?? "") < task.rank,
  );
  const newcomers = tasks.filter((task) => task.columnId !== columnId);
  if (stands || !hasRoom(sight, column, newcomers.length)) return undefined;
  if (newcomers.some((task) => isClosed(sight, column, task, task.columnId))) return undefined;
  const given = ranksWithin(gap, tasks.length);
  const ranks = tasks.map(({ id, rank }, index) => ({ taskId: id, rank: given[index] ?? rank }));
  return { type: "tasks.moved", data: { to: [{ columnId, ranks }] }, version };
}

export function tasksArchived(sight: Sight, { taskIds }: Of<"tasks.bulkArchive">): Expected | undefined {
  const { state, hidden } = sight;
  const tasks = each(taskIds, [state.tasks, hidden.tasks, hidden.archived]);
  const open = tasks?.filter((task) => !hidden.archived.includes(task)) ?? [];
  if (open.length === 0) return undefined;
  return { type: "tasks.archived", data: { taskIds: open.map(({ id }) => id) }, version };
}

export function tasksDeleted(sight: Sight, { taskIds }: Of<"tasks.delete">): Expected | undefined {
  const { state, hidden } = sight;
  const deleted = new Set(hidden.deleted.map(({ id }) => id));
  const there = taskIds.filter((id) => !deleted.has(id));
  const tasks = each(there, [state.tasks, hidden.tasks, hidden.archived]);
  if (!tasks || tasks.length === 0) return undefined;
  return { type: "tasks.deleted", data: { taskIds: tasks.map(({ id }) => id) }, version };
}

export function tasksRestored(sight: Sight, { taskIds }: Of<"tasks.bulkRestore">): Expected | undefined {
  const { state, hidden } = sight;
  const tasks = each(taskIds, [state.tasks, hidden.tasks, hidden.archived]);
  const archived = tasks?.filter((task) => hidden.archived.includes(task)) ?? [];
  if (archived.length === 0 || archived.length > CARDS_PER_EVENT) return undefined;
  const restored: Card[] = [];
  for (const [columnId, back] of Map.groupBy(archived, (task) => task.columnId)) {
    const column = [...state.columns, ...hidden.columns].find(({ id }) => id === columnId);
    if (!column || !hasRoom(sight, column, back.length)) return undefined;
    const ranks = ranksWithin(gapFor(sight, columnId, undefined), back.length);
    restored.push(...back.map((task, index) => ({ ...task, rank: ranks[index] ?? task.rank })));
  }
  return { type: "tasks.restored", data: { tasks: restored }, version };
}

/** The cards of these ids, each once; undefined when one of them is not known. */
function each(taskIds: readonly string[], among: readonly (readonly Card[])[]): Card[] | undefined {
  const byId = new Map(among.flatMap((cards) => cards.map((card) => [card.id, card])));
  const found = [...new Set(taskIds)].flatMap((id) => byId.get(id) ?? []);
  return found.length === new Set(taskIds).size ? found : undefined;
}
