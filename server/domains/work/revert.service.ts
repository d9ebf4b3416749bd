import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { announce } from "../../core/tx.ts";
import type { BoardPicture } from "./board-picture.ts";
import { boardService } from "./board-service.ts";
import { columnsOf, done, together } from "./bulk.service.ts";
import type { BoardMember } from "./boards.contract.ts";
import type { BulkDone } from "./bulk.contract.ts";
import { CARDS_PER_EVENT } from "./bulk-rules.ts";
import { type CardChanges, cardChanges } from "./card-changes.ts";
import type { Replaced } from "./changes.contract.ts";
import { mergeValues } from "./field-values.ts";
import type { FieldValue } from "./fields.contract.ts";
import { type OwnPlace, ranksAt } from "./own-places.ts";
import { replacedBy } from "./replaced.ts";
import {
  named,
  peopleIn,
  requireFields,
  requireLabels,
  requireOpen,
  requireOpenColumn,
  requireParent,
  requirePeople,
  requireRoom,
  requireTask,
  requireUntouched,
} from "./task-grounds.ts";
import type { Task } from "./tasks.contract.ts";
import { comingsAndGoings, stamp, toCard } from "./tasks.service.ts";

// What undoes a change of tasks. Each refuses with `TASK_CHANGED` when a task is not any more as that change has left it.

/** The change, by the version of its event. */
interface Reverted {
  readonly boardId: string;
  readonly version: number;
}

/** Gives tasks what they had. Announces `task.updated` for one, `tasks.updated` for many. */
export const revertEdits = boardService<Reverted & Pick<Replaced, "tasks">, BulkDone>(
  ({ tasks }) => ({
    tasks: tasks.filter(({ was }) => was.description !== undefined).map(({ taskId }) => taskId),
    cards: tasks.map(({ taskId }) => taskId),
    labelIds: tasks.flatMap(({ was }) => was.labelIds ?? []),
    assigneeIds: tasks.flatMap(({ was }) => was.assigneeIds ?? []),
    parents: tasks.flatMap(({ was }) => was.parentId ?? []),
    parts: tasks.filter(({ was }) => typeof was.parentId === "string").map(({ taskId }) => taskId),
    fields: tasks.some(({ was }) => was.fields !== undefined),
    people: tasks.flatMap(({ was }) => peopleIn(was.fields)),
  }),
  (picture, actor, { version, tasks }) => {
    const edits = tasks.map((wanted) => editOf(picture, actor, wanted, version));
    const changed = edits.filter(({ names }) => names.length > 0);
    for (const { task, changes, text, values, names, named: people } of changed) {
      const fields = mergeValues(task.fields, values);
      picture.order.put({ ...task, ...changes, ...text, fields, ...stamp(picture.tx, actor) }, names, people);
    }
    tellEdits(picture, actor, changed);
    return done(picture, actor, changed);
  },
);

interface Edit {
  readonly task: Task;
  readonly changes: CardChanges;
  readonly text: { readonly description?: string };
  /** Of the fields of the project, and whom these name. */
  readonly values: Readonly<Record<string, FieldValue | null>>;
  readonly named: readonly BoardMember[];
  readonly assigned: readonly BoardMember[];
  /** What of it is version-checked. */
  readonly names: readonly string[];
}

/** What becomes another of a task that gets back what it had. */
function editOf(picture: BoardPicture, actor: BoardActor, wanted: Replaced["tasks"][number], version: number): Edit {
  const { taskId, was } = wanted;
  const found = requireOpen(picture, actor, taskId);
  const { description, fields: patch, columnId: _c, rank: _r, hasDescription: _h, ...card } = was;
  const checked = { ...card, ...(description !== undefined && { description }), ...named(patch ?? {}) };
  requireUntouched(found, checked, version);
  requireParent(picture, actor, { taskId, parentId: card.parentId });
  requireLabels(picture, actor, card.labelIds);
  const { task } = found;
  const assigned = requirePeople(
    picture,
    actor,
    card.assigneeIds?.filter((id) => !task.assigneeIds.includes(id)),
  );
  const values = requireFields(picture, actor, { before: task.fields, patch });
  const hasDescription = description === undefined ? undefined : description !== "";
  const changes = cardChanges(task, { ...card, hasDescription });
  requireSound({ ...task, ...changes });
  const text = description !== undefined && description !== task.description ? { description } : {};
  const { hasDescription: _, ...shown } = changes;
  const names = Object.keys({ ...shown, ...text, ...named(values.changes) });
  return { task, changes, text, values: values.changes, named: values.members, assigned, names };
}

