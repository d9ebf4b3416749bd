-- Whose account something is: also by a link in a digest.
create or replace function account_of(of_kind text, mark text) returns uuid
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    case of_kind
      when 'address' then return (select u.id from app_user u where u.email = mark);
      when 'session' then return (select s.user_id from session s where s.id = mark);
      when 'password-reset' then return (select r.user_id from password_reset r where r.token_hash = mark);
      when 'ticket' then return (select t.user_id from sign_in_ticket t where t.token_hash = mark);
      when 'passkey' then return (select p.user_id from passkey p where p.credential_id = mark);
      when 'unsubscribe' then return (select l.user_id from unsubscribe_link l where l.token_hash = mark);
      -- An issuer is an address, without a blank.
      when 'identity' then return (select i.user_id from identity i
        where i.issuer = split_part(mark, ' ', 1) and i.subject = substr(mark, strpos(mark, ' ') + 1));
    end case;
  end
$$;
--> statement-breakpoint
-- The digests whose hour has come, which nobody else is about: held until the transaction ends.
create function due_digests(at timestamptz, at_most int)
returns table (user_id uuid, email text, hour int, time_zone text, told_id uuid)
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  begin
    return query
      select d.user_id, u.email, d.hour, d.time_zone, d.told_id from digest d
      join app_user u on u.id = d.user_id and u.disabled_at is null and u.email_verified_at is not null
      where d.state = 'on' and d.next_at <= at order by d.next_at limit at_most for update of d skip locked;
  end
$$;
--> statement-breakpoint
-- Forgets notifications and links in digests that have had their time, and places in logs that are no more.
create or replace function forget_notifications(read_before timestamptz, made_before timestamptz) returns void
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    delete from notification n where n.read_at < read_before or n.created_at < made_before;
    delete from unsubscribe_link l where l.created_at < made_before;
    delete from log_position p where not exists (select from stream s where s.id = p.stream_id);
  end
$$;
