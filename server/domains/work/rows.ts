import { type SQL, sql } from "drizzle-orm";
import { jsonObject } from "../../../db/columns.ts";

/** A card in JSON, from `task t`, `project p` and the lateral lists of `taskSource`. */
const cardFields = {
  id: "t.id",
  number: "t.number",
  key: "p.key || '-' || t.number",
  columnId: "t.column_id",
  rank: "t.rank",
  parentId: "t.parent_id",
  title: "t.title",
  hasDescription: "t.description <> ''",
  priority: "t.priority",
  startAt: "iso(t.start_at)",
  startOn: "t.start_on",
  dueAt: "iso(t.due_at)",
  dueOn: "t.due_on",
  timeZone: "t.time_zone",
  estimate: "trim_scale(t.estimate)",
  coverColor: "t.cover_color",
  itemsDone: "t.items_done",
  itemsTotal: "t.items_total",
  blockerIds: "to_json(t.blocker_ids)",
  blockersElsewhere: "t.blockers_elsewhere",
  assigneeIds: "coalesce(a.ids, '[]'::json)",
  assigneeNames: "to_json(t.assignee_names)",
  labelIds: "coalesce(l.ids, '[]'::json)",
  fields: "t.fields",
  commentCount: "t.comment_count",
  attachmentCount: "t.attachment_count",
  version: "t.version",
  createdAt: "iso(t.created_at)",
  updatedAt: "iso(t.updated_at)",
};

/** The one way a row becomes a `Card`. */
export const cardJson = jsonObject(cardFields);

const taskFields = {
  ...cardFields,
  boardId: "t.board_id",
  description: "t.description",
  state: "t.state",
  createdBy: "t.created_by",
};

/** The one way a row becomes a `Task`. */
export const taskJson = jsonObject(taskFields);
/** The same, but for a description that nobody asked for (`w.described`). */
export const askedTaskJson = jsonObject({
  ...taskFields,
  description: "case when w.described then t.description else '' end",
});

/** The one way a row, with `board b` and `board_column c`, becomes a `FoundTask`. */
export const foundTaskJson = jsonObject({
  ...cardFields,
  boardId: "t.board_id",
  projectId: "t.project_id",
  state: "t.state",
  boardName: "b.name",
  columnName: "c.name",
  stateGroup: "c.state_group",
  completedAt: "iso(t.completed_at)",
});

/**
 * Tasks with their sets, found by primary keys. Grouping a whole board's sets and joining them is as fast once the tables
 * were analysed, but ten times slower right after an import, when the planner knows nothing (`bench/open-board.ts`).
 */
export const taskSource = sql`task t
  join project p on p.id = t.project_id
  left join lateral (select json_agg(x.user_id order by x.user_id) as ids from task_assignee x
    where x.board_id = t.board_id and x.task_id = t.id) a on true
  left join lateral (select json_agg(x.label_id order by x.label_id) as ids from task_label x
    where x.board_id = t.board_id and x.task_id = t.id) l on true`;

/** The one way a row (alias `c`) becomes a `Column`. */
export const columnJson = jsonObject({
  id: "c.id",
  boardId: "c.board_id",
  name: "c.name",
  rank: "c.rank",
  stateGroup: "c.state_group",
  wipLimit: "c.wip_limit",
  wipMode: "c.wip_mode",
  state: "c.state",
  version: "c.version",
});

/** The one way a row (alias `p`) becomes a `Project`. */
export const projectJson = jsonObject({
  id: "p.id",
  orgId: "p.org_id",
  name: "p.name",
  key: "p.key",
  state: "p.state",
  createdAt: "iso(p.created_at)",
});

/** The one way a row (alias `b`) becomes a `Board`. */
export const boardJson = jsonObject({
  id: "b.id",
  orgId: "b.org_id",
  projectId: "b.project_id",
  name: "b.name",
  visibility: "b.visibility",
  state: "b.state",
  version: "b.version",
  createdAt: "iso(b.created_at)",
  updatedAt: "iso(b.updated_at)",
});

/** The one way a row (alias `r`) becomes a `Transition`. */
export const transitionJson = jsonObject({
  id: "r.id",
  boardId: "r.board_id",
  name: "r.name",
  fromColumnIds: "to_json(r.from_column_ids)",
  toColumnId: "r.to_column_id",
  minimumRole: "r.minimum_role",
  requiredFields: "to_json(r.required_fields)",
  version: "r.version",
});

/** The one way a row (alias `v`) becomes a `View`. */
export const viewJson = jsonObject({
  id: "v.id",
  orgId: "v.org_id",
  projectId: "v.project_id",
  boardId: "v.board_id",
  name: "v.name",
  kind: "v.kind",
  filter: "v.filter",
  order: "v.ordering",
  groupBy: "v.group_by",
  visibility: "case when v.owner_id is null then 'shared' else 'private' end",
  createdBy: "v.created_by",
  createdAt: "iso(v.created_at)",
  updatedAt: "iso(v.updated_at)",
});

