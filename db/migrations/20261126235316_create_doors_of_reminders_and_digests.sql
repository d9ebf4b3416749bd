-- What people are to be reminded of in a while: tasks that are due, by the leads of those who are assigned to them, or
-- want to be reminded of them. Of whole days a little more than that: when they are, the server says. Without what
-- somebody muted, is out of sight, or done.
create function tasks_to_remind_of(since timestamptz, until timestamptz, leads int[], default_leads int[])
returns table (org_id uuid, task_id uuid, user_id uuid, due_at timestamptz, due_on date, time_zone text, lead_minutes int)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
as $$
  #variable_conflict use_column
  begin
    return query
      select t.org_id, t.id, w.user_id, t.due_at, t.due_on, t.time_zone, l.lead
      from org o cross join unnest(leads) l(lead)
      join task t on t.org_id = o.id and t.due_at > since + l.lead * interval '1 minute'
        and t.due_at <= until + l.lead * interval '1 minute' + interval '26 hours' and t.state = 'open'
        and (t.due_on is not null or t.due_at <= until + l.lead * interval '1 minute')
      join board_column c on c.id = t.column_id and c.state = 'open' and c.state_group not in ('completed', 'cancelled')
      join board b on b.id = t.board_id and b.state = 'open'
      cross join lateral (
        select a.user_id from task_assignee a where a.board_id = t.board_id and a.task_id = t.id
        union select r.user_id from task_reminder r where r.task_id = t.id) w
      left join task_reminder r on r.task_id = t.id and r.user_id = w.user_id
      left join reminder_setting s on s.user_id = w.user_id
      where l.lead = any(coalesce(r.lead_minutes, s.lead_minutes, default_leads))
        and not exists (select from watch m where m.org_id = t.org_id and m.user_id = w.user_id and m.level = 'muted'
          and coalesce(m.task_id, m.column_id, m.board_id, m.project_id) in (t.id, b.id, b.project_id));
  end
$$;
--> statement-breakpoint
-- Tells people something, each within their own wall, whoever does it. Answers which of these came to be: nobody is told
-- twice of an event, reminded twice of a date, nor told twice that a comment mentions them.
create or replace function add_notifications(told jsonb) returns setof uuid
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query
      insert into notification (id, org_id, user_id, board_id, task_id, comment_id, reason, stream_id, version, type,
        actor_id, due_at, lead_minutes, created_at)
      select t."id", t."orgId", t."userId", t."boardId", t."taskId", t."commentId", t."reason", t."streamId",
        t."version", t."type", t."actorId", t."dueAt", t."leadMinutes", t."createdAt"
      from jsonb_to_recordset(told) t("id" uuid, "orgId" uuid, "userId" uuid, "boardId" uuid, "taskId" uuid,
        "commentId" uuid, "reason" text, "streamId" uuid, "version" bigint, "type" text, "actorId" uuid,
        "dueAt" timestamptz, "leadMinutes" int, "createdAt" timestamptz)
      order by t."userId", t."id" on conflict do nothing returning notification.id;
  end
$$;
--> statement-breakpoint
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
