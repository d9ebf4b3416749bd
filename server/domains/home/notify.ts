import { sql } from "drizzle-orm";
import { each } from "../../../db/columns.ts";
import { NOTIFICATION_REASONS, type NotificationReason } from "../../../db/enums.ts";
import { newId } from "../../core/ids.ts";
import { toEvent } from "../../core/live/frames.ts";
import type { LogConsumer, ReadEvent } from "../../core/log-reader.ts";
import { holdStreams } from "../../core/transaction.ts";
import type { Tx } from "../../core/tx.ts";
import { NEWS_TYPES, type News, type NewsEvent, newsOf } from "./news.ts";
import { type Attention, loadAttention } from "./attention.ts";
import { type BoardsSeen, boardsSeen, type PersonAtTask, tell, type Telling } from "./telling.ts";

/** Tells people what happens to what they are about or watch, and keeps who that is. */
export const notifications: LogConsumer = { name: "notifications", types: NEWS_TYPES, consume: tellPeople };

/** What an event means to those who are about one of its tasks. */
interface Told {
  readonly event: ReadEvent;
  readonly news: News;
}

/** Somebody who is to hear of an event, if they may see what it is about: once, of however many tasks it is. */
interface Hearing extends Told {
  readonly userId: string;
  readonly reason: NotificationReason;
  /** Of how many tasks for that reason: `news` is of the first. */
  readonly taskCount: number;
}

interface InOrg {
  readonly orgId: string;
  readonly hearings: readonly Hearing[];
  /** Who is about a task from now on. */
  readonly joinings: readonly PersonAtTask[];
  readonly boards: BoardsSeen;
}

/**
 * Makes the notifications of some events, and the watches of those who come to be about tasks. Looks up first whom it
 * concerns in each organisation, holds all their inboxes at once, and then writes: whoever leaves an organisation holds
 * their inbox before their membership, too.
 */
async function tellPeople(tx: Tx, events: readonly ReadEvent[]): Promise<void> {
  const told = events.flatMap((event) => newsOf(toEvent<NewsEvent>(event)).map((news): Told => ({ event, news })));
  const concerned: InOrg[] = [];
  for (const [orgId, ofOrg] of Map.groupBy(told, ({ event }) => event.orgId)) {
    concerned.push(await whomItConcerns(tx, orgId, ofOrg));
  }
  const inboxes = concerned.flatMap(({ hearings }) => hearings.map(({ userId }) => userId));
  if (inboxes.length > 0) await holdStreams(tx, [...new Set(inboxes)]);
  for (const inOrg of concerned) {
    tx.enter({ orgId: inOrg.orgId });
    addWatches(tx, inOrg);
    await tell(tx, inOrg.orgId, tellingsOf(inOrg));
  }
}

async function whomItConcerns(tx: Tx, orgId: string, told: readonly Told[]): Promise<InOrg> {
  tx.enter({ orgId });
  const attention = await loadAttention(tx.db, orgId, told);
  const hearings: Hearing[] = [];
  const joinings: PersonAtTask[] = [];
  for (const ofEvent of Map.groupBy(told, ({ event }) => event).values()) {
    hearings.push(...hearingsOf(ofEvent, attention));
    for (const { userId, taskId } of ofEvent.flatMap(({ news }) =>
      news.joining.map((userId) => ({ ...news, userId })),
    )) {
      if (attention.join(userId, taskId)) joinings.push({ userId, taskId });
    }
  }
  const boards = await boardsSeen(tx, orgId, [
    ...joinings,
    ...hearings.map(({ userId, news }) => ({ userId, taskId: news.taskId })),
  ]);
  return {
    orgId,
    boards,
    hearings: hearings.filter(({ userId, news: { taskId } }) => boards.of({ userId, taskId }) !== undefined),
    joinings: joinings.filter((pair) => boards.of(pair) !== undefined),
  };
}

/** Whom an event concerns but who did it, each once: for the first of the reasons that there are for any of its tasks. */
function hearingsOf(ofEvent: readonly Told[], attention: Attention): Hearing[] {
  const hearings = new Map<string, Hearing>();
  for (const one of ofEvent) {
    for (const [userId, reason] of reasonsOf(one, attention)) {
      if (userId === one.event.actorId) continue;
      const known = hearings.get(userId);
      const isLess = known && NOTIFICATION_REASONS.indexOf(reason) > NOTIFICATION_REASONS.indexOf(known.reason);
      if (known && one.news.isAside === true) continue;
      if (known?.reason === reason) hearings.set(userId, { ...known, taskCount: known.taskCount + 1 });
      else if (isLess !== true) hearings.set(userId, { ...one, userId, reason, taskCount: 1 });
    }
  }
  return [...hearings.values()];
}

/** Why whom it concerns: of several reasons the first. */
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

/** In the order of their people, by whose memberships they hold. What somebody has said meanwhile stays. */
function addWatches(tx: Tx, { orgId, joinings, boards }: InOrg): void {
  if (joinings.length === 0) return;
  const rows = joinings.toSorted((a, b) => (a.userId < b.userId ? -1 : 1));
  tx.send(
    tx.db.execute(sql`
      insert into watch (id, org_id, user_id, board_id, task_id, level, created_at)
      select n.id, ${orgId}::uuid, n.user_id, n.board_id, n.task_id, 'watching', ${tx.now.toISOString()}::timestamptz
      from unnest(${each("uuid", rows, newId)}, ${each("uuid", rows, ({ userId }) => userId)},
        ${each("uuid", rows, (pair) => boards.of(pair) ?? null)},
        ${each("uuid", rows, ({ taskId }) => taskId)}) n(id, user_id, board_id, task_id)
      on conflict do nothing`),
  );
}

function tellingsOf({ hearings, boards }: InOrg): Telling[] {
  return hearings.flatMap(({ userId, reason, taskCount, news: { taskId, commentId = null }, event }) => {
    const boardId = boards.of({ userId, taskId });
    if (boardId === undefined) return [];
    const { type, actorId, at: createdAt, streamId, version } = event;
    const about = { boardId, taskId, taskCount, commentId };
    const notification = { reason, type, ...about, actorId, dueAt: null, createdAt };
    return [{ userId, notification, once: { streamId, version } }];
  });
}
