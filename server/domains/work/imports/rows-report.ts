import type { ImportReport } from "./imports.contract.ts";
import type { RowDraft } from "./row-draft.ts";

const LISTED_PEOPLE = 1_000;
const NONE = { columns: 0, labels: 0, tasks: 0, checklists: 0, comments: 0 };

/** Of an import row by row, before its first row. `skipped`: what the file holds besides. */
export function emptyReport(skipped: ImportReport["notMapped"]): ImportReport {
  return {
    created: NONE,
    unchanged: NONE,
    refused: 0,
    differs: [],
    differsCount: 0,
    matchedMembers: [],
    unmatchedMembers: [],
    notMapped: skipped,
    truncated: 0,
  };
}

interface Rows {
  readonly columns: number;
  readonly labels: number;
  readonly comments: number;
  readonly outcomes: readonly string[];
  readonly people: ReadonlyMap<string, string>;
  /** Of the tasks that were made. */
  readonly drafts: readonly RowDraft[];
}

/** A report with some more rows. */
export function withRows(
  before: ImportReport,
  { columns, labels, comments, outcomes, people, drafts }: Rows,
): ImportReport {
  const { created, unchanged } = before;
  const count = (outcome: string) => outcomes.filter((one) => one === outcome).length;
  const known = new Map(before.matchedMembers.map(({ name, userId }) => [name, userId]));
  const unknown = new Set(before.unmatchedMembers);
  for (const name of new Set(drafts.flatMap(namesOf))) {
    const userId = people.get(name);
    if (userId === undefined) unknown.add(name);
    else known.set(name, userId);
  }
  return {
    ...before,
    created: {
      columns: created.columns + columns,
      labels: created.labels + labels,
      tasks: created.tasks + count("created"),
      checklists: 0,
      comments: (created.comments ?? 0) + comments,
    },
    unchanged: { ...unchanged, tasks: unchanged.tasks + count("unchanged") },
    refused: (before.refused ?? 0) + count("refused"),
    matchedMembers: [...known].slice(0, LISTED_PEOPLE).map(([name, userId]) => ({ name, userId })),
    unmatchedMembers: [...unknown].slice(0, LISTED_PEOPLE),
    truncated: before.truncated + drafts.filter(({ notes }) => notes.includes("TEXT_CUT")).length,
  };
}

function namesOf({ people, fieldPeople, comments }: RowDraft): string[] {
  const authors = comments.flatMap(({ author }) => (author === "" ? [] : [author]));
  return [...people, ...fieldPeople.map(({ name }) => name), ...authors];
}
