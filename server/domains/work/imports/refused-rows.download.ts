import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../../db/client.ts";
import { logged, type Transfer } from "../../../core/transfer.ts";
import { tableHead, tableHeaders, tableRows } from "../sent-table.ts";
import { requireImporter } from "./imports.service.ts";
import { ROW_PROBLEM_SAYS, ROW_PROBLEMS } from "./row-problems.contract.ts";

const ROWS_A_PAGE = 200;

const RefusedRow = z.object({
  row: z.int(),
  refusal: z.enum(ROW_PROBLEMS),
  /** Cells, or an issue. */
  content: z.union([z.array(z.string()), z.object({ number: z.int(), title: z.string().nullish() }), z.null()]),
});

/**
 * Sends the rows of an import that were refused as a table: why, and what they hold, under the head of the file that they
 * came in. Corrected, it can be imported. Fails: IMPORT_NOT_FOUND (also for those of others), KEY_FORBIDDEN,
 * ORG_NOT_FOUND, ACTION_FORBIDDEN.
 */
export async function sendRefusedRows(ctx: Transfer, importId: string, res: ServerResponse): Promise<void> {
  await logged(ctx, { path: "imports.refused", type: "download" }, async () => {
    const { app, user, session } = ctx;
    const asker = { userId: user.id, key: session.key, id: importId };
    const { inOrg, actor } = await requireImporter(app.db, asker, "import:read");
    res.writeHead(200, tableHeaders("refused.csv"));
    await pipeline(Readable.from(refusedRows(inOrg, { orgId: actor.orgId, importId })), res);
  });
}

async function* refusedRows(db: Db, of: { orgId: string; importId: string }): AsyncGenerator<string> {
  const [found] = await db.execute<{ headers: string[] | null }>(sql`
    select headers from board_import where org_id = ${of.orgId}::uuid and id = ${of.importId}::uuid`);
  const headers = found?.headers ?? [];
  yield tableHead(["Row", "Reason", ...(headers.length > 0 ? headers : ["Number", "Title"])]);
  for (let after = 0, isLast = false; !isLast;) {
    const rows = z.array(RefusedRow).parse(await pageOf(db, of, after));
    if (rows.length > 0) yield tableRows(rows.map(toCells));
    after = rows.at(-1)?.row ?? after;
    isLast = rows.length < ROWS_A_PAGE;
  }
}

async function pageOf(db: Db, { orgId, importId }: { orgId: string; importId: string }, after: number) {
  return db.execute(sql`
    select r.row, r.refusal, r.content from import_row r
    where r.org_id = ${orgId}::uuid and r.import_id = ${importId}::uuid and r.row > ${after}::int and r.outcome = 'refused'
    order by r.row limit ${ROWS_A_PAGE}::int`);
}

function toCells({ row, refusal, content }: z.infer<typeof RefusedRow>): (string | number)[] {
  const cells = Array.isArray(content) ? content : content ? [content.number, content.title ?? ""] : [];
  return [row, ROW_PROBLEM_SAYS[refusal], ...cells];
}
