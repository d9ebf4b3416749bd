import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { uuids } from "../../../db/columns.ts";
import type { OrgActor } from "../../core/access.ts";
import { requireLocked } from "../../core/event-log.ts";
import { announce, type Tx } from "../../core/write.ts";

/** The boards of an organisation that are shared with somebody, for its members. None for anybody else. */
export async function boardsSharedWith(
  db: Db,
  caller: { userId: string; orgId: string },
  userId: string,
): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    select bm.board_id as id from board_member bm
    join membership m on m.org_id = bm.org_id and m.user_id = ${caller.userId}::uuid
    where bm.org_id = ${caller.orgId}::uuid and bm.user_id = ${userId}::uuid and bm.role is not null`);
  return rows.map(({ id }) => id);
}

/**
 * Ends the shares that somebody has of an organisation's boards; boards where they are assigned go on knowing them.
 * Runs under the locks of those boards' streams. Announces `board.unshared` on each.
 */
export async function endShares(tx: Tx, actor: OrgActor, person: { userId: string; name: string }): Promise<void> {
  const { userId, name } = person;
  const shares = await tx.db.execute<{ boardId: string; isAssigned: boolean }>(sql`
    select bm.board_id as "boardId", exists (select 1 from task_assignee a
      where a.board_id = bm.board_id and a.user_id = bm.user_id) as "isAssigned"
    from board_member bm
    where bm.org_id = ${actor.orgId}::uuid and bm.user_id = ${userId}::uuid and bm.role is not null
    order by bm.board_id`);
  const kept = shares.filter(({ isAssigned }) => isAssigned).map(({ boardId }) => boardId);
  const gone = shares.filter(({ isAssigned }) => !isAssigned).map(({ boardId }) => boardId);
  requireLocked(tx.streams, [...kept, ...gone]);
  tx.send(
    tx.db.execute(sql`
    update board_member set role = null
    where org_id = ${actor.orgId}::uuid and user_id = ${userId}::uuid and board_id = any(${uuids(kept)})`),
  );
  tx.send(
    tx.db.execute(sql`
    delete from board_member
    where org_id = ${actor.orgId}::uuid and user_id = ${userId}::uuid and board_id = any(${uuids(gone)})`),
  );
  for (const { boardId, isAssigned } of shares) {
    const member = isAssigned ? { userId, name, role: null } : null;
    announce(tx, { ...actor, boardId }, { type: "board.unshared", data: { userId, member } });
  }
}
