import { sql } from "drizzle-orm";
import type { Db } from "../../../../db/client.ts";
import { uuids } from "../../../../db/columns.ts";
import { columnJson, taskJson, taskSource } from "../rows.ts";
import type { FilteredTask } from "./match-filter.ts";

/** Tasks of an organisation with all that a filter may ask of them, in one statement. */
export async function loadFilteredTasks(db: Db, orgId: string, taskIds: readonly string[]): Promise<FilteredTask[]> {
  const rows = await db.execute<{ found: FilteredTask }>(sql`
    select json_build_object('task', ${taskJson}, 'column', ${columnJson},
      'board', json_build_object('id', b.id, 'name', b.name),
      'project', json_build_object('id', p.id, 'name', p.name, 'key', p.key),
      'creator', json_build_object('id', t.created_by, 'name', (select u.name from app_user u where u.id = t.created_by)),
      'assignees', (select coalesce(json_agg(json_build_object('id', x.user_id, 'name', u.name)), '[]') from task_assignee x
        left join app_user u on u.id = x.user_id where x.board_id = t.board_id and x.task_id = t.id),
      'labels', (select coalesce(json_agg(json_build_object('id', l.id, 'name', l.name)), '[]') from task_label x
        join label l on l.id = x.label_id where x.board_id = t.board_id and x.task_id = t.id),
      'parent', (select json_build_object('id', o.id, 'key', op.key || '-' || o.number) from task o
        join project op on op.id = o.project_id where o.id = t.parent_id),
      'plans', (select coalesce(json_agg(json_build_object('id', n.id, 'name', n.name, 'kind', n.kind)), '[]')
        from task_plan x join plan n on n.id = x.plan_id where x.task_id = t.id),
      'completedAt', iso(t.completed_at),
      'blockers', t.blockers_elsewhere + (select count(*) from task o join board_column oc on oc.id = o.column_id
        where o.id = any(t.blocker_ids) and o.board_id = t.board_id and o.state = 'open' and oc.state = 'open'
          and oc.state_group not in ('completed', 'cancelled')),
      'subtasks', (select count(*) from task o
        where o.board_id = t.board_id and o.parent_id = t.id and o.state <> 'trashed'),
      'customs', (select coalesce(json_agg(json_build_object('name', f.name, 'kind', f.kind,
          'value', t.fields -> f.id::text, 'named', coalesce(
            (select json_agg(json_build_object('id', u.id, 'name', u.name)) from app_user u
              where f.kind = 'person' and u.id::text = any(field_words(t.fields, f.id))),
            (select json_agg(json_build_object('id', o ->> 'id', 'name', o ->> 'name'))
              from jsonb_array_elements(f.options) o
              where f.kind in ('select', 'multi-select') and o ->> 'id' = any(field_words(t.fields, f.id))),
            '[]'))), '[]') from task_field f
        where f.project_id = t.project_id and f.state = 'open' and t.fields ? f.id::text)) as found
    from ${taskSource} join board_column c on c.id = t.column_id join board b on b.id = t.board_id
    where t.org_id = ${orgId}::uuid and t.id = any(${uuids(taskIds)}) order by t.id`);
  return rows.map(({ found }) => found);
}
