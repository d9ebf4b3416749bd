-- Readers of the whole log: on which boards there may be something that one has not read. After a horizon (of
-- transactions, from the look before) those where something happened; without one, all that are behind.
create function streams_behind(of_reader text, horizon xid8) returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    if horizon is null then
      return query select s.id from stream s left join log_position p on p.stream_id = s.id and p.reader = of_reader
        where s.kind = 'board' and s.version > coalesce(p.version, 0);
    else
      return query select distinct e.stream_id from event e where e.tx_id >= horizon and e.org_id is not null;
    end if;
  end
$$;
--> statement-breakpoint
-- Holds the places of a reader on some boards until the transaction ends, and answers what comes next on each: of some
-- types, out of the next `at_most` events, and how far that goes.
create function read_log(of_reader text, stream_ids uuid[], of_types text[], at_most int)
returns table (stream_id uuid, org_id uuid, up_to bigint, is_full boolean, events json)
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  begin
    insert into log_position (stream_id, reader, version)
      select s.id, of_reader, 0 from stream s where s.id = any((select stream_ids)::uuid[]) and s.kind = 'board'
        and not exists (select from log_position p where p.stream_id = s.id and p.reader = of_reader)
      order by 1 on conflict do nothing;
    -- What follows is a statement of its own: it sees what was there when the places were given.
    perform from log_position p where p.stream_id = any((select stream_ids)::uuid[]) and p.reader = of_reader
      order by p.stream_id for update;
    return query
      select p.stream_id, s.org_id, page.up_to, page.count = at_most, coalesce(page.events, '[]'::json)
      from log_position p join stream s on s.id = p.stream_id and s.kind = 'board'
      cross join lateral (
        select max(e.version) as up_to, count(*) as count,
          json_agg(json_build_object('streamId', e.stream_id, 'version', e.version, 'nonce', e.nonce,
            'accessVersion', e.access_version, 'type', e.type, 'actorId', e.actor_id, 'mutationId', e.mutation_id,
            'at', iso(e.at), 'data', e.data) order by e.version) filter (where e.type = any(of_types)) as events
        from (select * from event e where e.stream_id = p.stream_id and e.version > p.version
          order by e.version limit at_most) e) page
      where p.stream_id = any((select stream_ids)::uuid[]) and p.reader = of_reader and page.count > 0
      order by p.stream_id;
  end
$$;
--> statement-breakpoint
-- Tells people something, each within their own wall, whoever does it. Answers which of these came to be: nobody is told
-- twice of an event, nor twice that a comment mentions them.
create function add_notifications(told jsonb) returns setof uuid
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query
      insert into notification (id, org_id, user_id, board_id, task_id, comment_id, reason, stream_id, version, type,
        actor_id, created_at)
      select t."id", t."orgId", t."userId", t."boardId", t."taskId", t."commentId", t."reason", t."streamId",
        t."version", t."type", t."actorId", t."at"
      from jsonb_to_recordset(told) t("id" uuid, "orgId" uuid, "userId" uuid, "boardId" uuid, "taskId" uuid,
        "commentId" uuid, "reason" text, "streamId" uuid, "version" bigint, "type" text, "actorId" uuid,
        "at" timestamptz)
      order by t."userId", t."id" on conflict do nothing returning notification.id;
  end
$$;
--> statement-breakpoint
-- Which of these boards one may see, by one of these roles, with this action allowed. What `boardRefusal` says, in SQL.
create function own_boards_seen(board_ids uuid[], of_action text, roles text[]) returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query
      select b.id from board b
      join own_memberships() m on m.org_id = b.org_id
      left join board_member bm on bm.board_id = b.id and bm.user_id = m.user_id
      where b.id = any((select board_ids)::uuid[])
        and board_role(m.role, b.visibility, bm.role) = any(roles)
        and (m.allowed is null or of_action = any(m.allowed))
        and not coalesce(m.factor_due_at <= clock_timestamp(), false);
  end
$$;
--> statement-breakpoint
-- What these tasks are called, to who may see them.
create function own_tasks_seen(task_ids uuid[], of_action text, roles text[])
returns table (id uuid, board_id uuid, board_name text, key text, title text)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  begin
    return query
      with named as (select t.* from task t where t.id = any((select task_ids)::uuid[]))
      select t.id, b.id, b.name, p.key || '-' || t.number, t.title from named t
      join board b on b.id = t.board_id join project p on p.id = t.project_id
      where b.id in (select own_boards_seen((select array_agg(distinct n.board_id) from named n), of_action, roles));
  end
$$;
--> statement-breakpoint
-- Forgets notifications that have had their time, and places in logs that are no more.
create function forget_notifications(read_before timestamptz, made_before timestamptz) returns void
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    delete from notification n where n.read_at < read_before or n.created_at < made_before;
    delete from log_position p where not exists (select from stream s where s.id = p.stream_id);
  end
$$;
--> statement-breakpoint
-- What was there before is nobody's news.
insert into log_position (stream_id, reader, version)
  select s.id, 'notifications', s.version from stream s where s.kind = 'board';
--> statement-breakpoint
-- Who is about a task by now watches it: who made it here, is assigned to it, or has said something.
insert into watch (id, org_id, user_id, board_id, task_id, level, created_at)
  select gen_random_uuid(), w.org_id, w.user_id, w.board_id, w.task_id, 'watching', now()
  from (
    select t.org_id, t.board_id, t.id as task_id, t.created_by as user_id from task t where t.external_id is null
    union select a.org_id, a.board_id, a.task_id, a.user_id from task_assignee a
    union select c.org_id, c.board_id, c.task_id, c.author_id from comment c where c.state = 'open') w
  join membership m on m.org_id = w.org_id and m.user_id = w.user_id
  join app_user u on u.id = w.user_id and u.kind = 'person';
