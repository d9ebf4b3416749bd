-- Whether an account has more to prove than its password. The one place that says so.
create function has_second_factor(of_user uuid) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  select exists (select from passkey p where p.user_id = of_user)
    or exists (select from authenticator a where a.user_id = of_user and a.confirmed_at is not null)
$$;
--> statement-breakpoint
-- From when on somebody is refused in an organisation for want of a second factor; null: not at all. A service account
-- has none, and needs none.
create function factor_due_for(of_org uuid, of_user uuid) returns timestamptz
language sql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  select o.factor_due_at from org o join app_user u on u.id = of_user and u.kind = 'person'
  where o.id = of_org and o.factor_due_at is not null and not has_second_factor(of_user)
$$;
--> statement-breakpoint
-- Brings what organisations demand up to date with the factors that somebody has by now. Answers whether an organisation
-- of theirs demands one that they lack. Holds the account, then their organisations: whoever joins one holds the account,
-- whoever demands a factor the organisation. Whom it shuts out hears no event written later (rule L14).
create function settle_factor_demands(of_user uuid) returns boolean
language plpgsql security definer set search_path = pg_catalog, public, pg_temp
as $$
declare
  shut_from uuid[];
begin
  perform from app_user u where u.id = of_user for no key update;
  perform from org o where o.id in (select m.org_id from membership m where m.user_id = of_user) order by o.id for update;
  -- Held like this, so that no write goes on with the row of before.
  perform from membership m where m.user_id = of_user order by m.org_id for update;
  with settled as (
    update membership m set factor_due_at = factor_due_for(m.org_id, of_user)
    where m.user_id = of_user and m.factor_due_at is distinct from factor_due_for(m.org_id, of_user)
    returning m.org_id, m.factor_due_at
  )
  select array_agg(s.org_id) into shut_from from settled s where s.factor_due_at is not null;
  update org o set access_version = o.access_version + 1 + floor(random() * 1000000)::bigint
  where o.id = any(shut_from);
  return exists (select from membership m where m.user_id = of_user and m.factor_due_at is not null);
end
$$;
--> statement-breakpoint
-- The organisations whose demand began after one instant and up to now, and what time it is.
create function factor_demands_since(since timestamptz) returns table (org_id uuid, seen_at timestamptz)
language sql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
  select o.id, t.seen_at from (select clock_timestamp() as seen_at) t
  left join org o on o.factor_due_at > since and o.factor_due_at <= t.seen_at
$$;
