import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { uuids } from "../../../db/columns.ts";
import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import type { BoardMember } from "./boards.contract.ts";
import { type Gap, taskGap } from "./place.ts";
import { taskJson, taskSource } from "./rows.ts";
import type { Task } from "./tasks.contract.ts";

/** What a write on a task decides on, read in one statement under the board's lock. */
interface Grounds extends Record<string, unknown> {
  task: Task | null;
  idTaken: boolean;
  /** The task stands in an archived column, out of sight. */
  hidden: boolean;
  column: { state: string; wipLimit: number | null; open: number } | null;
  gap: ({ seen: boolean } & Gap) | null;
  labels: string[];
  people: BoardMember[];
}

export async function loadGrounds(
  db: Db,
  actor: BoardActor,
  ask: {
    taskId: string;
    columnId?: string;
    after?: string | null | undefined;
    labelIds?: readonly string[] | undefined;
    assigneeIds?: readonly string[] | undefined;
  },
): Promise<Grounds> {
  const { orgId, boardId } = actor;
  const place = { boardId, columnId: ask.columnId ?? "", after: ask.after, moving: ask.taskId };
  const column =
    ask.columnId === undefined
      ? sql`null::json`
      : sql`(
      select json_build_object('state', c.state, 'wipLimit', c.wip_limit, 'open', case when c.wip_limit is not null then (
        select count(*) from task x where x.column_id = c.id and x.state = 'open') else 0 end)
      from board_column c where c.board_id = ${boardId}::uuid and c.id = ${ask.columnId}::uuid)`;
  const gap = ask.columnId === undefined ? sql`null::json` : sql`(select row_to_json(g) from ${taskGap(place)} g)`;
  const [row] = await db.execute<Grounds>(sql`
    select
      (select ${taskJson} from ${taskSource}
        where t.org_id = ${orgId}::uuid and t.board_id = ${boardId}::uuid and t.id = ${ask.taskId}::uuid) as task,
      exists (select 1 from task x where x.id = ${ask.taskId}::uuid) as "idTaken",
      exists (select 1 from task x join board_column c on c.id = x.column_id
        where x.id = ${ask.taskId}::uuid and c.state = 'archived') as hidden,
      ${column} as column,
      ${gap} as gap,
      (select coalesce(json_agg(l.id), '[]'::json) from label l
        where l.board_id = ${boardId}::uuid and l.id = any(${uuids(ask.labelIds ?? [])})) as labels,
      (select coalesce(json_agg(json_build_object('userId', u.id, 'name', u.name, 'role', bm.role)), '[]'::json)
        from board b join membership m on m.org_id = b.org_id and m.user_id = any(${uuids(ask.assigneeIds ?? [])})
        join app_user u on u.id = m.user_id
        left join board_member bm on bm.board_id = b.id and bm.user_id = m.user_id
        where b.id = ${boardId}::uuid and board_role(m.role, b.visibility, bm.role) is not null) as people`);
  if (!row) throw new Error("a select without a table has one row");
  return row;
}

export function requireOpen({ task }: Grounds): Task {
  if (!task) throw new AppError("TASK_NOT_FOUND");
  if (task.state === "archived") throw new AppError("TASK_ARCHIVED");
  return task;
}

export function requireOpenColumn({ column }: Grounds): void {
  if (!column) throw new AppError("COLUMN_NOT_FOUND");
  if (column.state === "archived") throw new AppError("COLUMN_ARCHIVED");
}

export function requireRoom({ column }: Grounds): void {
  if (column && column.wipLimit !== null && column.open >= column.wipLimit) throw new AppError("WIP_LIMIT_REACHED");
}

export function requireGap({ gap }: Grounds): Gap {
  if (!gap?.seen) throw new AppError("TASK_NOT_FOUND", { fields: { after: "No such task was ever on this board." } });
  return gap;
}

/** Labels are the board's, and whoever is assigned can see the board. */
export function requireKnown(
  { labels, people }: Grounds,
  { labelIds, assigneeIds }: { labelIds?: string[] | undefined; assigneeIds?: string[] | undefined },
): void {
  if (labelIds?.some((id) => !labels.includes(id))) throw new AppError("LABEL_NOT_FOUND");
  const known = new Set(people.map(({ userId }) => userId));
  if (assigneeIds?.some((id) => !known.has(id))) throw new AppError("ASSIGNEE_NOT_FOUND");
}
