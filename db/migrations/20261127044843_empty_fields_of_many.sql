-- The data of an event without what some tasks say: titles, descriptions, fields, checklists, comments and names of files.
-- What fields became of several tasks alike stays with those that are still there.
create or replace function wordless(data jsonb, task_ids text[]) returns jsonb
language sql immutable parallel safe
as $$
  select case
    when coalesce(data->>'taskId', data->'task'->>'id', data->'checklist'->>'taskId', data->'item'->>'taskId',
      data->'comment'->>'taskId', data->'attachment'->>'taskId') = any(task_ids)
    then data
      || case when data->>'description' <> '' then '{"description": ""}'::jsonb else '{}' end
      || case when data ? 'fields' then '{"fields": {}}'::jsonb else '{}' end
      || case when data->'task' ? 'title'
        then jsonb_build_object('task', data->'task' || '{"title": "", "fields": {}}') else '{}' end
      || case when data->'changes' ? 'title'
        then jsonb_build_object('changes', data->'changes' || '{"title": ""}') else '{}' end
      || case when data->'checklist' ? 'name'
        then jsonb_build_object('checklist', data->'checklist' || '{"name": ""}') else '{}' end
      || case when data->'item' ? 'text' then jsonb_build_object('item', data->'item' || '{"text": ""}') else '{}' end
      || case when data->'comment' ? 'text'
        then jsonb_build_object('comment', data->'comment' || '{"text": ""}') else '{}' end
      || case when data->'attachment' ? 'name'
        then jsonb_build_object('attachment', data->'attachment' || '{"name": ""}') else '{}' end
    else data
  end
  || case
    when jsonb_typeof(data->'tasks') = 'array' then jsonb_build_object('tasks', (
      select coalesce(jsonb_agg(
        case when t.value->>'id' = any(task_ids) then t.value || '{"title": "", "fields": {}}' else t.value end
        order by t.ordinality), '[]')
      from jsonb_array_elements(data->'tasks') with ordinality t))
    else '{}'
  end
  || case
    when jsonb_typeof(data->'archived') = 'array' then jsonb_build_object('archived', (
      select coalesce(jsonb_agg(
        case when t.value->>'id' = any(task_ids) then t.value || '{"title": "", "fields": {}}' else t.value end
        order by t.ordinality), '[]')
      from jsonb_array_elements(data->'archived') with ordinality t))
    else '{}'
  end
  || case
    when jsonb_typeof(data->'changes') = 'array' then jsonb_build_object('changes', (
      select coalesce(jsonb_agg(
        case
          when not c.value ? 'fields' or not c.value->'taskIds' ?| task_ids then c.value
          when (c.value->'taskIds') - task_ids = '[]' then c.value || '{"fields": {}}'
          else c.value || jsonb_build_object('taskIds', (c.value->'taskIds') - task_ids)
        end order by c.ordinality), '[]')
      from jsonb_array_elements(data->'changes') with ordinality c))
    else '{}'
  end
$$;
