-- Whoever looks at the clock looks for all organisations at once, and learns of ids alone.
create function due_rules(until timestamptz) returns table (org_id uuid, rule_id uuid)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  begin
    return query
      select r.org_id, r.id from rule r where r.next_at is not null and r.state = 'on' and r.next_at <= until
      order by r.org_id, r.id limit 1000;
  end
$$;
--> statement-breakpoint
-- What became of runs that are over, and of those whose rule was not run for as long.
create function forget_rule_runs(before timestamptz) returns void
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    delete from rule_run where id in (select id from rule_run where created_at < before order by created_at limit 10000);
  end
$$;
