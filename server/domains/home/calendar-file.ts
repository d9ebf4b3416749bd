import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import type { OrgRole } from "../../../db/enums.ts";
import { whoseIs } from "../../../db/tenant.ts";
import { boardRefusal, findAtBoard } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import type { AppServices } from "../../core/context.ts";
import { sha256 } from "../../core/secrets.ts";
import { seenBoards } from "../work/search.service.ts";

const DAY_MS = 86_400_000;
const HALF_HOUR_MS = 1_800_000;
/** What was due longer ago, or comes later, is in no calendar. */
const PAST_MS = 90 * DAY_MS;
const FUTURE_MS = 730 * DAY_MS;
/** The most tasks of a calendar: the soonest of them. */
const MOST_TASKS = 2_000;
/** How often a use of a link is written down. */
const USED_EVERY_MS = 3_600_000;

interface DatedTask extends Record<string, unknown> {
  id: string;
  key: string;
  title: string;
  boardName: string;
  isDone: boolean;
  startAt: string | null;
  startOn: string | null;
  dueAt: string | null;
  dueOn: string | null;
  updatedAt: string;
}

/**
 * The dates that a calendar link shows, as iCalendar (RFC 5545): of open tasks that its owner may read at this moment.
 * Fails: CALENDAR_NOT_FOUND, also when its owner may see the board no more.
 */
export async function calendarFile(app: AppServices, secret: string): Promise<string> {
  const tokenHash = sha256(secret);
  const now = app.clock.now();
  const own = app.db.within(whoseIs("calendar", tokenHash));
  const [link] = await own.execute<{ userId: string; boardId: string | null }>(sql`
    select user_id as "userId", board_id as "boardId" from calendar_link where token_hash = ${tokenHash}`);
  if (!link) throw new AppError("CALENDAR_NOT_FOUND");
  const { userId, boardId } = link;
  const tasks = boardId === null ? await assignedTo(app, userId, now) : await onBoard(app, { userId, boardId }, now);
  await app.db.within({ userId }).execute(sql`
    update calendar_link set last_used_at = ${now.toISOString()}::timestamptz where token_hash = ${tokenHash}
      and coalesce(last_used_at, '-infinity') < ${new Date(now.getTime() - USED_EVERY_MS).toISOString()}::timestamptz`);
  return toCalendar(tasks, boardId === null ? "Trestle" : (tasks[0]?.boardName ?? "Trestle"));
}

async function onBoard(app: AppServices, who: { userId: string; boardId: string }, now: Date): Promise<DatedTask[]> {
  const db = app.db.within({ streamId: who.boardId });
  const found = await findAtBoard(db, who);
  if (boardRefusal({ ...who, ...found, key: undefined }, "task:read")) throw new AppError("CALENDAR_NOT_FOUND");
  return datedTasks(db, sql`t.org_id = ${found.orgId}::uuid and t.board_id = ${who.boardId}::uuid`, now);
}

interface Membership extends Record<string, unknown> {
  orgId: string;
  role: OrgRole;
  allowed: string[] | null;
}

async function assignedTo(app: AppServices, userId: string, now: Date): Promise<DatedTask[]> {
  const memberships = await app.db.within({ userId }).execute<Membership>(sql`
    select m.org_id as "orgId", m.role, to_json(m.allowed) as allowed from own_memberships() m
    where not coalesce(m.factor_due_at <= clock_timestamp(), false) order by m.org_id`);
  const all: DatedTask[] = [];
  for (const { orgId, ...held } of memberships) {
    const of = sql`t.org_id = ${orgId}::uuid and t.board_id in (${seenBoards({ ...held, orgId, userId }, {})})
      and exists (select from task_assignee a where a.board_id = t.board_id and a.task_id = t.id
        and a.user_id = ${userId}::uuid)`;
    all.push(...(await datedTasks(app.db.within({ orgId }), of, now)));
  }
  return all.slice(0, MOST_TASKS);
}

async function datedTasks(db: Db, of: SQL, now: Date): Promise<DatedTask[]> {
  const at = (ms: number) => sql`${new Date(now.getTime() + ms).toISOString()}::timestamptz`;
  const date = sql`coalesce(t.due_at, t.start_at)`;
  const rows = await db.execute<DatedTask>(sql`
    select t.id, p.key || '-' || t.number as key, t.title, b.name as "boardName",
      c.state_group in ('completed', 'cancelled') as "isDone", iso(t.start_at) as "startAt", t.start_on::text as "startOn",
      iso(t.due_at) as "dueAt", t.due_on::text as "dueOn", iso(t.updated_at) as "updatedAt"
    from task t join board_column c on c.id = t.column_id and c.state = 'open'
    join board b on b.id = t.board_id and b.state = 'open' join project p on p.id = t.project_id
    where ${of} and t.state = 'open' and ${date} between ${at(-PAST_MS)} and ${at(FUTURE_MS)}
    order by ${date}, t.id limit ${MOST_TASKS}::int`);
  return [...rows];
}

async function toCalendar(tasks: readonly DatedTask[], name: string): Promise<string> {
  const { default: ical } = await import("ical-generator");
  const calendar = ical({
    // The library escapes no name: one with a line break would write lines of its own.
    name: name.replaceAll(/[\p{Cc}\\;,]+/gu, " "),
    prodId: { company: "Trestle", product: "Tasks", language: "EN" },
  });
  for (const task of tasks) {
    const stamp = new Date(task.updatedAt);
    const summary = `${task.isDone ? "✓ " : ""}${task.key} ${task.title}`;
    calendar.createEvent({ id: `${task.id}@trestle`, ...spanOf(task), summary, description: task.boardName, stamp });
  }
  return calendar.toString();
}

/** Whole days where all that it has are whole days; what has one time alone takes half an hour: up to when it is due, or from its start. */
function spanOf({ startAt, startOn, dueAt, dueOn }: DatedTask): { start: Date; end: Date; allDay: boolean } {
  const [firstDay, lastDay] = [startOn ?? dueOn, dueOn ?? startOn];
  const isWhole = (startAt === null || startOn !== null) && (dueAt === null || dueOn !== null);
  if (isWhole && firstDay !== null && lastDay !== null) {
    // The end of an event is the first day that it has not.
    return { start: new Date(firstDay), end: new Date(Date.parse(lastDay) + DAY_MS), allDay: true };
  }
  const end = Date.parse(dueAt ?? "") || Date.parse(startAt ?? "") + HALF_HOUR_MS;
  const start = Math.min(Date.parse(startAt ?? "") || end - HALF_HOUR_MS, end);
  return { start: new Date(start), end: new Date(end), allDay: false };
}
