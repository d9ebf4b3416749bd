import { LABEL_COLORS, STATE_GROUPS } from "../../db/enums.ts";
import { detailInput } from "./inputs-of-details.ts";
import { taskInput } from "./inputs-of-tasks.ts";
import type { Random } from "./random.ts";
import { type Surroundings, text } from "./surroundings.ts";

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
  ["tasks.bulkRestore", 1],
  ["tasks.delete", 2],
  ["tasks.copy", 1],
  ["tasks.moveToBoard", 2.5],
  ["trash.restore", 2],
  ["trash.delete", 0.7],
  ["changes.undo", 4],
  ["checklists.create", 2],
  ["checklists.update", 0.5],
  ["checklists.move", 0.5],
  ["checklists.delete", 0.6],
  ["checkItems.create", 3],
  ["checkItems.update", 3],
  ["checkItems.move", 1],
  ["checkItems.convert", 0.7],
  ["checkItems.delete", 0.7],
  ["comments.create", 5],
  ["comments.update", 2],
  ["comments.delete", 2],
  ["comments.react", 2],
  ["comments.unreact", 1],
  ["relations.create", 4],
  ["relations.delete", 1],
  ["plans.setTasks", 1],
  ["recurrences.create", 1],
  ["recurrences.update", 0.3],
  ["recurrences.pause", 0.2],
  ["recurrences.resume", 0.3],
  ["recurrences.delete", 0.3],
  ["time.start", 1],
  ["time.stop", 0.5],
  ["transitions.create", 0.5],
  ["transitions.update", 0.3],
  ["transitions.delete", 1],
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
  ["boards.setLanes", 0.5],
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
  ["tasks.delete", 0.5],
  ["tasks.bulkRestore", 0.5],
  ["labels.update", 1],
] as const satisfies readonly (readonly [string, number])[];
const MOST_CHANGES = 6;

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
      return { boardId, ...inputMakerOf(procedure)(procedure, random, around) };
  }
}

function inputMakerOf(procedure: string): typeof detailInput {
  if (procedure.startsWith("tasks.")) return taskInput;
  return procedure.startsWith("columns.") || procedure.startsWith("labels.") ? shelfInput : detailInput;
}

function columnSettings(random: Random): Record<string, unknown> {
  if (random.chance(0.2)) return { stateGroup: random.pick(STATE_GROUPS) };
  const wipLimit = random.chance(0.3) ? null : random.int(3, 8);
  return { wipLimit, wipMode: random.chance(0.8) ? "hard" : "soft" };
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
