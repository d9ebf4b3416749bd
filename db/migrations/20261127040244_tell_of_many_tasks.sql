-- Tells people something, each within their own wall, whoever does it. Answers which of these came to be: nobody is told
-- twice of an event, reminded twice of a date, nor told twice that a comment mentions them.
create or replace function add_notifications(told jsonb) returns setof uuid
language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
as $$
  begin
    return query
      insert into notification (id, org_id, user_id, board_id, task_id, task_count, comment_id, reason, stream_id, version,
        type, actor_id, due_at, lead_minutes, created_at)
      select t."id", t."orgId", t."userId", t."boardId", t."taskId", coalesce(t."taskCount", 1), t."commentId", t."reason",
        t."streamId", t."version", t."type", t."actorId", t."dueAt", t."leadMinutes", t."createdAt"
      from jsonb_to_recordset(told) t("id" uuid, "orgId" uuid, "userId" uuid, "boardId" uuid, "taskId" uuid,
        "taskCount" int, "commentId" uuid, "reason" text, "streamId" uuid, "version" bigint, "type" text, "actorId" uuid,
        "dueAt" timestamptz, "leadMinutes" int, "createdAt" timestamptz)
      order by t."userId", t."id" on conflict do nothing returning notification.id;
  end
$$;
