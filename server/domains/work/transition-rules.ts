import { BOARD_ROLES, type BoardRole, type TransitionField } from "../../../db/enums.ts";
import type { ClosedTransition } from "../../errors.ts";
import type { Card } from "./tasks.contract.ts";
import type { Transition } from "./transitions.contract.ts";

// Who comes into a column by which way, as server and client decide it alike.

/** What a way may ask of a task. */
type Demanded = Pick<
  Card,
  | "assigneeIds"
  | "assigneeNames"
  | "dueAt"
  | "dueOn"
  | "estimate"
  | "fields"
  | "hasDescription"
  | "labelIds"
  | "priority"
>;

/** A task on its way into a column, and who moves it. */
export interface Passage {
  /** Null: it is new. */
  readonly fromColumnId: string | null;
  readonly task: Demanded;
  /** Undefined: not known here, and taken to be high enough. */
  readonly role: BoardRole | undefined;
}

/** Undefined: one of the ways into the column is open, or it has none and is open to all. Else the one that is nearest. */
export function closedTransition(into: readonly Transition[], passage: Passage): ClosedTransition | undefined {
  const closed = into.map((transition) => lookAt(transition, passage));
  if (closed.some(isOpen)) return undefined;
  return closed.toSorted((a, b) => distance(a) - distance(b))[0];
}

function lookAt(transition: Transition, { fromColumnId, task, role }: Passage): ClosedTransition {
  const { id, name, fromColumnIds, minimumRole, requiredFields } = transition;
  const isLow =
    minimumRole !== null && role !== undefined && BOARD_ROLES.indexOf(role) > BOARD_ROLES.indexOf(minimumRole);
  return {
    id,
    name,
    isElsewhere: fromColumnIds !== null && (fromColumnId === null || !fromColumnIds.includes(fromColumnId)),
    missingFields: requiredFields.filter((field) => !(isOfEveryTask(field) ? HAS[field](task) : field in task.fields)),
    minimumRole: isLow ? minimumRole : null,
  };
}

/** Others are fields of the project. */
function isOfEveryTask(field: string): field is TransitionField {
  return Object.hasOwn(HAS, field);
}

const HAS: Record<TransitionField, (task: Demanded) => boolean> = {
  assignees: ({ assigneeIds, assigneeNames }) => assigneeIds.length + assigneeNames.length > 0,
  description: ({ hasDescription }) => hasDescription,
  due: ({ dueAt, dueOn }) => dueAt !== null || dueOn !== null,
  estimate: ({ estimate }) => estimate !== null,
  labels: ({ labelIds }) => labelIds.length > 0,
  priority: ({ priority }) => priority !== "none",
};

function isOpen({ isElsewhere, missingFields, minimumRole }: ClosedTransition): boolean {
  return !isElsewhere && missingFields.length === 0 && minimumRole === null;
}

function distance({ isElsewhere, missingFields, minimumRole }: ClosedTransition): number {
  return (isElsewhere ? 100 : 0) + (minimumRole === null ? 0 : 50) + missingFields.length;
}
