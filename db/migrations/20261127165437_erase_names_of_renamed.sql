-- Takes one's own name from the log, page by page. Answers where the page ends; nothing: it was the last.
create or replace function erase_own_name(becomes text, after_stream uuid, after_version bigint, at_most int)
returns table (stream_id uuid, version bigint)
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  declare own text := nullif(current_setting('app.user_id', true), '');
  begin
    return query
      with page as (
        select e.stream_id, e.version from event e
        where (e.stream_id, e.version)
          > (coalesce(after_stream, '00000000-0000-0000-0000-000000000000'), coalesce(after_version, -1))
        order by 1, 2 limit at_most),
      changed as (
        update event e set data = nameless(e.data, own, becomes)
        from page p where e.stream_id = p.stream_id and e.version = p.version
          -- Those that say what somebody is called.
          and (e.type in ('member.joined', 'member.renamed', 'board.member-renamed')
            or e.data ?| array['member', 'members'])
          and position(own in e.data::text) > 0)
      select p.stream_id, p.version from page p order by 1 desc, 2 desc limit 1;
  end
$$;
