-- Which of these ids somebody has given to something already, in whatever organisation.
create or replace function taken_ids(of_kind text, ids uuid[]) returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    if cardinality(ids) = 0 then return; end if;
    case of_kind
      when 'task' then return query select t.id from task t where t.id = any((select ids)::uuid[]);
      when 'column' then return query select c.id from board_column c where c.id = any((select ids)::uuid[]);
      when 'label' then return query select l.id from label l where l.id = any((select ids)::uuid[]);
      when 'comment' then return query select c.id from comment c where c.id = any((select ids)::uuid[]);
      when 'checklist' then return query select c.id from checklist c where c.id = any((select ids)::uuid[]);
      when 'check-item' then return query select i.id from check_item i where i.id = any((select ids)::uuid[]);
      when 'board' then return query select s.id from stream s where s.id = any((select ids)::uuid[])
        union select b.id from board b where b.id = any((select ids)::uuid[]);
      when 'project' then return query select p.id from project p where p.id = any((select ids)::uuid[]);
    end case;
  end
$$;
--> statement-breakpoint
-- The texts that descriptions had: finds those of one task among all that was announced on its board.
create index event_description on event (stream_id, (coalesce(data->>'taskId', data->'task'->>'id')), version)
where (type = 'task.updated' and data ? 'description') or (type = 'task.created' and data->>'description' <> '');
--> statement-breakpoint
-- The versions at which a task's description was written, newest first, before a version. As the owner: what is in JSON
-- is not looked up by an index under row-level security. It answers numbers alone; who asks reads the events themselves.
create function description_versions(of_board uuid, of_task uuid, before bigint, at_most int) returns setof bigint
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query select e.version from event e
      where ((e.type = 'task.updated' and e.data ? 'description')
          or (e.type = 'task.created' and e.data->>'description' <> ''))
        and e.stream_id = of_board and coalesce(e.data->>'taskId', e.data->'task'->>'id') = of_task::text
        and e.version < before
      order by e.version desc limit at_most;
  end
$$;
