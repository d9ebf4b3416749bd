import { sql } from "drizzle-orm";
import { uuids } from "../../../../db/columns.ts";
import { LANE_KINDS, TRANSITION_FIELDS } from "../../../../db/enums.ts";
import { type LineOf, TABLES, withReferences } from "./archive-format.ts";
import type { RowNumbers } from "./row-numbers.ts";
import { boardsOf, table, tasksOf } from "./tables.ts";

type Numbered<Line extends { n: number }, Own> = Omit<Line, "n" | keyof Own> & Own & { readonly id: string };

export const projects = table<"projects", Numbered<LineOf<"projects">, object>>(
  ({ orgId, projectIds }) => sql`
    select json_build_object('id', p.id, 'name', p.name, 'key', p.key, 'state', p.state, 'createdAt', iso(p.created_at)) as row
    from project p where p.org_id = ${orgId}::uuid and p.id = any(${uuids(projectIds)}) order by p.created_at, p.id`,
  ({ id, ...project }, numbers) => ({ n: numbers.meet("project", id), ...project }),
);

type Option = Omit<LineOf<"fields">["options"][number], "n"> & { readonly id: string };

export const fields = table<"fields", Numbered<LineOf<"fields">, { project: string; options: readonly Option[] }>>(
  ({ orgId, projectIds }) => sql`
    select json_build_object('id', f.id, 'project', f.project_id, 'name', f.name, 'kind', f.kind, 'options', f.options,
      'state', f.state) as row
    from task_field f join project p on p.org_id = f.org_id and p.id = f.project_id
    where f.org_id = ${orgId}::uuid and f.project_id = any(${uuids(projectIds)})
    order by p.created_at, p.id, f.rank, f.id`,
  ({ id, project, options, ...field }, numbers) => ({
    n: numbers.meet("field", id),
    project: numbers.meet("project", project),
    ...field,
    options: options.map(({ id: optionId, name, color, isArchived }) => ({
      n: numbers.meet("option", optionId),
      name,
      color,
      isArchived,
    })),
  }),
);

/** Of a board those that its tasks are in. */
export const plans = table<"plans", Numbered<LineOf<"plans">, { project: string }>>(
  (scope) => sql`
    select json_build_object('id', n.id, 'project', n.project_id, 'kind', n.kind, 'name', n.name, 'startsOn', n.starts_on,
      'endsOn', n.ends_on, 'state', n.state, 'createdAt', iso(n.created_at)) as row
    from plan n join project p on p.org_id = n.org_id and p.id = n.project_id
    where n.org_id = ${scope.orgId}::uuid and n.project_id = any(${uuids(scope.projectIds)})
      and (${scope.of} <> 'board' or exists (select from task_plan x where x.org_id = n.org_id and x.plan_id = n.id
        and x.board_id = any(${uuids(scope.boardIds)})))
    order by p.created_at, p.id, n.created_at, n.id`,
  ({ id, project, ...plan }, numbers) => ({
    n: numbers.meet("plan", id),
    project: numbers.meet("project", project),
    ...plan,
  }),
);

export const boards = table<"boards", Numbered<LineOf<"boards">, { project: string; laneBy: string | null }>>(
  (scope) => sql`
    select json_build_object('id', b.id, 'project', b.project_id, 'name', b.name, 'visibility', b.visibility,
      'state', b.state, 'laneBy', b.lane_by, 'createdAt', iso(b.created_at)) as row
    from board b join ${boardsOf(scope)} on w.id = b.id where b.org_id = ${scope.orgId}::uuid order by w.at`,
  ({ id, project, laneBy, ...board }, numbers) => ({
    n: numbers.meet("board", id),
    project: numbers.meet("project", project),
    ...board,
    laneBy: laneOf(laneBy, numbers),
  }),
);

