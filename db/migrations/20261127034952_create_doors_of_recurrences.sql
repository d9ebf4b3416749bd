-- Takes up what recurs and is due, which nobody else is about, until `again`: whoever has not done it by then leaves it to
-- others. Due is what has its time, and what follows completions when its last task, at first its pattern, is done or out
-- of sight.
create function claim_recurrences(at timestamptz, again timestamptz, at_most int)
returns table (org_id uuid, board_id uuid, id uuid)
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  begin
    return query
      with due as materialized (
        select r.id from recurrence r where r.state = 'active' and r.look_at <= at
        order by r.look_at limit at_most for update skip locked)
      update recurrence r set look_at = again from due d where r.id = d.id returning r.org_id, r.board_id, r.id;
    return query
      with due as materialized (
        select r.id from recurrence r where r.state = 'active' and r.look_at is null and r.mode = 'completion'
          and not exists (
            select from task t join board_column c on c.id = t.column_id
            where t.id = coalesce(r.last_task_id, r.pattern_task_id) and t.state = 'open'
              and c.state_group not in ('completed', 'cancelled'))
        limit at_most for update skip locked)
      update recurrence r set look_at = again from due d where r.id = d.id returning r.org_id, r.board_id, r.id;
  end
$$;
--> statement-breakpoint
-- Tasks that were completed before this was kept: they were changed last then, as far as one can tell.
update task t set completed_at = t.updated_at from board_column c where c.id = t.column_id and c.state_group = 'completed';
