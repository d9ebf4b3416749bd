-- The doors in the walls around accounts: whose something is that nobody has signed in with yet, and what is done across
-- accounts. Each runs as the owner, as those of organisations do.

-- Which account has an address, or something that it signs in with.
create function account_of(of_kind text, mark text) returns uuid
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    case of_kind
      when 'address' then return (select u.id from app_user u where u.email = mark);
      when 'session' then return (select s.user_id from session s where s.id = mark);
      when 'password-reset' then return (select r.user_id from password_reset r where r.token_hash = mark);
      when 'ticket' then return (select t.user_id from sign_in_ticket t where t.token_hash = mark);
      when 'passkey' then return (select p.user_id from passkey p where p.credential_id = mark);
      -- An issuer is an address, without a blank.
      when 'identity' then return (select i.user_id from identity i
        where i.issuer = split_part(mark, ' ', 1) and i.subject = substr(mark, strpos(mark, ' ') + 1));
    end case;
  end
$$;
--> statement-breakpoint
-- The session that a token is of, or was until a moment ago.
create function session_of_token(of_token_hash text, seen_at timestamptz)
returns table (public_id uuid, user_id uuid, expires_at timestamptz, ends_at timestamptz, user_agent text,
  last_used_at timestamptz, last_address text, is_former boolean, email text, name text)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  begin
    return query select s.public_id, s.user_id, s.expires_at, s.ends_at, s.user_agent, s.last_used_at, s.last_address,
        false, u.email, u.name
      from session s join app_user u on u.id = s.user_id
      where s.id = of_token_hash and u.disabled_at is null;
    if not found then
      return query select s.public_id, s.user_id, s.expires_at, s.ends_at, s.user_agent, s.last_used_at, s.last_address,
          true, u.email, u.name
        from session s join app_user u on u.id = s.user_id
        where s.former_id = of_token_hash and s.former_until > seen_at and u.disabled_at is null;
    end if;
  end
$$;
--> statement-breakpoint
-- Of these sessions those that count, for what is open by them.
create function live_sessions(session_ids uuid[], seen_at timestamptz) returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query select s.public_id from session s join app_user u on u.id = s.user_id
      where s.public_id = any((select session_ids)::uuid[]) and least(s.expires_at, s.ends_at) > seen_at
        and u.disabled_at is null;
  end
$$;
--> statement-breakpoint
-- Some of the accounts behind one that have a session, or are about to, for who ends them all.
create function accounts_with_sessions(after uuid, at_most int) returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query
      select s.user_id from session s where s.user_id > coalesce(after, '00000000-0000-0000-0000-000000000000')
      union select t.user_id from sign_in_ticket t
        where t.user_id > coalesce(after, '00000000-0000-0000-0000-000000000000')
      order by 1 limit at_most;
  end
$$;
--> statement-breakpoint
create function has_accounts() returns boolean
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$ begin return exists (select from app_user); end $$;
--> statement-breakpoint
-- Forgets what has had its time.
create function forget_expired(of_kind text, before timestamptz) returns void
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    case of_kind
      when 'session' then delete from session s where s.expires_at < before or s.ends_at < before;
      when 'password-reset' then delete from password_reset r where r.expires_at < before;
      when 'email-code' then delete from email_code c where c.expires_at < before;
      when 'ticket' then delete from sign_in_ticket t where t.expires_at < before;
      when 'device' then delete from known_device d where d.seen_at < before;
      when 'answer' then delete from mutation m where m.at < before;
    end case;
  end
$$;
--> statement-breakpoint
-- What mutations answered, by whose they were and what they were called: a batch asks for all that its authors sent.
create function stored_answers(user_ids uuid[], ids uuid[]) returns setof mutation
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query select m.* from unnest(user_ids, ids) k(user_id, id)
      join mutation m on m.user_id = k.user_id and m.id = k.id;
  end
$$;
--> statement-breakpoint
create function store_answers(user_ids uuid[], ids uuid[], procedures text[], input_hashes text[], results jsonb[],
  stream_ids uuid[], versions bigint[], instants timestamptz[]) returns void
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    insert into mutation (user_id, id, procedure, input_hash, result, stream_id, version, at)
      select * from unnest(user_ids, ids, procedures, input_hashes, results, stream_ids, versions, instants);
  end
$$;
--> statement-breakpoint
-- Forgets answers, whosever, that may say what somebody was called whose account is gone.
create function erase_own_answers() returns void
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
  declare own text := nullif(current_setting('app.user_id', true), '');
  begin
    update mutation m set result = null
      where position(own in m.result::text) > 0 and m.result::text ~ '"(name|email)"';
  end
$$;
--> statement-breakpoint
-- The texts that accounts have encrypted by a data key, in the order of their rows, for who replaces it.
create function sealed_texts(of_column text, pattern text, after uuid, at_most int)
returns table (id uuid, owner uuid, sealed text)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    case of_column
      when 'session.last_address' then return query select s.public_id, s.user_id, s.last_address from session s
        where s.last_address like pattern and (after is null or s.public_id > after) order by 1 limit at_most;
      when 'authenticator.secret' then return query select a.user_id, a.user_id, a.secret from authenticator a
        where a.secret like pattern and (after is null or a.user_id > after) order by 1 limit at_most;
    end case;
  end
$$;
--> statement-breakpoint
drop function key_of_token(text);
--> statement-breakpoint
-- The API key that somebody signs in with, and who that is.
create function key_of_token(of_token_hash text)
returns table (id uuid, org_id uuid, actions text[], expires_at timestamptz, last_used_at timestamptz,
  last_address text, user_id uuid, email text, name text)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  begin
    return query select k.id, k.org_id, k.actions, k.expires_at, k.last_used_at, k.last_address, u.id, u.email, u.name
      from api_key k join app_user u on u.id = k.user_id
      where k.token_hash = of_token_hash and u.disabled_at is null;
  end
$$;
--> statement-breakpoint
drop function keys_in_use(uuid[]);
--> statement-breakpoint
-- Of these API keys those that count, for what is open by them.
create function live_keys(key_ids uuid[], seen_at timestamptz) returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query select k.id from api_key k join app_user u on u.id = k.user_id
      where k.id = any((select key_ids)::uuid[]) and u.disabled_at is null
        and (k.expires_at is null or k.expires_at > seen_at);
  end
$$;
