import { sql } from "drizzle-orm";
import type { Db } from "../../../../db/client.ts";
import type { OrgActor } from "../../../core/access.ts";
import { AppError } from "../../../core/app-error.ts";
import { ImportMapping, type ImportPreview, type PreviewImport } from "./import-tables.contract.ts";
import { requireBoard } from "./imports.service.ts";
import { decideRow, type Ground } from "./row-decision.ts";
import { fieldsOfImport, type RefusedRow, type RowSource, rowsBehind, toDrafts } from "./row-drafts.ts";
import { loadGround } from "./row-ground.ts";
import type { NamedDraft } from "./row-draft.ts";
import { ROW_PROBLEM_SAYS, type RowNote, type RowProblem } from "./row-problems.contract.ts";
import { guessColumns } from "./table-headers.ts";

/** So many rows are looked at, and of these so many are shown. */
const ROWS_CHECKED = 2_000;
const ROWS_SHOWN = 20;
const NAMES_LISTED = 100;
const SHOWN_CHARACTERS = 500;

/** An import whose rows are here, as whoever announced it sees it. */
export interface ReceivedImport extends Record<string, unknown> {
  readonly id: string;
  readonly projectId: string;
  readonly source: RowSource;
  readonly state: string;
  readonly fileName: string;
  readonly boardName: string | null;
  readonly headers: string[];
  readonly rowCount: number;
  /** The board that it goes to; null: a new one. */
  readonly boardId: string | null;
}

/** Fails: IMPORT_NOT_FOUND (also for those of others), IMPORT_NOT_READY, IMPORT_RUNNING, IMPORT_FINISHED. */
export async function getReceived(
  db: Db,
  actor: OrgActor,
  { importId, isLocked = false }: { importId: string; isLocked?: boolean },
): Promise<ReceivedImport> {
  const [row] = await db.execute<ReceivedImport>(sql`
    select i.id, i.project_id as "projectId", i.source, i.state, i.file_name as "fileName", i.board_name as "boardName",
      i.headers, i.row_count as "rowCount", i.board_id as "boardId"
    from board_import i
    where i.org_id = ${actor.orgId}::uuid and i.id = ${importId}::uuid and i.user_id = ${actor.userId}::uuid
    ${isLocked ? sql`for update` : sql``}`);
  if (!row) throw new AppError("IMPORT_NOT_FOUND");
  if (row.state === "importing" || row.state === "running") throw new AppError("IMPORT_RUNNING");
  if (row.state === "waiting" || row.state === "failed") throw new AppError("IMPORT_NOT_READY");
  if (row.state !== "received") throw new AppError("IMPORT_FINISHED");
  return row;
}

/**
 * What an import would make: of the first rows the tasks, of the first two thousand what is wrong with them and what they
 * would need. Changes nothing. Fails: IMPORT_NOT_FOUND (also for those of others), IMPORT_NOT_READY, IMPORT_RUNNING,
 * IMPORT_FINISHED, BOARD_NOT_FOUND, ACTION_FORBIDDEN, BOARD_ARCHIVED.
 */
export async function previewImport(db: Db, actor: OrgActor, input: PreviewImport): Promise<ImportPreview> {
  const { orgId, importId } = input;
  const [received, fields, kept] = await Promise.all([
    getReceived(db, actor, { importId }),
    fieldsOfImport(db, { orgId, importId }),
    rowsBehind(db, { orgId, importId }, { after: 0, limit: ROWS_CHECKED }),
  ]);
  const { source, headers, projectId, boardId } = received;
  const board = boardId === null ? null : await requireBoard(db, actor, { boardId, projectId });
  const mapping = input.mapping ?? guess(source, headers, fields);
  const { drafts, refused } = await toDrafts(kept, { importId, source, mapping, fields });
  const isWanted = mapping.missing === "create";
  const may = { makeColumns: isWanted, makeLabels: isWanted };
  const ground = await loadGround(db, { orgId, board, importId, drafts, may });
  const rows = [...drafts.map((one) => look(ground, one)), ...refused.map(refusedRow)].toSorted(
    (a, b) => a.row - b.row,
  );
  return {
    rowCount: received.rowCount,
    columns: headers.map((name, column) => ({ column, name: name.slice(0, SHOWN_CHARACTERS) })),
    mapping,
    rows: rows.slice(0, ROWS_SHOWN).map(({ shown }) => shown),
    rowsChecked: kept.length,
    problems: problemsOf(rows),
    newColumns: ground.newColumns.slice(0, NAMES_LISTED).map(({ name, stateGroup }) => ({ name, stateGroup })),
    newLabels: ground.newLabels.slice(0, NAMES_LISTED).map(({ name }) => name),
    unknownPeople: unknownOf(drafts, ground).slice(0, NAMES_LISTED),
  };
}

function guess(source: RowSource, headers: readonly string[], fields: Parameters<typeof guessColumns>[2]) {
  return ImportMapping.parse({ columns: source === "github" ? [] : guessColumns(source, headers, fields) });
}

type PreviewRow = ImportPreview["rows"][number];

/** A row as it would be decided. */
function look(ground: Ground, { row, externalId, draft }: NamedDraft) {
  const decision = decideRow(ground, draft, externalId);
  const refusal = decision.outcome === "refused" ? decision.refusal : null;
  const { title, description, column, priority, dates, estimate, people, labels } = draft;
  const shown: PreviewRow = {
    row,
    refusal,
    says: refusal && ROW_PROBLEM_SAYS[refusal],
    isThere: decision.outcome === "unchanged",
    title,
    description: description.slice(0, SHOWN_CHARACTERS),
    column: column.name,
    priority,
    assignees: people.map((name) => ({ name, userId: ground.people.get(name) ?? null })),
    labels: labels.map(({ name }) => name),
    startAt: dates.startAt,
    dueAt: dates.dueAt,
    estimate,
  };
  const problems = decision.outcome === "created" ? decision.notes : refusal ? [refusal] : [];
  return { row, problems, shown };
}

/** One that says no task. */
function refusedRow({ row, refusal, says }: RefusedRow) {
  const words = { title: "", description: "", column: "", priority: "none" as const, assignees: [], labels: [] };
  const shown: PreviewRow = {
    row,
    refusal,
    says,
    isThere: false,
    ...words,
    startAt: null,
    dueAt: null,
    estimate: null,
  };
  return { row, problems: [refusal], shown };
}

function problemsOf(rows: readonly { row: number; problems: readonly (RowProblem | RowNote)[] }[]) {
  const problems = new Map<RowProblem | RowNote, { count: number; firstRow: number }>();
  for (const { row, problems: those } of rows) {
    for (const kind of those) {
      const { count = 0, firstRow = row } = problems.get(kind) ?? {};
      problems.set(kind, { count: count + 1, firstRow });
    }
  }
  return [...problems].map(([kind, found]) => ({ kind, says: ROW_PROBLEM_SAYS[kind], ...found }));
}

function unknownOf(drafts: readonly NamedDraft[], { people }: Ground): string[] {
  const names = new Set(drafts.flatMap(({ draft }) => [...draft.people, ...draft.fieldPeople.map(({ name }) => name)]));
  return [...names].filter((name) => !people.has(name));
}
