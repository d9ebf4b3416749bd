import type { LABEL_COLORS, STATES, StateGroup } from "../../../../db/enums.ts";
import { newId } from "../../../core/ids.ts";
import { COLUMNS_PER_BOARD } from "../columns.service.ts";
import { LABELS_PER_BOARD } from "../labels.service.ts";
import { groupOfColumn } from "./column-group.ts";
import type { RowDraft } from "./row-draft.ts";
import type { RowNote, RowProblem } from "./row-problems.contract.ts";

/** A column that rows may go to. */
export interface GroundColumn {
  readonly id: string;
  readonly name: string;
  readonly stateGroup: StateGroup;
  readonly state: (typeof STATES)[number];
  /** How many more tasks may come; null: any number. */
  room: number | null;
  /** Of its last open task. */
  lastRank: string | null;
}

export interface GroundLabel {
  readonly id: string;
  readonly name: string;
  readonly color: (typeof LABEL_COLORS)[number];
}

/** What rows are decided on: the board as it is, and as the rows before have left it. Names are in lower case. */
export interface Ground {
  /** Of all columns and labels, those without a name of their own included. */
  readonly counts: { columns: number; labels: number };
  readonly columns: Map<string, GroundColumn>;
  readonly labels: Map<string, GroundLabel>;
  readonly newColumns: GroundColumn[];
  readonly newLabels: GroundLabel[];
  /** What somebody is called in the file → their account. */
  readonly people: ReadonlyMap<string, string>;
  /** What rows are called → the task that is on the board already. */
  readonly there: ReadonlyMap<string, string>;
  /** What rows before this one were called. */
  readonly before: Set<string>;
  readonly may: { readonly makeColumns: boolean; readonly makeLabels: boolean };
}

export type RowDecision =
  | { readonly outcome: "refused"; readonly refusal: RowProblem }
  | { readonly outcome: "unchanged"; readonly taskId: string }
  | {
      readonly outcome: "created";
      readonly column: GroundColumn;
      readonly labelIds: string[];
      readonly assigneeIds: string[];
      readonly assigneeNames: string[];
      readonly fields: RowDraft["fields"];
      readonly notes: RowNote[];
    };

/** What becomes of a row. What it makes on the way stands in the ground for those behind it; refused, it makes nothing. */
export function decideRow(ground: Ground, draft: RowDraft, externalId: string): RowDecision {
  if (ground.before.has(externalId)) return { outcome: "refused", refusal: "ID_REPEATED" };
  const taskId = ground.there.get(externalId);
  if (taskId !== undefined) {
    ground.before.add(externalId);
    return { outcome: "unchanged", taskId };
  }
  const isOpen = draft.state === "open";
  const found = findColumn(ground, draft.column);
  if (typeof found === "string") return { outcome: "refused", refusal: found };
  const column = found;
  if (column.state === "archived" && isOpen) return { outcome: "refused", refusal: "COLUMN_ARCHIVED" };
  if (column.room === 0 && isOpen) return { outcome: "refused", refusal: "WIP_LIMIT_REACHED" };
  if (column.room !== null && isOpen) column.room -= 1;
  ground.before.add(externalId);
  const notes = new Set(draft.notes);
  const labelIds = draft.labels.flatMap((label) => findLabel(ground, label, notes)?.id ?? []);
  const people = draft.people.map((name) => ({ name, userId: ground.people.get(name) }));
  const assigneeNames = people.flatMap(({ name, userId }) => (userId === undefined ? [name] : []));
  const fields = { ...draft.fields };
  for (const { fieldId, name } of draft.fieldPeople) {
    const userId = ground.people.get(name);
    if (userId === undefined) notes.add("PERSON_UNKNOWN");
    else fields[fieldId] = userId;
  }
  if (assigneeNames.length > 0) notes.add("PERSON_UNKNOWN");
  return {
    outcome: "created",
    column,
    labelIds: sorted(labelIds),
    assigneeIds: sorted(people.flatMap(({ userId }) => userId ?? [])),
    assigneeNames: [...new Set(assigneeNames)],
    fields,
    notes: [...notes],
  };
}

function sorted(ids: readonly string[]): string[] {
  return [...new Set(ids)].toSorted();
}

function findColumn(ground: Ground, { name, stateGroup }: RowDraft["column"]): GroundColumn | RowProblem {
  const key = name.toLowerCase();
  const known = ground.columns.get(key);
  if (known) return known;
  if (!ground.may.makeColumns) return "COLUMN_UNKNOWN";
  if (ground.counts.columns >= COLUMNS_PER_BOARD) return "COLUMNS_FULL";
  const column: GroundColumn = {
    id: newId(),
    name,
    stateGroup: stateGroup ?? groupOfColumn(name),
    state: "open",
    room: null,
    lastRank: null,
  };
  ground.columns.set(key, column);
  ground.newColumns.push(column);
  ground.counts.columns += 1;
  return column;
}

function findLabel(
  ground: Ground,
  { name, color }: RowDraft["labels"][number],
  notes: Set<RowNote>,
): GroundLabel | undefined {
  const key = name.toLowerCase();
  const known = ground.labels.get(key);
  if (known) return known;
  const isFull = ground.counts.labels >= LABELS_PER_BOARD;
  if (isFull || !ground.may.makeLabels) {
    notes.add(isFull ? "LABELS_FULL" : "LABEL_UNKNOWN");
    return undefined;
  }
  const label: GroundLabel = { id: newId(), name, color };
  ground.labels.set(key, label);
  ground.newLabels.push(label);
  ground.counts.labels += 1;
  return label;
}
