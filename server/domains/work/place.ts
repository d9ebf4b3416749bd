import { sql } from "drizzle-orm";
import { uuids } from "../../../db/columns.ts";
import type { BoardActor } from "../../core/access.ts";
import { freshRanks, RANK_LIMIT, ranksBetween } from "../../core/rank.ts";
import { announce, type Tx } from "../../core/tx.ts";
import type { BoardPicture } from "./board-picture.ts";
import type { Gap } from "./needs.ts";

/** The rank of one task for a gap in a column: as `ranksInColumn`. */
export async function rankInColumn(
  picture: BoardPicture,
  actor: BoardActor,
  columnId: string,
  gap: Gap,
  moving: string,
): Promise<string> {
  const [rank] = await ranksInColumn(picture, actor, columnId, gap, [moving]);
  if (rank === undefined) throw new Error("there is a rank for each that moves");
  return rank;
}

/**
 * The ranks for a gap in a column of those that go there, in their order. One that grew past its limit renumbers the
 * column's tasks in this transaction, with one `column.reranked` for the open ones; archived ones keep their places
 * between them, behind the open one that may have taken the same.
 */
export async function ranksInColumn(
  picture: BoardPicture,
  actor: BoardActor,
  columnId: string,
  gap: Gap,
  moving: readonly string[],
): Promise<string[]> {
  const ranks = ranksBetween(gap.before, gap.after, moving.length);
  if (ranks.every((rank) => rank.length <= RANK_LIMIT)) return ranks;
  const own = await picture.aside(() => renumber(picture.tx, actor, columnId, gap, moving));
  await picture.load();
  return own;
}

/** Answers the ranks of what is moving. */
async function renumber(
  tx: Tx,
  actor: BoardActor,
  columnId: string,
  gap: Gap,
  moving: readonly string[],
): Promise<string[]> {
  const rows = await tx.db.execute<{ id: string; rank: string; open: boolean }>(sql`
    select id, rank, state = 'open' as open from task
    where org_id = ${actor.orgId}::uuid and column_id = ${columnId}::uuid and id <> all(${uuids(moving)})
    order by rank, state = 'archived', id`);
  const ranks = freshRanks(rows.length + moving.length);
  const at = rows.filter((row) => gap.before !== null && row.rank <= gap.before).length;
  const own = ranks.splice(at, moving.length);
  const renumbered = rows.map((row, index) => ({ taskId: row.id, rank: ranks[index] ?? row.rank, open: row.open }));
  // Two steps: within one statement a new rank could meet the old one of a row that is not yet renumbered. No rank
  // begins with "~".
  tx.send(
    tx.db.execute(sql`update task set rank = '~' || rank where column_id = ${columnId}::uuid and state = 'open'`),
  );
  tx.send(
    tx.db.execute(sql`
      update task t set rank = n.rank
      from json_to_recordset(${JSON.stringify(renumbered)}::json) as n("taskId" uuid, rank text)
      where t.id = n."taskId" and t.column_id = ${columnId}::uuid`),
  );
  // Places that were left in this column are ranks of the old numbering.
  tx.send(
    tx.db.execute(sql`
      update task set left_column_id = null, left_rank = null
      where board_id = ${actor.boardId}::uuid and left_column_id = ${columnId}::uuid`),
  );
  const shown = renumbered.filter(({ open }) => open).map((row) => ({ taskId: row.taskId, rank: row.rank }));
  announce(tx, actor, { type: "column.reranked", data: { columnId, ranks: shown } });
  return own;
}

export function isBetween(rank: string, { before, after }: Gap): boolean {
  return (before === null || before < rank) && (after === null || rank < after);
}
