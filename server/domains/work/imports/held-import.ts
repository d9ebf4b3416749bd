import { sql } from "drizzle-orm";
import type { BoardActor } from "../../../core/access.ts";
import type { Tx } from "../../../core/tx.ts";
import type { Board } from "../boards.contract.ts";
import { boardJson } from "../rows.ts";
import { ImportMapping } from "./import-tables.contract.ts";
import type { ImportReport } from "./imports.contract.ts";
import type { RowSource } from "./row-drafts.ts";

/** An import that is under way, held by this transaction. */
export interface HeldImport extends Record<string, unknown> {
  readonly id: string;
  readonly source: RowSource;
  readonly mapping: ImportMapping;
  readonly done: number;
  readonly total: number;
  readonly report: ImportReport;
  readonly board: Board;
}

/** Holds an import, so that one at a time writes for it. Undefined: it is not under way. */
export async function holdImport(tx: Tx, actor: BoardActor, importId: string): Promise<HeldImport | undefined> {
  const [row] = await tx.db.execute<HeldImport>(sql`
    select i.id, i.source, i.mapping, i.rows_done as done, i.row_count as total, i.report, ${boardJson} as board
    from board_import i join board b on b.id = i.board_id
    where i.org_id = ${actor.orgId}::uuid and i.id = ${importId}::uuid and i.user_id = ${actor.userId}::uuid
      and i.board_id = ${actor.boardId}::uuid and i.state = 'importing'
    for update of i`);
  return row && { ...row, mapping: ImportMapping.parse(row.mapping) };
}
