-- The doors in the wall: what the server has to find out before it knows the organisation, or across organisations.
-- Each runs as the owner, and answers one narrow question. The list is closed: test/architecture/walls.test.ts counts it.

-- Which organisation a stream (a board, an organisation) belongs to.
create function org_of_stream(of_stream uuid) returns uuid
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$ begin return (select org_id from stream where id = of_stream); end $$;
--> statement-breakpoint
-- Which organisation an invitation is of, for who has its token.
create function org_of_invitation(of_token_hash text) returns uuid
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$ begin return (select org_id from invitation where token_hash = of_token_hash); end $$;
--> statement-breakpoint
-- Which organisation an import is of, for who began it.
create function org_of_import(of_import uuid) returns uuid
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return (select org_id from board_import
      where id = of_import and user_id = nullif(current_setting('app.user_id', true), '')::uuid);
  end
$$;
--> statement-breakpoint
-- Locks streams in the order of their ids, of several organisations too; who is not patient gets those that are free.
create function lock_streams(stream_ids uuid[], is_patient boolean)
returns table (id uuid, org_id uuid, kind text, version bigint, nonce bigint)
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  begin
    if is_patient then
      return query select s.id, s.org_id, s.kind, s.version, s.nonce from stream s
        where s.id = any((select stream_ids)::uuid[]) order by s.id for update;
    else
      return query select s.id, s.org_id, s.kind, s.version, s.nonce from stream s
        where s.id = any((select stream_ids)::uuid[]) order by s.id for update skip locked;
    end if;
  end
$$;
--> statement-breakpoint
-- The hub: where streams are, what they had last, and who counts the access to them.
create function stream_heads(stream_ids uuid[])
returns table (id uuid, org_id uuid, kind text, version bigint, nonce bigint, floor bigint, type text, access_version bigint)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  begin
    return query select s.id, s.org_id, s.kind, s.version, s.nonce, s.floor, e.type, coalesce(o.access_version, 0)
      from stream s left join org o on o.id = s.org_id
      left join event e on e.stream_id = s.id and e.version = s.version
      where s.id = any((select stream_ids)::uuid[]);
  end
$$;
--> statement-breakpoint
-- The hub: the events of one stream after a version.
create function stream_events(of_stream uuid, after bigint, at_most int) returns setof event
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query select e.* from event e where e.stream_id = of_stream and e.version > after
      order by e.version limit at_most;
  end
$$;
--> statement-breakpoint
-- The hub's poll: which events of some streams may have become visible since a horizon.
create function events_since(horizon xid8, stream_ids uuid[])
returns table (stream_id uuid, version bigint, nonce bigint)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  begin
    return query select e.stream_id, e.version, e.nonce from event e
      where e.tx_id >= horizon and e.stream_id = any((select stream_ids)::uuid[]);
  end
$$;
--> statement-breakpoint
-- The hub's poll: the access versions of organisations.
create function access_versions(org_ids uuid[]) returns table (id uuid, access_version bigint)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  begin
    return query select o.id, o.access_version from org o where o.id = any((select org_ids)::uuid[]);
  end
$$;
--> statement-breakpoint
-- Which of these ids somebody has given to something already, in whatever organisation.
create function taken_ids(of_kind text, ids uuid[]) returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    if cardinality(ids) = 0 then return; end if;
    case of_kind
      when 'task' then return query select t.id from task t where t.id = any((select ids)::uuid[]);
      when 'column' then return query select c.id from board_column c where c.id = any((select ids)::uuid[]);
      when 'label' then return query select l.id from label l where l.id = any((select ids)::uuid[]);
      when 'board' then return query select s.id from stream s where s.id = any((select ids)::uuid[])
        union select b.id from board b where b.id = any((select ids)::uuid[]);
      when 'project' then return query select p.id from project p where p.id = any((select ids)::uuid[]);
    end case;
  end
$$;
--> statement-breakpoint
-- Which of these slugs are those of organisations.
create function taken_slugs(slugs text[]) returns setof text
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$ begin return query select o.slug from org o where o.slug = any(slugs); end $$;
--> statement-breakpoint
-- Invitations that have had their time, for whoever tidies.
create function expired_invitations(expired_at timestamptz, at_most int)
returns table (id uuid, org_id uuid, invited_by uuid, email text)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  begin
    return query select i.id, i.org_id, i.invited_by, i.email from invitation i
      where i.expires_at < expired_at limit at_most;
  end
