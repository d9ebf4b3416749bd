-- Of these boards those where a rule waits for events: ids alone, of whatever organisations.
create function boards_with_rules(board_ids uuid[]) returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query
      select b.id from board b where b.id = any((select board_ids)::uuid[])
        and exists (select from rule r where r.org_id = b.org_id and r.project_id = b.project_id and r.state = 'on'
          and r.next_at is null and (r.board_id is null or r.board_id = b.id));
  end
$$;
--> statement-breakpoint
-- Moves the places of a reader to the ends of these logs: what they have by now it does not read.
create function pass_over_log(of_reader text, board_ids uuid[]) returns void
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    insert into log_position as p (stream_id, reader, version)
      select s.id, of_reader, s.version from stream s where s.id = any((select board_ids)::uuid[]) and s.kind = 'board'
      order by s.id
    on conflict (stream_id, reader) do update set version = greatest(p.version, excluded.version);
  end
$$;
