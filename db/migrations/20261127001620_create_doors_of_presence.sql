-- drizzle-kit does not know unlogged tables.
alter table "presence" set unlogged;
--> statement-breakpoint
-- Says who is at boards by way of one process, and who has left; answers all who are there, of those who may see them.
-- Who was not said again for a while was connected to a process that has ended.
create function meet_at_boards(of_ids uuid[], of_boards uuid[], of_users uuid[], of_tasks uuid[], left_ids uuid[],
  longest interval)
returns table (board_id uuid, id uuid, user_id uuid, name text, task_id uuid, is_known boolean, role text, allowed text[])
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  begin
    delete from presence p where p.id = any(left_ids);
    delete from presence p where p.board_id = any(of_boards) and p.seen_at < clock_timestamp() - longest
      and p.id <> all(of_ids);
    insert into presence (id, org_id, board_id, user_id, task_id, seen_at)
      select n.id, b.org_id, b.id, n.user_id, t.id, clock_timestamp()
      from unnest(of_ids, of_boards, of_users, of_tasks) n(id, board_id, user_id, task_id)
      join board b on b.id = n.board_id
      left join task t on t.board_id = b.id and t.id = n.task_id
      on conflict (id) do update set seen_at = excluded.seen_at, task_id = excluded.task_id;
    return query
      select p.board_id, p.id, p.user_id, u.name, p.task_id, bm.user_id is not null, m.role, m.allowed
      from presence p
      join board b on b.id = p.board_id
      join membership m on m.org_id = b.org_id and m.user_id = p.user_id
      join app_user u on u.id = p.user_id
      left join board_member bm on bm.board_id = b.id and bm.user_id = p.user_id
      where p.board_id = any(of_boards) and board_role(m.role, b.visibility, bm.role) is not null
        and not coalesce(m.factor_due_at <= clock_timestamp(), false)
      order by p.board_id, p.user_id, p.id;
  end
$$;
