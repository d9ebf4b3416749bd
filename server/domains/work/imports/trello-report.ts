import type { ImportReport } from "./imports.contract.ts";
import type { TrelloExport } from "./trello-reader.ts";

const LISTED_DIFFERENCES = 100;
const LISTED_PEOPLE = 1_000;

type Noun = ImportReport["differs"][number]["noun"];
type Counted = keyof ImportReport["created"];
type Counts = Record<Counted, number>;
const NOUNS: Record<Noun, Counted | undefined> = {
  board: undefined,
  column: "columns",
  label: "labels",
  task: "tasks",
  comment: "comments",
  checklist: "checklists",
  item: undefined,
};

/** The report of an import while it is being made. */
export interface Findings {
  readonly created: Counts;
  /** Compares what exists with what the file says of it, and counts it as unchanged or as different. */
  compare(noun: Noun, existing: { id: string; name: string }, said: object): void;
  leaveOut(what: string, count?: number): void;
  toReport(people: TrelloExport["people"], matched: ReadonlyMap<string, string>): ImportReport;
}

export function createFindings({ unmapped, truncated }: Pick<TrelloExport, "unmapped" | "truncated">): Findings {
  const created: Counts = { columns: 0, labels: 0, tasks: 0, checklists: 0, comments: 0 };
  const unchanged: Counts = { ...created };
  const differs: ImportReport["differs"] = [];
  const leftOut = new Map(unmapped);
  let differsCount = 0;
  return {
    created,
    compare(noun, existing, said) {
      const there = new Map<string, unknown>(Object.entries(existing));
      const fields = Object.entries(said)
        .filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(there.get(field)))
        .map(([field]) => field);
      const counted = NOUNS[noun];
      if (fields.length === 0) {
        if (counted) unchanged[counted] += 1;
        return;
      }
      differsCount += 1;
      if (differs.length < LISTED_DIFFERENCES) differs.push({ noun, id: existing.id, name: existing.name, fields });
    },
    leaveOut(what, count = 1) {
      if (count > 0) leftOut.set(what, (leftOut.get(what) ?? 0) + count);
    },
    toReport(people, matched) {
      const known = people.flatMap(({ name, externalId }) => {
        const userId = matched.get(externalId);
        return userId === undefined ? [] : [{ name, userId }];
      });
      const unknown = people.filter(({ externalId }) => !matched.has(externalId)).map(({ name }) => name);
      return {
        created,
        unchanged,
        differs,
        differsCount,
        matchedMembers: known.slice(0, LISTED_PEOPLE),
        unmatchedMembers: unknown.slice(0, LISTED_PEOPLE),
        notMapped: [...leftOut].map(([what, count]) => ({ what, count })),
        truncated,
      };
    },
  };
}
