import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { findStored, type StoredMutation } from "../../core/mutations.ts";
import { type Command, perform, type Tx } from "../../core/write.ts";
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
  requireAuthor(actor.userId, input);
  const stored = await findStored(tx.db, actor.userId, idsOf(input));
  return eachOf(tx, actor.userId, stored, input, async (change) => {
    if (!allows(ACTIONS[change.procedure], actor.role)) throw new AppError("ACTION_FORBIDDEN");
    return runChange(tx, actor, change);
  });
}

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
  const stored = await findStored(tx.db, userId, idsOf(input));
  if (stored.size === 0) throw refusal;
  return eachOf(tx, userId, stored, input, () => Promise.reject(refusal));
}

function requireAuthor(userId: string, input: ApplyChanges): void {
  if (input.userId !== undefined && input.userId !== userId) throw new AppError("ACCOUNT_CHANGED");
}

function idsOf({ changes }: ApplyChanges): string[] {
  return changes.flatMap(({ mutationId }) => mutationId ?? []);
}

async function eachOf(
  tx: Tx,
  userId: string,
  stored: Map<string, StoredMutation>,
  { boardId, changes }: ApplyChanges,
  run: (change: Change) => Promise<ChangeValue>,
): Promise<ChangeResults> {
  const results: ChangeResults = [];
  for (const change of changes) {
    const { procedure, ...rest } = change;
    // A change and the single call are repeats of each other.
    const input = { boardId, ...rest, mutationId: rest.mutationId ?? newId() };
    const command = { userId, streamId: boardId, procedure, input, run: () => run(change) };
    results.push(await resultOf(tx, stored, command));
  }
  return results;
}

async function resultOf(
  tx: Tx,
  stored: Map<string, StoredMutation>,
  command: Command<ChangeValue>,
): Promise<ChangeResult> {
  try {
    const { output, done } = await perform(tx, stored, command);
    if (done) stored.set(done.id, done);
    const memory = stored.get(command.input.mutationId);
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
