import fc from "fast-check";
import { expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import { DETAILS, pick, settingOf } from "../setup/model.ts";
import { bothWays, NAMES, type Scene, type SceneCall, servicesOfOneBatch, TITLES } from "../setup/scene.ts";
import { test, type TestBoard } from "../setup/world.ts";

// Whatever people do at once leaves what the same commands leave that are given one after the other: the same answers,
// refusals, rows, events and memories.

/** One command: `picks` choose what it is done to. */
interface Step {
  readonly path: string;
  readonly picks: readonly number[];
}

const TASKS = ["tasks.create", "tasks.update", "tasks.move", "tasks.archive", "tasks.restore"];
const MANY = ["tasks.bulkUpdate", "tasks.bulkMove", "tasks.bulkArchive", "tasks.bulkRestore", "tasks.delete"];
const COLUMNS = ["columns.create", "columns.update", "columns.move", "columns.archive", "columns.restore"];
const LABELS = ["labels.create", "labels.update", "labels.delete"];
const COMMENTS = ["comments.create", "comments.update", "comments.delete", "comments.react", "comments.unreact"];
const CHECKLISTS = ["checklists.create", "checklists.update", "checklists.move", "checklists.delete"];
const ITEMS = ["checkItems.create", "checkItems.update", "checkItems.move", "checkItems.delete"];
const INNER = [...TASKS, ...TASKS, ...MANY, ...COLUMNS, ...LABELS];

const stepOf = (paths: readonly string[]): fc.Arbitrary<Step> =>
  fc.record({
    path: fc.constantFrom(...paths),
    picks: fc.array(fc.noBias(fc.nat(1_000)), { minLength: 9, maxLength: 9 }),
  });
const steps = fc.array(
  fc.oneof(
    { arbitrary: stepOf([...TASKS, "tasks.move", "tasks.move"]), weight: 12 },
    { arbitrary: stepOf([...MANY, "tasks.bulkMove", "trash.restore", "trash.restore"]), weight: 6 },
    { arbitrary: stepOf([...COLUMNS, ...LABELS]), weight: 6 },
    { arbitrary: stepOf([...COMMENTS, "comments.create"]), weight: 8 },
    { arbitrary: stepOf([...CHECKLISTS, ...ITEMS, ...ITEMS]), weight: 6 },
    { arbitrary: stepOf(["boards.applyChanges"]), weight: 1 },
  ),
  { minLength: 8, maxLength: 40 },
);

function commandOf(it: Scene, { path, picks }: Step, mutationIds: readonly string[]): SceneCall {
  const [board, input] = inputOf(it, path, picks);
  const [p0 = 0, p1 = 0] = picks.slice(7);
  // Now and then an id that another command has too.
  const mutationId = p1 % 7 === 0 ? pick(mutationIds.slice(0, 3), p0) : pick(mutationIds, p0);
  return { by: pick([0, 0, 0, 1, 1, 2, 3], p0), path, input: { boardId: board.id, ...input, mutationId } };
}

function inputOf(it: Scene, path: string, picks: readonly number[]): [TestBoard, object] {
  const [p0 = 0, p1 = 0, p2 = 0, p3 = 0, p4 = 0, p5 = 0, p6 = 0] = picks;
  const board = pick(it.boards, p0);
  const tasks = [...TITLES.map((title) => board.task(title)), ...it.fresh];
  const columnIds = [...NAMES.map((name) => board.column(name)), ...it.columns];
  const columnId = pick(columnIds, p1);
  const taskId = pick(tasks, p2);
  const after = pick<{ after?: string | null }>([{}, { after: null }, { after: pick(tasks, p3) }], p4);
  const ownLabels = it.labels.filter((_, index) => index !== 1 - (p0 % 2));
  const labelIds = ownLabels.filter((_, index) => (p5 >> index) % 4 === 1);
  const assigneeIds = it.people.filter((_, index) => (p6 >> index) % 4 === 1).map(({ id }) => id);
  switch (path) {
    case "tasks.create": {
      const id = pick<{ id?: string }>([{ id: pick(it.fresh, p2) }, { id: pick(it.fresh, p3) }, {}], p6);
      return [
        board,
        {
          ...id,
          columnId,
          title: `Task ${p5 % 9}`,
          ...(p3 % 3 ? {} : pick(DETAILS, p3)),
          labelIds,
          assigneeIds,
          ...(p1 % 2 ? {} : { parentId: pick(tasks, p4) }),
          ...after,
        },
      ];
    }
    case "tasks.update": {
      const title = `Title ${p3 % 5}`;
      const patch = pick<object>(
        [
          { title },
          pick(DETAILS, p3),
          { labelIds },
          { assigneeIds, description: title },
          { ifVersion: p3 % 20, title },
          { parentId: pick([null, ...tasks], p3) },
          {},
        ],
        p4,
      );
      return [board, { taskId, ...patch }];
    }
    case "tasks.move":
      return [board, { taskId, columnId, ...after }];
    case "tasks.bulkUpdate":
    case "tasks.bulkMove":
    case "tasks.bulkArchive":
    case "tasks.bulkRestore":
    case "tasks.delete":
    case "trash.restore": {
      const taskIds = tasks.filter((_, index) => (p2 >> index) % 3 === 1).concat(p3 % 4 ? [] : [taskId]);
      const patch = pick<object>(
        [{ addLabelIds: labelIds }, { removeLabelIds: labelIds, priority: "low" }, { addAssigneeIds: assigneeIds }],
        p4,
      );
      const more = path === "tasks.bulkMove" ? { columnId, ...after } : path === "tasks.bulkUpdate" ? patch : {};
      return [board, { taskIds: taskIds.length > 0 ? taskIds : [taskId], ...more }];
    }
    case "checklists.create":
    case "checklists.update":
    case "checklists.move":
    case "checklists.delete":
    case "checkItems.create":
    case "checkItems.update":
    case "checkItems.move":
    case "checkItems.delete":
      return [board, checklistInput(it, path, [board.task(pick(["A", "A", "A", "B", "F"], p1)), ...picks])];
    case "columns.create": {
      const id = pick<{ id?: string }>([{ id: pick(it.columns, p2) }, {}], p6);
      const behind = pick<{ after?: string | null }>([{}, { after: null }, { after: pick(columnIds, p3) }], p4);
      return [board, { ...id, name: `Column ${p5 % 3}`, wipLimit: pick([null, 1], p5), ...settingOf(p4), ...behind }];
    }
    case "columns.update":
      return [
        board,
        {
          columnId,
          ...pick<object>([{ wipLimit: pick([null, 1, 3], p3) }, { name: `Name ${p3 % 2}` }, settingOf(p3)], p4),
        },
      ];
    case "columns.move":
      return [board, { columnId, ...pick<object>([{}, { after: null }, { after: pick(columnIds, p3) }], p4) }];
    case "columns.archive":
    case "columns.restore":
      return [board, { columnId }];
    case "labels.create":
      return [board, { id: pick(ownLabels, p2), name: `Label ${p3 % 3}`, color: "blue" }];
    case "labels.update":
      return [
        board,
        { labelId: pick(ownLabels, p2), ...pick<object>([{ name: `Label ${p3 % 3}` }, { color: "red" }], p4) },
      ];
    case "labels.delete":
      return [board, { labelId: pick(ownLabels, p2) }];
    case "comments.create":
    case "comments.update":
    case "comments.delete":
    case "comments.react":
    case "comments.unreact":
      return [board, commentInput(it, path, [p1, p3, p4, p5], board.task(pick(TITLES.slice(0, 3), p2)))];
    case "boards.applyChanges": {
      const changes = picks.slice(0, 2 + (p6 % 4)).map((by, index) => {
        const procedure = pick(INNER, by);
        const inner = picks.map((other) => (other * 7 + by * 13 + index * 31) % 1_000);
        return { procedure, ...inputOf(it, procedure, [p0, ...inner.slice(1)])[1], mutationId: newId() };
      });
      return [board, { changes }];
    }
    default:
      return [board, { taskId }];
  }
}

function commentInput(it: Scene, path: string, [p0 = 0, p1 = 0, p2 = 0, p3 = 0]: number[], taskId: string): object {
  const commentId = pick(it.comments, p0);
  const text = `Text ${p1 % 3}${p2 % 3 === 0 ? ` <@${pick(it.people, p1).id}>` : ""}`;
  switch (path) {
    case "comments.create":
      return { taskId, id: commentId, parentId: p3 % 2 === 0 ? null : pick(it.comments, p3), text };
    case "comments.update":
      return { taskId, commentId, text };
    case "comments.delete":
      return { taskId, commentId };
    default:
      return { taskId, commentId, emoji: pick(["👍", "🎉"], p1) };
  }
}

/** Most are of the task that has checklists. */
function checklistInput(it: Scene, path: string, [taskId, ...picks]: readonly [string, ...number[]]): object {
  const [p0 = 0, , p2 = 0, p3 = 0, p4 = 0, p5 = 0, p6 = 0] = picks;
  const checklistId = pick(it.checklists, (p0 % 2) * 2 + pick([0, 0, 1, 4 - (p0 % 2) * 2], p2));
  const itemId = pick(it.items, (p0 % 2) * 4 + pick([0, 1, 2, 3, 8 - (p0 % 2) * 4], p3));
  const assigneeId = pick(it.people, p6).id;
  const behind = (ids: readonly string[]) =>
    pick<{ after?: string | null }>([{}, { after: null }, { after: pick(ids, p4) }], p5);
  switch (path) {
    case "checklists.create":
      return {
        taskId,
        id: pick(it.checklists, pick([4, 4, p2], p3)),
        name: `Checklist ${p4 % 2}`,
        ...behind(it.checklists),
      };
    case "checklists.update":
      return { taskId, checklistId, name: `Checklist ${p4 % 2}` };
    case "checklists.move":
      return { taskId, checklistId, ...behind(it.checklists) };
    case "checklists.delete":
      return { taskId, checklistId };
    case "checkItems.create": {
      const more = pick<object>([{}, { state: "done" }, { assigneeId }], p6);
      return {
        taskId,
        checklistId,
        id: pick(it.items, pick([8, 9, p2], p3)),
        text: "New",
        ...more,
        ...behind(it.items),
      };
    }
    case "checkItems.update": {
      const patch = [
        { state: "done" },
        { state: "open" },
        { text: `Text ${p5 % 2}` },
        { assigneeId },
        { assigneeId: null },
      ];
      return { taskId, itemId, ...pick<object>(patch, p4) };
    }
    case "checkItems.move":
      return { taskId, itemId, checklistId, ...behind(it.items) };
    default:
      return { taskId, itemId };
  }
}

test("what is done at once leaves what the same leaves when it is done one after the other", async ({ world }) => {
  const { services, close } = servicesOfOneBatch(world);
  await fc.assert(
    fc.asyncProperty(steps, async (drawn) => {
      const mutationIds = drawn.map(() => newId());
      const [oneByOne, atOnce] = await bothWays(world, services, (it) => ({
        calls: drawn.map((step, index) => commandOf(it, step, [...mutationIds.slice(index), ...mutationIds])),
      }));
      expect(atOnce).toEqual(oneByOne);
    }),
    { numRuns: 12, endOnFailure: true },
  );
  await close();
});
