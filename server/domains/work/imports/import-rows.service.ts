import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../../db/client.ts";
import type { OrgActor } from "../../../core/access.ts";
import type { AppServices } from "../../../core/context.ts";
import { forgetExpired } from "../../../core/expired.ts";
import { decodeCursor, toPage } from "../../../core/page.ts";
import type { ImportRow, ImportRowPage, ListImportRows } from "./import-tables.contract.ts";
import { getImport } from "./imports.service.ts";
import { ROW_PROBLEM_SAYS } from "./row-problems.contract.ts";

/** How long the rows of an import are kept, and one that nobody starts. */
const KEPT_MS = 30 * 86_400_000;

/** What became of the rows of an import, for thirty days. Fails: IMPORT_NOT_FOUND, also for those of others. */
export async function listImportRows(db: Db, actor: OrgActor, input: ListImportRows): Promise<ImportRowPage> {
  const { orgId, importId, outcome = null } = input;
  const after = decodeCursor(z.tuple([z.int32()]), input.cursor)?.[0] ?? 0;
  const [, rows] = await Promise.all([
    getImport(db, actor, { orgId, importId }),
    db.execute<Omit<ImportRow, "says"> & Record<string, unknown>>(sql`
      select r.row, r.outcome, r.task_id as "taskId", r.refusal, to_json(r.notes) as notes from import_row r
      where r.org_id = ${actor.orgId}::uuid and r.import_id = ${importId}::uuid and r.row > ${after}::int
        and (${outcome}::text is null or r.outcome = ${outcome})
      order by r.row limit ${input.limit + 1}::int`),
  ]);
  const said = rows.map((row) => ({ ...row, says: row.refusal && ROW_PROBLEM_SAYS[row.refusal] }));
  return toPage(said, input.limit, ({ row }) => [row]);
}

/** Forgets the rows of what was announced long ago: a chore. */
export function forgetOldImports({ db, clock }: AppServices): Promise<void> {
  return forgetExpired(db, "import", new Date(clock.now().getTime() - KEPT_MS));
}
