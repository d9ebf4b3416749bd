import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { announce } from "../../core/tx.ts";
import type { BoardNews } from "../../events.ts";
import type { BoardMember } from "./boards.contract.ts";
import type { BoardPicture } from "./board-picture.ts";
import { boardService } from "./board-service.ts";
import { CARDS_PER_EVENT, setsAfter } from "./bulk-rules.ts";
import type { BulkDone, MoveTasks, TasksTarget, UpdateTasks } from "./bulk.contract.ts";
import { type CardChanges, cardChanges } from "./card-changes.ts";
import { mergeValues } from "./field-values.ts";
import type { FieldValue } from "./fields.contract.ts";
import { isBetween, ranksInColumn } from "./place.ts";
import { replacedBy } from "./replaced.ts";
import {
  named,
  requireDates,
  requireFields,
  requireGap,
  requireLabels,
  requireOpen,
  requireOpenColumn,
  requirePeople,
  requireRoom,
  requireTask,
  requireWay,
} from "./task-grounds.ts";
import type { Task } from "./tasks.contract.ts";
import { comingsAndGoings, needsOfFields, stamp, toCard } from "./tasks.service.ts";

// Many tasks at once, all or none: one event, one answer, and as many statements as for a single one.

/** Of one event, so that it fits into what a stream remembers with others. */
const MOST_BYTES = 512 * 1_024;
const sizeOf = ({ taskIds }: TasksTarget) => taskIds.length;

/**
 * Makes the same change of many tasks. Announces `tasks.updated`, and nothing when nothing changed.
 * Fails: TASK_NOT_FOUND, TASK_ARCHIVED, LABEL_NOT_FOUND, ASSIGNEE_NOT_FOUND, DATES_REVERSED, TIME_ZONE_REQUIRED, TASK_FULL
 * (`fields` says for which), FIELD_NOT_FOUND, FIELD_VALUE_INVALID, CHANGE_TOO_LARGE.
 */
export const updateTasks = boardService<UpdateTasks, BulkDone>(
  ({ taskIds, addLabelIds, addAssigneeIds, fields }) => ({
    ...needsOfFields(fields),
    cards: taskIds,
    labelIds: addLabelIds,
    assigneeIds: addAssigneeIds,
  }),
  (picture, actor, input) => {
    const tasks = eachOf(input, (taskId) => requireOpen(picture, actor, taskId).task);
    requireLabels(picture, actor, input.addLabelIds);
    const newcomers = input.addAssigneeIds?.filter((id) => tasks.some(({ assigneeIds }) => !assigneeIds.includes(id)));
    const members = requirePeople(picture, actor, newcomers);
    const given = tasks.map(({ fields: before }) => requireFields(picture, actor, { before, patch: input.fields }));
    const changed = eachOf(input, (_, index) => changesOf(tasks[index], input, given[index]?.changes)).filter(
      isChanged,
    );
    if (changed.length === 0) return done(picture, actor, []);
    const people = new Map([...members, ...given.flatMap((one) => one.members)].map((one) => [one.userId, one]));
    const data = { changes: together(changed), members: [...people.values()] };
    if (Buffer.byteLength(JSON.stringify(data)) > MOST_BYTES) throw new AppError("CHANGE_TOO_LARGE");
    putEdited(picture, actor, changed, given[0]?.members ?? []);
    announce(picture.tx, actor, { type: "tasks.updated", data }, replacedBy(changed));
    return done(picture, actor, changed);
  },
  sizeOf,
);

/**
 * Moves many tasks behind `after` in a column, where they stand in the order in which they are named. Announces
 * `tasks.moved`, and nothing when they stand there already.
 * Fails: TASK_NOT_FOUND, TASK_ARCHIVED, COLUMN_NOT_FOUND, COLUMN_ARCHIVED, TRANSITION_REFUSED (`fields` says for which),
 * WIP_LIMIT_REACHED (a column has room for all of them, or for none).
 */
