-- What belongs to nothing any more may go from the store at once, whatever took its last place: also a task, board or
-- organisation that was deleted, whose rows go by themselves.
create function release_files() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    update stored_file f set expires_at = '-infinity' from gone g where f.org_id = g.org_id and f.id = g.file_id;
    return null;
  end
$$;
--> statement-breakpoint
create trigger release_files after delete on attachment referencing old table as gone
for each statement execute function release_files();
--> statement-breakpoint
-- Files that have had their time, of whatever organisation, there may be none any more: for whoever tidies.
create function expired_files(before timestamptz, at_most int) returns table (id uuid, org_id uuid)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  begin
    return query select f.id, f.org_id from stored_file f where f.expires_at < before order by f.expires_at limit at_most;
  end
$$;
--> statement-breakpoint
-- Deletes what has had its time, of all accounts and organisations.
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
    end case;
  end
$$;