/** The one way a row (alias `e`) becomes a `TimeEntry`. */
export const timeEntryJson = jsonObject({
  id: "e.id",
  boardId: "e.board_id",
  taskId: "e.task_id",
  userId: "e.user_id",
  note: "e.note",
  startedAt: "iso(e.started_at)",
  stoppedAt: "iso(e.stopped_at)",
  createdAt: "iso(e.created_at)",
  updatedAt: "iso(e.updated_at)",
});

/** The one way a row (alias `l`) becomes a `Label`. */
export const labelJson = jsonObject({
  id: "l.id",
  boardId: "l.board_id",
  name: "l.name",
  color: "l.color",
  version: "l.version",
});

/** The labels of a board by their names. */
export function namedLabelsOf(boardId: SQL): SQL {
  return sql`coalesce((select json_agg(json_build_object('id', l.id, 'name', l.name) order by l.id) from label l
    where l.board_id = ${boardId}), '[]'::json)`;
}

/** The one way a row (alias `a`) becomes an `Attachment`. */
export const attachmentJson = jsonObject({
  id: "a.id",
  boardId: "a.board_id",
  taskId: "a.task_id",
  name: "a.name",
  contentType: "a.content_type",
  sizeBytes: "a.size_bytes",
  thumbnail: "a.thumbnail",
  createdBy: "a.created_by",
  version: "a.version",
  createdAt: "iso(a.created_at)",
});

/** The one way a row (alias `n`) becomes a `Plan`. */
export const planJson = jsonObject({
  id: "n.id",
  projectId: "n.project_id",
  kind: "n.kind",
  name: "n.name",
  startsOn: "n.starts_on",
  endsOn: "n.ends_on",
  state: "n.state",
  createdAt: "iso(n.created_at)",
});

/** The one way a row (alias `r`) becomes a `Recurrence`. */
export const recurrenceJson = jsonObject({
  id: "r.id",
  boardId: "r.board_id",
  taskId: "r.pattern_task_id",
  columnId: "r.column_id",
  rule: "r.rule",
  startsOn: "r.starts_on",
  time: "r.time",
  timeZone: "r.time_zone",
  mode: "r.mode",
  dueAfterDays: "r.due_after_days",
  state: "r.state",
  problem: "r.problem",
  ownerId: "r.owner_id",
  made: "r.made",
  lastTaskId: "r.last_task_id",
  lastOn: "r.last_on",
  nextOn: "r.next_on",
  version: "r.version",
  createdAt: "iso(r.created_at)",
});

/** The one way a row (alias `c`) becomes a `Checklist`. */
export const checklistJson = jsonObject({
  id: "c.id",
  boardId: "c.board_id",
  taskId: "c.task_id",
  name: "c.name",
  rank: "c.rank",
  version: "c.version",
});

/** The one way a row (alias `i`) becomes a `CheckItem`. */
export const checkItemJson = jsonObject({
  id: "i.id",
  boardId: "i.board_id",
  taskId: "i.task_id",
  checklistId: "i.checklist_id",
  text: "i.text",
  state: "i.state",
  assigneeId: "i.assignee_id",
  dueAt: "iso(i.due_at)",
  rank: "i.rank",
  version: "i.version",
});

/** The one way a row becomes a `Relation`, from `relationSource`. */
export const relationJson = sql`json_build_object('id', r.id, 'name', case when r.kind = 'relates' or r.from_task_id = t.id
    then r.kind when r.kind = 'blocks' then 'blocked-by' else 'duplicated-by' end,
  'task', json_build_object('id', o.id, 'boardId', o.board_id, 'key', p.key || '-' || o.number, 'title', o.title,
    'state', o.state, 'stateGroup', c.state_group), 'createdBy', r.created_by, 'createdAt', iso(r.created_at))`;

/** The relations of `task t` with those tasks that somebody may see. */
export function relationSource(userId: string): SQL {
  return sql`task_relation r
    join task o on o.org_id = r.org_id and o.id = case when r.from_task_id = t.id then r.to_task_id else r.from_task_id end
    join project p on p.id = o.project_id
    join board_column c on c.id = o.column_id
    join board b on b.id = o.board_id
    join membership m on m.org_id = r.org_id and m.user_id = ${userId}::uuid
    left join board_member bm on bm.board_id = b.id and bm.user_id = m.user_id
    where r.org_id = t.org_id and (r.from_task_id = t.id or r.to_task_id = t.id)
      and board_role(m.role, b.visibility, bm.role) is not null`;
}

/** The one way a row (alias `f`) becomes a `Field`. */
export const fieldJson = jsonObject({
  id: "f.id",
  projectId: "f.project_id",
  name: "f.name",
  kind: "f.kind",
  options: "f.options",
  rank: "f.rank",
  state: "f.state",
});