function tellEdits(picture: BoardPicture, actor: BoardActor, edits: readonly Edit[]): void {
  const [first] = edits;
  if (!first) return;
  const replaced = replacedBy(
    edits.map(({ task, changes: { hasDescription: _, ...shown }, text, values }) => {
      return { task, changes: { ...shown, ...text }, values };
    }),
  );
  const met = edits.flatMap(({ assigned, named: people }) => [...assigned, ...people]);
  const members = [...new Map(met.map((member) => [member.userId, member])).values()];
  if (edits.length > 1) {
    announce(picture.tx, actor, { type: "tasks.updated", data: { changes: together(edits), members } }, replaced);
    return;
  }
  const { task, changes, text, values } = first;
  const fields = Object.keys(values).length > 0 && { fields: values };
  const data = { taskId: task.id, changes, ...text, members, ...fields, ...comingsAndGoings(task, changes) };
  announce(picture.tx, actor, { type: "task.updated", data }, replaced);
}

/** Other dates may have come beside those that come back. */
function requireSound({ startAt, startOn, dueAt, dueOn, timeZone }: Task): void {
  if (startAt !== null && dueAt !== null && startAt > dueAt) throw new AppError("DATES_REVERSED");
  if ((startOn ?? dueOn) !== null && timeZone === null) throw new AppError("TIME_ZONE_REQUIRED");
}

/** A task that was moved, from where, and where to. */
interface Moved {
  readonly taskId: string;
  readonly from: { readonly columnId: string; readonly rank: string };
  readonly to: { readonly columnId: string; readonly rank: string };
}

/**
 * Puts tasks back where they stood. Limits hold for it; the ways into a column, which are for what goes on, do not.
 * Announces `tasks.moved`.
 */
export const revertMoves = boardService<Reverted & { moved: readonly Moved[] }, BulkDone>(
  ({ moved }) => ({ cards: moved.map(({ taskId }) => taskId), spots: moved.map(({ from }) => from) }),
  (picture, actor, { moved }) => {
    const tasks = moved.map(({ taskId, from, to }) => {
      const { task, hidden } = requireOpen(picture, actor, taskId);
      if (hidden) throw new AppError("COLUMN_ARCHIVED");
      requireStill(task, "columnId", { expected: to.columnId, wanted: from.columnId });
      requireStill(task, "rank", { expected: to.rank, wanted: from.rank });
      return { task, from };
    });
    for (const [columnId, back] of Map.groupBy(tasks, ({ from }) => from.columnId)) {
      const newcomers = back.filter(({ task }) => task.columnId !== columnId);
      requireRoom(requireOpenColumn(picture, actor, columnId), newcomers.length);
    }
    const places = moved.map(({ taskId, from }): OwnPlace => ({ taskId, ...from }));
    const ranks = ranksAt(picture, actor, places);
    const changed = tasks.map(({ task, from }) => ({
      task,
      changes: { columnId: from.columnId, rank: ranks.get(task.id) ?? from.rank },
    }));
    for (const { task, changes } of changed) picture.order.put({ ...task, ...changes, ...stamp(picture.tx, actor) });
    const to = Array.from(
      Map.groupBy(changed, ({ changes }) => changes.columnId),
      ([columnId, here]) => ({
        columnId,
        ranks: here.map(({ task, changes }) => ({ taskId: task.id, rank: changes.rank })),
      }),
    );
    const data = { to, from: columnsOf(tasks.map(({ task }) => task)) };
    announce(picture.tx, actor, { type: "tasks.moved", data }, replacedBy(changed));
    return done(picture, actor, changed);
  },
);

/**
 * Puts archived tasks back where they stood. Announces `tasks.restored`, or `board.reset` when they are many.
 */
export const revertArchiving = boardService<Reverted & { taskIds: readonly string[] }, BulkDone>(
  ({ taskIds }) => ({ cards: taskIds, restored: taskIds, recovered: taskIds }),
  (picture, actor, { taskIds }) => {
    const tasks = taskIds.map((taskId) => {
      const { task } = requireTask(picture, actor, taskId);
      requireStill(task, "state", { expected: "archived", wanted: "open" });
      return task;
    });
    for (const [columnId, back] of Map.groupBy(tasks, (task) => task.columnId)) {
      requireRoom(picture.order.findColumn(actor.boardId, columnId), back.length);
    }
    const places = tasks.map(({ id, columnId, rank }): OwnPlace => ({ taskId: id, columnId, rank }));
    const ranks = ranksAt(picture, actor, places);
    const back = tasks.map((task): Task => {
      const rank = ranks.get(task.id) ?? task.rank;
      return { ...task, state: "open", rank, ...stamp(picture.tx, actor) };
    });
    for (const task of back) picture.order.put(task);
    if (back.length > CARDS_PER_EVENT) announce(picture.tx, actor, { type: "board.reset", data: {} });
    else announce(picture.tx, actor, { type: "tasks.restored", data: { tasks: back.map(toCard) } });
    return done(picture, actor, back);
  },
);

/** Fails: TASK_CHANGED, with what it is by now. */
function requireStill(
  task: Task,
  name: "columnId" | "rank" | "state",
  { expected, wanted }: { expected: string; wanted: string },
): void {
  if (task[name] === expected) return;
  throw new AppError("TASK_CHANGED", {
    conflicts: { [name]: { yours: wanted, theirs: task[name], version: task.version } },
  });
}
