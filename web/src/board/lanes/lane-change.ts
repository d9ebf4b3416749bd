import {
  type Card,
  datesOn,
  type Field,
  type FieldValue,
  type LiveBoard,
  PRIORITIES,
  type Snapshot,
} from "../../../../client/index.ts";
import { ownTimeZone } from "../../ui/time-zone.ts";

type Change = Omit<Parameters<LiveBoard["updateTask"]>[0], "taskId" | "ifVersion" | "mutationId">;

/** What of a card says in which lanes it stands. */
type InLanes = Pick<
  Card,
  | "id"
  | "assigneeIds"
  | "assigneeNames"
  | "labelIds"
  | "startAt"
  | "startOn"
  | "dueAt"
  | "dueOn"
  | "timeZone"
  | "fields"
>;

/** A card that is about to be made. */
const NEW: InLanes = {
  id: "",
  assigneeIds: [],
  assigneeNames: [],
  labelIds: [],
  startAt: null,
  startOn: null,
  dueAt: null,
  dueOn: null,
  timeZone: null,
  fields: {},
};

/** From which lane to which; null is the one of cards that have nothing there. */
export interface LaneStep {
  readonly from: string | null;
  readonly to: string | null;
}

/** What a card that is made in a lane begins with; undefined: it cannot be. */
export function valuesIn(state: Snapshot, by: Snapshot["laneBy"], lane: string | null): Change | undefined {
  return lane === null ? {} : laneChange(state, by, NEW, { from: null, to: lane });
}

/**
 * What puts a card into another lane. Of several values it takes the one of the lane that it leaves away and adds the
 * other; in the lane without any it has none. Undefined: nothing does.
 */
export function laneChange(
  { fields, members }: Snapshot,
  by: Snapshot["laneBy"],
  card: InLanes,
  { from, to }: LaneStep,
): Change | undefined {
  const field = fields.find(({ id }) => id === by);
  if (field) return { fields: { [field.id]: valueIn(field, card.fields[field.id], { from, to }) } };
  switch (by ?? "") {
    case "assignee": {
      // Nobody is assigned by a name alone.
      if (to !== null && !members.some(({ userId }) => userId === to)) return undefined;
      const names = card.assigneeNames.filter((name) => to !== null && name !== from);
      const isSame = names.length === card.assigneeNames.length;
      return { assigneeIds: exchanged(card.assigneeIds, { from, to }), ...(!isSame && { assigneeNames: names }) };
    }
    case "label":
      return { labelIds: exchanged(card.labelIds, { from, to }) };
    case "priority": {
      const priority = PRIORITIES.find((known) => known === to);
      return priority && { priority };
    }
    case "due":
      return datesOn(card, { due: to }, card.timeZone ?? ownTimeZone());
    case "parent":
      return to === card.id ? undefined : { parentId: to };
    case "estimate":
      return { estimate: to === null ? null : Number(to) };
    default:
      return undefined;
  }
}

function exchanged(values: readonly string[], { from, to }: LaneStep): string[] {
  return to === null ? [] : [...new Set([...values.filter((value) => value !== from), to])];
}

function valueIn({ kind }: Field, value: FieldValue | undefined, { from, to }: LaneStep): FieldValue | null {
  if (to === null) return null;
  if (kind === "multi-select") return exchanged(Array.isArray(value) ? value : [], { from, to });
  if (kind === "number") return Number(to);
  return kind === "checkbox" ? to === "true" : to;
}
