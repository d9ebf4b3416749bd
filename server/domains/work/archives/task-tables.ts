import { sql } from "drizzle-orm";
import { type FieldKind, type LineOf, withReferences } from "./archive-format.ts";
import type { FieldValue } from "../fields.contract.ts";
import type { RowNumbers } from "./row-numbers.ts";
import { boardsOf, byTask, table, taskKey, tasksOf, type TableReader } from "./tables.ts";

interface FieldOfTask {
  readonly field: string;
  readonly kind: FieldKind;
  readonly value: FieldValue;
}

type TaskRow = Omit<LineOf<"tasks">, "board" | "column" | "labels" | "assignees" | "fields" | "plans" | "createdBy"> & {
  readonly board: string;
  readonly column: string;
  readonly labels: readonly string[];
  readonly assignees: readonly string[];
  readonly fields: readonly FieldOfTask[];
  readonly plans: readonly string[];
  readonly createdBy: string;
};

/** As they stand in their columns, those of each column in order. People are told apart by what does not hang on ids. */
export const tasks = table<"tasks", TaskRow>(
  (scope) => sql`
    select json_build_object('key', ${taskKey}, 'board', t.board_id, 'column', t.column_id, 'title', t.title,
      'description', t.description, 'priority', t.priority, 'startAt', iso(t.start_at), 'startOn', t.start_on,
      'dueAt', iso(t.due_at), 'dueOn', t.due_on, 'timeZone', t.time_zone, 'estimate', trim_scale(t.estimate),
      'coverColor', t.cover_color,
      'labels', (select coalesce(json_agg(x.label_id), '[]'::json) from task_label x
        where x.board_id = t.board_id and x.task_id = t.id),
      'assignees', (select coalesce(json_agg(x.user_id order by u.email, u.name, u.id), '[]'::json) from task_assignee x
        join app_user u on u.id = x.user_id where x.board_id = t.board_id and x.task_id = t.id),
      'assigneeNames', to_json(t.assignee_names),
      'fields', (select coalesce(json_agg(json_build_object('field', f.id, 'kind', f.kind, 'value', t.fields -> f.id::text)
          order by f.rank, f.id), '[]'::json) from task_field f
        where f.org_id = t.org_id and f.project_id = t.project_id and t.fields -> f.id::text is not null),
      'parent', (select p.key || '-' || o.number from task o
        where o.board_id = t.board_id and o.id = t.parent_id and o.state <> 'trashed'),
      'plans', (select coalesce(json_agg(x.plan_id order by x.kind), '[]'::json) from task_plan x
        where x.org_id = t.org_id and x.task_id = t.id),
      'formerNumbers', (select coalesce(json_agg(x.number order by x.number), '[]'::json) from former_number x
        where x.org_id = t.org_id and x.board_id = t.board_id and x.task_id = t.id and x.project_id = t.project_id),
      'state', t.state, 'completedAt', iso(t.completed_at), 'createdBy', t.created_by, 'createdAt', iso(t.created_at),
      'updatedAt', iso(t.updated_at)) as row
    from ${tasksOf(scope)} join ${boardsOf(scope)} on w.id = t.board_id
    join board_column c on c.org_id = t.org_id and c.board_id = t.board_id and c.id = t.column_id
    order by w.at, c.rank, c.id, t.rank, t.id`,
  (row, numbers) => ({
    ...row,
    board: numbers.meet("board", row.board),
    column: numbers.meet("column", row.column),
    labels: row.labels.map((id) => numbers.meet("label", id)).toSorted((a, b) => a - b),
    assignees: row.assignees.map((id) => numbers.meet("person", id)),
    fields: row.fields.map(({ field, kind, value }) => ({
      field: numbers.meet("field", field),
      value: valueOf(kind, value, numbers),
    })),
    plans: row.plans.flatMap((id) => numbers.find("plan", id) ?? []),
    createdBy: numbers.meet("person", row.createdBy),
  }),
);

