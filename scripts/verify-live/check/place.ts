import type { BoardEvent, Snapshot } from "../../../client/index.ts";
import type { LoggedEvent, MutationRecord } from "../history.ts";
import type { FoldedBoard } from "./fold.ts";
import type { Violations } from "./violation.ts";

export interface Placed {
  readonly taskId: string;
  /** Its column holds one more than before. */
  readonly adds: boolean;
}

/** The cards that an event puts somewhere. */
export function placedBy(event: BoardEvent, before: FoldedBoard): Placed[] {
  const movedTo = (taskId: string, columnId: string) => ({
    taskId,
    adds: before.tasks.get(taskId)?.columnId !== columnId,
  });
  if (event.type === "task.created" || event.type === "task.restored" || event.type === "task.arrived") {
    return [{ taskId: event.data.task.id, adds: true }];
  }
  if (event.type === "tasks.restored" || event.type === "tasks.recovered") {
    return event.data.tasks.map(({ id }) => ({ taskId: id, adds: true }));
  }
  if (event.type === "task.moved") return [movedTo(event.data.taskId, event.data.columnId)];
  if (event.type !== "tasks.moved") return [];
  return event.data.to.flatMap(({ columnId, ranks }) => ranks.map(({ taskId }) => movedTo(taskId, columnId)));
}

/** The cards that an event brings into a column, as they come. */
export function arrivedBy(event: BoardEvent, before: FoldedBoard): Snapshot["tasks"] {
  if (event.type === "task.created" || event.type === "task.arrived") return [event.data.task];
  const moved = (taskId: string, columnId: string) => {
    const card = before.tasks.get(taskId);
    return card ? [{ ...card, columnId }] : [];
  };
  if (event.type === "task.moved") return moved(event.data.taskId, event.data.columnId);
  if (event.type !== "tasks.moved") return [];
  return event.data.to.flatMap(({ columnId, ranks }) => ranks.flatMap(({ taskId }) => moved(taskId, columnId)));
}

/** What a call said of the place of the one task that it puts somewhere. */
const PLACES = new Set(["tasks.create", "tasks.copy", "tasks.move", "tasks.moveToBoard", "checkItems.convert"]);

/** A card stands where the call asked for, and no column holds more than it may. */
export function checkPlace(
  state: FoldedBoard,
  placed: Placed,
  { event, streamId }: LoggedEvent,
  mutation: MutationRecord | undefined,
  violations: Violations,
): void {
  const card = state.tasks.get(placed.taskId);
  if (!card) return;
  const cards = [...state.tasks.values()].filter(({ columnId }) => columnId === card.columnId);
  const column = state.columns.get(card.columnId);
  const limit = column?.wipMode === "hard" ? column.wipLimit : null;
  const others = cards.filter(({ id }) => id !== card.id);
  if (others.some(({ rank }) => rank === card.rank)) {
    violations.add("L4", `two cards of board ${streamId} have one rank at version ${event.version}`, event);
  }
  if (placed.adds && limit !== null && cards.length > limit) {
    violations.add(
      "L4",
      `a column of board ${streamId} holds ${cards.length} of ${limit} at version ${event.version}`,
      event,
    );
  }
  if (!mutation || !PLACES.has(mutation.procedure)) return;
  const { after } = mutation.input;
  const lower = others.filter(({ rank }) => rank < card.rank);
  const previous = lower.toSorted((a, b) => (a.rank < b.rank ? 1 : -1))[0]?.id ?? null;
  const isRight =
    after === undefined
      ? lower.length === others.length
      : after === null
        ? previous === null
        : !others.some(({ id }) => id === after) || previous === after;
  if (!isRight) {
    const says = `a card of board ${streamId} does not stand where it was put at version ${event.version}`;
    violations.add("L4", says, { event, asked: mutation.input, previous });
  }
}
