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
