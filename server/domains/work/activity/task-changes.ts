import type { CardChanges } from "../card-changes.ts";
import type { FieldValue } from "../fields.contract.ts";
import type { Card } from "../tasks.contract.ts";
import { type RawPart, type RawValue, ref, refs } from "./words.ts";

/** What an event says of a task, in parts. */
export interface Changed {
  readonly changes: Partial<Card>;
  /** What that was before, as far as it is known. */
  readonly was?: Partial<Card> | null;
  readonly assignedIds?: readonly string[];
  readonly unassignedIds?: readonly string[];
  readonly fields?: Readonly<Record<string, FieldValue | null>>;
  readonly hasOtherDescription?: boolean;
}

export function partsOf(changed: Changed): RawPart[] {
  const { changes, fields = {}, hasOtherDescription } = changed;
  const was = { ...cameFrom(changed), ...changed.was };
  const parts = Object.entries(SHOWN).flatMap(([field, toRaw]): RawPart[] => {
    const value: unknown = Reflect.get(changes, field);
    if (value === undefined) return [];
    const before: unknown = Reflect.get(was, field);
    return [{ field, ...(before !== undefined && { from: toRaw(before) }), to: toRaw(value) }];
  });
  if (hasOtherDescription === true) parts.push({ field: "description" });
  const before: Readonly<Record<string, FieldValue>> | undefined = changed.was?.fields;
  for (const [fieldId, to] of Object.entries(fields)) {
    const from = before && { from: valueOf(before[fieldId] ?? null) };
    parts.push({ field: "fields", of: ref("field", fieldId), ...from, to: valueOf(to) });
  }
  return parts;
}

/** What a new task has besides what every task has. Cards in older events lack what came later. */
export function partsOfNew({ fields = {}, ...rest }: Partial<Card>): RawPart[] {
  const parts = partsOf({ changes: rest, fields });
  return parts.filter(
    ({ to }) => to !== null && to !== false && to !== "none" && !(Array.isArray(to) && to.length === 0),
  );
}

/** Who was assigned before, where an event says who came and who went. */
function cameFrom({ changes, assignedIds, unassignedIds }: Changed): Partial<CardChanges> {
  if (!changes.assigneeIds || !assignedIds || !unassignedIds) return {};
  const stayed = changes.assigneeIds.filter((id) => !assignedIds.includes(id));
  return { assigneeIds: [...stayed, ...unassignedIds].toSorted() };
}

const asIs = (value: unknown): RawValue =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];

/** What of a card is told, in this order, and how. */
const SHOWN = {
  title: asIs,
  priority: asIs,
  columnId: (id: unknown) => (typeof id === "string" ? ref("column", id) : null),
  parentId: (id: unknown) => (typeof id === "string" ? ref("task", id) : null),
  startAt: asIs,
  startOn: asIs,
  dueAt: asIs,
  dueOn: asIs,
  timeZone: asIs,
  estimate: asIs,
  coverColor: asIs,
  assigneeIds: (ids: unknown) => refs("person", strings(ids)),
  assigneeNames: strings,
  labelIds: (ids: unknown) => refs("label", strings(ids)),
  hasDescription: asIs,
} as const satisfies Partial<Record<keyof Card, (value: unknown) => RawValue>>;

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u;

/** An id is of an option or of somebody: what it is called tells which. */
function valueOf(value: FieldValue | null): RawValue {
  if (Array.isArray(value)) return refs("option", value);
  return typeof value === "string" && ID.test(value) ? ref("option", value) : value;
}