function valueOf(kind: FieldKind, value: FieldValue, numbers: RowNumbers): LineOf<"tasks">["fields"][number]["value"] {
  if (Array.isArray(value)) {
    return { options: value.map((id) => numbers.meet("option", id)).toSorted((a, b) => a - b) };
  }
  if (kind === "select") return { option: numbers.meet("option", String(value)) };
  if (kind === "person") return { person: numbers.meet("person", String(value)) };
  return value;
}

type ChecklistRow = Omit<LineOf<"checklists">, "items"> & {
  readonly items: readonly (Omit<LineOf<"checklists">["items"][number], "assignee"> & {
    readonly assignee: string | null;
  })[];
};

export const checklists = table<"checklists", ChecklistRow>(
  (scope) => sql`
    select json_build_object('task', ${taskKey}, 'name', c.name, 'items', (
      select coalesce(json_agg(json_build_object('text', i.text, 'state', i.state, 'assignee', i.assignee_id,
        'dueAt', iso(i.due_at)) order by i.rank, i.id), '[]'::json) from check_item i
      where i.org_id = c.org_id and i.board_id = c.board_id and i.task_id = c.task_id and i.checklist_id = c.id)) as row
    from ${tasksOf(scope)} join checklist c on c.org_id = t.org_id and c.board_id = t.board_id and c.task_id = t.id
    order by ${byTask}, c.rank, c.id`,
  ({ task, name, items }, numbers) => ({
    task,
    name,
    items: items.map((item) => ({ ...item, assignee: personOf(item.assignee, numbers) })),
  }),
);

function personOf(id: string | null, numbers: RowNumbers): number | null {
  return id === null ? null : numbers.meet("person", id);
}

interface CommentRow {
  readonly id: string;
  readonly task: string;
  readonly parentId: string | null;
  readonly authorId: string | null;
  readonly authorName: string | null;
  readonly state: LineOf<"comments">["state"];
  readonly text: string;
  readonly mentionIds: readonly string[];
  readonly createdAt: string;
  readonly editedAt: string | null;
  readonly reactions: readonly { readonly emoji: string; readonly userId: string }[];
}

/** Threads as they are read: what began one, and then its answers. */
export const comments: TableReader<"comments"> = (db, scope, numbers) => {
  const ofTask = { key: "", places: new Map<string, number>() };
  return commentsBy(ofTask)(db, scope, numbers);
};

function commentsBy(ofTask: { key: string; places: Map<string, number> }): TableReader<"comments"> {
  return table<"comments", CommentRow>(
    (scope) => sql`
      select json_build_object('id', c.id, 'task', ${taskKey}, 'parentId', c.parent_id, 'authorId', c.author_id,
        'authorName', c.author_name, 'state', c.state, 'text', c.text, 'mentionIds', (
          select coalesce(json_agg(u.id order by u.email, u.name, u.id), '[]'::json) from app_user u where u.id = any(c.mention_ids)),
        'createdAt', iso(c.created_at), 'editedAt', iso(c.edited_at), 'reactions', (
          select coalesce(json_agg(json_build_object('emoji', x.emoji, 'userId', x.user_id)
            order by x.version, x.emoji, u.email, u.name, u.id), '[]'::json)
          from comment_reaction x join app_user u on u.id = x.user_id
          where x.org_id = c.org_id and x.board_id = c.board_id and x.comment_id = c.id)) as row
      from ${tasksOf(scope)} join comment c on c.org_id = t.org_id and c.board_id = t.board_id and c.task_id = t.id
      left join comment r on r.org_id = c.org_id and r.board_id = c.board_id and r.id = c.parent_id
      order by ${byTask}, coalesce(r.created_at, c.created_at), coalesce(r.id, c.id), c.parent_id is not null,
        c.created_at, c.id`,
    (row, numbers) => {
      if (row.task !== ofTask.key) Object.assign(ofTask, { key: row.task, places: new Map() });
      const n = ofTask.places.size + 1;
      ofTask.places.set(row.id, n);
      const named = new Map(row.mentionIds.map((id) => [id, `person/${numbers.meet("person", id)}`]));
      return {
        task: row.task,
        n,
        answers: row.parentId === null ? null : (ofTask.places.get(row.parentId) ?? null),
        author: personOf(row.authorId, numbers),
        authorName: row.authorName,
        state: row.state,
        text: withReferences(row.text, (id) => named.get(id)),
        createdAt: row.createdAt,
        editedAt: row.editedAt,
        reactions: row.reactions.map(({ emoji, userId }) => ({ emoji, person: numbers.meet("person", userId) })),
      };
    },
  );
}