/** Something that all tasks have, or a field; null, too, for one that is not there. */
function laneOf(laneBy: string | null, numbers: RowNumbers): LineOf<"boards">["laneBy"] {
  const kind = LANE_KINDS.find((known) => known === laneBy);
  const field = numbers.find("field", laneBy);
  return kind ?? (field === null ? null : { field });
}

export const columns = table<"columns", Numbered<LineOf<"columns">, { board: string }>>(
  (scope) => sql`
    select json_build_object('id', c.id, 'board', c.board_id, 'name', c.name, 'stateGroup', c.state_group,
      'wipLimit', c.wip_limit, 'wipMode', c.wip_mode, 'state', c.state) as row
    from board_column c join ${boardsOf(scope)} on w.id = c.board_id
    where c.org_id = ${scope.orgId}::uuid order by w.at, c.rank, c.id`,
  ({ id, board, ...column }, numbers) => ({
    n: numbers.meet("column", id),
    board: numbers.meet("board", board),
    ...column,
  }),
);

export const labels = table<"labels", Numbered<LineOf<"labels">, { board: string }>>(
  (scope) => sql`
    select json_build_object('id', l.id, 'board', l.board_id, 'name', l.name, 'color', l.color) as row
    from label l join ${boardsOf(scope)} on w.id = l.board_id where l.org_id = ${scope.orgId}::uuid order by w.at, l.id`,
  ({ id, board, ...label }, numbers) => ({
    n: numbers.meet("label", id),
    board: numbers.meet("board", board),
    ...label,
  }),
);

interface TransitionRow {
  readonly board: string;
  readonly name: string;
  readonly from: readonly string[] | null;
  readonly to: string;
  readonly minimumRole: LineOf<"transitions">["minimumRole"];
  readonly requires: readonly string[];
}

export const transitions = table<"transitions", TransitionRow>(
  (scope) => sql`
    select json_build_object('board', r.board_id, 'name', r.name, 'from', to_json(r.from_column_ids),
      'to', r.to_column_id, 'minimumRole', r.minimum_role, 'requires', to_json(r.required_fields)) as row
    from transition r join ${boardsOf(scope)} on w.id = r.board_id
    where r.org_id = ${scope.orgId}::uuid order by w.at, r.id`,
  ({ board, name, from, to, minimumRole, requires }, numbers) => ({
    board: numbers.meet("board", board),
    name,
    from: from === null ? null : from.map((id) => numbers.meet("column", id)).toSorted((a, b) => a - b),
    to: numbers.meet("column", to),
    minimumRole,
    requires: requiredOf(requires, numbers),
  }),
);

/** What all tasks have first, then fields: whatever ids they have. */
function requiredOf(requires: readonly string[], numbers: RowNumbers): LineOf<"transitions">["requires"] {
  const ofAll = TRANSITION_FIELDS.filter((known) => requires.includes(known));
  const ofProject = requires.flatMap((id) => numbers.find("field", id) ?? []).toSorted((a, b) => a - b);
  return [...ofAll, ...ofProject.map((field) => ({ field }))];
}

type RecurrenceRow = Omit<LineOf<"recurrences">, "board" | "column"> & {
  readonly board: string;
  readonly column: string;
};

export const recurrences = table<"recurrences", RecurrenceRow>(
  (scope) => sql`
    select json_build_object('board', r.board_id, 'task', p.key || '-' || t.number, 'column', r.column_id, 'rule', r.rule,
      'startsOn', r.starts_on, 'time', r.time, 'timeZone', r.time_zone, 'mode', r.mode, 'dueAfterDays', r.due_after_days,
      'createdAt', iso(r.created_at)) as row
    from recurrence r join ${boardsOf(scope)} on w.id = r.board_id
    join ${tasksOf(scope)} on t.board_id = r.pattern_board_id and t.id = r.pattern_task_id
    where r.org_id = ${scope.orgId}::uuid order by w.at, r.created_at, r.id`,
  ({ board, task, column, ...recurrence }, numbers) => ({
    board: numbers.meet("board", board),
    task,
    column: numbers.meet("column", column),
    ...recurrence,
  }),
);

