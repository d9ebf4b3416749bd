import { sql } from "drizzle-orm";
import { each } from "../../../db/columns.ts";
import type { NotificationReason } from "../../../db/enums.ts";
import { boardRefusal, type FoundAtBoard, LACKS_FACTOR } from "../../core/access.ts";
import { requireLocked } from "../../core/event-log.ts";
import { newId } from "../../core/ids.ts";
import { toEvent } from "../../core/live/frames.ts";
import type { LogConsumer, ReadEvent } from "../../core/log-reader.ts";
import { holdStreams } from "../../core/transaction.ts";
import { announceToInbox, type Tx } from "../../core/tx.ts";
import type { NotificationNews } from "./notifications.contract.ts";
import { NEWS_TYPES, type News, type NewsEvent, newsOf } from "./news.ts";
import { type Attention, loadAttention } from "./attention.ts";

/** Tells people what happens to what they are about or watch, and keeps who that is. */
export const notifications: LogConsumer = { name: "notifications", types: NEWS_TYPES, consume: tellPeople };

/** An event that is somebody's news. */
interface Told {
  readonly event: ReadEvent;
  readonly news: News;
}

/** Somebody who is to hear of an event, if they may see what it is about. */
interface Hearing extends Told {
  readonly userId: string;
  readonly reason: NotificationReason;
}

/** Somebody who is about a task from now on, if they may see it. */
interface Joining {
  readonly userId: string;
  readonly taskId: string;
}

interface InOrg {
  readonly orgId: string;
  readonly hearings: readonly Hearing[];
  readonly joinings: readonly Joining[];
  /** The board on which the task is now, of those who may see it there: by `<user> <task>`. */
  readonly boards: ReadonlyMap<string, string>;
}

/**
 * Makes the notifications of some events, and the watches of those who come to be about tasks. Looks up first whom it
 * concerns in each organisation, holds all their inboxes at once, and then writes: whoever leaves an organisation holds
 * their inbox before their membership, too.
 */
async function tellPeople(tx: Tx, events: readonly ReadEvent[]): Promise<void> {
  const told = events.flatMap((event): Told[] => {
    const news = newsOf(toEvent<NewsEvent>(event));
    return news ? [{ event, news }] : [];
  });
  const concerned: InOrg[] = [];
  for (const [orgId, ofOrg] of Map.groupBy(told, ({ event }) => event.orgId)) {
    concerned.push(await whomItConcerns(tx, orgId, ofOrg));
  }
  const inboxes = concerned.flatMap(({ hearings }) => hearings.map(({ userId }) => userId));
  if (inboxes.length > 0) await holdStreams(tx, [...new Set(inboxes)]);
  for (const inOrg of concerned) {
    tx.enter({ orgId: inOrg.orgId });
    addWatches(tx, inOrg);
    await addNotifications(tx, inOrg);
  }
}

async function whomItConcerns(tx: Tx, orgId: string, told: readonly Told[]): Promise<InOrg> {
  tx.enter({ orgId });
  const attention = await loadAttention(tx.db, orgId, told);
  const hearings: Hearing[] = [];
  const joinings: Joining[] = [];
  for (const one of told) {
    const { event, news } = one;
    for (const [userId, reason] of reasonsOf(one, attention)) {
      if (userId !== event.actorId) hearings.push({ ...one, userId, reason });
    }
    for (const userId of news.joining) {
      if (attention.join(userId, news.taskId)) joinings.push({ userId, taskId: news.taskId });
    }
  }
  const boards = await boardsSeen(tx, orgId, [
    ...joinings,
    ...hearings.map(({ userId, news }) => ({ userId, taskId: news.taskId })),
  ]);
  const sees = (userId: string, taskId: string) => boards.has(`${userId} ${taskId}`);
  return {
    orgId,
    boards,
    hearings: hearings.filter(({ userId, news }) => sees(userId, news.taskId)),
    joinings: joinings.filter(({ userId, taskId }) => sees(userId, taskId)),
  };
}