type AttachmentRow = Omit<LineOf<"attachments">, "createdBy"> & { readonly createdBy: string };

export const attachments = table<"attachments", AttachmentRow>(
  (scope) => sql`
    select json_build_object('task', ${taskKey}, 'name', a.name, 'contentType', a.content_type,
      'sizeBytes', f.size_bytes, 'sha256', f.sha256, 'createdBy', a.created_by, 'createdAt', iso(a.created_at)) as row
    from ${tasksOf(scope)} join attachment a on a.org_id = t.org_id and a.board_id = t.board_id and a.task_id = t.id
    join stored_file f on f.org_id = a.org_id and f.id = a.file_id
    order by ${byTask}, a.created_at, a.id`,
  ({ createdBy, createdAt, ...attachment }, numbers) => ({
    ...attachment,
    createdBy: numbers.meet("person", createdBy),
    createdAt,
  }),
);

type RelationRow = Omit<LineOf<"relations">, "createdBy"> & { readonly createdBy: string };

/** Of tasks that are both in the archive. What relates two has the one first that comes first by its key. */
export const relations = table<"relations", RelationRow>(
  (scope) => sql`
    with tasks as (select t.id, p.key collate "C" as project, t.number from ${tasksOf(scope)}),
    related as (
      select r.kind, r.created_by, r.created_at,
        case when is_turned then o.project else f.project end as "fromProject",
        case when is_turned then o.number else f.number end as "fromNumber",
        case when is_turned then f.project else o.project end as "toProject",
        case when is_turned then f.number else o.number end as "toNumber"
      from task_relation r join tasks f on f.id = r.from_task_id join tasks o on o.id = r.to_task_id
      cross join lateral (select r.kind = 'relates' and (o.project, o.number) < (f.project, f.number) as is_turned) x
      where r.org_id = ${scope.orgId}::uuid)
    select json_build_object('kind', kind, 'from', "fromProject" || '-' || "fromNumber",
      'to', "toProject" || '-' || "toNumber", 'createdBy', created_by, 'createdAt', iso(created_at)) as row
    from related order by "fromProject", "fromNumber", "toProject", "toNumber", kind`,
  ({ createdBy, createdAt, ...relation }, numbers) => ({
    ...relation,
    createdBy: numbers.meet("person", createdBy),
    createdAt,
  }),
);

type TimeRow = Omit<LineOf<"times">, "person"> & { readonly person: string };

/** Without timers that run. */
export const times = table<"times", TimeRow>(
  (scope) => sql`
    select json_build_object('task', ${taskKey}, 'person', e.user_id, 'note', e.note, 'startedAt', iso(e.started_at),
      'stoppedAt', iso(e.stopped_at), 'createdAt', iso(e.created_at), 'updatedAt', iso(e.updated_at)) as row
    from ${tasksOf(scope)} join time_entry e on e.org_id = t.org_id and e.board_id = t.board_id and e.task_id = t.id
      and e.stopped_at is not null
    order by ${byTask}, e.started_at, e.id`,
  ({ task, person, ...entry }, numbers) => ({ task, person: numbers.meet("person", person), ...entry }),
);
