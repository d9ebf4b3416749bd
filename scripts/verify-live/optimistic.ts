import type { LiveBoard } from "../../client/index.ts";
import { Change } from "../../server/domains/work/apply.contract.ts";

/**
 * Makes a change by the board itself, which shows it at once: answers the board's version when the change was no longer
 * pending. Undefined: boards do not make such changes.
 */
export function changeBy(board: LiveBoard, procedure: string, input: object): Promise<number> | undefined {
  const change = Change.safeParse({ procedure, ...input });
  return change.success ? begin(board, change.data).done.then(() => board.version) : undefined;
}

function begin(board: LiveBoard, change: Change): { done: Promise<unknown> } {
  switch (change.procedure) {
    case "tasks.create":
      return board.createTask(change);
    case "tasks.update":
      return board.updateTask(change);
    case "tasks.move":
      return board.move(change);
    case "tasks.archive":
      return board.archiveTask(change);
    case "tasks.restore":
      return board.restoreTask(change);
    case "tasks.bulkUpdate":
      return board.updateTasks(change);
    case "tasks.bulkMove":
      return board.moveTasks(change);
    case "tasks.bulkArchive":
      return board.archiveTasks(change);
    case "tasks.delete":
      return board.deleteTasks(change);
    case "tasks.bulkRestore":
      return board.restoreTasks(change);
    case "columns.create":
      return board.createColumn(change);
    case "columns.update":
      return board.updateColumn(change);
    case "columns.move":
      return board.moveColumn(change);
    case "columns.archive":
      return board.archiveColumn(change);
    case "columns.restore":
      return board.restoreColumn(change);
    case "labels.create":
      return board.createLabel(change);
    case "labels.update":
      return board.updateLabel(change);
    case "labels.delete":
      return board.deleteLabel(change);
  }
}
