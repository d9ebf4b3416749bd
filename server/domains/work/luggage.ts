import type { LeftBehind } from "./board-moves.contract.ts";
import type { Field, FieldValue, FieldValues } from "./fields.contract.ts";
import type { Task } from "./tasks.contract.ts";

// What of a task goes along to another board: what means the same there.

export interface Named {
  readonly id: string;
  readonly name: string;
}

/** The board that it goes to, and what of its own board it has to do with. */
export interface Passage {
  /** All values of fields stay as they are, those of archived ones too. */
  readonly keepsFields: boolean;
  /** Of both boards. */
  readonly labels: readonly Named[];
  readonly toLabels: readonly Named[];
  readonly fields: readonly Field[];
  readonly toFields: readonly Field[];
  isSeenBy(userId: string): boolean;
}

export interface Luggage extends Pick<Task, "labelIds" | "assigneeIds" | "fields"> {
  readonly left: LeftBehind;
}

export function pack(task: Pick<Task, "labelIds" | "assigneeIds" | "fields">, passage: Passage): Luggage {
  const labels = task.labelIds.map((id) => ({ id, twin: twinLabel(passage, id) }));
  const values = Object.entries(task.fields).map(([id, value]) => ({ id, value, ...carry(passage, id, value) }));
  const seen = task.assigneeIds.filter((id) => passage.isSeenBy(id));
  return {
    labelIds: [...new Set(labels.flatMap(({ twin }) => twin?.id ?? []))].toSorted(),
    assigneeIds: seen,
    fields: Object.fromEntries(
      values.flatMap(({ kept }): [string, FieldValue][] => (kept ? [[kept.id, kept.value]] : [])).toSorted(byId),
    ),
    left: {
      labelIds: labels.filter(({ twin }) => !twin).map(({ id }) => id),
      assigneeIds: task.assigneeIds.filter((id) => !seen.includes(id)),
      fieldIds: values.filter(({ isWhole }) => !isWhole).map(({ id }) => id),
    },
  };
}

/** Whoever is named in fields of the kind that names people. */
export function peopleInFields(fields: readonly Field[], values: FieldValues): string[] {
  const people = fields.filter(({ kind }) => kind === "person");
  return people.flatMap(({ id }) => {
    const value = values[id];
    return typeof value === "string" ? [value] : [];
  });
}

function byId([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

function twinLabel({ labels, toLabels }: Passage, id: string): Named | undefined {
  const own = labels.find((label) => label.id === id);
  return own && toLabels.find((label) => isSame(label.name, own.name));
}

interface Carried {
  readonly kept?: { readonly id: string; readonly value: FieldValue };
  readonly isWhole: boolean;
}

/** Nobody who does not see the board; of the rest all, or what the field itself or one of that name and kind can hold. */
function carry({ keepsFields, fields, toFields, isSeenBy }: Passage, id: string, value: FieldValue): Carried {
  const own = fields.find((field) => field.id === id);
  const open = toFields.filter(({ kind, state }) => state === "open" && kind === own?.kind);
  const twin = keepsFields
    ? own
    : (open.find((field) => field.id === id) ?? open.find(({ name }) => own && isSame(name, own.name)));
  if (!own || !twin) return { isWhole: false };
  if (own.kind === "person") {
    const isSeen = typeof value === "string" && isSeenBy(value);
    return isSeen ? { kept: { id: twin.id, value }, isWhole: true } : { isWhole: false };
  }
  if (keepsFields || (own.kind !== "select" && own.kind !== "multi-select")) {
    return { kept: { id: twin.id, value }, isWhole: true };
  }
  const chosen = Array.isArray(value) ? value : [value];
  const ids = own.options
    .filter((option) => chosen.includes(option.id))
    .flatMap(({ name }) => twin.options.find((option) => !option.isArchived && isSame(option.name, name))?.id ?? []);
  const [first] = ids;
  if (first === undefined) return { isWhole: false };
  const kept = Array.isArray(value) ? [...new Set(ids)].toSorted() : first;
  return { kept: { id: twin.id, value: kept }, isWhole: ids.length === chosen.length };
}

function isSame(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}
