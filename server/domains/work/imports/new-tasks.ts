import { sql } from "drizzle-orm";
import { uuids } from "../../../../db/columns.ts";
import type { Tx } from "../../../core/tx.ts";
import type { Board } from "../boards.contract.ts";
import type { Task } from "../tasks.contract.ts";

/** Where an import writes, in whose name, and the version of its one event, with which everything is saved. */
export interface ImportPlace {
  readonly tx: Tx;
  readonly actor: { readonly userId: string };
  readonly board: Board;
  readonly version: number;
}

/** A task of an import as it is written. */
export interface NewTask extends Pick<
  Task,
  | "id"
  | "columnId"
  | "number"
  | "rank"
  | "title"
  | "description"
  | "priority"
  | "startAt"
  | "startOn"
  | "dueAt"
  | "dueOn"
  | "timeZone"
  | "estimate"
  | "coverColor"
  | "fields"
  | "commentCount"
  | "assigneeIds"
  | "assigneeNames"
  | "labelIds"
  | "state"
  | "createdAt"
  | "updatedAt"
> {
  readonly externalId: string;
  /** When it was done, if it stands where what is done stands; null: nobody knows, so when it was made. */
  readonly completedAt: string | null;
}

/** The next numbers of the project, whose row this transaction holds from here on. Answers the first. */
export async function takeNumbers(
  tx: Tx,
  { orgId, projectId }: Pick<Board, "orgId" | "projectId">,
  count: number,
): Promise<number> {
  const [row] = await tx.db.execute<{ first: number }>(sql`
    update project set next_number = next_number + ${count}::int
    where org_id = ${orgId}::uuid and id = ${projectId}::uuid
    returning next_number - ${count}::int as first`);
  if (!row) throw new Error("a project is there while one of its boards is");
  return row.first;
}

/** Nothing of it is in the future, and no change before its beginning. */
export function pastOf(
  now: string,
  { createdAt, updatedAt, completedAt }: Record<"createdAt" | "updatedAt" | "completedAt", string | null>,
): Pick<NewTask, "createdAt" | "updatedAt" | "completedAt"> {
  const past = (at: string | null) => (at !== null && at < now ? at : now);
  const [made, changed] = [past(createdAt), past(updatedAt)];
  return {
    createdAt: made,
    updatedAt: changed < made ? made : changed,
    completedAt: completedAt === null || completedAt < made ? null : past(completedAt),
  };
}

/** Makes people known to the board, as those are who are assigned to something of it or have written there. */
export function meetPeople({ tx, board }: ImportPlace, userIds: Iterable<string>): PromiseLike<unknown> {
  return tx.db.execute(sql`
    insert into board_member (org_id, board_id, user_id, role)
    select ${board.orgId}::uuid, ${board.id}::uuid, id, null from unnest(${uuids([...new Set(userIds)])}) as id
    on conflict do nothing`);
}

/** Writes tasks with their labels and people, who are known to the board then. To be awaited: it holds all their texts. */
export async function insertTasks(place: ImportPlace, tasks: readonly NewTask[]): Promise<void> {
  if (tasks.length === 0) return;
  const { tx, actor, board, version } = place;
  const { db } = tx;
  const boardId = sql`${board.id}::uuid`;
  const assigned = tasks.flatMap(({ id, assigneeIds }) => assigneeIds.map((userId) => ({ id, userId })));
  const labelled = tasks.flatMap(({ id, labelIds }) => labelIds.map((labelId) => ({ id, labelId })));
  await Promise.all([
    db.execute(sql`
      insert into task (id, org_id, project_id, board_id, column_id, number, rank, title, description, priority, start_at,
        start_on, due_at, due_on, time_zone, estimate, cover_color, fields, field_versions, assignee_names, comment_count,
        state, version, external_id, completed_at, created_by, created_at, updated_at)
      select n.id, ${board.orgId}::uuid, ${board.projectId}::uuid, ${boardId}, n."columnId", n.number, n.rank, n.title,
        n.description, n.priority, n."startAt", n."startOn", n."dueAt", n."dueOn", n."timeZone", n.estimate,
        n."coverColor", n.fields, '{}'::jsonb, array(select json_array_elements_text(n."assigneeNames")),
        n."commentCount", n.state, ${version}::bigint, n."externalId",
        case when c.state_group = 'completed' then coalesce(n."completedAt", n."createdAt") end, ${actor.userId}::uuid,
        n."createdAt", n."updatedAt"
      from json_to_recordset(${JSON.stringify(tasks)}::json) as n(id uuid, "columnId" uuid, number int, rank text,
        title text, description text, priority text, "startAt" timestamptz, "startOn" date, "dueAt" timestamptz,
        "dueOn" date, "timeZone" text, estimate numeric, "coverColor" text, fields jsonb, "assigneeNames" json,
        "commentCount" int, state text, "externalId" text, "completedAt" timestamptz, "createdAt" timestamptz,
        "updatedAt" timestamptz) join board_column c on c.id = n."columnId"`),
    meetPeople(
      place,
      assigned.map(({ userId }) => userId),
    ),
    db.execute(sql`
      insert into task_assignee (org_id, board_id, task_id, user_id)
      select ${board.orgId}::uuid, ${boardId}, n.id, n."userId"
      from json_to_recordset(${JSON.stringify(assigned)}::json) as n(id uuid, "userId" uuid)`),
    db.execute(sql`
      insert into task_label (org_id, board_id, task_id, label_id)
      select ${board.orgId}::uuid, ${boardId}, n.id, n."labelId"
      from json_to_recordset(${JSON.stringify(labelled)}::json) as n(id uuid, "labelId" uuid)`),
  ]);
}
