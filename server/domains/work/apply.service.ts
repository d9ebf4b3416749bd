import { type BoardActor, mayDo } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { type BatchedService, perform, type Step } from "../../core/command.ts";
import type { Tx } from "../../core/tx.ts";
import type { BoardAction } from "../../policy.ts";
import type { ApplyChanges, Change, ChangeResult, ChangeResults, ChangeValue } from "./apply.contract.ts";
import { archiveTasks, moveTasks, restoreTasks, updateTasks } from "./bulk.service.ts";
import { archiveColumn, createColumn, moveColumn, restoreColumn, updateColumn } from "./columns.service.ts";
import { createLabel, deleteLabel, updateLabel } from "./labels.service.ts";
import { deleteTasks } from "./trash.service.ts";
import { archiveTask, createTask, moveTask, restoreTask, updateTask } from "./tasks.service.ts";

const ACTIONS = {
  "tasks.create": "task:create",
  "tasks.update": "task:update",
  "tasks.move": "task:move",
  "tasks.archive": "task:archive",
  "tasks.restore": "task:restore",
  "tasks.bulkUpdate": "task:update",
  "tasks.bulkMove": "task:move",
  "tasks.bulkArchive": "task:archive",
  "tasks.bulkRestore": "task:restore",
  "tasks.delete": "task:delete",
  "columns.create": "column:create",
  "columns.update": "column:update",
  "columns.move": "column:move",
  "columns.archive": "column:archive",
  "columns.restore": "column:restore",
  "labels.create": "label:create",
  "labels.update": "label:update",
  "labels.delete": "label:delete",
} as const satisfies Record<Change["procedure"], BoardAction>;

/**
 * Runs changes in order under one lock, each as its own mutation: with its own `mutationId`, answer or refusal. A
 * refused change wrote nothing, because services decide before they write; it does not stop those behind it. Announces
 * what they announce: `task.created`, `task.updated`, `task.moved`, `task.archived`, `task.restored`, `column.created`,
 * `column.updated`, `column.moved`, `column.archived`, `column.restored`, `column.reranked`, `label.created`,
 * `label.updated`, `label.deleted`, `board.reset`. Fails: ACCOUNT_CHANGED.
 */
export const applyChanges: BatchedService<BoardActor, ApplyChanges, ChangeResults> = {
  sizeOf: ({ changes }) => changes.reduce((sum, change) => sum + ("taskIds" in change ? change.taskIds.length : 1), 0),
  innerIds: ({ changes }) => changes.flatMap(({ mutationId }) => mutationId ?? []),
  ask(tx, { boardId, changes }) {
    for (const change of changes) askFor(tx, boardId, change);
  },
  async run(tx, actor, input) {
    requireAuthor(actor.userId, input);
    return eachOf(tx, actor.userId, input, async (change) => {
      if (!mayDo(actor, ACTIONS[change.procedure])) throw new AppError("ACTION_FORBIDDEN");
      return runChange(tx, actor, change);
    });
  },
};

/**
 * What somebody gets who may not change the board any more: changes that they made before are answered as they were
 * then, and the others are refused (rule L5). Fails, as a whole, when none of them was.
 */
export async function repeatChanges(
  tx: Tx,
  { userId, refusal }: { userId: string; refusal: AppError },
  input: ApplyChanges,
): Promise<ChangeResults> {
  requireAuthor(userId, input);
  const isKnown = ({ mutationId: id }: Change) => id !== undefined && tx.stored.get({ userId, id }) !== undefined;
  if (!input.changes.some(isKnown)) throw refusal;
  return eachOf(tx, userId, input, () => Promise.reject(refusal));
}

function requireAuthor(userId: string, input: ApplyChanges): void {
  if (input.userId !== undefined && input.userId !== userId) throw new AppError("ACCOUNT_CHANGED");
}

async function eachOf(
  tx: Tx,
  userId: string,
  { boardId, changes }: ApplyChanges,
  run: (change: Change) => Promise<ChangeValue>,
): Promise<ChangeResults> {
  const results: ChangeResults = [];
  for (const change of changes) {
    const { procedure, ...rest } = change;
    // A change and the single call are repeats of each other.
    const input = { boardId, ...rest, mutationId: rest.mutationId ?? newId() };
    results.push(await resultOf(tx, { userId, streamId: boardId, procedure, input, run: () => run(change) }));
  }
  return results;
}