export const moveTasks = boardService<MoveTasks, BulkDone>(
  ({ taskIds, ...to }) => ({ cards: taskIds, to }),
  async (picture, actor, input) => {
    const { taskIds, columnId } = input;
    if (taskIds.some((id) => id === input.after)) {
      throw new AppError("INPUT_INVALID", { fields: { after: "A task does not stand behind itself." } });
    }
    const tasks = eachOf(input, (taskId) => {
      const { task, hidden } = requireOpen(picture, actor, taskId);
      if (hidden) throw new AppError("COLUMN_ARCHIVED");
      return task;
    });
    const column = requireOpenColumn(picture, actor, columnId);
    const gap = requireGap(picture, actor, input, ...taskIds);
    const stands = tasks.every(
      (task, index) =>
        task.columnId === columnId && isBetween(task.rank, gap) && (tasks[index - 1]?.rank ?? "") < task.rank,
    );
    if (stands) return done(picture, actor, []);
    requireRoom(column, tasks.filter((task) => task.columnId !== columnId).length);
    eachOf(input, (_, index) => {
      const task = tasks[index];
      if (task && task.columnId !== columnId) {
        requireWay(column, { fromColumnId: task.columnId, task, role: actor.role });
      }
    });
    const from = columnsOf(tasks);
    const ranks = await ranksInColumn(picture, actor, columnId, gap, taskIds);
    const moved = tasks.map((task, index) => ({ task, changes: { columnId, rank: ranks[index] ?? task.rank } }));
    stampAll(picture, actor, moved);
    const to = { columnId, ranks: moved.map(({ task, changes: { rank } }) => ({ taskId: task.id, rank })) };
    announce(picture.tx, actor, { type: "tasks.moved", data: { to: [to], from } }, replacedBy(moved));
    return done(picture, actor, moved);
  },
  sizeOf,
);

/** By column, which tasks are there. */
export function columnsOf(tasks: readonly Pick<Task, "id" | "columnId">[]): { columnId: string; taskIds: string[] }[] {
  return [...Map.groupBy(tasks, ({ columnId }) => columnId)].map(([columnId, those]) => {
    return { columnId, taskIds: those.map(({ id }) => id) };
  });
}

/** Takes many tasks off the board. Announces `tasks.archived` with those that were open. Fails: TASK_NOT_FOUND. */
export const archiveTasks = boardService<TasksTarget, BulkDone>(
  ({ taskIds }) => ({ cards: taskIds }),
  (picture, actor, input) => {
    const tasks = eachOf(input, (taskId) => requireTask(picture, actor, taskId).task);
    const archived = tasks
      .filter(({ state }) => state === "open")
      .map((task) => ({ task, changes: { state: "archived" as const } }));
    if (archived.length === 0) return done(picture, actor, []);
    stampAll(picture, actor, archived);
    const taskIds = archived.map(({ task }) => task.id);
    announce(picture.tx, actor, { type: "tasks.archived", data: { taskIds } });
    return done(picture, actor, archived);
  },
  sizeOf,
);

/**
 * Puts many archived tasks back, last in their columns, in the order in which they are named. Announces `tasks.restored`,
 * or `board.reset` when they are many. Fails: TASK_NOT_FOUND, WIP_LIMIT_REACHED.
 */
