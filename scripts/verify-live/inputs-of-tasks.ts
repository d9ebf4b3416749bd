import { PRIORITIES } from "../../db/enums.ts";
import type { KnownBoard } from "./known.ts";
import type { Random } from "./random.ts";
import { some, type Surroundings, text } from "./surroundings.ts";

/** What is done to tasks: `boardId` is the caller's. */
export function taskInput(
  procedure: string,
  random: Random,
  { board, boards, userIds }: Surroundings,
): Record<string, unknown> {
  const columnId = random.pick(board.columns) ?? random.uuid();
  const after = random.weighted([
    ["last", 3],
    ["first", 2],
    ["behind", 5],
  ]);
  const place = after === "last" ? {} : { after: after === "first" ? null : board.task(random) };
  switch (procedure) {
    case "tasks.create":
      return {
        id: random.uuid(),
        columnId,
        title: text(random, "Task"),
        description: random.chance(0.2) ? text(random, "It says") : "",
        ...place,
        ...(random.chance(0.2) ? { labelIds: some(random, board.labels) } : {}),
        ...(random.chance(0.1) ? { assigneeIds: some(random, userIds) } : {}),
        ...(random.chance(0.1) ? { parentId: board.task(random) } : {}),
      };
    case "tasks.copy": {
      const from = random.chance(0.5) ? board : (random.pick(boards) ?? board);
      return { id: random.uuid(), fromBoardId: from.id, taskId: from.task(random), columnId, ...place };
    }
    case "tasks.moveToBoard": {
      const to = random.pick(boards.filter(({ id }) => id !== board.id)) ?? board;
      const at = after === "last" ? {} : { after: after === "first" ? null : to.task(random) };
      const toColumnId = random.pick(to.columns) ?? random.uuid();
      return { taskId: board.task(random), toBoardId: to.id, columnId: toColumnId, ...at };
    }
    case "tasks.move":
      return { taskId: board.task(random), columnId, ...place };
    case "tasks.update":
      return { taskId: board.task(random), ...taskPatch(random, board, userIds) };
    case "tasks.restore":
      return { taskId: random.pick(board.archivedTasks) ?? random.uuid() };
    case "tasks.bulkUpdate":
      return {
        taskIds: severalTasks(random, board),
        priority: random.pick(PRIORITIES),
        addLabelIds: some(random, board.labels),
      };
    case "tasks.bulkMove":
      return { taskIds: severalTasks(random, board), columnId, ...(after === "first" ? { after: null } : {}) };
    case "tasks.bulkRestore":
      return { taskIds: some(random, board.archivedTasks, 1) };
    case "tasks.bulkArchive":
    case "tasks.delete":
      return { taskIds: severalTasks(random, board) };
    default:
      return { taskId: board.task(random) };
  }
}

function severalTasks(random: Random, board: KnownBoard): string[] {
  return Array.from({ length: random.int(1, 4) }, () => board.task(random));
}

function taskPatch(random: Random, board: KnownBoard, userIds: readonly string[]): Record<string, unknown> {
  switch (random.int(0, 8)) {
    case 0:
      return { priority: random.pick(PRIORITIES) };
    case 1:
      return random.chance(0.3) ? { startAt: null, dueAt: null } : dates(random);
    case 2:
      return { labelIds: some(random, board.labels) };
    case 3:
      return { assigneeIds: some(random, userIds) };
    case 4:
      return { description: random.chance(0.3) ? "" : text(random, "It says") };
    case 5:
      return { parentId: random.chance(0.3) ? null : board.task(random) };
    case 6:
      return { fields: fieldPatch(random, board) };
    default:
      return { title: text(random, "Renamed") };
  }
}

/** Of one or two fields of the project. */
function fieldPatch(random: Random, { grounds }: KnownBoard): Record<string, unknown> {
  const fields = random.shuffled(grounds.fields).slice(0, random.int(1, 2));
  return Object.fromEntries(
    fields.map(({ id, kind, optionIds }) => {
      const value = { number: random.int(0, 99), select: random.pick(optionIds), text: text(random, "Value") }[kind];
      return [id, random.chance(0.2) ? null : value];
    }),
  );
}

function dates(random: Random): Record<string, unknown> {
  const [startAt, dueAt] = [random.int(1.7e12, 1.8e12), random.int(1.8e12, 1.9e12)].map((at) =>
    new Date(at).toISOString(),
  );
  const day = { dueOn: dueAt?.slice(0, 10), timeZone: random.chance(0.5) ? "Europe/Berlin" : "UTC" };
  return { startAt, ...(random.chance(0.5) ? { dueAt } : day), estimate: random.int(0, 800) / 100 };
}
