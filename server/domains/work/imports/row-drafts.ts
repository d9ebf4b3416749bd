import { setImmediate } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../../db/client.ts";
import type { Field } from "../fields.contract.ts";
import { fieldJson } from "../rows.ts";
import { toGithubDraft } from "./github-issue.ts";
import type { ImportMapping } from "./import-tables.contract.ts";
import type { Drafted, NamedDraft } from "./row-draft.ts";
import type { RowProblem } from "./row-problems.contract.ts";
import { toTableDraft } from "./table-draft.ts";

/** What is imported row by row. */
export const ROW_SOURCES = ["csv", "jira", "github"] as const;
export type RowSource = (typeof ROW_SOURCES)[number];

export interface KeptRow extends Record<string, unknown> {
  readonly row: number;
  readonly content: unknown;
}

const Cells = z.array(z.string());

/** What rows are read by. */
interface Reading {
  readonly importId: string;
  readonly source: RowSource;
  readonly mapping: ImportMapping;
  readonly fields: readonly Field[];
}

interface DraftedRows {
  readonly drafts: NamedDraft[];
  readonly refused: RefusedRow[];
}

/** A row that says no task, and why. */
export interface RefusedRow {
  readonly row: number;
  readonly refusal: RowProblem;
  readonly says: string;
}

/** So many are read in one go: then others get their turn. */
const READ_AT_ONCE = 50;

/** What kept rows say, as the mapping takes them. What has no name of its own is called by its row. */
export async function toDrafts(kept: readonly KeptRow[], reading: Reading): Promise<DraftedRows> {
  const { importId, source } = reading;
  const rows: DraftedRows = { drafts: [], refused: [] };
  for (const [index, { row, content }] of kept.entries()) {
    if (index % READ_AT_ONCE === READ_AT_ONCE - 1) await setImmediate();
    const drafted = toDraft(content, reading);
    if ("draft" in drafted) {
      const { id } = drafted.draft;
      const externalId = id === null ? `import:${importId}:${row}` : externalNameOf(source, id);
      rows.drafts.push({ row, externalId, draft: drafted.draft });
    } else rows.refused.push({ row, ...drafted });
  }
  return rows;
}

function toDraft(content: unknown, { source, mapping, fields }: Reading): Drafted {
  if (source === "github") return toGithubDraft(content, mapping);
  return toTableDraft(Cells.parse(content), { source, mapping, fields });
}

/** What a task is called here that its source calls so. */
export function externalNameOf(source: RowSource, id: string): string {
  return `${source}:${id}`;
}

/** Rows may be long, and those of one file together as long as it: so much is read at once, or one row. */
const READ_CHARACTERS = 4 << 20;

/** The rows behind one, in their order: up to `limit`, or as many as are read at once. */
export async function rowsBehind(
  db: Db,
  { orgId, importId }: { orgId: string; importId: string },
  { after, limit }: { after: number; limit: number },
): Promise<KeptRow[]> {
  return db.execute<KeptRow>(sql`
    select x.row, x.content from (
      select r.row, r.content, sum(length(r.content::text)) over (order by r.row) - length(r.content::text) as before
      from import_row r
      where r.org_id = ${orgId}::uuid and r.import_id = ${importId}::uuid and r.row > ${after}::int
      order by r.row limit ${limit}::int) x
    where x.before < ${READ_CHARACTERS}::bigint order by x.row`);
}

/** The fields that tasks may have in the project that an import goes to. */
export async function fieldsOfImport(
  db: Db,
  { orgId, importId }: { orgId: string; importId: string },
): Promise<Field[]> {
  const rows = await db.execute<{ field: Field }>(sql`
    select ${fieldJson} as field from board_import i
    join task_field f on f.org_id = i.org_id and f.project_id = i.project_id
    where i.org_id = ${orgId}::uuid and i.id = ${importId}::uuid and f.state = 'open' order by f.rank, f.id`);
  return rows.map(({ field }) => field);
}
