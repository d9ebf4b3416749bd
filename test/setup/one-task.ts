import type { TestBoard, TestOrg } from "./world.ts";

/** A board with one task, and how to change the task. */
export async function oneTask(org: TestOrg) {
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ["Task"] });
  const target = { boardId: board.id, taskId: board.task("Task") };
  const { tasks } = org.owner.caller;
  type Patch = Omit<Parameters<typeof tasks.update>[0], "boardId" | "taskId">;
  return { board, target, update: (patch: Patch) => tasks.update({ ...target, ...patch }) };
}

/** Creates tasks in the first column of a board. */
export function createIn(org: TestOrg, board: TestBoard) {
  type Rest = Partial<Parameters<typeof org.owner.caller.tasks.create>[0]>;
  return (rest: Rest = {}) =>
    org.owner.caller.tasks.create({ boardId: board.id, columnId: board.column("Todo"), title: "New", ...rest });
}
