import { type SQL, sql } from "drizzle-orm";
import { uuids, words } from "../../../db/columns.ts";
import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { tidy, type TransactionServices } from "../../core/transaction.ts";
import { announce, type Tx } from "../../core/tx.ts";
import { recountBlockers, recountElsewhere } from "./blockers.service.ts";
import type { BulkDone, TasksTarget } from "./bulk.contract.ts";
import { leaveParts } from "./parts.service.ts";
import { TRASH_DAYS } from "./trash.service.ts";

/**
 * Deletes tasks in the trash for good, with all that is on them, and their texts in the log. Announces `tasks.purged`, and
 * `tasks.updated` and `task.blockers-counted` of those that were parts of them, or blocked by them.
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
  const here = sql`org_id = ${orgId}::uuid and board_id = ${boardId}::uuid`;
  const meant = sql`any(${uuids(taskIds)})`;
  const [trashed, parts, blocked] = await Promise.all([
    tx.db.execute<{ id: string }>(sql`select id from task where ${here} and state = 'trashed' and id = ${meant}`),
    tx.db.execute<{ id: string; parentId: string }>(sql`
      select id, parent_id as "parentId" from task where ${here} and parent_id = ${meant} order by id`),
    tx.db.execute<{ boardId: string; id: string; by: string }>(sql`
      select r.to_board_id as "boardId", r.to_task_id as id, r.from_task_id as by from task_relation r
      where r.org_id = ${orgId}::uuid and r.from_task_id = ${meant} and r.kind = 'blocks'`),
  ]);
  const gone = new Set(trashed.map(({ id }) => id));
  if (gone.size === 0) return 0;
  const actor = { userId, boardId };
  announce(tx, actor, { type: "tasks.purged", data: { taskIds: [...gone] } });
  leaveParts(
    tx,
    actor,
    parts.filter(({ id, parentId }) => gone.has(parentId) && !gone.has(id)).map(({ id }) => id),
  );
  const ids = uuids([...gone]);
  tx.send(tx.db.execute(sql`delete from task where ${here} and id = any(${ids})`));
  // What they said goes from the log, too; that there was something stays.
  tx.send(tx.db.execute(withoutWords(boardId, [...gone])));
  const left = blocked.filter(({ id, by }) => gone.has(by) && !gone.has(id));
  await unblock(tx, { orgId, ...actor }, left);
  return gone.size;
}

/** Takes what tasks said from the log of their board, and of the boards that they came from. */
function withoutWords(boardId: string, taskIds: readonly string[]): SQL {
  const said = words(taskIds);
  return sql`
    with recursive place(board_id, task_id) as (
      select ${boardId}::uuid, x from unnest(${said}) x
      union select (e.data->>'fromBoardId')::uuid, p.task_id from place p
        join event e on e.stream_id = p.board_id and e.type = 'task.arrived' and e.data->'task'->>'id' = p.task_id)
    update event e set data = wordless(e.data, ${said}), replaced = null
    where e.stream_id in (select board_id from place) and (wordless(e.data, ${said}) <> e.data
      or (e.replaced is not null and e.data->>'taskId' = any(${said})))`;
}

async function unblock(
  tx: Tx,
  { orgId, boardId, userId }: { orgId: string; boardId: string; userId: string },
  blocked: readonly { readonly boardId: string; readonly id: string }[],
): Promise<void> {
  const here = blocked.filter((task) => task.boardId === boardId).map(({ id }) => id);
  const counts = here.length > 0 ? await recountBlockers(tx, { orgId, boardId, taskIds: here }) : [];
  for (const counted of counts) {
    announce(tx, { userId, boardId }, { type: "task.blockers-counted", data: counted });
  }
  recountElsewhere(
    tx,
    blocked.filter((task) => task.boardId !== boardId).map((task) => task.boardId),
  );
}
