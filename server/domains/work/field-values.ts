import type { Field, FieldPatch, FieldValue, FieldValues } from "./fields.contract.ts";

// What a field of a task may be set to, and what comes of it, as server and client decide it alike.

/** What of a patch is new, in the form in which it is kept; or which field is wrong, and why. */
export type Checked =
  | { readonly changes: Readonly<Record<string, FieldValue | null>> }
  | { readonly wrong: { readonly fieldId: string; readonly says: string } }
  | { readonly unknown: string };

/** `fields`: those of the project. Whether a person can see the board is not known here. */
export function checkValues(fields: readonly Field[], before: FieldValues, patch: FieldPatch = {}): Checked {
  const changes: Record<string, FieldValue | null> = {};
  for (const [fieldId, given] of Object.entries(patch)) {
    const field = fields.find(({ id, state }) => id === fieldId && state === "open");
    if (!field) return { unknown: fieldId };
    const had = before[fieldId] ?? null;
    const kept = given === null ? { value: null } : VALUES[field.kind](given, field, had);
    if ("says" in kept) return { wrong: { fieldId, says: kept.says } };
    if (JSON.stringify(kept.value) !== JSON.stringify(had)) changes[fieldId] = kept.value;
  }
  return { changes };
}

/** What a task has after that, by sorted ids: the same everywhere, to the letter. */
export function mergeValues(before: FieldValues, changes: Readonly<Record<string, FieldValue | null>>): FieldValues {
  const after: FieldValues = {};
  for (const id of Object.keys({ ...before, ...changes }).toSorted()) {
    const value = id in changes ? changes[id] : before[id];
    if (value !== null && value !== undefined) after[id] = value;
  }
  return after;
}

type Kept = { readonly value: FieldValue | null } | { readonly says: string };
type Read = (given: FieldValue, field: Field, had: FieldValue | null) => Kept;

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u;
const LONGEST_TEXT = 500;
/** As many digits as JavaScript and the database keep alike. */
const LARGEST = 1e12;

const VALUES: Record<Field["kind"], Read> = {
  text: (given) => {
    if (typeof given !== "string") return { says: "This field holds text." };
    const text = given.trim();
    if (text.length > LONGEST_TEXT) return { says: `Text of at most ${LONGEST_TEXT} characters.` };
    if (!isStorable(text)) return { says: "This text holds characters that cannot be stored." };
    return { value: text === "" ? null : text };
  },
  number: (given) => {
    if (typeof given !== "number" || Math.abs(given) > LARGEST) {
      return { says: "This field holds a number of at most twelve digits." };
    }
    // Six decimals. Zero has no sign in JSON.
    return { value: Math.round(given * 1e6) / 1e6 + 0 };
  },
  date: (given) =>
    typeof given === "string" && isDay(given) ? { value: given } : { says: "This field holds a day: 2026-03-01." },
  select: (given, field, had) =>
    typeof given === "string" && isOption(field, given, had)
      ? { value: given }
      : { says: "This field holds one of its options." },
  "multi-select": (given, field, had) => {
    if (!Array.isArray(given) || !given.every((id) => isOption(field, id, had))) {
      return { says: "This field holds some of its options." };
    }
    const ids = [...new Set(given)].toSorted();
    return { value: ids.length === 0 ? null : ids };
  },
  person: (given) =>
    typeof given === "string" && ID.test(given)
      ? { value: given }
      : { says: "This field holds somebody, by their id." },
  checkbox: (given) => (typeof given === "boolean" ? { value: given } : { says: "This field holds true or false." }),
  url: (given) =>
    typeof given === "string" && isAddress(given)
      ? { value: given.trim() }
      : { says: "This field holds an address that begins with http:// or https://." },
};

/** An archived one may stay where it is. */
function isOption({ options }: Field, id: string, had: FieldValue | null): boolean {
  const option = options.find((known) => known.id === id);
  return option !== undefined && (!option.isArchived || had === id || (Array.isArray(had) && had.includes(id)));
}

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00.000Z`);
  return /^\d{4}-\d\d-\d\d$/u.test(text) && !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

function isAddress(text: string): boolean {
  if (!isStorable(text) || !URL.canParse(text)) return false;
  const { protocol, host } = new URL(text);
  return host !== "" && (protocol === "http:" || protocol === "https:");
}
