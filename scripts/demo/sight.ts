import type { BoardEvent, LiveBoard, Snapshot } from "../../client/index.ts";
import type { DemoPerson } from "./people.ts";

/** Somebody with the board open, and what they saw on it. */
export interface Sight {
  readonly name: string;
  readonly person: DemoPerson;
  readonly board: LiveBoard;
  /** Version → what happened, in words; emptied by `printSeen`. */
  readonly seen: Map<number, string>;
}

const VERSION_WIDTH = 9;
const CELL_WIDTH = 42;

export function openSight(person: DemoPerson, boardId: string): Sight {
  const board = person.trestle.board(boardId);
  const seen = new Map<number, string>();
  /** Of tasks that are gone, too. */
  const names = new Map<string, string>();
  board.onEvent((event, state) => {
    for (const { id, key, title } of state.tasks) names.set(id, `${key} "${title}"`);
    seen.set(event.version, describe(event, state, names));
  });
  return { name: person.name, person, board, seen };
}

function describe(event: BoardEvent, state: Snapshot, names: ReadonlyMap<string, string>): string {
  const columnOf = (id: string) => state.columns.find((column) => column.id === id)?.name ?? "another column";
  const { type, data } = event;
  if (type === "task.created") return `+ ${names.get(data.task.id)} in ${columnOf(data.task.columnId)}`;
  if (type === "task.moved") return `${names.get(data.taskId)} → ${columnOf(data.columnId)}`;
  if (type === "task.updated") return `${names.get(data.taskId)}: new ${Object.keys(data.changes).join(", ")}`;
  if (type === "task.archived") return `${names.get(data.taskId) ?? "a task"} is archived`;
  return type;
}

export function printRow(version: string, ...cells: string[]): void {
  const shown = cells.map((cell) => (cell.length > CELL_WIDTH - 2 ? `${cell.slice(0, CELL_WIDTH - 3)}…` : cell));
  console.log(
    `${version.padStart(VERSION_WIDTH)}  ${shown
      .map((cell) => cell.padEnd(CELL_WIDTH))
      .join("")
      .trimEnd()}`,
  );
}

/** Prints a row for each version that was seen since the last time, and forgets it. */
export function printSeen(sights: readonly Sight[]): void {
  const versions = [...new Set(sights.flatMap(({ seen }) => [...seen.keys()]))].toSorted((a, b) => a - b);
  for (const version of versions) {
    printRow(String(version), ...sights.map(({ seen }) => seen.get(version) ?? ""));
  }
  for (const { seen } of sights) seen.clear();
}
