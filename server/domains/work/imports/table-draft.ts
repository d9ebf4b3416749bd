import type { StateGroup } from "../../../../db/enums.ts";
import { toTimeZone } from "../../../days.ts";
import { checkValues } from "../field-values.ts";
import type { Field, FieldPatch } from "../fields.contract.ts";
import { COMMENT_LENGTH } from "../comments.contract.ts";
import { patchDates, NO_DATES, type TaskDates } from "../task-dates.ts";
import { COLUMN_NAME, DESCRIPTION, LABEL_NAME, PERSON_NAME, PLAN_NAME, SET_SIZE, TITLE } from "./draft-limits.ts";
import type { ImportMapping, ImportTarget } from "./import-tables.contract.ts";
import { toMarkdown } from "./jira-markup.ts";
import type { Drafted, RowDraft } from "./row-draft.ts";
import type { RowNote } from "./row-problems.contract.ts";
import { readWhen, type When } from "./table-dates.ts";
import { withoutApostrophe } from "./table-headers.ts";
import { readAnswer, readEstimate, readPriority, readStateGroup, Refused, toNumber } from "./table-values.ts";
import { toLine, toProse } from "./trello-texts.ts";

const ID_LENGTH = 200;
/** Of one cell. */
const NAMES_READ = 200;

/** What rows of a table are read by. */
export interface TableReading {
  readonly source: "csv" | "jira";
  readonly mapping: ImportMapping;
  readonly fields: readonly Field[];
}

