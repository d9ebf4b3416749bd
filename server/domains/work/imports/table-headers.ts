import type { Field } from "../fields.contract.ts";
import type { ImportMapping, ImportTarget } from "./import-tables.contract.ts";

type Column = ImportMapping["columns"][number];

/**
 * What columns are called, in lower case, in the order of preference; what stands first takes its column first. Trestle's
 * own table is among them.
 */
const NAMES: readonly (readonly [to: ImportTarget, names: readonly string[]])[] = [
  ["title", ["title", "task", "task name", "summary", "subject", "name"]],
  ["id", ["key", "id", "external id", "task id", "issue key"]],
  ["description", ["description", "notes", "body", "details"]],
  ["column", ["column", "status", "list", "section", "section/column", "stage", "bucket"]],
  ["stateGroup", ["state"]],
  ["assignees", ["assignees", "assignee", "assigned to", "owner", "members"]],
  ["labels", ["labels", "tags", "label", "tag"]],
  ["start", ["start", "start date", "starts"]],
  ["due", ["due", "due date", "deadline", "ends"]],
  ["timeZone", ["time zone", "timezone"]],
  ["estimate", ["estimate", "points", "story points"]],
  ["priority", ["priority"]],
  ["parent", ["parent", "parent task", "parent id"]],
  ["completed", ["completed", "done", "complete"]],
  ["archived", ["archived"]],
  ["createdAt", ["created", "created at", "created date", "creation date"]],
  ["updatedAt", ["updated", "updated at", "last modified", "modified"]],
  ["completedAt", ["completed at", "completion date", "completed date"]],
  ["milestone", ["milestone"]],
  ["sprint", ["sprint", "iteration"]],
];

/** Of Jira's export (Filters, Export, CSV): several columns may mean the same, and there may be several of a name. */
const JIRA_NAMES: Readonly<Record<string, ImportTarget>> = {
  "issue key": "id",
  key: "id",
  "issue id": "otherId",
  summary: "title",
  description: "description",
  status: "column",
  "status category": "stateGroup",
  priority: "priority",
  assignee: "assignees",
  labels: "labels",
  "issue type": "labels",
  components: "labels",
  "component/s": "labels",
  created: "createdAt",
  updated: "updatedAt",
  resolved: "completedAt",
  "due date": "due",
  "start date": "start",
  "custom field (start date)": "start",
  "custom field (story points)": "estimate",
  "custom field (story point estimate)": "estimate",
  "parent key": "parent",
  parent: "parent",
  "parent id": "parent",
  "custom field (epic link)": "parent",
  sprint: "sprint",
  "fix versions": "milestone",
  "fix version/s": "milestone",
  comment: "comment",
  comments: "comment",
  attachment: "link",
  attachments: "link",
  "outward issue link (blocks)": "blocks",
  "inward issue link (blocks)": "blockedBy",
};

/** What the columns of a table may mean, by their names; a field of the project is found by its own name. */
export function guessColumns(source: "csv" | "jira", headers: readonly string[], fields: readonly Field[]): Column[] {
  const names = headers.map((name) => withoutApostrophe(name).trim().toLowerCase());
  const guessed = source === "jira" ? ofJira(names) : ofTable(names);
  const taken = new Set(guessed.map(({ column }) => column));
  const own = names.flatMap((name, column): Column[] => {
    const bare = source === "jira" ? (/^custom field \((.+)\)$/u.exec(name)?.[1] ?? name) : name;
    const field = fields.find((one) => one.state === "open" && one.name.toLowerCase() === bare);
    return field && !taken.has(column) ? [{ column, to: "field", fieldId: field.id }] : [];
  });
  const once = own.filter(({ fieldId }, index) => own.findIndex((one) => one.fieldId === fieldId) === index);
  return [...guessed, ...once].toSorted((a, b) => a.column - b.column);
}

function ofTable(names: readonly string[]): Column[] {
  const columns: Column[] = [];
  for (const [to, called] of NAMES) {
    const column = called.map((name) => names.indexOf(name)).find((at) => at >= 0);
    if (column !== undefined && columns.every((one) => one.column !== column)) columns.push({ column, to });
  }
  return columns;
}

function ofJira(names: readonly string[]): Column[] {
  return names.flatMap((name, column) => {
    const to = JIRA_NAMES[name];
    return to === undefined ? [] : [{ column, to }];
  });
}

/** What stands before what would begin a formula, in tables that no spreadsheet is to run: Trestle's own, too. */
export function withoutApostrophe(cell: string): string {
  return /^'[=+\-@\t\r＝＋－＠]/u.test(cell) ? cell.slice(1) : cell;
}
