import { describe, expect } from "vitest";
import { test } from "../setup/world.ts";

describe("tasks", () => {
  test("a task gets the next number of its project and goes where it was put", async ({ world }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo", "Done"], tasks: ["One", "Two"] });
    const { caller } = org.owner;
    const moved = await caller.tasks.move({ boardId: board.id, taskId: board.task("One"), columnId: board.column("Done") });
    expect(moved).toMatchObject({ key: "PRJ-1", columnId: board.column("Done"), version: 3 });
    const snapshot = await caller.boards.get({ boardId: board.id });
    expect(snapshot.tasks.map((task) => [task.title, task.key])).toEqual(
      expect.arrayContaining([["One", "PRJ-1"], ["Two", "PRJ-2"]]),
    );
    expect(snapshot.cursor).toMatch(/^3\.\d+$/u);
  });
});
