import { BOARD_ROLES, type BoardRole } from "../../../db/enums.ts";
import type { Snapshot } from "../../../client/index.ts";
import type { LoggedEvent, MutationRecord } from "../history.ts";
import type { FoldedBoard } from "./fold.ts";
import type { Violations } from "./violation.ts";

type Card = Snapshot["tasks"][number];
type Way = Snapshot["transitions"][number];

/** What goes back to where it was asks for no way. */
const FREE = new Set(["changes.undo", "tasks.bulkRestore", "tasks.restore", "trash.restore"]);

/** Whoever put a card into another column came by a way that was open to them (L4). */
export function checkWay(
  before: FoldedBoard,
  card: Card | undefined,
  { role, mutation, logged }: { role: BoardRole | null; mutation: MutationRecord | undefined; logged: LoggedEvent },
  violations: Violations,
): void {
  if (!card || !mutation || FREE.has(mutation.procedure)) return;
  const from = before.tasks.get(card.id)?.columnId ?? null;
  const ways = [...before.transitions.values()].filter(({ toColumnId }) => toColumnId === card.columnId);
  if (from === card.columnId || ways.length === 0 || ways.some((way) => isOpen(way, { from, card, role }))) return;
  const { event, streamId } = logged;
  const says = `a card of board ${streamId} came into a column by a closed way at version ${event.version}`;
  violations.add("L4", says, { event, asked: mutation.input, ways, from, role });
}

function isOpen(
  { fromColumnIds, minimumRole, requiredFields }: Way,
  { from, card, role }: { from: string | null; card: Card; role: BoardRole | null },
): boolean {
  const isHigh =
    minimumRole === null || (role !== null && BOARD_ROLES.indexOf(role) <= BOARD_ROLES.indexOf(minimumRole));
  const begins = fromColumnIds === null || (from !== null && fromColumnIds.includes(from));
  return isHigh && begins && requiredFields.every((field) => has(card, field));
}

function has(card: Card, field: string): boolean {
  switch (field) {
    case "assignees":
      return card.assigneeIds.length > 0;
    case "due":
      return card.dueAt !== null;
    case "labels":
      return card.labelIds.length > 0;
    case "priority":
      return card.priority !== "none";
    default:
      return true;
  }
}
