-- The tasks of the caller's organisation, on these boards, that say all of some words, and how well. What no text says is
-- looked for as if it were misspelt: with letters swapped, and then, where the database can, in titles that are alike. A word such as PRJ-12 or 12 is a number, too,
-- that a task has or had.
create or replace function search_tasks(boards uuid[], said text[], is_ranked boolean)
returns table (task_id uuid, score real)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  declare
    own uuid := nullif(current_setting('app.org_id', true), '')::uuid;
    inside tsquery := ('''@' || own || '''')::tsquery;
    trigrams regnamespace := (select extnamespace from pg_extension where extname = 'pg_trgm'
      and to_regclass('search_text_title') is not null);
    weights constant real[] := '{0.1, 0.2, 0.4, 1}';
    word text; query tsquery; every_query tsquery; exact tsquery := ''; named text[]; ids uuid[]; found uuid[];
  begin
    foreach word in array said loop
      query := search_query(word);
      named := regexp_match(word, '^(?:([A-Za-z][A-Za-z0-9]*)-)?([0-9]{1,9})$');
      found := array(
        select x.task_id from search_text x
        where x.org_id = own and x.words @@ (inside && query) and x.board_id = any(boards)
        union
        select t.id from project p join task t on t.project_id = p.id and t.number = named[2]::int
        where named is not null and p.org_id = own and (named[1] is null or p.key = upper(named[1]))
          and t.org_id = own and t.board_id = any(boards)
        union
        select f.task_id from project p join former_number f on f.project_id = p.id and f.number = named[2]::int
        where named is not null and p.org_id = own and (named[1] is null or p.key = upper(named[1]))
          and f.org_id = own and f.board_id = any(boards));
      if cardinality(found) = 0 and named is null and length(word) between 4 and 40 then
        found := array(
          select distinct x.task_id from search_text x
          where x.org_id = own and x.words @@ (inside && search_swapped(word)) and x.board_id = any(boards));
      end if;
      if cardinality(found) = 0 and named is null and length(word) >= 4 and trigrams is not null then
        perform set_config('pg_trgm.word_similarity_threshold', '0.4', true);
        execute format('
          with near as (select x.task_id, %1$s.word_similarity($3, x.title) as likeness from search_text x
            where x.org_id = $1 and x.title operator(%1$s.%%>) $3 and x.board_id = any($2)
            order by likeness desc, x.task_id desc limit 200)
          select array(select task_id from near where likeness >= (select max(likeness) from near) - 0.1)', trigrams)
          into found using own, boards, search_fold(word);
      end if;
      -- By a join: to look through an array for each row takes the one times the other.
      ids := case when ids is null then found else array(select unnest(ids) intersect select unnest(found)) end;
      if cardinality(ids) = 0 then return; end if;
      every_query := coalesce(every_query || query, query);
      exact := exact || to_tsquery('pg_catalog.simple', '''' || search_fold(word) || '''');
    end loop;
    if not is_ranked then return query select i, 0::real from unnest(ids) i; return; end if;
    -- Of what very many say, the newest is ranked.
    ids := array(select i from unnest(ids) i order by i desc limit 5000);
    return query
      select i, coalesce(r.score, 0)::real from unnest(ids) i left join (
        select x.task_id, max(2 * ts_rank(weights, x.words, exact) + ts_rank(weights, x.words, every_query)) as score
        from (select s.task_id, s.words from search_text s join unnest(ids) n on n = s.task_id
          where s.org_id = own and s.board_id = any(boards) and s.words @@ (inside && every_query) limit 20000) x
        group by 1) r on r.task_id = i;
  end
$$;
--> statement-breakpoint
-- A task that comes from another board brings its description along.
drop index event_description;
--> statement-breakpoint
create index event_description on event (stream_id, (coalesce(data->>'taskId', data->'task'->>'id')), version)
where (type = 'task.updated' and data ? 'description')
  or (type in ('task.created', 'task.arrived') and data->>'description' <> '');
--> statement-breakpoint
-- The versions at which a task's description was written, newest first, before a version. As the owner: what is in JSON
-- is not looked up by an index under row-level security. It answers numbers alone; who asks reads the events themselves.
create or replace function description_versions(of_board uuid, of_task uuid, before bigint, at_most int) returns setof bigint
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query select e.version from event e
      where ((e.type = 'task.updated' and e.data ? 'description')
          or (e.type in ('task.created', 'task.arrived') and e.data->>'description' <> ''))
        and e.stream_id = of_board and coalesce(e.data->>'taskId', e.data->'task'->>'id') = of_task::text
        and e.version < before
      order by e.version desc limit at_most;
  end
$$;
--> statement-breakpoint
-- What belongs to nothing any more may go from the store at once, whatever took its last place: also a task, board or
-- organisation that was deleted, whose rows go by themselves. The files are held first: whoever copies an attachment
-- meanwhile holds them, too, and is seen once they are let go.
create or replace function release_files() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    perform from stored_file f where (f.org_id, f.id) in (select g.org_id, g.file_id from gone g)
      order by f.id for update;
    update stored_file f set expires_at = '-infinity' from gone g
      where f.org_id = g.org_id and f.id = g.file_id
        and not exists (select from attachment a where a.org_id = g.org_id and a.file_id = g.file_id);
    return null;
  end
$$;
