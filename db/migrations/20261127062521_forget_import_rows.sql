create or replace function forget_expired(of_kind text, before timestamptz) returns void
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
      when 'attachment-upload' then delete from attachment_upload u where u.created_at < before;
      -- Of what was not started in time nobody waits for the rest.
      when 'import' then
        update board_import i set state = 'cancelled' where i.created_at < before and i.state = 'received';
        delete from import_row r using board_import i where i.org_id = r.org_id and i.id = r.import_id and i.created_at < before and i.state <> 'importing';
    end case;
  end
$$;
