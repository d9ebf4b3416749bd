import { type SQL, sql } from "drizzle-orm";
import { uuids } from "../../../db/columns.ts";
import type { BoardActor } from "../../core/access.ts";
import type { Tx } from "../../core/tx.ts";
import type { Luggage } from "./luggage.ts";
import type { Task } from "./tasks.contract.ts";

/** Where a task comes to stand. */
export interface Arrival extends Luggage {
  readonly columnId: string;
  readonly rank: string;
  readonly number: number;
  readonly projectId: string;
  /** Of the event to come on that board. */
  readonly version: number;
  /** Of all who are about the task those who see the board. */
  readonly seenBy: readonly string[];
}

/**
 * Takes a task to another board: what hangs on it by keys of its board goes along by these. What was its board's alone is
 * taken off it first. Texts of comments leave the log of the board with them, as their histories do.
 */
export function saveBoardMove(tx: Tx, there: BoardActor, task: Task, arrival: Arrival): void {
  const send = (statement: SQL) => tx.send(tx.db.execute(statement));
  const here = sql`org_id = ${there.orgId}::uuid and board_id = ${task.boardId}::uuid and task_id = ${task.id}::uuid`;
  const { version, seenBy } = arrival;
  send(sql`delete from task_label where ${here}`);
  // It leaves its milestone and sprint, which are those of the project that it comes from.
  send(sql`delete from task_plan where ${here}`);
  send(sql`delete from task_assignee where ${here} and user_id <> all(${uuids(arrival.assigneeIds)})`);
  send(sql`update check_item set assignee_id = null where ${here} and assignee_id <> all(${uuids(seenBy)})`);
  send(meetEverybody(there, task, seenBy));
  send(sql`update event e set data = jsonb_set(e.data, '{comment,text}', '""') from comment c
    where c.org_id = ${there.orgId}::uuid and c.board_id = ${task.boardId}::uuid and c.task_id = ${task.id}::uuid
      and e.stream_id = c.board_id and e.version = any(c.text_versions)`);
  send(saveTask(tx, there, task, arrival));
  send(sql`insert into task_label (org_id, board_id, task_id, label_id)
    select ${there.orgId}::uuid, ${there.boardId}::uuid, ${task.id}::uuid, l from unnest(${uuids(arrival.labelIds)}) l`);
  const now = sql`org_id = ${there.orgId}::uuid and board_id = ${there.boardId}::uuid and task_id = ${task.id}::uuid`;
  send(sql`update checklist set version = ${version}::bigint, external_id = null where ${now}`);
  send(sql`update check_item set version = ${version}::bigint, external_id = null where ${now}`);
  send(sql`update attachment set version = ${version}::bigint where ${now}`);
  send(sql`update comment set version = ${version}::bigint, external_id = null, text_versions = '{}', imported_text = null
    where ${now}`);
  // Their order is that of versions, and what comes is behind them.
  send(sql`update comment_reaction r set version = n.version
    from (select x.comment_id, x.user_id, x.emoji,
        row_number() over (order by x.version) - count(*) over () as version
      from comment_reaction x join comment c on c.board_id = x.board_id and c.id = x.comment_id
      where x.board_id = ${there.boardId}::uuid and c.task_id = ${task.id}::uuid) n
    where r.board_id = ${there.boardId}::uuid and r.comment_id = n.comment_id and r.user_id = n.user_id and r.emoji = n.emoji`);
}

/** The board knows from then on who is assigned to something of the task, and who has to do with its comments. */
function meetEverybody({ orgId, boardId }: BoardActor, task: Task, seenBy: readonly string[]): SQL {
  const comments = sql`comment c where c.org_id = ${orgId}::uuid and c.board_id = ${task.boardId}::uuid and c.task_id = ${task.id}::uuid`;
  return sql`
    insert into board_member (org_id, board_id, user_id, role)
    select ${orgId}::uuid, ${boardId}::uuid, x.id, null::text from (
      select unnest(${uuids(seenBy)}) as id
      union select c.author_id from ${comments} and c.author_id is not null
      union select unnest(c.mention_ids) from ${comments}
      union select r.user_id from comment_reaction r where r.board_id = ${task.boardId}::uuid
        and r.comment_id in (select c.id from ${comments})) x
    on conflict do nothing`;
}

/** Versions of its fields were those of the board that it leaves. */
function saveTask(tx: Tx, { orgId, boardId }: BoardActor, task: Task, arrival: Arrival): SQL {
  const { version, columnId, rank, number, projectId, fields } = arrival;
  return sql`
    update task t set board_id = ${boardId}::uuid, project_id = ${projectId}::uuid, column_id = ${columnId}::uuid,
      rank = ${rank}, number = ${number}::int, left_column_id = null, left_rank = null, parent_id = null,
      fields = ${JSON.stringify(fields)}::text::jsonb, field_versions = jsonb_build_object('*', ${version}::bigint),
      external_id = null, completed_at = case when c.state_group = 'completed'
        then coalesce(t.completed_at, ${tx.now.toISOString()}::timestamptz) end, version = ${version}::bigint, updated_at = ${tx.now.toISOString()}::timestamptz
    from board_column c where c.id = ${columnId}::uuid
      and t.org_id = ${orgId}::uuid and t.board_id = ${task.boardId}::uuid and t.id = ${task.id}::uuid`;
}

/** A number that a task leaves stays its own; one that it had in the project where it goes is its number again. */
export function saveFormerNumber(
  tx: Tx,
  { orgId, boardId }: BoardActor,
  { task, projectId, toProjectId, number }: { task: Task; projectId: string; toProjectId: string; number: number },
): void {
  tx.send(
    tx.db.execute(sql`
      delete from former_number where org_id = ${orgId}::uuid and project_id = ${toProjectId}::uuid
        and number = ${number}::int and task_id = ${task.id}::uuid`),
  );
  tx.send(
    tx.db.execute(sql`
      insert into former_number (org_id, project_id, number, board_id, task_id)
      values (${orgId}::uuid, ${projectId}::uuid, ${task.number}::int, ${boardId}::uuid, ${task.id}::uuid)`),
  );
}
