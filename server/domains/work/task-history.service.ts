import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { boardService } from "./board-service.ts";
import type { RestoreDescription, TaskDescription, TaskHistory, TaskHistoryPage } from "./task-history.contract.ts";
import { requireOpen } from "./task-grounds.ts";
import type { Task } from "./tasks.contract.ts";
import { updateTask } from "./tasks.service.ts";

/** Where a list goes on: before this version. */
const ListKey = z.tuple([z.int()]);

/**
 * The texts that a task's description had, newest first, from the events of its board. An import announces none: its
 * text is not among them. Fails: TASK_NOT_FOUND.
 */
export async function listHistory(db: Db, actor: BoardActor, input: TaskHistory): Promise<TaskHistoryPage> {
  const before = decodeCursor(ListKey, input.cursor)?.[0] ?? Number.MAX_SAFE_INTEGER;
  const [board, task] = [sql`${actor.boardId}::uuid`, sql`${input.taskId}::uuid`];
  const [found] = await db.execute<{ texts: TaskDescription[] }>(sql`
    select coalesce((
      select json_agg(json_build_object('version', e.version, 'at', iso(e.at), 'userId', e.actor_id,
        'userName', case when u.disabled_at is null then coalesce(u.name, '') else '' end,
        'description', e.data->>'description') order by e.version desc)
      from description_versions(${board}, ${task}, ${before}::bigint, ${input.limit + 1}::int) v(version)
      join event e on e.stream_id = ${board} and e.version = v.version
      left join app_user u on u.id = e.actor_id), '[]'::json) as texts
    from task t where t.org_id = ${actor.orgId}::uuid and t.board_id = ${board} and t.id = ${task}`);
  if (!found) throw new AppError("TASK_NOT_FOUND");
  return toPage(found.texts, input.limit, ({ version }) => [version]);
}

/**
 * Gives a task a description that it had. Announces `task.updated`, and nothing when it has it.
 * Fails: TASK_NOT_FOUND, TASK_ARCHIVED, DESCRIPTION_NOT_FOUND.
 */
export const restoreDescription = boardService<RestoreDescription, Task>(
  ({ taskId, version }) => ({ tasks: [taskId], descriptions: [{ taskId, version }] }),
  (picture, actor, { taskId, version }) => {
    requireOpen(picture, actor, taskId);
    const description = picture.description(actor.boardId, taskId, version);
    if (description === undefined) throw new AppError("DESCRIPTION_NOT_FOUND");
    return updateTask.run(picture.tx, actor, { boardId: actor.boardId, taskId, description });
  },
);
