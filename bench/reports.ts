/** Numbers from work: what reports take, against the same from the event log. */
import { bench, BenchError } from "./setup/bench.ts";
import { reportFigure, reportRatio } from "./setup/report.ts";
import { at, createBoard, createTeam, gatherStatistics, ownClient, ownDatabase, ownServices } from "./setup/world.ts";

const SIZES = { short: { tasks: 5_000, rounds: 5 }, long: { tasks: 100_000, rounds: 11 } };
/** The first one makes the task. */
const EVENTS_EACH = 10;
const DAYS = 365;
const COLUMNS = ["Todo", "Doing", "Done"];
const GROUPS = ["unstarted", "started", "completed"] as const;

await bench(async (bench) => {
  const { tasks, rounds } = bench.short ? SIZES.short : SIZES.long;
  const connection = await ownDatabase(bench);
  const services = await ownServices(bench, connection, 4);
  const team = await createTeam(services, 5);
  const { owner, orgId, projectId, people } = team;
  const board = await createBoard(team, COLUMNS, 0);
  const boardId = board.id;
  for (const [place, stateGroup] of GROUPS.entries()) {
    await owner.caller.columns.update({ boardId, columnId: at(board.columnIds, place), stateGroup });
  }
  await services.logReader.catchUp();
  const client = await ownClient(bench, connection, 1);
  const columns = `array['${board.columnIds.join("','")}']::uuid[]`;
  // A task goes from column to column, all over a year; its last event is the one that its row shows.
  await client.unsafe(
    `
    create table work as select n, k, gen_random_uuid() as id, md5(n::text)::uuid as task_id,
      (${columns})[1 + case when k = 1 then 0 else (n * 7 + k * k) % 3 end] as column_id,
      now() - interval '${DAYS} days' + (n::float8 / ${tasks} * ${DAYS - 45} + k * 4 + n % 3) * interval '1 day' as at
    from generate_series(1, ${tasks}) n, generate_series(1, ${EVENTS_EACH}) k;
    create table said as select *, (select version from stream where id = '${boardId}') + row_number() over (order by at, n, k) as version from work;
    alter table task disable trigger all; alter table event disable trigger all; alter table task_assignee disable trigger all;
    insert into task (id, org_id, project_id, board_id, column_id, number, rank, title, description, priority, estimate,
      assignee_names, state, version, created_by, created_at, updated_at)
    select distinct on (n) task_id, '${orgId}', '${projectId}', '${boardId}', column_id, n, 'g' || lpad(n::text, 7, '0'), 'Task ' || n,
      '', 'none', n % 8, '{}', 'open', version, '${owner.id}', at - k * interval '4 days', at from said order by n, k desc;
    insert into board_member (org_id, board_id, user_id) values ${people.map(({ id }) => `('${orgId}', '${boardId}', '${id}')`).join(",")}
      on conflict do nothing;
    insert into task_assignee (org_id, board_id, task_id, user_id)
    select '${orgId}', '${boardId}', t.id, (array['${people.map(({ id }) => id).join("','")}']::uuid[])[1 + t.number % ${people.length}]
    from task t where t.number % 4 > 0;
    insert into event (stream_id, version, nonce, org_id, access_version, type, actor_id, mutation_id, data, at)
    select '${boardId}', version, 0, '${orgId}', 0, case k when 1 then 'task.created' else 'task.moved' end, '${owner.id}', id,
      case k when 1 then jsonb_build_object('task', jsonb_build_object('id', task_id, 'columnId', column_id, 'estimate', n % 8))
        else jsonb_build_object('taskId', task_id, 'columnId', column_id, 'rank', 'g') end, at from said;
    update stream set version = (select max(version) from said) where id = '${boardId}';
    insert into task_flow (org_id, board_id, task_id, column_id, state, points, created_at, started_at, completed_at)
    select '${orgId}', '${boardId}', t.id, t.column_id, 'open', t.estimate, t.created_at,
      (select min(s.at) from said s where s.n = t.number and s.column_id = (${columns})[2]),
      case when t.column_id = (${columns})[3] then t.updated_at end from (select * from task) t;
    insert into flow_count (org_id, board_id, scope_id, state_group, at, tasks, points, added, removed)
    select '${orgId}', '${boardId}', '${boardId}', c.state_group, date_bin('15 minutes', g.at, 'epoch'::timestamptz), sum(g.by),
      sum(g.by * (g.n % 8)), sum(case when g.k = 1 then 1 else 0 end), 0
    from (select n, k, at, column_id, 1 as by from said
      union all select s.n, s.k, s.at, b.column_id, -1 from said s join said b on b.n = s.n and b.k = s.k - 1) g
    join board_column c on c.id = g.column_id group by 4, 5;
    alter table task enable trigger all; alter table event enable trigger all; alter table task_assignee enable trigger all;
    drop table work; drop table said`
      .replace(/create table said/u, "create index on work (n, k); create table said")
      .replace("alter table task disable", "create index on said (n, k); alter table task disable"),
  );
  await gatherStatistics(bench, connection);
  const to = new Date().toISOString().slice(0, 10);
  const from = new Date(Date.now() - DAYS * 86_400_000).toISOString().slice(0, 10);
  const of = { orgId, projectId };
  const reports = {
    flow: () => owner.caller.reports.flow({ ...of, from, to }),
    times: () => owner.caller.reports.times({ ...of, from, to }),
    load: () => owner.caller.reports.load(of),
  };
  const fromLog = () =>
    client<{ state_group: string; tasks: number }[]>`
      select c.state_group, (g.at at time zone 'UTC')::date as day, sum(g.by)::int as tasks from (
        select e.at, (e.data->'task'->>'columnId')::uuid as column_id, 1 as by from event e
          where e.stream_id = ${boardId}::uuid and e.type = 'task.created'
        union all
        select m.at, unnest(array[m.column_id, m.before]), unnest(array[1, -1]) from (
          select e.at, e.type, coalesce(e.data->>'columnId', e.data->'task'->>'columnId')::uuid as column_id,
            lag(coalesce(e.data->>'columnId', e.data->'task'->>'columnId')::uuid)
              over (partition by coalesce(e.data->>'taskId', e.data->'task'->>'id') order by e.version) as before
          from event e where e.stream_id = ${boardId}::uuid and e.type in ('task.created', 'task.moved')) m
        where m.type = 'task.moved') g
      join board_column c on c.id = g.column_id group by 1, 2`;
  const taken: Record<keyof typeof reports | "log", number[]> = { flow: [], times: [], load: [], log: [] };
  const time = async (name: keyof typeof taken, call: () => Promise<unknown>) => {
    const since = performance.now();
    await call();
    taken[name].push(performance.now() - since);
  };
  const [{ days }, rows] = await Promise.all([reports.flow(), fromLog()]);
  for (const group of GROUPS) {
    const told = rows.filter((row) => row.state_group === group).reduce((sum, row) => sum + row.tasks, 0);
    if (days.at(-1)?.groups[group].tasks !== told) throw new BenchError(`The report and the log differ on ${group}.`);
  }
  for (let round = 0; round < rounds; round += 1) {
    await time("flow", reports.flow);
    await time("log", fromLog);
    await time("times", reports.times);
    await time("load", reports.load);
  }
  const size = `${tasks.toLocaleString("en")} tasks`;
  const what = `cumulative flow of ${size} over a year`;
  reportRatio(bench, {
    what,
    against: "the same from the event log",
    ours: taken.flow,
    theirs: taken.log,
    goal: { atMost: 0.25 },
  });
  reportFigure({ what, unit: "ms", rounds: taken.flow, goal: { atMost: 1_000 } });
  reportFigure({ what: `lead and cycle times of ${size}`, unit: "ms", rounds: taken.times, goal: { atMost: 1_000 } });
  reportFigure({ what: `load per person of ${size}`, unit: "ms", rounds: taken.load, goal: { atMost: 1_000 } });
});
