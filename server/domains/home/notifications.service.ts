import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import { uuids, words } from "../../../db/columns.ts";
import type { AppServices } from "../../core/context.ts";
import { AppError } from "../../core/app-error.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { announceToInbox, type Tx, type UserActor } from "../../core/tx.ts";
import { Id } from "../../fields.contract.ts";
import { POLICY } from "../../policy.ts";
import type {
  CountNotifications,
  ListNotifications,
  Notification,
  NotificationCount,
  NotificationPage,
  ReadAllNotifications,
  ReadNotifications,
  SnoozeNotifications,
} from "./notifications.contract.ts";

/** How long one is kept that was read, and one that never was. */
const KEPT_READ_MS = 90 * 86_400_000;
const KEPT_MS = 365 * 86_400_000;

/** What it takes to see what one is told of, when one looks. */
export const SEEING = sql`'task:read', ${words(POLICY["task:read"].roles)}`;

/** Of these notifications (alias `n`) those on boards that the caller sees now. */
export function onBoardsSeen(from: SQL): SQL {
  return sql`n.board_id in (select own_boards_seen(array(select distinct n.board_id from ${from}), ${SEEING}))`;
}

/** Those of the caller that are unread, and not snoozed. */
export function unread(userId: string, now: Date, orgId: string | undefined): SQL {
  return sql`notification n where n.user_id = ${userId}::uuid and n.read_at is null
    and (n.snoozed_until is null or n.snoozed_until <= ${now.toISOString()}::timestamptz)
    and (${orgId ?? null}::uuid is null or n.org_id = ${orgId ?? null}::uuid)`;
}

/** How many the caller has not read: of what they may see at this moment. */
export async function countNotifications(
  { db, userId, now }: Reader,
  { orgId }: CountNotifications,
): Promise<NotificationCount> {
  const all = unread(userId, now, orgId);
  const [row] = await db.execute<{ unread: number }>(
    sql`select count(*)::int as unread from ${all} and ${onBoardsSeen(all)}`,
  );
  return { unread: row?.unread ?? 0 };
}

/** What a row (`notification n`) says of itself: ids, and whether it was read. */
export const notificationJson = sql`json_build_object('id', n.id, 'reason', n.reason, 'type', n.type,
  'orgId', n.org_id, 'boardId', n.board_id, 'taskId', n.task_id, 'taskCount', n.task_count, 'commentId', n.comment_id, 'actorId', n.actor_id,
  'dueAt', iso(n.due_at), 'createdAt', iso(n.created_at), 'readAt', iso(n.read_at))`;

/** Who looks, by the clock of the server. */
interface Reader {
  readonly db: Db;
  readonly userId: string;
  readonly now: Date;
}

/** The caller's, newest first: of what they may see at this moment, with what it is called. */
export async function listNotifications(
  { db, userId, now }: Reader,
  input: ListNotifications,
): Promise<NotificationPage> {
  const before = decodeCursor(z.tuple([Id]), input.cursor)?.[0] ?? null;
  const all = ofState(userId, now, input);
  const rows = await db.execute<{ notification: Notification }>(sql`
    with page as materialized (
      select n.* from ${all} and (${before}::uuid is null or n.id < ${before}::uuid) and ${onBoardsSeen(all)}
      order by n.id desc limit ${input.limit + 1}::int)
    select (${notificationJson}::jsonb || jsonb_build_object('snoozedUntil', iso(n.snoozed_until),
      'boardName', t.board_name, 'taskKey', t.key, 'taskTitle', t.title)) as notification
    from page n join own_tasks_seen(array(select p.task_id from page p), ${SEEING}) t on t.id = n.task_id
    order by n.id desc`);
  return toPage(
    rows.map(({ notification }) => notification),
    input.limit,
    ({ id }) => [id],
  );
}

function ofState(userId: string, now: Date, { state, orgId }: ListNotifications): SQL {
  if (state === "unread") return unread(userId, now, orgId);
  const isSnoozed = sql`and n.read_at is null and n.snoozed_until > ${now.toISOString()}::timestamptz`;
  return sql`notification n where n.user_id = ${userId}::uuid
    and (${orgId ?? null}::uuid is null or n.org_id = ${orgId ?? null}::uuid) ${state === "snoozed" ? isSnoozed : sql``}`;
}

