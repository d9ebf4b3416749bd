-- The tasks that an event is about which is about several, or about the two of a relation.
create function event_task_ids(data jsonb) returns jsonb
language sql immutable strict parallel safe
as $$
  select jsonb_path_query_array(data, '$.taskIds[*]') || jsonb_path_query_array(data, '$.changes[*].taskIds[*]')
    || jsonb_path_query_array(data, '$.to[*].ranks[*].taskId') || jsonb_path_query_array(data, '$.tasks[*].id')
    || jsonb_path_query_array(data, '$.archived[*].id')
    || jsonb_path_query_array(data, '$.restoredTaskIds[*]') || jsonb_path_query_array(data, '$.relation.fromTaskId')
    || jsonb_path_query_array(data, '$.relation.toTaskId')
$$;
--> statement-breakpoint
create index event_tasks on event using gin (event_task_ids(data))
where type in ('tasks.updated', 'tasks.moved', 'tasks.archived', 'tasks.restored', 'tasks.deleted', 'tasks.recovered', 'tasks.purged',
  'board.reset', 'relation.created', 'relation.deleted');
--> statement-breakpoint
create index event_task on event (stream_id, (coalesce(data->>'taskId', data->'task'->>'id', data->'comment'->>'taskId',
  data->'attachment'->>'taskId')), version)
where coalesce(data->>'taskId', data->'task'->>'id', data->'comment'->>'taskId', data->'attachment'->>'taskId') is not null;
--> statement-breakpoint
-- The versions of a board at which something was done to a task, newest first, before a version: all but that its
-- checklists were numbered anew. As the owner, and numbers alone, as `description_versions`. What is about several tasks
-- is looked up by them alone: of a board there may be many.
create function task_events(of_board uuid, of_task uuid, before bigint, at_most int) returns setof bigint
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query
      with of_many as materialized (
        select e.stream_id, e.version from event e
        where e.type in ('tasks.updated', 'tasks.moved', 'tasks.archived', 'tasks.restored', 'tasks.deleted',
            'tasks.recovered', 'tasks.purged', 'board.reset', 'relation.created', 'relation.deleted')
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
