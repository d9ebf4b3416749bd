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
