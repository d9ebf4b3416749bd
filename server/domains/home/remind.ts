import { sql } from "drizzle-orm";
import { each } from "../../../db/columns.ts";
import { REMINDER_LEADS } from "../../../db/enums.ts";
import { again } from "../../core/again.ts";
import type { AppServices } from "../../core/context.ts";
import { holdStreams, react } from "../../core/transaction.ts";
import type { Tx } from "../../core/tx.ts";
import { instantAt } from "../../days.ts";
import { DEFAULT_LEADS } from "./reminders.service.ts";
import { boardsSeen, tell, type Telling } from "./telling.ts";

/** When somebody is reminded of a whole day: at nine by the clocks where it is meant, so many minutes before. */
const MORNING_MINUTES = 9 * 60;
/** What came due while nobody looked for longer than this is no reminder any more. */
const LATEST_MS = 86_400_000;
const LOOK_EVERY_MS = 15_000;

interface Due extends Record<string, unknown> {
  orgId: string;
  taskId: string;
  userId: string;
  dueAt: string;
  dueOn: string | null;
  timeZone: string | null;
  leadMinutes: number;
}

/** Looks again and again for what people are to be reminded of. Any process may, and several do no harm. */
export function watchDueDates(app: AppServices): { close(): Promise<void> } {
  return again(app, LOOK_EVERY_MS, { look: remindPeople, failed: "nobody could be reminded" });
}

/**
 * Reminds people of dates whose time has come since somebody looked last, as the dates are now: one that was moved
 * meanwhile has another time. Up to when that was done is held, and committed with what it made.
 */
export function remindPeople(app: AppServices): Promise<void> {
  return react(app, async (tx) => {
    const since = await takeOver(tx);
    if (since >= tx.now) return;
    const due = (await readDue(tx, since)).filter((one) => isTime(one, { since, until: tx.now }));
    const tellings: { orgId: string; of: Telling[] }[] = [];
    for (const [orgId, ofOrg] of Map.groupBy(due, ({ orgId }) => orgId)) {
      tx.enter({ orgId });
      const boards = await boardsSeen(tx, orgId, ofOrg);
      const of = ofOrg.flatMap((one): Telling[] => {
        const boardId = boards.of(one);
        return boardId === undefined ? [] : [toTelling(tx, one, boardId)];
      });
      tellings.push({ orgId, of });
    }
    const inboxes = tellings.flatMap(({ of }) => of.map(({ userId }) => userId));
    if (inboxes.length > 0) await holdStreams(tx, [...new Set(inboxes)]);
    for (const { orgId, of } of tellings) await tell(tx, orgId, of);
  });
}

/** Holds the place of whoever reminds, and moves it. Answers where it was. */
async function takeOver(tx: Tx): Promise<Date> {
  const now = sql`${tx.now.toISOString()}::timestamptz`;
  await tx.db.execute(sql`insert into time_position (name, until) values ('reminders', ${now}) on conflict do nothing`);
  const [row] = await tx.db.execute<{ until: string }>(
    sql`select iso(until) as until from time_position where name = 'reminders' for update`,
  );
  tx.send(tx.db.execute(sql`update time_position set until = greatest(until, ${now}) where name = 'reminders'`));
  const until = row ? Date.parse(row.until) : tx.now.getTime();
  return new Date(Math.max(until, tx.now.getTime() - LATEST_MS));
}

async function readDue(tx: Tx, since: Date): Promise<Due[]> {
  const minutes = (leads: readonly number[]) => each("int", leads, (lead) => lead);
  return tx.db.execute<Due>(sql`
    select org_id as "orgId", task_id as "taskId", user_id as "userId", iso(due_at) as "dueAt", due_on::text as "dueOn",
      time_zone as "timeZone", lead_minutes as "leadMinutes"
    from tasks_to_remind_of(${since.toISOString()}::timestamptz, ${tx.now.toISOString()}::timestamptz,
      ${minutes(REMINDER_LEADS)}, ${minutes(DEFAULT_LEADS)})`);
}

function isTime(due: Due, { since, until }: { since: Date; until: Date }): boolean {
  const at = timeOf(due);
  return at > since && at <= until;
}

/** When somebody is to be reminded. */
function timeOf({ dueAt, dueOn, timeZone, leadMinutes }: Due): Date {
  const isDay = dueOn !== null && timeZone !== null;
  const ofDay = isDay ? instantAt(dueOn, MORNING_MINUTES - leadMinutes, timeZone) : undefined;
  return ofDay ?? new Date(Date.parse(dueAt) - leadMinutes * 60_000);
}

function toTelling(tx: Tx, { userId, taskId, dueAt, leadMinutes }: Due, boardId: string): Telling {
  const createdAt = tx.now.toISOString();
  const told = { type: null, taskCount: 1, commentId: null, actorId: null, dueAt, createdAt };
  return { userId, notification: { reason: "due", boardId, taskId, ...told }, once: { leadMinutes } };
}
