import { type BoardActor, mayDo } from "../../../core/access.ts";
import { announce, type Tx } from "../../../core/tx.ts";
import { holdImport } from "./held-import.ts";
import type { ImportMapping } from "./import-tables.contract.ts";
import type { ImportPlace } from "./new-tasks.ts";
import { decideRow, type Ground } from "./row-decision.ts";
import { fieldsOfImport, rowsBehind, toDrafts } from "./row-drafts.ts";
import { loadGround } from "./row-ground.ts";
import { keepOutcomes } from "./row-outcomes.ts";
import { planImported } from "./row-plans.ts";
import { writeRows } from "./write-rows.ts";

/**
 * So many rows hold the board together, and are one event, of which whoever watches gets a snapshot: of a long file more, so
 * that it is in some fifty pieces.
 */
const ROWS_AT_ONCE = 500;
const PIECES = 50;

/** How far an import is. `isOver`: there is nothing left for it to do, or somebody else has ended it. */
export interface RowsDone {
  readonly isOver: boolean;
  readonly done: number;
  readonly total: number;
}

/**
 * Writes the next rows of an import onto its board, each with its outcome: whoever goes on after a crash goes on behind
 * them. A row that is wrong is refused, and the others are not. Announces one `board.reset` when it changed the board, and
 * `tasks.planned`.
 */
export async function importRows(
  tx: Tx,
  actor: BoardActor,
  { importId }: { importId: string; mutationId?: string },
): Promise<RowsDone> {
  const held = await holdImport(tx, actor, importId);
  if (!held) return { isOver: true, done: 0, total: 0 };
  const { orgId } = actor;
  const [kept, fields] = await Promise.all([
    rowsBehind(
      tx.db,
      { orgId, importId },
      { after: held.done, limit: Math.max(ROWS_AT_ONCE, Math.ceil(held.total / PIECES)) },
    ),
    fieldsOfImport(tx.db, { orgId, importId }),
  ]);
  if (kept.length === 0) return { isOver: true, done: held.done, total: held.total };
  const { board, mapping } = held;
  const { drafts, refused } = await toDrafts(kept, { ...held, importId, fields });
  const ground = await loadGround(tx.db, { orgId, board, importId, drafts, may: mayMake(actor, mapping) });
  const place: ImportPlace = { tx, actor, board, version: tx.nextVersion(actor.boardId) };
  const decided = drafts.map((one) => ({ ...one, decision: decideRow(ground, one.draft, one.externalId) }));
  const written = await writeRows(place, ground, decided);
  if (written.tasks.length + ground.newColumns.length > 0) announce(tx, actor, { type: "board.reset", data: {} });
  const notPlanned = await planImported(tx, actor, { board, rows: written.rows });
  const done = kept.at(-1)?.row ?? held.done;
  await keepOutcomes(place, held, { refused, decided, written, notPlanned, done, ground });
  return { isOver: false, done, total: held.total };
}

function mayMake(actor: BoardActor, { missing }: ImportMapping): Ground["may"] {
  const isWanted = missing === "create";
  return {
    makeColumns: isWanted && mayDo(actor, "column:create"),
    makeLabels: isWanted && mayDo(actor, "label:create"),
  };
}
