import { sql } from "drizzle-orm";
import { uuids, words } from "../../../db/columns.ts";
import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { tidy, type TransactionServices } from "../../core/transaction.ts";
import { announce, type Tx } from "../../core/tx.ts";
import { recountBlockers, recountElsewhere } from "./blockers.service.ts";
import type { BulkDone, TasksTarget } from "./bulk.contract.ts";
import { TRASH_DAYS } from "./trash.service.ts";

/**
 * Deletes tasks in the trash for good, with all that is on them, and their texts in the log. Announces `tasks.purged`.
 * Fails: TASK_NOT_FOUND, for one that is not in the trash.
 */
export async function purgeTasks(tx: Tx, actor: BoardActor, { taskIds }: TasksTarget): Promise<BulkDone> {
  const purged = await purge(tx, actor, taskIds);
  if (purged < taskIds.length) throw new AppError("TASK_NOT_FOUND");
  return { changed: purged, version: tx.nextVersion(actor.boardId) - 1 };
}

/** How many boards are looked at at once, and how many tasks of each. */
const BOARDS_PER_PAGE = 100;
const TASKS_PER_BOARD = 1_000;

/** Deletes for good what has been in the trash for 30 days, board by board, signed by who put it there. */
export async function purgeOldTrash(services: TransactionServices): Promise<void> {
  const before = new Date(services.clock.now().getTime() - TRASH_DAYS * 86_400_000).toISOString();
  let page: readonly Expired[];
  do {
    page = await services.db.execute<Expired>(sql`
      select x.org_id as "orgId", x.board_id as "boardId", x.trashed_by as "signedBy"
      from expired_trash(${before}::timestamptz, ${BOARDS_PER_PAGE}::int) x`);
    for (const { orgId, boardId, signedBy } of page) {
      await tidy(services, { orgId, streamIds: [boardId], signedBy }, async (tx, { userId }) => {
        const rows = await tx.db.execute<{ id: string }>(sql`
          select id from task where org_id = ${orgId}::uuid and board_id = ${boardId}::uuid and state = 'trashed'
            and trashed_at < ${before}::timestamptz order by id limit ${TASKS_PER_BOARD}::int`);
        const taskIds = rows.map(({ id }) => id);
        if (taskIds.length > 0) await purge(tx, { orgId, boardId, userId }, taskIds);
      });
    }
  } while (page.length > 0);
}

interface Expired extends Record<string, unknown> {
  orgId: string;
  boardId: string;
  signedBy: string;
}

/** Answers how many of these tasks were in the trash, and are gone. */
async function purge(
  tx: Tx,
  { orgId, boardId, userId }: Pick<BoardActor, "orgId" | "boardId" | "userId">,
  taskIds: readonly string[],
): Promise<number> {
  const [blocked, gone] = await Promise.all([
    tx.db.execute<{ boardId: string; id: string }>(sql`
      select r.to_board_id as "boardId", r.to_task_id as id from task_relation r
      where r.org_id = ${orgId}::uuid and r.from_task_id = any(${uuids(taskIds)}) and r.kind = 'blocks'
        and r.to_task_id <> all(${uuids(taskIds)})`),
    tx.db.execute<{ id: string }>(sql`
      delete from task where org_id = ${orgId}::uuid and board_id = ${boardId}::uuid and state = 'trashed'
        and id = any(${uuids(taskIds)}) returning id`),
  ]);
  const ids = gone.map(({ id }) => id);
  if (ids.length === 0) return 0;
  announce(tx, { userId, boardId }, { type: "tasks.purged", data: { taskIds: ids } });
  const here = blocked.filter((task) => task.boardId === boardId).map(({ id }) => id);
  const counts = here.length > 0 ? await recountBlockers(tx, { orgId, boardId, taskIds: here }) : [];
  for (const counted of counts) {
    announce(tx, { userId, boardId }, { type: "task.blockers-counted", data: counted });
  }
  recountElsewhere(
    tx,
    blocked.filter((task) => task.boardId !== boardId).map((task) => task.boardId),
  );
  // What they said goes from the log, too; that there was something stays.
  tx.send(
    tx.db.execute(sql`
      update event e set data = wordless(e.data, ${words(ids)}), replaced = null
      where e.stream_id = ${boardId}::uuid and (wordless(e.data, ${words(ids)}) <> e.data
        or (e.replaced is not null and e.data->>'taskId' = any(${words(ids)})))`),
  );
  return ids.length;
}