$$;
--> statement-breakpoint
-- The API key that somebody signs in with.
create function key_of_token(of_token_hash text) returns setof api_key
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$ begin return query select k.* from api_key k where k.token_hash = of_token_hash; end $$;
--> statement-breakpoint
-- Of these API keys, whose they are and until when they count: for what is open by them.
create function keys_in_use(key_ids uuid[]) returns table (id uuid, user_id uuid, expires_at timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  begin
    return query select k.id, k.user_id, k.expires_at from api_key k where k.id = any((select key_ids)::uuid[]);
  end
$$;
--> statement-breakpoint
-- One's own: what a person has across organisations. Whose, is said by the transaction.
create function own_memberships() returns setof membership
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query select m.* from membership m
      where m.user_id = nullif(current_setting('app.user_id', true), '')::uuid;
  end
$$;
--> statement-breakpoint
create function own_invitations() returns setof invitation
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query select i.* from app_user u join invitation i on i.email = u.email
      where u.id = nullif(current_setting('app.user_id', true), '')::uuid;
  end
$$;
--> statement-breakpoint
-- The organisations that somebody belongs to or is invited to.
create function own_orgs() returns setof org
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query select o.* from org o where o.id in (
      select m.org_id from own_memberships() m union select i.org_id from own_invitations() i);
  end
$$;
--> statement-breakpoint
create function own_shares() returns setof board_member
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query select bm.* from own_memberships() m
      join board_member bm on bm.org_id = m.org_id and bm.user_id = m.user_id where bm.role is not null;
  end
$$;
--> statement-breakpoint
create function own_shared_boards() returns setof board
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$ begin return query select b.* from own_shares() bm join board b on b.id = bm.board_id; end $$;
--> statement-breakpoint
-- An account's inbox comes with it, whoever makes the account.
create or replace function create_inbox() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    insert into stream (id, kind) values (new.id, 'inbox');
    return new;
  end
$$;

--> statement-breakpoint
-- The roles that somebody holds of those that organisations made for themselves.
create function own_roles() returns setof org_role
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query select r.* from own_memberships() m join org_role r on r.org_id = m.org_id and r.id = m.role_id;
  end
$$;
--> statement-breakpoint
create function own_keys() returns setof api_key
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query select k.* from own_memberships() m
      join api_key k on k.org_id = m.org_id and k.user_id = m.user_id;
  end
$$;
--> statement-breakpoint
-- The organisations that would be nobody's without the person of the transaction.
create function own_orphans() returns table (id uuid, has_others boolean)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  begin
    return query select m.org_id,
        exists (select from membership o where o.org_id = m.org_id and o.user_id <> m.user_id)
      from own_memberships() m where m.role = 'owner' and not exists (
        select from membership o join app_user u on u.id = o.user_id and u.deleted_at is null
        where o.org_id = m.org_id and o.role = 'owner' and o.user_id <> m.user_id)
      order by 1;
  end
$$;
--> statement-breakpoint
-- Holds the rows of the organisations that they own.
create function lock_owned_orgs() returns void
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    perform from org o join own_memberships() m on m.org_id = o.id and m.role = 'owner' order by o.id for update of o;
  end
$$;
--> statement-breakpoint
-- The boards that know them, where they belong to the organisation no more, too: for who takes their name away.
create function boards_that_know() returns table (id uuid, org_id uuid)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  begin
    return query select bm.board_id, bm.org_id from board_member bm
      where bm.user_id = nullif(current_setting('app.user_id', true), '')::uuid;
  end
$$;
--> statement-breakpoint
-- Takes their name from some events behind a place in the log, and answers where that has come to.
create function erase_own_name(becomes text, after_stream uuid, after_version bigint, at_most int)
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
          and e.type in ('member.joined', 'board.shared', 'board.unshared', 'task.created', 'task.updated')
          and position(own in e.data::text) > 0)
      select p.stream_id, p.version from page p order by 1 desc, 2 desc limit 1;
  end
$$;
--> statement-breakpoint
-- The audit log: of which chains there are records without a block, for whoever seals.
create function unsealed_chains(at_most int) returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query select distinct r.chain_id from audit_record r where r.block is null limit at_most;
  end
$$;
--> statement-breakpoint
-- The audit log: the chains whose newest block was signed by another key than the one of now.
create function chains_of_former_keys(key_of_now text) returns setof uuid
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query select newest.chain_id from (
        select distinct on (b.chain_id) b.chain_id, b.key_id from audit_block b order by b.chain_id, b.number desc) newest
      where newest.key_id <> key_of_now;
  end
$$;
--> statement-breakpoint
-- The audit log: at whose organisation something was refused, where that is theirs. `place` counts from 0.
create function orgs_of_members(user_ids uuid[], org_ids uuid[], board_ids uuid[]) returns table (place int, org_id uuid)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  begin
    return query select (w.place - 1)::int, m.org_id
      from unnest(user_ids, org_ids, board_ids) with ordinality w(user_id, org_id, board_id, place)
      left join board b on b.id = w.board_id
      join membership m on m.org_id = coalesce(b.org_id, w.org_id) and m.user_id = w.user_id;
  end
$$;