interface RuleRow {
  readonly project: string;
  readonly board: string | null;
  readonly name: string;
  /** Trigger, filter and actions as one JSON, for what they name. */
  readonly said: string;
  readonly timeZone: string;
  /** Of those whom it names, in an order that is none of ids. */
  readonly people: readonly string[];
}

const RuleSaid = TABLES.rules.pick({ trigger: true, filter: true, actions: true });

/** Without those that name what is not in the archive. */
export const rules = table<"rules", RuleRow>(
  ({ orgId, of, projectIds, boardIds, seesMembers }) => sql`
    select json_build_object('project', r.project_id, 'board', r.board_id, 'name', r.name, 'said', s.said,
      'timeZone', r.time_zone, 'people', (
        select coalesce(json_agg(u.id order by u.email, u.name, u.id), '[]'::json) from app_user u
        where u.id in (select (regexp_matches(s.said, '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}', 'g'))[1]::uuid))) as row
    from rule r join project p on p.org_id = r.org_id and p.id = r.project_id
    cross join lateral (select json_build_object('trigger', r.trigger, 'filter', r.filter, 'actions', r.actions)::text as said) s
    where ${seesMembers} and r.org_id = ${orgId}::uuid and r.project_id = any(${uuids(projectIds)})
      and (r.board_id = any(${uuids(boardIds)}) or (r.board_id is null and ${of} <> 'board'))
    order by p.created_at, p.id, r.created_at, r.id`,
  ({ project, board, name, said, timeZone, people }, numbers) => {
    for (const id of people) numbers.meet("person", id);
    const named = withReferences(said, (id) => numbers.nameOf(id));
    if (NAMES_ELSEWHERE.test(named)) return undefined;
    const { trigger, filter, actions } = RuleSaid.parse(JSON.parse(named));
    const place = { project: numbers.meet("project", project), board: numbers.find("board", board) };
    return { ...place, name, trigger, filter, timeZone, actions };
  },
);
const NAMES_ELSEWHERE = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/iu;

type ViewRow = Omit<LineOf<"views">, "project" | "board" | "groupBy"> & {
  readonly project: string | null;
  readonly board: string | null;
  readonly groupBy: string | null;
  readonly people: readonly string[];
};

/** Those that are shared, without those that name what is not in the archive. */
export const views = table<"views", ViewRow>(
  ({ orgId, of, projectIds, boardIds }) => sql`
    select json_build_object('project', v.project_id, 'board', v.board_id, 'name', v.name, 'kind', v.kind,
      'filter', v.filter, 'order', v.ordering, 'groupBy', v.group_by, 'people', (
        select coalesce(json_agg(u.id order by u.email, u.name, u.id), '[]'::json) from app_user u
        where u.id in (select (regexp_matches(lower(v.filter), '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}', 'g'))[1]::uuid))) as row
    from saved_view v where v.org_id = ${orgId}::uuid and v.owner_id is null
      and (v.board_id = any(${uuids(boardIds)})
        or (v.board_id is null and v.project_id = any(${uuids(projectIds)}) and ${of} <> 'board')
        or (v.board_id is null and v.project_id is null and ${of} = 'org'))
    order by v.name collate "C", v.id`,
  ({ project, board, name, kind, filter, order, groupBy, people }, numbers) => {
    for (const id of people) numbers.meet("person", id);
    const named = withReferences(filter, (id) => numbers.nameOf(id));
    const lane = laneOf(groupBy, numbers);
    if (NAMES_ELSEWHERE.test(named) || (groupBy !== null && lane === null)) return undefined;
    const place = { project: numbers.find("project", project), board: numbers.find("board", board) };
    return { ...place, name, kind, filter: named, order, groupBy: lane };
  },
);