export const restoreTasks = boardService<TasksTarget, BulkDone>(
  ({ taskIds }) => ({ cards: taskIds, restored: taskIds }),
  async (picture, actor, input) => {
    const tasks = eachOf(input, (taskId) => requireTask(picture, actor, taskId).task);
    const byColumn = Map.groupBy(
      tasks.filter(({ state }) => state === "archived"),
      ({ columnId }) => columnId,
    );
    for (const [columnId, back] of byColumn) {
      requireRoom(picture.order.findColumn(actor.boardId, columnId), back.length);
    }
    const restored: Changed[] = [];
    for (const [columnId, back] of byColumn) {
      const ids = back.map(({ id }) => id);
      const gap = requireGap(picture, actor, { columnId }, ...ids);
      const ranks = await ranksInColumn(picture, actor, columnId, gap, ids);
      restored.push(
        ...back.map((task, index) => ({ task, changes: { state: "open" as const, rank: ranks[index] ?? task.rank } })),
      );
    }
    if (restored.length === 0) return done(picture, actor, []);
    stampAll(picture, actor, restored);
    const cards = restored.map(({ task }) => toCard(requireTask(picture, actor, task.id).task));
    if (cards.length > CARDS_PER_EVENT) {
      const data = { restoredTaskIds: cards.map(({ id }) => id) };
      announce(picture.tx, actor, { type: "board.reset", data });
    } else announce(picture.tx, actor, { type: "tasks.restored", data: { tasks: cards } });
    return done(picture, actor, restored);
  },
  sizeOf,
);

/** A task as it was, and what becomes another of it. */
interface Changed {
  readonly task: Task;
  readonly changes: Partial<Task>;
}

/** An edited one, with what it gets of the fields of the project. */
interface Edited extends Changed {
  readonly changes: CardChanges;
  readonly values: FieldChanges;
}
type FieldChanges = Readonly<Record<string, FieldValue | null>>;

function isChanged({ changes, values }: Edited): boolean {
  return Object.keys({ ...changes, ...values }).length > 0;
}

/** Does something for each task that is named. What fails says for which. */
export function eachOf<Result>({ taskIds }: TasksTarget, look: (taskId: string, index: number) => Result): Result[] {
  return taskIds.map((taskId, index) => {
    try {
      return look(taskId, index);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const { kind, message, transition } = error;
      throw new AppError(kind, { fields: { [`taskIds.${index}`]: message }, ...(transition && { transition }) });
    }
  });
}

function changesOf(task: Task | undefined, input: UpdateTasks, values: FieldChanges = {}): Edited {
  if (!task) throw new Error("a task was found for each id");
  const sets = setsAfter(task, input);
  if (!sets) throw new AppError("TASK_FULL");
  const { priority, estimate, coverColor } = input;
  const changes = cardChanges(task, { priority, ...requireDates(task, input), estimate, coverColor, ...sets });
  return { task, changes, values };
}

type UpdatedTasks = Extract<BoardNews, { type: "tasks.updated" }>["data"];

/** What becomes the same of several tasks is said once. */
export function together(
  changed: readonly { task: Task; changes: CardChanges; values: FieldChanges }[],
): UpdatedTasks["changes"] {
  const said = changed.map(({ task, changes, values }) => {
    const fields = Object.keys(values).length > 0 && { fields: { ...values } };
    return { taskId: task.id, what: { changes, ...fields, ...comingsAndGoings(task, changes) } };
  });
  const same = Map.groupBy(said, ({ what }) => JSON.stringify(what));
  return [...same.values()].flatMap((of) => {
    const [first] = of;
    return first ? [{ taskIds: of.map(({ taskId }) => taskId), ...first.what }] : [];
  });
}

/** Gives them all what has changed, at the version of the one event to come. */
function stampAll(picture: BoardPicture, actor: BoardActor, changed: readonly Changed[]): void {
  for (const { task, changes } of changed) picture.order.put({ ...task, ...changes, ...stamp(picture.tx, actor) });
}

function putEdited(
  picture: BoardPicture,
  actor: BoardActor,
  edited: readonly Edited[],
  met: readonly BoardMember[],
): void {
  for (const { task, changes, values } of edited) {
    const fields = Object.keys(values).length > 0 ? mergeValues(task.fields, values) : task.fields;
    const after = { ...task, ...changes, fields, ...stamp(picture.tx, actor) };
    picture.order.put(after, Object.keys({ ...changes, ...named(values) }), met);
  }
}

/** Announced, or not: the version is that of the board by now. */
export function done({ tx }: BoardPicture, { boardId }: BoardActor, changed: readonly unknown[]): BulkDone {
  return { changed: changed.length, version: tx.nextVersion(boardId) - 1 };
}