/** What a change makes of notifications. */
type Marks = Partial<Pick<Notification, "readAt" | "snoozedUntil">>;

/** Announces `notification.changed` for those that were unread. Fails: NOTIFICATION_NOT_FOUND. */
export async function readNotifications(tx: Tx, actor: UserActor, input: ReadNotifications): Promise<null> {
  return mark(tx, actor, input.notificationIds, { readAt: tx.now.toISOString() });
}

/** Announces `notification.changed` for those that were read. Fails: NOTIFICATION_NOT_FOUND. */
export async function unreadNotifications(tx: Tx, actor: UserActor, input: ReadNotifications): Promise<null> {
  return mark(tx, actor, input.notificationIds, { readAt: null });
}

/** Announces `notification.changed`. Fails: NOTIFICATION_NOT_FOUND. */
export async function snoozeNotifications(tx: Tx, actor: UserActor, input: SnoozeNotifications): Promise<null> {
  return mark(tx, actor, input.notificationIds, { snoozedUntil: input.until });
}

/** Under the lock of the inbox, by which notifications come, too: nobody else changes them. */
async function mark(tx: Tx, { userId }: UserActor, wanted: readonly string[], marks: Marks): Promise<null> {
  const rows = await tx.db.execute<{ id: string; readAt: string | null; snoozedUntil: string | null }>(sql`
    select id, iso(read_at) as "readAt", iso(snoozed_until) as "snoozedUntil" from notification
    where user_id = ${userId}::uuid and id = any(${uuids(wanted)})`);
  if (rows.length < new Set(wanted).size) throw new AppError("NOTIFICATION_NOT_FOUND");
  const { readAt, snoozedUntil } = marks;
  const changed = rows.filter(
    (row) =>
      (readAt !== undefined && (row.readAt === null) !== (readAt === null)) ||
      (snoozedUntil !== undefined && row.snoozedUntil !== snoozedUntil),
  );
  if (changed.length === 0) return null;
  const notificationIds = changed.map(({ id }) => id).toSorted();
  const set = [
    ...(readAt === undefined ? [] : [sql`read_at = ${readAt}::timestamptz`]),
    ...(snoozedUntil === undefined ? [] : [sql`snoozed_until = ${snoozedUntil}::timestamptz`]),
  ];
  tx.send(
    tx.db.execute(sql`
      update notification set ${sql.join(set, sql`, `)}
      where user_id = ${userId}::uuid and id = any(${uuids(notificationIds)})`),
  );
  announceToInbox(
    tx,
    { userId, inboxId: userId },
    { type: "notification.changed", data: { notificationIds, ...marks } },
  );
  return null;
}

/**
 * Reads all up to one, also what is snoozed. Announces `notification.all-read`, and nothing when there was none.
 * Fails: NOTIFICATION_NOT_FOUND.
 */
export async function readAllNotifications(tx: Tx, { userId }: UserActor, input: ReadAllNotifications): Promise<null> {
  const { upTo, orgId } = input;
  const readAt = tx.now.toISOString();
  const [row] = await tx.db.execute<{ isKnown: boolean; changed: number }>(sql`
    with changed as (
      update notification n set read_at = ${readAt}::timestamptz
      where n.user_id = ${userId}::uuid and n.read_at is null and n.id <= ${upTo}::uuid
        and (${orgId ?? null}::uuid is null or n.org_id = ${orgId ?? null}::uuid) returning 1)
    select exists (select from notification where user_id = ${userId}::uuid and id = ${upTo}::uuid) as "isKnown",
      (select count(*)::int from changed) as changed`);
  if (row?.isKnown !== true) throw new AppError("NOTIFICATION_NOT_FOUND");
  if (row.changed === 0) return null;
  const data = { upTo, readAt, ...(orgId === undefined ? {} : { orgId }) };
  announceToInbox(tx, { userId, inboxId: userId }, { type: "notification.all-read", data });
  return null;
}

/** Forgets those that have had their time: a chore. */
export async function forgetOldNotifications({ db, clock }: AppServices): Promise<void> {
  const ago = (ms: number) => new Date(clock.now().getTime() - ms).toISOString();
  await db.execute(sql`select forget_notifications(${ago(KEPT_READ_MS)}::timestamptz, ${ago(KEPT_MS)}::timestamptz)`);
}
