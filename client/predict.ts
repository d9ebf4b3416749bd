import type { ChangeInput } from "../server/domains/work/apply.contract.ts";
import type { Snapshot } from "../server/domains/work/boards.contract.ts";
import { isSame, settingsAfter, withDefaults } from "../server/domains/work/column-settings.ts";
import type { Column } from "../server/domains/work/columns.contract.ts";
import { evolve } from "../server/domains/work/evolve.ts";
import type { Card } from "../server/domains/work/tasks.contract.ts";
import type { Label } from "../server/domains/work/labels.contract.ts";
import { afterEvent, type OutOfSight, type Sight } from "./out-of-sight.ts";
import { gapIn, isBetween } from "./place.ts";
import { type Expected, taskArchived, taskCreated, taskMoved, taskRestored, taskUpdated } from "./predict-task.ts";
import { tasksArchived, tasksDeleted, tasksMoved, tasksRestored, tasksUpdated } from "./predict-tasks.ts";
import { rankWithin } from "./rank.ts";

/**
 * The board as it will be when the server has made a change; pure. What `evolve` makes of the event that the server
 * will send, but for what only the server gives: versions, instants, a task's number and key, and the names of people
 * whom the board does not know yet. Undefined when the change would be refused or change nothing, and
 * when it brings back what was never seen: then the board stays as it is until the server has answered.
 */
export function predict(
  state: Snapshot,
  change: ChangeInput,
  { hidden, at }: { hidden: OutOfSight; at: string },
): Sight | undefined {
  const expected = expectedOf({ state, hidden }, change, at);
  if (!expected) return undefined;
  const event = { ...expected, at, actorId: "", mutationId: change.mutationId ?? "" };
  const next = evolve(state, event);
  if (typeof next === "string") return undefined;
  const isOfMany = event.type === "tasks.updated" || event.type === "tasks.moved";
  const tasks = isOfMany ? withVersions(next.tasks, state.tasks) : next.tasks;
  return { state: { ...next, tasks }, hidden: afterEvent(hidden, state, event) };
}

/** The cards, each with the version that it had. */
function withVersions(cards: readonly Card[], before: readonly Card[]): Card[] {
  const versions = new Map(before.map(({ id, version }) => [id, version]));
  return cards.map((card) => ({ ...card, version: versions.get(card.id) ?? card.version }));
}

function expectedOf(sight: Sight, change: ChangeInput, at: string): Expected | undefined {
  switch (change.procedure) {
    case "tasks.create":
      return taskCreated(sight, change, at);
    case "tasks.update":
      return taskUpdated(sight, change);
    case "tasks.move":
      return taskMoved(sight, change);
    case "tasks.archive":
      return taskArchived(sight, change);
    case "tasks.restore":
      return taskRestored(sight, change);
    case "tasks.bulkUpdate":
      return tasksUpdated(sight, change);
    case "tasks.bulkMove":
      return tasksMoved(sight, change);
    case "tasks.bulkArchive":
      return tasksArchived(sight, change);
    case "tasks.delete":
      return tasksDeleted(sight, change);
    case "tasks.bulkRestore":
      return tasksRestored(sight, change);
    case "columns.create":
      return columnCreated(sight, change);
    case "columns.update":
      return columnUpdated(sight, change);
    case "columns.move":
      return columnMoved(sight, change);
    case "columns.archive":
      return columnArchived(sight, change);
    case "columns.restore":
      return columnRestored(sight, change);
    case "labels.create":
      return labelCreated(sight, change);
    case "labels.update":
      return labelUpdated(sight, change);
    case "labels.delete":
      return labelDeleted(sight, change);
  }
}

type Of<Procedure extends ChangeInput["procedure"]> = Extract<ChangeInput, { procedure: Procedure }>;

function columnCreated(sight: Sight, change: Of<"columns.create">): Expected | undefined {
  const { id, after } = change;
  if (id === undefined || columnOf(sight, id)) return undefined;
  const rank = rankOfColumn(sight, after, id);
  if (rank === undefined) return undefined;
  const { id: boardId } = sight.state.board;
  const name = change.name.trim();
  const column: Column = { id, boardId, name, rank, ...withDefaults(change), state: "open", version: 0 };
  return { type: "column.created", data: { column }, version: 0 };
}

function columnUpdated({ state }: Sight, change: Of<"columns.update">): Expected | undefined {
  const before = state.columns.find((column) => column.id === change.columnId);
  if (!before) return undefined;
  const { id: columnId, version } = before;
  const settings = settingsAfter(before, { ...change, name: change.name?.trim() });
  if (isSame(before, settings)) return undefined;
  return { type: "column.updated", data: { columnId, ...settings }, version };
}

function columnMoved(sight: Sight, { columnId, after }: Of<"columns.move">): Expected | undefined {
  const before = sight.state.columns.find((column) => column.id === columnId);
  const rank = rankOfColumn(sight, after, columnId);
  if (!before || rank === undefined || after === columnId) return undefined;
  if (isBetween(before.rank, gapForColumn(sight, after, columnId))) return undefined;
  return { type: "column.moved", data: { columnId, rank }, version: before.version };
}

function columnArchived({ state }: Sight, { columnId }: Of<"columns.archive">): Expected | undefined {
  const before = state.columns.find((column) => column.id === columnId);
  return before && { type: "column.archived", data: { columnId }, version: before.version };
}

function columnRestored(sight: Sight, { columnId }: Of<"columns.restore">): Expected | undefined {
  const before = sight.hidden.columns.find((column) => column.id === columnId);
  const rank = rankOfColumn(sight, undefined, columnId);
  if (!before || rank === undefined) return undefined;
  const tasks = sight.hidden.tasks.filter((task) => task.columnId === columnId);
  const column = { ...before, rank };
  return { type: "column.restored", data: { column, tasks }, version: column.version };
}

function columnOf({ state, hidden }: Sight, id: string): Column | undefined {
  return state.columns.find((column) => column.id === id) ?? hidden.columns.find((column) => column.id === id);
}

function gapForColumn(sight: Sight, after: string | null | undefined, moving: string) {
  const others = sight.state.columns.filter((column) => column.id !== moving);
  return gapIn(others, after, (id) => columnOf(sight, id)?.rank);
}

/** Undefined for an anchor that was never seen: the server will refuse it, unless it was archived before. */
function rankOfColumn(sight: Sight, after: string | null | undefined, moving: string): string | undefined {
  if (typeof after === "string" && !columnOf(sight, after)) return undefined;
  return rankWithin(gapForColumn(sight, after, moving));
}

function labelCreated({ state }: Sight, { id, name, color }: Of<"labels.create">): Expected | undefined {
  if (id === undefined || state.labels.some((label) => label.id === id)) return undefined;
  const label: Label = { id, boardId: state.board.id, name: name.trim(), color, version: 0 };
  return { type: "label.created", data: { label }, version: 0 };
}

function labelUpdated({ state }: Sight, change: Of<"labels.update">): Expected | undefined {
  const before = state.labels.find((label) => label.id === change.labelId);
  if (!before) return undefined;
  const label = { ...before, name: change.name?.trim() ?? before.name, color: change.color ?? before.color };
  if (label.name === before.name && label.color === before.color) return undefined;
  return { type: "label.updated", data: { label }, version: label.version };
}

function labelDeleted({ state }: Sight, { labelId }: Of<"labels.delete">): Expected | undefined {
  const before = state.labels.find((label) => label.id === labelId);
  return before && { type: "label.deleted", data: { labelId }, version: before.version };
}
