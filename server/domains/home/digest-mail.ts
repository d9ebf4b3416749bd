import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import type { NotificationReason } from "../../../db/enums.ts";
import { again } from "../../core/again.ts";
import type { AppServices } from "../../core/context.ts";
import { type MailKind, queueMail, SEND_MAIL } from "../../core/mail/outbox.ts";
import { newSecret, sha256 } from "../../core/secrets.ts";
import type { Digest } from "./digests.contract.ts";
import { getDigest, LAST_TOLD, nextAt } from "./digests.service.ts";
import { onBoardsSeen, SEEING, unread } from "./notifications.service.ts";

/** Where a link of a digest leads, before its token. */
export const UNSUBSCRIBE_PATH = "/unsubscribe/";

/** Tasks that a digest names; of the others it says how many they are. */
const MOST_TASKS = 25;
/** Digests that are queued in one transaction. */
const DIGESTS_AT_ONCE = 50;
const LOOK_EVERY_MS = 30_000;

/** What somebody has not read, by the keys of tasks: nothing that anybody wrote is in a mail. */
export const DIGEST: MailKind = {
  name: "digest",
  ttlSeconds: 20 * 3_600,
  async isWanted(app, { userId, recipient }) {
    if (userId === null) return false;
    const db = app.db.within({ userId });
    const [[account], { state }] = await Promise.all([
      db.execute(sql`select from app_user where id = ${userId}::uuid and email = ${recipient} and disabled_at is null`),
      getDigest(db, userId),
    ]);
    return account !== undefined && state === "on" && (await readUnread(db, userId, app.clock.now())).length > 0;
  },
  async write(app, tx, { userId }) {
    if (userId === null) throw new Error("a digest is somebody's");
    tx.enter({ userId });
    const now = app.clock.now();
    const token = newSecret();
    const unsubscribe = `${app.publicUrl}${UNSUBSCRIBE_PATH}${token}`;
    const [tasks, digest] = await Promise.all([readUnread(tx, userId, now), getDigest(tx, userId)]);
    await tx.execute(sql`
      insert into unsubscribe_link (token_hash, user_id, created_at)
      values (${sha256(token)}, ${userId}::uuid, ${now.toISOString()}::timestamptz)`);
    const count = tasks.reduce((sum, task) => sum + task.count, 0);
    return {
      subject: count === 1 ? "One unread notification" : `${count} unread notifications`,
      text: textOf(tasks, { digest, publicUrl: app.publicUrl, unsubscribe }),
      unsubscribe,
    };
  },
};

interface UnreadTask extends Record<string, unknown> {
  key: string;
  count: number;
  reasons: NotificationReason[];
}

/** Of what somebody may see at this moment, the newest first. */
async function readUnread(db: Db, userId: string, now: Date): Promise<UnreadTask[]> {
  const all = unread(userId, now, undefined);
  return db.execute<UnreadTask>(sql`
    with seen as materialized (select n.* from ${all} and ${onBoardsSeen(all)})
    select t.key, count(*)::int as count, json_agg(distinct n.reason) as reasons from seen n
    join own_tasks_seen(array(select distinct s.task_id from seen s), ${SEEING}) t on t.id = n.task_id
    group by t.key order by max(n.id::text) desc`);
}

const WORDS: Record<NotificationReason, string> = {
  assigned: "assigned to you",
  mentioned: "you are mentioned",
  due: "it is due",
  moved: "moved into a column that you watch",
  watched: "changed",
  rule: "a rule tells you of it",
  "rule-stopped": "a rule of yours was stopped there",
};

function textOf(
  tasks: readonly UnreadTask[],
  { digest, publicUrl, unsubscribe }: { digest: Digest; publicUrl: string; unsubscribe: string },
): string {
  const lines = tasks.slice(0, MOST_TASKS).map(({ key, reasons }) => {
    return `${key}: ${reasons.map((reason) => WORDS[reason]).join(", ")}`;
  });
  const more = tasks.length - MOST_TASKS;
  return `This is what you have not read yet at ${publicUrl}:

${lines.join("\n")}
${more > 0 ? `and ${more} more tasks\n` : ""}
You get this at most once a day, at ${digest.hour}:00 (${digest.timeZone}), when there is something new. Get it no more:
${unsubscribe}
`;
}

/** Queues the digests whose hour has come, again and again. Any process may, and several do no harm. */
export function watchDigests(app: AppServices): { close(): Promise<void> } {
  return again(app, LOOK_EVERY_MS, { look: queueDigests, failed: "no digests could be queued" });
}

/**
 * Queues a mail for everybody whose hour has come and who was told of something since the last one. Their next hour is
 * committed with it: however many processes look, and whenever they end, it is one mail.
 */
export async function queueDigests(app: AppServices): Promise<void> {
  for (;;) {
    const done = await app.db.within({}).transaction(async (tx) => {
      const now = app.clock.now();
      const due = await tx.execute<DueDigest>(sql`
        select user_id as "userId", email, hour, time_zone as "timeZone", told_id as "toldId"
        from due_digests(${now.toISOString()}::timestamptz, ${DIGESTS_AT_ONCE}::int)`);
      for (const one of due) {
        tx.enter({ userId: one.userId });
        if (await hasNews(tx, one, now)) {
          await queueMail(app, tx, { kind: DIGEST, recipient: one.email, userId: one.userId });
        }
        await tx.execute(sql`
          update digest set next_at = ${nextAt(now, one).toISOString()}::timestamptz, told_id = ${LAST_TOLD}
          where user_id = ${one.userId}::uuid`);
      }
      return due.length;
    });
    if (done > 0) await app.jobs.wake(SEND_MAIL);
    if (done < DIGESTS_AT_ONCE) return;
  }
}

interface DueDigest extends Record<string, unknown> {
  userId: string;
  email: string;
  hour: number;
  timeZone: string;
  /** The newest notification that was there at their last one. */
  toldId: string | null;
}

/** Whether somebody was told of something since their last one that they have not read, and may see. */
async function hasNews(db: Db, { userId, toldId }: DueDigest, now: Date): Promise<boolean> {
  const all = sql`${unread(userId, now, undefined)} and (${toldId}::uuid is null or n.id > ${toldId}::uuid)`;
  const rows = await db.execute(sql`select from ${all} and ${onBoardsSeen(all)} limit 1`);
  return rows.length > 0;
}
