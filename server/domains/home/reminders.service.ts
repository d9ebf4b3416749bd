import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { each } from "../../../db/columns.ts";
import type { BoardActor } from "../../core/access.ts";
import { announceToInbox, type Tx, type UserActor } from "../../core/tx.ts";
import { getTask } from "../work/tasks.service.ts";
import type {
  GetTaskReminders,
  ReminderLeads,
  Reminders,
  SetReminders,
  SetTaskReminders,
  TaskReminders,
} from "./reminders.contract.ts";
import { requireSubject } from "./watches.service.ts";

/** A day before, for whoever has not said anything. */
export const DEFAULT_LEADS: ReminderLeads = [1_440];

export async function getReminders(db: Db, userId: string): Promise<Reminders> {
  const [row] = await db.execute<{ leads: ReminderLeads }>(
    sql`select to_json(lead_minutes) as leads from reminder_setting where user_id = ${userId}::uuid`,
  );
  return { leadMinutes: row?.leads ?? DEFAULT_LEADS };
}

/** Announces `reminders.changed`, and nothing when it is so already. */
export async function setReminders(tx: Tx, { userId }: UserActor, { leadMinutes }: SetReminders): Promise<null> {
  const before = await getReminders(tx.db, userId);
  if (isSame(before.leadMinutes, leadMinutes)) return null;
  tx.send(
    tx.db.execute(sql`
      insert into reminder_setting (user_id, lead_minutes) values (${userId}::uuid, ${minutes(leadMinutes)})
      on conflict (user_id) do update set lead_minutes = excluded.lead_minutes`),
  );
  announceToInbox(tx, { userId, inboxId: userId }, { type: "reminders.changed", data: { taskId: null, leadMinutes } });
  return null;
}

/** The caller's own. Fails: TASK_NOT_FOUND. */
export async function getTaskReminders(db: Db, actor: BoardActor, input: GetTaskReminders): Promise<TaskReminders> {
  const [, leadMinutes] = await Promise.all([getTask(db, actor, input), leadsOfTask(db, actor, input.taskId)]);
  return { leadMinutes };
}

async function leadsOfTask(db: Db, { userId, orgId }: UserActor & { orgId: string }, taskId: string) {
  const [row] = await db.execute<{ leads: ReminderLeads }>(sql`
    select to_json(lead_minutes) as leads from task_reminder
    where org_id = ${orgId}::uuid and task_id = ${taskId}::uuid and user_id = ${userId}::uuid`);
  return row?.leads ?? null;
}

/**
 * Runs under the lock of the caller's inbox. Announces `reminders.changed`, and nothing when it is so already.
 * Fails: BOARD_NOT_FOUND, TASK_NOT_FOUND.
 */
export async function setTaskReminders(tx: Tx, { userId }: UserActor, input: SetTaskReminders): Promise<null> {
  const { boardId, taskId, leadMinutes } = input;
  const orgId = await requireSubject(tx, userId, { kind: "task", boardId, taskId });
  const before = await leadsOfTask(tx.db, { userId, orgId }, taskId);
  if (isSame(before, leadMinutes)) return null;
  tx.send(
    tx.db.execute(
      leadMinutes === null
        ? sql`delete from task_reminder
            where org_id = ${orgId}::uuid and task_id = ${taskId}::uuid and user_id = ${userId}::uuid`
        : sql`insert into task_reminder (org_id, user_id, board_id, task_id, lead_minutes)
            values (${orgId}::uuid, ${userId}::uuid, ${boardId}::uuid, ${taskId}::uuid, ${minutes(leadMinutes)})
            on conflict (task_id, user_id) do update set lead_minutes = excluded.lead_minutes`,
    ),
  );
  announceToInbox(tx, { userId, inboxId: userId }, { type: "reminders.changed", data: { taskId, leadMinutes } });
  return null;
}

function isSame(one: ReminderLeads | null, other: ReminderLeads | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function minutes(leads: readonly number[]) {
  return each("int", leads, (lead) => lead);
}