async function resultOf(tx: Tx, step: Step<ChangeValue>): Promise<ChangeResult> {
  try {
    const { output, memory } = await perform(tx, step);
    return { status: "done", version: memory.version, value: output };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { kind, message, conflicts } = error;
    return { status: "refused", kind, message, ...(conflicts && { conflicts }) };
  }
}

function askFor(tx: Tx, boardId: string, change: Change): void {
  switch (change.procedure) {
    case "tasks.create":
      return createTask.ask(tx, { ...change, boardId });
    case "tasks.update":
      return updateTask.ask(tx, { ...change, boardId });
    case "tasks.move":
      return moveTask.ask(tx, { ...change, boardId });
    case "tasks.archive":
      return archiveTask.ask(tx, { ...change, boardId });
    case "tasks.restore":
      return restoreTask.ask(tx, { ...change, boardId });
    case "tasks.bulkUpdate":
      return updateTasks.ask(tx, { ...change, boardId });
    case "tasks.bulkMove":
      return moveTasks.ask(tx, { ...change, boardId });
    case "tasks.bulkArchive":
      return archiveTasks.ask(tx, { ...change, boardId });
    case "tasks.bulkRestore":
      return restoreTasks.ask(tx, { ...change, boardId });
    case "tasks.delete":
      return deleteTasks.ask(tx, { ...change, boardId });
    case "columns.create":
      return createColumn.ask(tx, { ...change, boardId });
    case "columns.update":
      return updateColumn.ask(tx, { ...change, boardId });
    case "columns.move":
      return moveColumn.ask(tx, { ...change, boardId });
    case "columns.archive":
      return archiveColumn.ask(tx, { ...change, boardId });
    case "columns.restore":
      return restoreColumn.ask(tx, { ...change, boardId });
    case "labels.create":
      return createLabel.ask(tx, { ...change, boardId });
    case "labels.update":
      return updateLabel.ask(tx, { ...change, boardId });
    case "labels.delete":
      return deleteLabel.ask(tx, { ...change, boardId });
  }
}

function runChange(tx: Tx, actor: BoardActor, change: Change): Promise<ChangeValue> {
  const { boardId } = actor;
  switch (change.procedure) {
    case "tasks.create":
      return createTask.run(tx, actor, { ...change, boardId });
    case "tasks.update":
      return updateTask.run(tx, actor, { ...change, boardId });
    case "tasks.move":
      return moveTask.run(tx, actor, { ...change, boardId });
    case "tasks.archive":
      return archiveTask.run(tx, actor, { ...change, boardId });
    case "tasks.restore":
      return restoreTask.run(tx, actor, { ...change, boardId });
    case "tasks.bulkUpdate":
      return updateTasks.run(tx, actor, { ...change, boardId });
    case "tasks.bulkMove":
      return moveTasks.run(tx, actor, { ...change, boardId });
    case "tasks.bulkArchive":
      return archiveTasks.run(tx, actor, { ...change, boardId });
    case "tasks.bulkRestore":
      return restoreTasks.run(tx, actor, { ...change, boardId });
    case "tasks.delete":
      return deleteTasks.run(tx, actor, { ...change, boardId });
    case "columns.create":
      return createColumn.run(tx, actor, { ...change, boardId });
    case "columns.update":
      return updateColumn.run(tx, actor, { ...change, boardId });
    case "columns.move":
      return moveColumn.run(tx, actor, { ...change, boardId });
    case "columns.archive":
      return archiveColumn.run(tx, actor, { ...change, boardId });
    case "columns.restore":
      return restoreColumn.run(tx, actor, { ...change, boardId });
    case "labels.create":
      return createLabel.run(tx, actor, { ...change, boardId });
    case "labels.update":
      return updateLabel.run(tx, actor, { ...change, boardId });
    case "labels.delete":
      return deleteLabel.run(tx, actor, { ...change, boardId });
  }
}
