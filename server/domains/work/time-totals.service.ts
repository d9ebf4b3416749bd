import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import type { BoardActor, OrgActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { instantsOfDay } from "../../days.ts";
import { Id, Instant } from "../../fields.contract.ts";
import { timeEntryJson } from "./rows.ts";
import { seenBoards } from "./search.service.ts";
import type { GetTaskTime, ListTime, SumTime, TaskTime, TimePage, TimeTotals } from "./time.contract.ts";

/** Who asks, and when. */
type Asker = OrgActor & { readonly now: Date };

/** What an entry (alias `e`) lasts until; one that runs, until now, but no more than 24 hours. */
function untilOf(now: Date): SQL {
  return sql`coalesce(e.stopped_at, least(${now.toISOString()}::timestamptz, e.started_at + interval '24 hours'))`;
}

const ListKey = z.tuple([Instant, Id]);

/** Entries of the boards that the caller sees, newest first. Fails: INPUT_INVALID (days). */
export async function listTime(db: Db, actor: Asker, input: ListTime): Promise<TimePage> {
  const last = decodeCursor(ListKey, input.cursor);
  const rows = await db.execute<{ entry: TimePage["items"][number] }>(sql`
    with page as materialized (
      select e.* from time_entry e where ${meant(actor, input)}
        ${last ? sql`and (e.started_at, e.id) < (${last[0]}::timestamptz, ${last[1]}::uuid)` : sql``}
      order by e.started_at desc, e.id desc limit ${input.limit + 1}::int)
    select (${timeEntryJson})::jsonb || jsonb_build_object('userName', u.name, 'taskKey', p.key || '-' || t.number,
      'taskTitle', t.title) as entry
    from page e join task t on t.id = e.task_id join project p on p.id = t.project_id
    left join app_user u on u.id = e.user_id and u.deleted_at is null
    order by e.started_at desc, e.id desc`);
  const entries = rows.map(({ entry }) => entry);
  return toPage(entries, input.limit, ({ startedAt, id }) => [startedAt, id]);
}

const UNITS = { day: "day", week: "week", month: "month" } as const;
const KEYS = {
  person: sql`c.user_id::text`,
  task: sql`c.task_id::text`,
  board: sql`c.board_id::text`,
  project: sql`b.project_id::text`,
} as const;
const NAMES = {
  person: sql`(select u.name from app_user u where u.id = s.key::uuid and u.deleted_at is null)`,
  task: sql`(select p.key || '-' || t.number || ' ' || t.title from task t join project p on p.id = t.project_id
    where t.id = s.key::uuid)`,
  board: sql`(select x.name from board x where x.id = s.key::uuid)`,
  project: sql`(select p.name from project p where p.id = s.key::uuid)`,
} as const;

/**
 * How long was worked, by person, task, board, project, day, week (from Monday) or month, of the boards that the caller
 * sees. What lies in two periods counts in each as far as it lies there. Fails: INPUT_INVALID (days).
 */
export async function sumTime(db: Db, actor: Asker, input: SumTime): Promise<TimeTotals> {
  const after = decodeCursor(z.tuple([z.string().max(40)]), input.cursor)?.[0] ?? "";
  const { by } = input;
  const isPeriod = by === "day" || by === "week" || by === "month";
  const { first, last } = spanOf(input);
  const zone = sql`${input.timeZone}::text`;
  const clipped = sql`
    select e.*, greatest(e.started_at, ${first}::timestamptz) as since, least(${untilOf(actor.now)}, ${last}::timestamptz) as until
    from time_entry e where ${meant(actor, input)}`;
  const parts = isPeriod
    ? sql`select to_char(date_trunc(${UNITS[by]}, d.day), 'YYYY-MM-DD') as key,
        least(c.until, (d.day + interval '1 day') at time zone ${zone}) - greatest(c.since, d.day at time zone ${zone}) as took
      from clipped c cross join lateral generate_series(date_trunc('day', c.since at time zone ${zone}),
        date_trunc('day', c.until at time zone ${zone}), interval '1 day') d(day)`
    : sql`select ${KEYS[by]} as key, c.until - c.since as took from clipped c join board b on b.id = c.board_id`;
  const rows = await db.execute<TimeTotals["items"][number]>(sql`
    with clipped as materialized (${clipped}), parts as (${parts}),
      sums as (select key, round(sum(extract(epoch from took)))::float8 as seconds from parts
        where took > interval '0' group by key having key > ${after} order by key limit ${input.limit + 1}::int)
    select s.key, ${isPeriod ? sql`null` : NAMES[by]} as name, s.seconds from sums s order by s.key`);
  return toPage([...rows], input.limit, ({ key }) => [key]);
}

/** What was worked on a task, by whom, and whose timer runs. Fails: TASK_NOT_FOUND. */
export async function getTaskTime(
  db: Db,
  actor: BoardActor & { now: Date },
  { taskId }: GetTaskTime,
): Promise<TaskTime> {
  const [row] = await db.execute<{ people: TaskTime["people"] }>(sql`
    select coalesce((
      select json_agg(json_build_object('userId', x.user_id, 'name', u.name, 'seconds', x.seconds, 'runsSince', iso(x.since))
        order by x.user_id)
      from (select e.user_id, round(sum(extract(epoch from ${untilOf(actor.now)} - e.started_at)))::float8 as seconds,
          max(e.started_at) filter (where e.stopped_at is null) as since
        from time_entry e where e.org_id = t.org_id and e.board_id = t.board_id and e.task_id = t.id group by e.user_id) x
      left join app_user u on u.id = x.user_id and u.deleted_at is null), '[]'::json) as people
    from task t where t.org_id = ${actor.orgId}::uuid and t.board_id = ${actor.boardId}::uuid and t.id = ${taskId}::uuid`);
  if (!row) throw new AppError("TASK_NOT_FOUND");
  const { people } = row;
  return { taskId, seconds: people.reduce((sum, { seconds }) => sum + seconds, 0), people };
}

type Which = Pick<ListTime, "projectId" | "boardId" | "taskId" | "userId" | "from" | "to" | "timeZone">;

/** Entries (alias `e`) of the boards that the caller sees, of what is named, that lie in the days. */
function meant(actor: Asker, input: Which): SQL {
  const { taskId = null, userId = null } = input;
  const { first, last } = spanOf(input);
  // None is longer than 24 hours: so the index on when they began finds those that end in the days, too.
  return sql`e.org_id = ${actor.orgId}::uuid and e.board_id = any(array(${seenBoards(actor, input)}))
    and (${taskId}::uuid is null or e.task_id = ${taskId}::uuid) and (${userId}::uuid is null or e.user_id = ${userId}::uuid)
    and e.started_at < ${last}::timestamptz and e.started_at > ${first}::timestamptz - interval '24 hours'
    and ${untilOf(actor.now)} > ${first}::timestamptz`;
}

/** The instants between which days lie. Fails: INPUT_INVALID. */
function spanOf({ from, to, timeZone }: Which): { first: string; last: string } {
  const first = from === undefined ? "1900-01-01T00:00:00.000Z" : instantsOfDay(from, timeZone)?.first;
  const last = to === undefined ? "9999-01-01T00:00:00.000Z" : instantsOfDay(to, timeZone)?.last;
  if (first === undefined || last === undefined || first > last) {
    throw new AppError("INPUT_INVALID", { fields: { from: "These are no days, or the first is behind the last." } });
  }
  // The last instant of a day is a millisecond before the next one.
  return { first, last: new Date(Date.parse(last) + 1).toISOString() };
}
