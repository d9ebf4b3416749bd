-- Whose something is, by what somebody has who is not signed in.
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
      when 'calendar' then return (select c.user_id from calendar_link c where c.token_hash = mark);
      -- An issuer is an address, without a blank.
      when 'identity' then return (select i.user_id from identity i
        where i.issuer = split_part(mark, ' ', 1) and i.subject = substr(mark, strpos(mark, ' ') + 1));
    end case;
  end
$$;