/** Why whom an event concerns: of several reasons the first. */
function reasonsOf({ event, news }: Told, attention: Attention): Map<string, NotificationReason> {
  const { addressed, taskId, columnId, isMinor } = news;
  const boardId = event.streamId;
  const reasons = new Map<string, NotificationReason>();
  const add = (userIds: Iterable<string>, reason: NotificationReason) => {
    for (const userId of userIds) {
      if (!reasons.has(userId) && !attention.hasMuted(userId, boardId, taskId)) reasons.set(userId, reason);
    }
  };
  add(addressed?.assigned ?? [], "assigned");
  add(addressed?.mentioned ?? [], "mentioned");
  if (columnId !== undefined) add(attention.watchersOf(columnId), "moved");
  if (isMinor !== true) add(attention.watchersOfTask(boardId, taskId), "watched");
  return reasons;
}

/** Of pairs of somebody and a task, those in which they may see it, with the board on which it is by now. */
async function boardsSeen(tx: Tx, orgId: string, pairs: readonly Joining[]): Promise<Map<string, string>> {
  const wanted = [...new Map(pairs.map((pair) => [`${pair.userId} ${pair.taskId}`, pair])).values()];
  if (wanted.length === 0) return new Map();
  const rows = await tx.db.execute<FoundAtBoard & Joining & { boardId: string } & Record<string, unknown>>(sql`
    select w.user_id as "userId", t.id as "taskId", b.id as "boardId", b.org_id as "orgId",
      board_role(m.role, b.visibility, bm.role) as role, to_json(m.allowed) as allowed, ${LACKS_FACTOR} as "lacksFactor"
    from unnest(${each("uuid", wanted, ({ userId }) => userId)}, ${each("uuid", wanted, ({ taskId }) => taskId)})
      w(user_id, task_id)
    join task t on t.id = w.task_id and t.org_id = ${orgId}::uuid
    join board b on b.id = t.board_id
    join membership m on m.org_id = t.org_id and m.user_id = w.user_id
    join app_user u on u.id = w.user_id and u.kind = 'person'
    left join board_member bm on bm.board_id = b.id and bm.user_id = w.user_id`);
  const seen = rows.filter((row) => boardRefusal({ ...row, key: undefined }, "task:read") === undefined);
  return new Map(seen.map(({ userId, taskId, boardId }) => [`${userId} ${taskId}`, boardId]));
}

/** In the order of their people, by whose memberships they hold. What somebody has said meanwhile stays. */
function addWatches(tx: Tx, { orgId, joinings, boards }: InOrg): void {
  if (joinings.length === 0) return;
  const rows = joinings.toSorted((a, b) => (a.userId < b.userId ? -1 : 1));
  tx.send(
    tx.db.execute(sql`
      insert into watch (id, org_id, user_id, board_id, task_id, level, created_at)
      select n.id, ${orgId}::uuid, n.user_id, n.board_id, n.task_id, 'watching', ${tx.now.toISOString()}::timestamptz
      from unnest(${each("uuid", rows, newId)}, ${each("uuid", rows, ({ userId }) => userId)},
        ${each("uuid", rows, ({ userId, taskId }) => boards.get(`${userId} ${taskId}`) ?? null)},
        ${each("uuid", rows, ({ taskId }) => taskId)}) n(id, user_id, board_id, task_id)
      on conflict do nothing`),
  );
}

async function addNotifications(tx: Tx, { orgId, hearings, boards }: InOrg): Promise<void> {
  if (hearings.length === 0) return;
  const rows = hearings.map(({ userId, reason, news, event }) => {
    const { taskId, commentId = null } = news;
    const { type, actorId, at: createdAt } = event;
    const boardId = boards.get(`${userId} ${taskId}`) ?? event.streamId;
    const notification = { id: newId(), reason, type, orgId, boardId, taskId, commentId, actorId, createdAt };
    return { userId, event, notification: notification satisfies NotificationNews };
  });
  requireLocked(
    tx.streams,
    rows.map(({ userId }) => userId),
  );
  const json = rows.map(({ userId, event: { streamId, version }, notification }) => {
    return { ...notification, userId, streamId, version, at: notification.createdAt };
  });
  const added = await tx.db.execute<{ id: string }>(
    sql`select id from add_notifications(${JSON.stringify(json)}::text::jsonb) added(id)`,
  );
  const ids = new Set(added.map(({ id }) => id));
  for (const { userId, event, notification } of rows) {
    if (!ids.has(notification.id)) continue;
    // Whoever is signed in may tell somebody else something: it is said in the name of who did it.
    tx.enter({ orgId, userId: event.actorId });
    announceToInbox(
      tx,
      { userId: event.actorId, inboxId: userId },
      { type: "notification.received", data: { notification } },
    );
  }
}
