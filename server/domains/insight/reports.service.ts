import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import type { StateGroup } from "../../../db/enums.ts";
import { AppError } from "../../core/app-error.ts";
import { getPlan } from "../work/plans.service.ts";
import { isProjectSeen, seenBoards, type Searcher } from "../work/search.service.ts";
import type {
  Amount,
  Burn,
  Flow,
  Load,
  ReportBurn,
  ReportFlow,
  ReportLoad,
  ReportTimes,
  Times,
} from "./reports.contract.ts";

interface Place {
  readonly projectId: string;
  readonly boardId?: string | undefined;
}

interface Period {
  readonly from: string;
  readonly to: string;
  readonly timeZone: string;
}

/** What has grown on a day; what was before the first one is said of the day before. */
interface Grown {
  readonly on: string;
  readonly stateGroup: StateGroup;
  readonly tasks: number;
  readonly points: number;
  readonly added: number;
  readonly removed: number;
}

/** How many tasks of each state group there were, day by day, on the boards that the caller sees. Fails: PROJECT_NOT_FOUND, BOARD_NOT_FOUND. */
export async function reportFlow(db: Db, actor: Searcher, input: ReportFlow): Promise<Flow> {
  const growths = await grownOn(db, actor, input, { period: input, scope: sql`f.scope_id = f.board_id` });
  return { days: sums(growths, input) };
}

/** What a milestone or sprint holds and what of it is done, day by day. Fails: PLAN_NOT_FOUND. */
export async function reportBurn(db: Db, actor: Searcher, input: ReportBurn): Promise<Burn> {
  const { projectId } = await getPlan(db, actor, input.planId);
  const scope = sql`f.scope_id = ${input.planId}::uuid`;
  const growths = await grownOn(db, actor, { projectId }, { period: input, scope }).catch((error: unknown) => {
    // Whoever does not see the project does not hear of its plans.
    throw error instanceof AppError ? new AppError("PLAN_NOT_FOUND") : error;
  });
  const byDay = Map.groupBy(growths, ({ on }) => on);
  const days = sums(growths, input).map(({ on, groups }) => {
    const { cancelled: _, completed: done, ...rest } = groups;
    const remaining = Object.values(rest).reduce(plus);
    const grown = byDay.get(on) ?? [];
    const count = (name: "added" | "removed") => grown.reduce((sum, growth) => sum + growth[name], 0);
    return { on, scope: plus(done, remaining), done, remaining, added: count("added"), removed: count("removed") };
  });
  return { days };
}

/**
 * How long tasks took that were completed within a period, and how many they were, on the boards that the caller sees.
 * Fails: PROJECT_NOT_FOUND, BOARD_NOT_FOUND.
 */
export async function reportTimes(db: Db, actor: Searcher, input: ReportTimes): Promise<Times> {
  const percentiles = (since: SQL) => sql`(
    select json_build_object('count', t.count, 'p50', t.p[1], 'p85', t.p[2], 'p95', t.p[3])
    from (select count(${since})::int as count,
        percentile_cont(array[0.5, 0.85, 0.95]) within group (order by extract(epoch from d.completed_at - ${since})::float8) as p
      from done d where ${since} is not null) t)`;
  const { from, to, timeZone } = input;
  return asked<Times>(
    db,
    actor,
    input,
    sql`
    , done as materialized (
      select k.created_at, k.started_at, k.completed_at, k.points from task_flow k
      where k.org_id = ${actor.orgId}::uuid and k.board_id = any(array(select id from seen)) and k.state <> 'trashed'
        and k.completed_at >= (${from}::date)::timestamp at time zone ${timeZone}
        and k.completed_at < (${to}::date + 1)::timestamp at time zone ${timeZone})
    `,
    sql`json_build_object('lead', ${percentiles(sql`d.created_at`)}, 'cycle', ${percentiles(sql`d.started_at`)},
      'throughput', coalesce((select json_agg(json_build_object('on', g.day, 'tasks', g.tasks, 'points', g.points) order by g.day)
        from (select (d.completed_at at time zone ${timeZone})::date as day, count(*)::int as tasks,
          trim_scale(sum(d.points)) as points from done d group by 1) g), '[]'))`,
  );
}

