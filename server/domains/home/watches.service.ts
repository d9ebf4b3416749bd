import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import { type BoardActor, type OrgActor, requireBoardActor, requireOrgActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { announceToInbox, type Tx, type UserActor } from "../../core/tx.ts";
import { Id, line } from "../../fields.contract.ts";
import { getTask } from "../work/tasks.service.ts";
import type {
  ListWatchers,
  ListWatches,
  SetWatch,
  Watch,
  WatcherPage,
  WatchPage,
  WatchSubject,
} from "./watches.contract.ts";

/** How much somebody may say about what they want to hear, in an organisation. */
const MOST_WATCHES = 50_000;

/**
 * Says what the caller wants to hear of something that they see. Runs under the lock of their inbox, and enters the
 * organisation of what it is about. Announces `watch.changed`, and nothing when it is so already.
 * Fails: BOARD_NOT_FOUND, TASK_NOT_FOUND, COLUMN_NOT_FOUND, ORG_NOT_FOUND, PROJECT_NOT_FOUND, WATCHES_TOO_MANY.
 */
export async function setWatch(tx: Tx, { userId }: UserActor, { subject, level }: SetWatch): Promise<null> {
  const orgId = await requireSubject(tx, userId, subject);
  const of = sql`org_id = ${orgId}::uuid and user_id = ${userId}::uuid`;
  const ofSubject = sql`${of} and coalesce(task_id, column_id, board_id, project_id) = ${idOf(subject)}::uuid`;
  const [found] = await tx.db.execute<{ level: string; count: number }>(sql`
    select coalesce((select level from watch where ${ofSubject}), 'default') as level,
      (select count(*)::int from (select from watch where ${of} limit ${MOST_WATCHES}::int) w) as count`);
  if (found?.level === level) return null;
  if (level === "default") {
    tx.send(tx.db.execute(sql`delete from watch where ${ofSubject}`));
  } else {
    if (found?.level === "default" && found.count >= MOST_WATCHES) throw new AppError("WATCHES_TOO_MANY");
    // Who comes to be about a task at this moment watches it: what is said by hand takes the place of that.
    tx.send(
      tx.db.execute(sql`
        insert into watch (id, org_id, user_id, project_id, board_id, column_id, task_id, level, created_at)
        values (${newId()}::uuid, ${orgId}::uuid, ${userId}::uuid, ${partOf(subject, "projectId")},
          ${partOf(subject, "boardId")}, ${partOf(subject, "columnId")}, ${partOf(subject, "taskId")}, ${level},
          ${tx.now.toISOString()}::timestamptz)
        on conflict (user_id, (coalesce(task_id, column_id, board_id, project_id))) do update set level = excluded.level`),
    );
  }
  announceToInbox(tx, { userId, inboxId: userId }, { type: "watch.changed", data: { subject, level } });
  return null;
}

/** The organisation of what somebody may see. Enters it. */
export async function requireSubject(tx: Tx, userId: string, subject: WatchSubject): Promise<string> {
  if (subject.kind === "project") {
    const { orgId, projectId } = subject;
    tx.enter({ orgId, userId });
    await requireOrgActor(tx.db, { userId, orgId, key: undefined }, "project:list");
    await requireRow(
      tx.db,
      sql`project where org_id = ${orgId}::uuid and id = ${projectId}::uuid`,
      "PROJECT_NOT_FOUND",
    );
    return orgId;
  }
  const { boardId } = subject;
  tx.enter({ streamId: boardId, userId });
  const { orgId } = await requireBoardActor(tx.db, { userId, boardId, key: undefined }, "task:read");
  tx.enter({ orgId, userId });
  const at = sql`where org_id = ${orgId}::uuid and board_id = ${boardId}::uuid and id = ${idOf(subject)}::uuid`;
  if (subject.kind === "task") await requireRow(tx.db, sql`task ${at}`, "TASK_NOT_FOUND");
  if (subject.kind === "column") await requireRow(tx.db, sql`board_column ${at}`, "COLUMN_NOT_FOUND");
  return orgId;
}

async function requireRow(db: Db, from: SQL, kind: "TASK_NOT_FOUND" | "COLUMN_NOT_FOUND" | "PROJECT_NOT_FOUND") {
  const rows = await db.execute(sql`select from ${from}`);
  if (rows.length === 0) throw new AppError(kind);
}

function idOf(subject: WatchSubject): string {
  switch (subject.kind) {
    case "task":
      return subject.taskId;
    case "column":
      return subject.columnId;
    case "board":
      return subject.boardId;
    case "project":
      return subject.projectId;
  }
}

function partOf(subject: WatchSubject, name: "projectId" | "boardId" | "columnId" | "taskId"): SQL {
  const id: unknown = Reflect.get(subject, name);
  return sql`${typeof id === "string" ? id : null}::uuid`;
}

/** The one way rows (`watch w`) become a `Watch`. */
export const watchJson = sql`json_build_object('id', w.id, 'level', w.level, 'createdAt', iso(w.created_at), 'subject', case
  when w.project_id is not null then json_build_object('kind', 'project', 'orgId', w.org_id, 'projectId', w.project_id)
  when w.task_id is not null then json_build_object('kind', 'task', 'boardId', w.board_id, 'taskId', w.task_id)
  when w.column_id is not null then json_build_object('kind', 'column', 'boardId', w.board_id, 'columnId', w.column_id)
  else json_build_object('kind', 'board', 'boardId', w.board_id) end)`;

/** What the caller has said, or watches by itself, in an organisation; newest first. */
export async function listWatches(db: Db, actor: OrgActor, input: ListWatches): Promise<WatchPage> {
  const before = decodeCursor(z.tuple([Id]), input.cursor)?.[0] ?? null;
  const rows = await db.execute<{ watch: Watch }>(sql`
    select ${watchJson} as watch from watch w
    where w.org_id = ${actor.orgId}::uuid and w.user_id = ${actor.userId}::uuid
      and (${before}::uuid is null or w.id < ${before}::uuid)
    order by w.id desc limit ${input.limit + 1}::int`);
  return toPage(
    rows.map(({ watch }) => watch),
    input.limit,
    ({ id }) => [id],
  );
}

/** Who watches a task, by name: of those who may see it. Fails: TASK_NOT_FOUND. */
export async function listWatchers(db: Db, actor: BoardActor, input: ListWatchers): Promise<WatcherPage> {
  const after = decodeCursor(z.tuple([line(100), Id]), input.cursor);
  const [, rows] = await Promise.all([
    getTask(db, actor, input),
    db.execute<{ userId: string; name: string }>(sql`
      select u.id as "userId", u.name from watch w
      join app_user u on u.id = w.user_id
      join board b on b.id = w.board_id
      join membership m on m.org_id = w.org_id and m.user_id = w.user_id
      left join board_member bm on bm.board_id = b.id and bm.user_id = w.user_id
      where w.org_id = ${actor.orgId}::uuid and w.board_id = ${actor.boardId}::uuid and w.task_id = ${input.taskId}::uuid
        and w.level = 'watching' and board_role(m.role, b.visibility, bm.role) is not null
        ${after ? sql`and (u.name collate "C", u.id) > (${after[0]}, ${after[1]}::uuid)` : sql``}
      order by u.name collate "C", u.id limit ${input.limit + 1}::int`),
  ]);
  return toPage([...rows], input.limit, ({ name, userId }) => [name, userId]);
}
