-- Whose operations ended before one instant, or were not heard of since another and have not ended: some of them.
create function old_operations(ended_before timestamptz, silent_since timestamptz, at_most int)
returns table (org_id uuid, user_id uuid, ids uuid[])
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  begin
    return query
      select o.org_id, o.user_id, array_agg(o.id order by o.id)
      from (select * from operation
        where changed_at < greatest(ended_before, silent_since)
          and changed_at < case when finished_at is null then silent_since else ended_before end
        order by changed_at limit at_most) o
      group by 1, 2;
  end
$$;
