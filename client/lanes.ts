import { PRIORITIES } from "../db/enums.ts";
import { dayAt } from "../server/days.ts";
import type { Snapshot } from "../server/domains/work/boards.contract.ts";
import type { FieldValue } from "../server/domains/work/fields.contract.ts";
import type { Card } from "../server/domains/work/tasks.contract.ts";

/** Some cards of a board. */
export interface Lane {
  /**
   * What they have in common: the id of a person, label, task or option, a priority, a day, a number, a text, `true` or
   * `false`; an imported person without an account by name. Null: they have nothing there.
   */
  readonly key: string | null;
  readonly cards: readonly Card[];
}

export interface LaneOptions {
  /** Undefined: as the board says. */
  readonly by?: Snapshot["laneBy"] | undefined;
  /** In which a card without one of its own is due on a day; UTC, unless said. */
  readonly timeZone?: string | undefined;
}

/**
 * The cards of a board in lanes, each lane in the order of the board. A card that has several of what lanes are made by
 * (people, labels, options) is in each of them. What can be chosen has a lane also when no card is there: people with a
 * role at the board, labels, priorities, options. Without anything to make lanes by there is one.
 */
export function groupByLane(
  board: Omit<Snapshot, "cursor">,
  { by = board.laneBy, timeZone }: LaneOptions = {},
): Lane[] {
  const field = board.fields.find(({ id }) => id === by);
  const keysOf = field ? (card: Card) => keysIn(card.fields[field.id]) : by === null ? undefined : KEYS[by];
  if (!keysOf) return [{ key: null, cards: board.tasks }];
  const lanes = new Map<string | null, Card[]>(emptyKeys(board, by).map((key) => [key, []]));
  const none: Card[] = [];
  for (const card of board.tasks) {
    const keys = keysOf(card, timeZone ?? "UTC");
    if (keys.length === 0) none.push(card);
    for (const key of keys) {
      const cards = lanes.get(key);
      if (cards) cards.push(card);
      else lanes.set(key, [card]);
    }
  }
  const all = Array.from(lanes, ([key, cards]): Lane => ({ key, cards }));
  const sorted = isSorted(by, field?.kind) ? all.toSorted((a, b) => compareKeys(a.key, b.key)) : all;
  return none.length > 0 || sorted.length === 0 ? [...sorted, { key: null, cards: none }] : sorted;
}

/** By which keys a card stands in lanes. What is no kind of lane is a field that was archived. */
const KEYS: Readonly<Record<string, (card: Card, timeZone: string) => readonly string[]>> = {
  assignee: ({ assigneeIds, assigneeNames }) => [...assigneeIds, ...assigneeNames],
  label: ({ labelIds }) => labelIds,
  priority: ({ priority }) => [priority],
  due: (card, timeZone) => dayOf(card, timeZone),
  parent: ({ parentId }) => (parentId === null ? [] : [parentId]),
  estimate: ({ estimate }) => (estimate === null ? [] : [String(estimate)]),
};

function dayOf({ dueAt, dueOn, timeZone }: Card, elsewhere: string): string[] {
  if (dueOn !== null) return [dueOn];
  return dueAt === null ? [] : [dayAt(new Date(dueAt), timeZone ?? elsewhere)];
}

function keysIn(value: FieldValue | undefined): string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [String(value)];
}

/** What can be chosen, in its order. */
function emptyKeys({ fields, labels, members }: Omit<Snapshot, "cursor">, by: Snapshot["laneBy"]): string[] {
  if (by === "assignee") return members.filter(({ role }) => role !== null).map(({ userId }) => userId);
  if (by === "label") return labels.map(({ id }) => id);
  if (by === "priority") return [...PRIORITIES].toReversed();
  const field = fields.find(({ id }) => id === by);
  if (field?.kind === "checkbox") return ["true", "false"];
  return field?.options.filter(({ isArchived }) => !isArchived).map(({ id }) => id) ?? [];
}

/** Days, numbers and texts have an order of their own. */
function isSorted(by: Snapshot["laneBy"], kind: string | undefined): boolean {
  return by === "due" || by === "estimate" || (kind !== undefined && ["text", "number", "date", "url"].includes(kind));
}

function compareKeys(a: string | null, b: string | null): number {
  const difference = Number(a) - Number(b);
  return Number.isNaN(difference) ? String(a).localeCompare(String(b)) : difference;
}
