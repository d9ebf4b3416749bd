import { sql, type SQL } from "drizzle-orm";
import type { BoardActor } from "../../core/access.ts";
import { freshRanks, RANK_LIMIT, rankBetween } from "../../core/rank.ts";
import { announce, type Tx } from "../../core/write.ts";

/** Between which ranks something goes; null is an open end. */
export interface Gap {
  readonly before: string | null;
  readonly after: string | null;
}

/**
 * Where a task goes in a column, as SQL for one row `{seen, before, after}`. `after` null: first; undefined: last. An
 * anchor that was archived or has left the column counts as the place that it had there, else as last; `seen` is false
 * only for an id that was never on this board.
 */
export function taskGap(place: {
  boardId: string;
  columnId: string;
  after: string | null | undefined;
  moving: string | null;
}): SQL {
  const others = sql`select x.rank from task x where x.column_id = ${place.columnId}::uuid and x.state = 'open'
    and x.id is distinct from ${place.moving}::uuid`;
  const last = sql`(${others} order by x.rank desc limit 1)`;
  const next = (floor: SQL) => sql`(${others} and x.rank > ${floor} order by x.rank limit 1)`;
  if (place.after === undefined) return sql`(select true as seen, ${last} as before, null::text as after)`;
  if (place.after === null) return sql`(select true as seen, null::text as before, ${next(sql`''`)} as after)`;
  return sql`(
    select anchor.rank is not null as seen, coalesce(spot.rank, ${last}) as before, ${next(sql`spot.rank`)} as after
    from (select 1) as once
    left join (select x.rank, x.column_id, x.left_column_id, x.left_rank from task x
      where x.board_id = ${place.boardId}::uuid and x.id = ${place.after}::uuid) anchor on true
    left join lateral (select case when anchor.column_id = ${place.columnId}::uuid then anchor.rank
      when anchor.left_column_id = ${place.columnId}::uuid then anchor.left_rank end as rank) spot on true)`;
}

/**
 * The rank for a gap in a column. A rank that grew past its limit renumbers the column's tasks in this transaction,
 * with one `column.reranked` for the open ones; archived ones keep their places between them, behind the open one that
 * may have taken the same.
 */
export async function rankInColumn(
  tx: Tx,
  actor: BoardActor,
  columnId: string,
  gap: Gap,
  moving: string | null,
): Promise<string> {
  const rank = rankBetween(gap.before, gap.after);
  if (rank.length <= RANK_LIMIT) return rank;
  const rows = await tx.db.execute<{ id: string; rank: string; open: boolean }>(sql`
    select id, rank, state = 'open' as open from task
    where org_id = ${actor.orgId}::uuid and column_id = ${columnId}::uuid and id is distinct from ${moving}::uuid
    order by rank, state = 'archived', id`);
  const ranks = freshRanks(rows.length + 1);
  const at = rows.filter((row) => gap.before !== null && row.rank <= gap.before).length;
  const own = ranks.splice(at, 1)[0];
  if (own === undefined) throw new Error("one rank more was made than there are tasks");
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
