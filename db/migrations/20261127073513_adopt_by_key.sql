-- Those that are known are found by their key: how many there are of a board that is being imported is not counted yet, and
-- a join would compare each of them with all others.
create or replace function adopt_imported(of_board uuid, since timestamptz) returns void
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
      on conflict (board_id, task_id) do nothing
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