/** What people have to do on the boards that the caller sees, who has most first. Fails: PROJECT_NOT_FOUND, BOARD_NOT_FOUND. */
export async function reportLoad(db: Db, actor: Searcher, input: ReportLoad): Promise<Load> {
  const people = await asked<Load["people"]>(
    db,
    actor,
    input,
    sql`
    , undone as materialized (
      select t.id, t.board_id, coalesce(t.estimate, 0) as points, c.state_group, t.due_at from task t
      join board_column c on c.id = t.column_id and c.state = 'open' and c.state_group not in ('completed', 'cancelled')
      where t.org_id = ${actor.orgId}::uuid and t.board_id = any(array(select id from seen)) and t.state = 'open')
    `,
    sql`(select coalesce(json_agg(json_build_object('userId', g.user_id, 'tasks', g.tasks, 'points', g.points,
        'started', g.started, 'overdue', g.overdue) order by g.tasks desc, g.user_id), '[]')
      from (select a.user_id, count(*)::int as tasks, trim_scale(sum(u.points)) as points,
          (count(*) filter (where u.state_group = 'started'))::int as started,
          (count(*) filter (where u.due_at < ${actor.now.toISOString()}::timestamptz))::int as overdue
        from undone u left join task_assignee a on a.org_id = ${actor.orgId}::uuid and a.board_id = u.board_id and a.task_id = u.id
        group by a.user_id) g)`,
  );
  return { people };
}

async function grownOn(
  db: Db,
  actor: Searcher,
  place: Place,
  { period: { from, to, timeZone }, scope }: { period: Period; scope: SQL },
): Promise<Grown[]> {
  return asked<Grown[]>(
    db,
    actor,
    place,
    sql``,
    sql`coalesce((
    select json_agg(json_build_object('on', g.day, 'stateGroup', g.state_group, 'tasks', g.tasks, 'points', g.points,
      'added', g.added, 'removed', g.removed) order by g.day)
    from (select greatest((f.at at time zone ${timeZone})::date, ${from}::date - 1) as day, f.state_group,
        sum(f.tasks)::int as tasks, trim_scale(sum(f.points)) as points, sum(f.added)::int as added,
        sum(f.removed)::int as removed
      from flow_count f where f.org_id = ${actor.orgId}::uuid and f.board_id = any(array(select id from seen)) and ${scope}
        and f.at < (${to}::date + 1)::timestamp at time zone ${timeZone}
      group by 1, 2) g), '[]')`,
  );
}

/** What SQL answers of a project, of those of its boards that the caller sees. */
async function asked<Answer>(db: Db, actor: Searcher, place: Place, more: SQL, answer: SQL): Promise<Answer> {
  const [row] = await db.execute<{ isSeen: boolean; isProjectSeen: boolean; answer: Answer }>(sql`
    with seen as materialized (${seenBoards(actor, place)}) ${more}
    select exists (select from seen) as "isSeen", ${isProjectSeen(actor, place)} as "isProjectSeen", ${answer} as answer`);
  if (row?.isProjectSeen !== true) throw new AppError("PROJECT_NOT_FOUND");
  if (place.boardId !== undefined && !row.isSeen) throw new AppError("BOARD_NOT_FOUND");
  return row.answer;
}

type Groups = Record<StateGroup, Amount>;
const NONE: Amount = { tasks: 0, points: 0 };
const DAY_MS = 86_400_000;

/** What there is at the end of each day of a period. */
function sums(growths: readonly Grown[], { from, to }: Period): { on: string; groups: Groups }[] {
  const byDay = Map.groupBy(growths, ({ on }) => on);
  const groups: Groups = { backlog: NONE, unstarted: NONE, started: NONE, completed: NONE, cancelled: NONE };
  const days = [];
  for (let at = Date.parse(from) - DAY_MS; at <= Date.parse(to); at += DAY_MS) {
    const on = new Date(at).toISOString().slice(0, 10);
    for (const growth of byDay.get(on) ?? []) {
      groups[growth.stateGroup] = plus(groups[growth.stateGroup], growth);
    }
    if (on >= from) days.push({ on, groups: { ...groups } });
  }
  return days;
}

function plus(a: Amount, b: Amount): Amount {
  return { tasks: a.tasks + b.tasks, points: Math.round((a.points + b.points) * 100) / 100 };
}
