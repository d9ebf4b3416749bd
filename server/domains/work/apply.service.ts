import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { findStored, type StoredMutation } from "../../core/mutations.ts";
import { perform, type Tx } from "../../core/write.ts";
import { allows, type BoardAction } from "../../policy.ts";
import type { ApplyChanges, Change, ChangeResult, ChangeResults, ChangeValue } from "./apply.contract.ts";
import { archiveColumn, createColumn, moveColumn, restoreColumn, updateColumn } from "./columns.service.ts";
import { createLabel, deleteLabel, updateLabel } from "./labels.service.ts";
import { archiveTask, createTask, moveTask, restoreTask, updateTask } from "./tasks.service.ts";

const ACTIONS = {
  "tasks.create": "task:create",
  "tasks.update": "task:update",
  "tasks.move": "task:move",
  "tasks.archive": "task:archive",
  "tasks.restore": "task:restore",
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
 * refused change wrote nothing, because services decide before they write; it does not stop those behind it.
 * Fails: ACCOUNT_CHANGED.
 */
export async function applyChanges(tx: Tx, actor: BoardActor, input: ApplyChanges): Promise<ChangeResults> {
  if (input.userId !== undefined && input.userId !== actor.userId) throw new AppError("ACCOUNT_CHANGED");
  const ids = input.changes.flatMap((change) => change.mutationId ?? []);
  const stored = await findStored(tx.db, actor.userId, ids);
  const results: ChangeResults = [];
  for (const change of input.changes) results.push(await applyChange(tx, actor, stored, change));
  return results;
}

async function applyChange(
  tx: Tx,
  actor: BoardActor,
  stored: Map<string, StoredMutation>,
  change: Change,
): Promise<ChangeResult> {
  const { procedure, ...rest } = change;
  // A change and the single call are repeats of each other.
  const input = { boardId: actor.boardId, ...rest, mutationId: rest.mutationId ?? newId() };
  const run = (): Promise<ChangeValue> => {
    if (!allows(ACTIONS[procedure], actor.role)) throw new AppError("ACTION_FORBIDDEN");
    return runChange(tx, actor, change);
  };
  try {
    const command = { userId: actor.userId, streamId: actor.boardId, procedure, input, run };
    const { output, done } = await perform(tx, stored, command);
    if (done) stored.set(done.id, done);
    const memory = stored.get(input.mutationId);
    if (!memory) throw new Error("what was answered is remembered");
    return { status: "done", version: memory.version, value: output };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { status: "refused", kind: error.kind, message: error.message };
  }
}

function runChange(tx: Tx, actor: BoardActor, change: Change): Promise<ChangeValue> {
  const { boardId } = actor;
  switch (change.procedure) {
    case "tasks.create":
      return createTask(tx, actor, { ...change, boardId });
    case "tasks.update":
      return updateTask(tx, actor, { ...change, boardId });
    case "tasks.move":
      return moveTask(tx, actor, { ...change, boardId });
    case "tasks.archive":
      return archiveTask(tx, actor, { ...change, boardId });
    case "tasks.restore":
      return restoreTask(tx, actor, { ...change, boardId });
    case "columns.create":
      return createColumn(tx, actor, { ...change, boardId });
    case "columns.update":
      return updateColumn(tx, actor, { ...change, boardId });
    case "columns.move":
      return moveColumn(tx, actor, { ...change, boardId });
    case "columns.archive":
      return archiveColumn(tx, actor, { ...change, boardId });
    case "columns.restore":
      return restoreColumn(tx, actor, { ...change, boardId });
    case "labels.create":
      return createLabel(tx, actor, { ...change, boardId });
    case "labels.update":
      return updateLabel(tx, actor, { ...change, boardId });
    case "labels.delete":
      return deleteLabel(tx, actor, { ...change, boardId });
  }
}