/** A row of a table as the task that it stands for, or why it stands for none. */
export function toTableDraft(cells: readonly string[], reading: TableReading): Drafted {
  try {
    return { draft: readRow(cells, reading) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { refusal: error.refusal, says: error.message };
  }
}

/** The cells that are mapped to something, those that say nothing left out. */
type Cells = (to: ImportTarget) => string[];

function readRow(row: readonly string[], reading: TableReading): RowDraft {
  const { source, mapping } = reading;
  const cells: Cells = (to) =>
    mapping.columns.flatMap((one) => {
      const cell = one.to === to ? withoutApostrophe(row[one.column] ?? "") : "";
      if (cell.trim() === "") return [];
      // Of Markdown the blanks at the beginning of a line mean something.
      return [to === "description" ? cell : cell.trim()];
    });
  const first = (to: ImportTarget) => cells(to)[0] ?? "";
  const cutter = { truncated: 0 };
  const notes = new Set<RowNote>();
  const title = first("title");
  if (title === "") throw new Refused("TITLE_MISSING");
  const isArchived = readAnswer(first("archived"));
  const stateGroup = readStateGroup(first("stateGroup"));
  const isDone = readAnswer(first("completed")) || stateGroup === "completed";
  const names = (to: ImportTarget, max: number) =>
    cells(to)
      .flatMap((cell) => (source === "jira" ? [cell] : cell.split(mapping.separator, NAMES_READ)))
      .flatMap((name) => (name.trim() === "" ? [] : [toLine(cutter, withoutApostrophe(name.trim()), max)]));
  const draft = {
    id: readId(first("id")),
    otherId: readId(first("otherId")),
    title: toLine(cutter, title, TITLE),
    description: toProse(cutter, describe(cells, source), DESCRIPTION),
    column: readColumn(first("column"), { stateGroup, isDone, fallback: mapping.fallbackColumn }),
    priority: readPriority(first("priority")),
    dates: readDates(first, mapping),
    estimate: readEstimate(first("estimate")),
    people: firstFew(names("assignees", PERSON_NAME), notes),
    labels: firstFew(names("labels", LABEL_NAME), notes).map((name) => ({ name, color: "gray" as const })),
    ...readFields(row, reading),
    state: isArchived ? ("archived" as const) : ("open" as const),
    createdAt: readInstant(first("createdAt"), mapping),
    updatedAt: readInstant(first("updatedAt"), mapping),
    completedAt: readInstant(first("completedAt"), mapping),
    // An issue has been in all of its sprints: it is in the last.
    plans: [
      ...names("milestone", PLAN_NAME)
        .slice(0, 1)
        .map((name) => ({ kind: "milestone" as const, name, endsOn: null })),
      ...names("sprint", PLAN_NAME)
        .slice(-1)
        .map((name) => ({ kind: "sprint" as const, name, endsOn: null })),
    ],
    comments: cells("comment").map((cell) => readComment(cutter, cell, { source, mapping })),
    links: {
      parent: cells("parent").map(readId).find(Boolean) ?? null,
      blocks: cells("blocks")
        .flatMap((cell) => readId(cell) ?? [])
        .slice(0, SET_SIZE),
      blockedBy: cells("blockedBy")
        .flatMap((cell) => readId(cell) ?? [])
        .slice(0, SET_SIZE),
    },
  };
  if (cutter.truncated > 0) notes.add("TEXT_CUT");
  return { ...draft, notes: [...notes] };
}

function firstFew(names: readonly string[], notes: Set<RowNote>): string[] {
  const set = [...new Set(names)];
  if (set.length > SET_SIZE) notes.add("TEXT_CUT");
  return set.slice(0, SET_SIZE);
}

function readId(text: string): string | null {
  if (text.length > ID_LENGTH) throw new Refused("ID_INVALID");
  return text === "" ? null : text;
}

/** Files of the source are not in a table: what it links to stands below the text. */
function describe(cells: Cells, source: "csv" | "jira"): string {
  const text = cells("description")
    .join("\n\n")
    .slice(0, 2 * DESCRIPTION);
  const links = cells("link").map((cell) => {
    const [address = "", name = ""] = source === "jira" ? cell.split(";").toReversed() : [cell];
    return name === "" ? `- ${address}` : `- [${name.replaceAll(/[[\]]/gu, "")}](${address})`;
  });
  const written = source === "jira" ? toMarkdown(text) : text;
  return links.length === 0 ? written : `${written}\n\n${links.join("\n")}`.trim();
}

function readColumn(
  name: string,
  { stateGroup, isDone, fallback }: { stateGroup: StateGroup | null; isDone: boolean; fallback: string },
): RowDraft["column"] {
  if (name !== "") return { name: toLine({ truncated: 0 }, name, COLUMN_NAME), stateGroup };
  return isDone ? { name: "Done", stateGroup: "completed" } : { name: fallback, stateGroup };
}

function requireWhen(text: string, mapping: ImportMapping): When | undefined {
  if (text === "") return undefined;
  const when = readWhen(text, mapping);
  if ("wrong" in when) throw new Refused(when.wrong);
  return when;
}

function readDates(first: (to: ImportTarget) => string, mapping: ImportMapping): TaskDates {
  const said = first("timeZone");
  const timeZone = said === "" ? mapping.timeZone : toTimeZone(said);
  if (timeZone === undefined) throw new Refused("TIME_ZONE_INVALID");
  const [start, due] = (["start", "due"] as const).map((to) => requireWhen(first(to), { ...mapping, timeZone }));
  if (!start && !due) return NO_DATES;
  const hasDay = [start, due].some((when) => when !== undefined && "day" in when);
  const patched = patchDates(NO_DATES, {
    ...(start && ("day" in start ? { startOn: start.day } : { startAt: start.at })),
    ...(due && ("day" in due ? { dueOn: due.day } : { dueAt: due.at })),
    timeZone: hasDay || said !== "" ? timeZone : null,
  });
  if ("dates" in patched) return patched.dates;
  throw new Refused(patched.wrong.kind === "DATES_REVERSED" ? "DATES_REVERSED" : "DATE_INVALID");
}

function readInstant(text: string, mapping: ImportMapping): string | null {
  const when = requireWhen(text, mapping);
  if (!when) return null;
  return "at" in when ? when.at : `${when.day}T00:00:00.000Z`;
}

/** Jira: `date;author;text`. Else a text of nobody. */
function readComment(
  cutter: { truncated: number },
  cell: string,
  { source, mapping }: Pick<TableReading, "source" | "mapping">,
): RowDraft["comments"][number] {
  const parts = source === "jira" ? /^([^;]*);([^;]*);([\s\S]*)$/u.exec(cell) : null;
  const when = parts ? readWhen((parts[1] ?? "").trim(), mapping) : undefined;
  const isWhole = parts && when && !("wrong" in when);
  const text = isWhole ? (parts[3] ?? "") : cell;
  const written = source === "jira" ? toMarkdown(text.slice(0, 2 * COMMENT_LENGTH)) : text;
  const at = isWhole ? ("at" in when ? when.at : `${when.day}T00:00:00.000Z`) : null;
  return {
    author: isWhole ? toProse(cutter, (parts[2] ?? "").trim(), PERSON_NAME) : "",
    text: toProse(cutter, written, COMMENT_LENGTH),
    createdAt: at,
    editedAt: null,
  };
}

function readFields(
  row: readonly string[],
  { mapping, fields }: TableReading,
): Pick<RowDraft, "fields" | "fieldPeople"> {
  const values: FieldPatch = {};
  const people: { fieldId: string; name: string }[] = [];
  for (const { column, to, fieldId } of mapping.columns) {
    const cell = withoutApostrophe(row[column] ?? "").trim();
    const field = fields.find(({ id }) => id === fieldId);
    if (to !== "field" || !field || cell === "") continue;
    if (field.kind === "person") people.push({ fieldId: field.id, name: cell.slice(0, PERSON_NAME) });
    else values[field.id] = readValue(field, cell, mapping);
  }
  const checked = checkValues(fields, {}, values);
  if ("wrong" in checked) throw new Refused("FIELD_VALUE_INVALID", checked.wrong.says);
  return { fields: "changes" in checked ? { ...checked.changes } : {}, fieldPeople: people };
}

/** What a cell means in a field of this kind; `checkValues` has the last word. */
function readValue(field: Field, cell: string, mapping: ImportMapping): FieldPatch[string] {
  switch (field.kind) {
    case "text":
    case "url":
    case "person":
      return cell;
    case "number":
      return toNumber(cell) ?? cell;
    case "checkbox":
      return readAnswer(cell);
    case "date": {
      const when = requireWhen(cell, mapping);
      return when && "day" in when ? when.day : (when?.at.slice(0, 10) ?? null);
    }
    case "select":
      return optionOf(field, cell);
    case "multi-select":
      return cell.split(mapping.separator, NAMES_READ).map((name) => optionOf(field, name.trim()));
  }
}

function optionOf({ options }: Field, name: string): string {
  const option = options.find((one) => !one.isArchived && one.name.toLowerCase() === name.toLowerCase());
  return option?.id ?? name;
}
