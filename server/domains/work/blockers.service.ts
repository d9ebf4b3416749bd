import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { uuids } from "../../../db/columns.ts";
import type { AppServices } from "../../core/context.ts";
import { type JobKind, type Worker, worker } from "../../core/jobs.ts";
import { tidy } from "../../core/transaction.ts";
import { announce, type Tx } from "../../core/tx.ts";
import { Id } from "../../fields.contract.ts";
import type { Blocked } from "./relations.contract.ts";

const RecountBlockers = z.strictObject({ boardId: Id });
/**
 * What blocks tasks of a board from other boards may have been done, or is open again. Their boards are not locked
 * together: the change of one commits with this job, which counts on the other.
 */
const RECOUNT_BLOCKERS: JobKind<z.infer<typeof RecountBlockers>> = {
  name: "blockers.recount",
  payload: RecountBlockers,
  retries: 20,
  firstRetrySeconds: 1,
  longestRetrySeconds: 600,
  timeoutSeconds: 60,
};

/** Tasks that block something on other boards may be done now, or open again. */
export function recountElsewhere(tx: Tx, boardIds: readonly string[]): void {
  for (const boardId of boardIds) tx.later(RECOUNT_BLOCKERS, { boardId });
}

/** The boards on which the tasks of a board block something, but for itself. */
export function blockedBoards(boardId: SQL): SQL {
  return sql`(select coalesce(json_agg(distinct x), '[]'::json) from task t, unnest(t.blocks_on_boards) x
    where t.board_id = ${boardId} and t.blocks_on_boards <> '{}')`;
}

export function blockersWorker(app: AppServices): Worker {
  return worker(RECOUNT_BLOCKERS, ({ boardId }) => recountBoard(app, boardId));
}

/** Counts for the tasks of a board what blocks them elsewhere. Announces `task.blockers-counted` of those that have another count. */
async function recountBoard(app: AppServices, boardId: string): Promise<void> {
  const [found] = await app.db.within({ streamId: boardId }).execute<{ orgId: string; signedBy: string }>(sql`
    select r.org_id as "orgId", r.created_by as "signedBy" from task_relation r
    where ${fromElsewhere(boardId)} order by r.id limit 1`);
  // Those that are not related any more were counted when they ceased to be.
  const [counted] = await app.db.within({ streamId: boardId }).execute<{ orgId: string; signedBy: string }>(sql`
    select t.org_id as "orgId", t.created_by as "signedBy" from task t
    where t.board_id = ${boardId}::uuid and t.blockers_elsewhere > 0 order by t.id limit 1`);
  const { orgId, signedBy } = found ?? counted ?? {};
  if (orgId === undefined || signedBy === undefined) return;
  await tidy(app, { orgId, streamIds: [boardId], signedBy }, async (tx, { userId }) => {
    const rows = await tx.db.execute<{ id: string }>(sql`
      select r.to_task_id as id from task_relation r where ${fromElsewhere(boardId)}
      union select t.id from task t where t.org_id = ${orgId}::uuid and t.board_id = ${boardId}::uuid
        and t.blockers_elsewhere > 0`);
    const taskIds = rows.map(({ id }) => id);
    for (const blocked of await recountBlockers(tx, { orgId, boardId, taskIds })) {
      announce(tx, { userId, boardId }, { type: "task.blockers-counted", data: blocked });
    }
  });
}

function fromElsewhere(boardId: string): SQL {
  return sql`r.kind = 'blocks' and r.to_board_id = ${boardId}::uuid and r.from_board_id <> r.to_board_id`;
}

/** Writes what blocks tasks of a board, whose stream is held; answers those of which it is another than it was. */
export async function recountBlockers(
  tx: Tx,
  { orgId, boardId, taskIds }: { orgId: string; boardId: string; taskIds: readonly string[] },
): Promise<readonly Blocked[]> {
  const rows = await tx.db.execute<{ blocked: Blocked }>(sql`
    update task t set blocker_ids = n.ids, blockers_elsewhere = n.elsewhere
    from (select w.id,
        array(select r.from_task_id from task_relation r where r.org_id = ${orgId}::uuid and r.to_task_id = w.id
          and r.kind = 'blocks' and r.from_board_id = ${boardId}::uuid order by 1) as ids,
        (select count(*)::int from task_relation r
          join task o on o.org_id = r.org_id and o.id = r.from_task_id and o.state = 'open'
          join board_column c on c.id = o.column_id and c.state = 'open'
            and c.state_group not in ('completed', 'cancelled')
          join board b on b.id = o.board_id and b.state = 'open'
          where r.org_id = ${orgId}::uuid and r.to_task_id = w.id and r.kind = 'blocks'
            and r.from_board_id <> ${boardId}::uuid) as elsewhere
      from unnest(${uuids(taskIds)}) w(id)) n
    where t.org_id = ${orgId}::uuid and t.board_id = ${boardId}::uuid and t.id = n.id
      and (t.blocker_ids <> n.ids or t.blockers_elsewhere <> n.elsewhere)
    returning json_build_object('taskId', t.id, 'blockerIds', to_json(t.blocker_ids),
      'blockersElsewhere', t.blockers_elsewhere) as blocked`);
  return rows.map(({ blocked }) => blocked);
}
