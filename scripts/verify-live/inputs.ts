import { LABEL_COLORS, PRIORITIES, STATE_GROUPS } from "../../db/enums.ts";
import type { KnownBoard } from "./known.ts";
import type { Random } from "./random.ts";

/** What is done, and how often; a `#` name is for several calls in one. */
export const CALLS = [
  ["tasks.create", 20],
  ["tasks.update", 22],
  ["tasks.move", 26],
  ["tasks.archive", 8],
  ["tasks.restore", 5],
  ["tasks.bulkUpdate", 2],
  ["tasks.bulkMove", 3],
  ["tasks.bulkArchive", 0.5],
  ["columns.create", 1],
  ["columns.update", 3],
  ["columns.move", 3],
  ["columns.archive", 0.6],
  ["columns.restore", 1.5],
  ["labels.create", 1.5],
  ["labels.update", 2],
  ["labels.delete", 0.7],
  ["boards.applyChanges", 4],
  ["boards.update", 1.5],
  ["boards.share", 1],
  ["boards.unshare", 0.7],
  ["boards.archive", 0.3],
  ["boards.restore", 1.2],
  ["boards.get", 5],
] as const satisfies readonly (readonly [string, number])[];
export type Procedure = (typeof CALLS)[number][0];

/** What `boards.applyChanges` is made of. */
const CHANGES = [
  ["tasks.create", 5],
  ["tasks.update", 4],
  ["tasks.move", 5],
  ["tasks.archive", 2],
  ["labels.update", 1],
] as const satisfies readonly (readonly [string, number])[];
const MOST_CHANGES = 6;

export interface Surroundings {
  readonly board: KnownBoard;
  readonly userIds: readonly string[];
}

/** An input of a call, of the dice and of what is known of the board by now. */
export function inputOf(procedure: string, random: Random, around: Surroundings): Record<string, unknown> {
  const { board } = around;
  const boardId = board.id;
  switch (procedure) {
    case "boards.applyChanges": {
      const changes = Array.from({ length: random.int(1, MOST_CHANGES) }, () => {
        const name = random.weighted(CHANGES);
        const { boardId: _, ...input } = inputOf(name, random, around);
        return { procedure: name, ...input, mutationId: random.uuid() };
      });
      return { boardId, changes };
    }
    case "boards.update":
      return { boardId, name: text(random, "Board") };
    case "boards.share":
      return { boardId, userId: random.pick(around.userIds), role: random.pick(["editor", "commenter", "viewer"]) };
    case "boards.unshare":
      return { boardId, userId: random.pick(around.userIds) };
    case "boards.get":
    case "boards.archive":
    case "boards.restore":
      return { boardId };
    default:
      return { boardId, ...(procedure.startsWith("tasks.") ? taskInput : shelfInput)(procedure, random, around) };
  }
}

function taskInput(procedure: string, random: Random, { board, userIds }: Surroundings): Record<string, unknown> {
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
      };
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
    case "tasks.bulkArchive":
      return { taskIds: severalTasks(random, board) };
    default:
      return { taskId: board.task(random) };
  }
}

function severalTasks(random: Random, board: KnownBoard): string[] {
  return Array.from({ length: random.int(1, 4) }, () => board.task(random));
}

function taskPatch(random: Random, board: KnownBoard, userIds: readonly string[]): Record<string, unknown> {
  switch (random.int(0, 6)) {
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
    default:
      return { title: text(random, "Renamed") };
  }
}

function columnSettings(random: Random): Record<string, unknown> {
  if (random.chance(0.2)) return { stateGroup: random.pick(STATE_GROUPS) };
  const wipLimit = random.chance(0.3) ? null : random.int(3, 8);
  return { wipLimit, wipMode: random.chance(0.8) ? "hard" : "soft" };
}

function dates(random: Random): Record<string, unknown> {
  const [startAt, dueAt] = [random.int(1.7e12, 1.8e12), random.int(1.8e12, 1.9e12)].map((at) =>
    new Date(at).toISOString(),
  );
  const day = { dueOn: dueAt?.slice(0, 10), timeZone: random.chance(0.5) ? "Europe/Berlin" : "UTC" };
  return { startAt, ...(random.chance(0.5) ? { dueAt } : day), estimate: random.int(0, 800) / 100 };
}

function shelfInput(procedure: string, random: Random, { board }: Surroundings): Record<string, unknown> {
  const columnId = random.pick(board.columns) ?? random.uuid();
  const labelId = random.pick(board.labels) ?? random.uuid();
  switch (procedure) {
    case "columns.create":
      return { id: random.uuid(), name: text(random, "Column") };
    case "columns.update":
      return random.chance(0.5) ? { columnId, name: text(random, "Column") } : { columnId, ...columnSettings(random) };
    case "columns.move":
      return { columnId, after: random.chance(0.3) ? null : random.pick(board.columns) };
    case "labels.create":
      return { id: random.uuid(), name: text(random, "Label"), color: random.pick(LABEL_COLORS) };
    case "labels.update":
      return { labelId, name: text(random, "Label"), color: random.pick(LABEL_COLORS) };
    case "labels.delete":
      return { labelId };
    default:
      return { columnId };
  }
}

function some(random: Random, ids: readonly string[]): string[] {
  return random.shuffled(ids).slice(0, random.int(0, 3));
}

/** Short or long, and of more than one script. */
function text(random: Random, word: string): string {
  const length = random.chance(0.05) ? 400 : random.int(1, 3) * 8;
  return `${word} ${random.int(1, 1e6)} ${"äß漢字🙂 abc".repeat(length).slice(0, length)}`.toWellFormed().trim();
}
