-- What a column is at first: what becomes of it is read from the log.
create function keep_flow_of_column() returns trigger
language plpgsql
as $$
  begin
    insert into flow_column (org_id, board_id, column_id, state_group, state)
      values (new.org_id, new.board_id, new.id, new.state_group, new.state) on conflict do nothing;
    return null;
  end
$$;
--> statement-breakpoint
create trigger keep_flow_of_column after insert on board_column
for each row execute function keep_flow_of_column();
--> statement-breakpoint
insert into flow_column (org_id, board_id, column_id, state_group, state)
select c.org_id, c.board_id, c.id, c.state_group, c.state from board_column c on conflict do nothing;
--> statement-breakpoint
-- Tasks of an import have no events of their own: they count from when they came.
create function adopt_imported(of_board uuid, since timestamptz) returns void
language plpgsql
as $$
  declare
    quarter constant timestamptz := date_bin('15 minutes', since, 'epoch'::timestamptz);
  begin
    with fresh as (
      insert into task_flow (org_id, board_id, task_id, column_id, state, points, created_at, started_at, completed_at)
      select t.org_id, t.board_id, t.id, t.column_id, t.state, coalesce(t.estimate, 0), t.created_at,
        case when f.state_group = 'started' then since end, case when f.state_group = 'completed' then since end
      from task t join flow_column f on f.column_id = t.column_id
      where t.board_id = of_board and t.external_id is not null
        and not exists (select from task_flow k where k.board_id = t.board_id and k.task_id = t.id)
      returning org_id, board_id, column_id, state, points)
    insert into flow_count as k (org_id, board_id, scope_id, state_group, at, tasks, points, added, removed)
    select n.org_id, n.board_id, n.board_id, f.state_group, quarter, count(*), sum(n.points), count(*), 0
    from fresh n join flow_column f on f.column_id = n.column_id
    where f.state_group in ('completed', 'cancelled') and n.state <> 'trashed' or n.state = 'open' and f.state = 'open'
    group by 1, 2, 4
    on conflict (org_id, board_id, scope_id, at, state_group) do update set tasks = k.tasks + excluded.tasks,
      points = k.points + excluded.points, added = k.added + excluded.added;
  end
$$;
--> statement-breakpoint
-- What is planned for tasks is a part of their activity.
drop index event_tasks;
--> statement-breakpoint
create index event_tasks on event using gin (event_task_ids(data))
where type in ('tasks.updated', 'tasks.moved', 'tasks.archived', 'tasks.restored', 'tasks.deleted', 'tasks.recovered', 'tasks.purged', 'tasks.planned',
  'board.reset', 'relation.created', 'relation.deleted');
--> statement-breakpoint
create or replace function task_events(of_board uuid, of_task uuid, before bigint, at_most int) returns setof bigint
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query
      with of_many as materialized (
        select e.stream_id, e.version from event e
        where e.type in ('tasks.updated', 'tasks.moved', 'tasks.archived', 'tasks.restored', 'tasks.deleted',
            'tasks.recovered', 'tasks.purged', 'tasks.planned', 'board.reset', 'relation.created', 'relation.deleted')
          and event_task_ids(e.data) ? of_task::text)
      select found.version from (
        (select e.version from event e
          where e.stream_id = of_board and coalesce(e.data->>'taskId', e.data->'task'->>'id',
              e.data->'comment'->>'taskId', e.data->'attachment'->>'taskId') = of_task::text
            and e.version < before and e.type <> 'checklist.reranked'
          order by e.version desc limit at_most)
        union all
        select m.version from of_many m where m.stream_id = of_board and m.version < before) found
      order by found.version desc limit at_most;
  end
$$;
