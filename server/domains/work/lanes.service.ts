import { sql } from "drizzle-orm";
import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { announce, type Tx } from "../../core/tx.ts";
import { Id } from "../../fields.contract.ts";
import type { BoardLanes, LaneBy, SetLanes } from "./lanes.contract.ts";

/**
 * Says by what the tasks of a board stand in lanes, for everybody who looks at it. Announces `board.lanes-set`, and
 * nothing when it was so. Fails: FIELD_NOT_FOUND.
 */
export async function setLanes(tx: Tx, actor: BoardActor, { laneBy }: SetLanes): Promise<BoardLanes> {
  const isField = Id.safeParse(laneBy).success;
  const [row] = await tx.db.execute<{ before: LaneBy | null; isThere: boolean }>(sql`
    select b.lane_by as before, exists (select from task_field f where f.org_id = b.org_id and f.project_id = b.project_id
      and f.state = 'open' and f.id = ${isField ? laneBy : null}::uuid) as "isThere"
    from board b where b.org_id = ${actor.orgId}::uuid and b.id = ${actor.boardId}::uuid`);
  if (!row) throw new AppError("BOARD_NOT_FOUND");
  if (row.before === laneBy) return { laneBy };
  if (isField && !row.isThere) throw new AppError("FIELD_NOT_FOUND");
  tx.send(
    tx.db.execute(sql`
      update board set lane_by = ${laneBy} where org_id = ${actor.orgId}::uuid and id = ${actor.boardId}::uuid`),
  );
  announce(tx, actor, { type: "board.lanes-set", data: { laneBy } });
  return { laneBy };
}
