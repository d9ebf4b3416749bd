import { type SQL, sql } from "drizzle-orm";
import { words } from "../../../../db/columns.ts";
import { type Span, spanOf } from "./filter-dates.ts";
import { textOf } from "./match-filter.ts";
import type {
  Asker,
  Comparison,
  CustomValue,
  DateField,
  Filter,
  Flag,
  Name,
  NamedField,
  NumberField,
  Thing,
} from "./filter.ts";

/** Who asks, in which organisation. */
export interface SqlAsker extends Asker {
  readonly orgId: string;
}

/**
 * The filter as a condition on `task t`, `board_column c`, `board b` and `project p`. It may be null, which is as good as
 * false there. Every text of a user is a parameter.
 */
export function filterSql(filter: Filter, asker: SqlAsker): SQL {
  switch (filter.is) {
    case "all":
      return joined(filter.of, sql` and `, sql`true`, asker);
    case "any":
      return joined(filter.of, sql` or `, sql`false`, asker);
    case "not":
      // What is unknown, as of a task without a date, is not so.
      return sql`(${filterSql(filter.of, asker)}) is not true`;
    case "text": {
      const text = sql`lower(${filter.text})`;
      return sql`(strpos(lower(t.title), ${text}) > 0 or strpos(lower(t.description), ${text}) > 0
        or strpos(lower(p.key || '-' || t.number), ${text}) > 0)`;
    }
    case "named":
      return namedSql(filter.field, filter.name, asker);
    case "state":
      return sql`c.state_group = ${filter.group}`;
    case "priority":
      return sql`t.priority = any(${words(filter.among)})`;
    case "number":
      return sql`${NUMBERS[filter.field]} ${COMPARED[filter.by]} ${String(filter.value)}::numeric`;
    case "date":
      return dateSql(filter.field, spanOf(filter.by, filter.date, asker));
    case "custom":
      return customSql(filter.field, filter.value, asker);
    case "parent":
      return filter.name.kind === "id"
        ? sql`t.parent_id = ${filter.name.text}::uuid`
        : sql`exists (select from task o join project op on op.id = o.project_id where o.org_id = ${asker.orgId}::uuid
            and o.id = t.parent_id and lower(op.key || '-' || o.number) = ${filter.name.text})`;
    case "has":
      return thingSql(filter.what, asker);
    case "flag":
      return flagSql(filter.flag, asker);
  }
}

function joined(filters: readonly Filter[], by: SQL, none: SQL, asker: SqlAsker): SQL {
  if (filters.length === 0) return none;
  return sql`(${sql.join(
    filters.map((each) => filterSql(each, asker)),
    by,
  )})`;
}

/** A row of a set of the task. By the organisation itself: the planner may read all of its rows, and none of others. */
function inSet(table: SQL, { orgId }: SqlAsker, condition: SQL = sql`true`): SQL {
  return sql`exists (select from ${table} x where x.org_id = ${orgId}::uuid
    and x.board_id = t.board_id and x.task_id = t.id and ${condition})`;
}

function namedSql(field: NamedField, name: Name, asker: SqlAsker): SQL {
  const isTheName = (column: SQL) => nameSql(column, name);
  const [id, ids] = [
    idOf(name, asker),
    sql`select k.user_id from (
    select m.user_id from membership m where m.org_id = ${asker.orgId}::uuid
    union select m.user_id from board_member m where m.org_id = ${asker.orgId}::uuid) k
    join app_user u on u.id = k.user_id where ${isTheName(sql`u.name`)}`,
  ];
  const isOne = (column: SQL, found: SQL) =>
    id === undefined ? sql`${column} = any(array(${found}))` : sql`${column} = ${id}::uuid`;
  switch (field) {
    case "assignee": {
      const assigned = inSet(sql`task_assignee`, asker, isOne(sql`x.user_id`, ids));
      if (id !== undefined) return assigned;
      return sql`(${assigned} or exists (select from unnest(t.assignee_names) n where ${isTheName(sql`n`)}))`;
    }
    case "creator":
      return isOne(sql`t.created_by`, ids);
    case "label": {
      const found = sql`select l.id from label l where l.org_id = ${asker.orgId}::uuid and ${isTheName(sql`l.name`)}`;
      return inSet(sql`task_label`, asker, isOne(sql`x.label_id`, found));
    }
    case "column":
      return id === undefined ? isTheName(sql`c.name`) : sql`t.column_id = ${id}::uuid`;
    case "board":
      return id === undefined ? isTheName(sql`b.name`) : sql`t.board_id = ${id}::uuid`;
    case "milestone":
    case "sprint": {
      const found = sql`select n.id from plan n where n.org_id = ${asker.orgId}::uuid and ${isTheName(sql`n.name`)}`;
      return inSet(sql`task_plan`, asker, sql`x.kind = ${field} and ${isOne(sql`x.plan_id`, found)}`);
    }
    case "project":
      return id === undefined
        ? sql`(${isTheName(sql`p.name`)} or ${isTheName(sql`p.key`)})`
        : sql`t.project_id = ${id}::uuid`;
  }
}

function idOf(name: Name, { userId }: Asker): string | undefined {
  if (name.kind === "me") return userId;
  return name.kind === "id" ? name.id : undefined;
}

function nameSql(column: SQL, name: Name): SQL {
  if (name.kind === "name") return sql`lower(${column}) = lower(${name.text})`;
  return name.kind === "beginning" ? sql`starts_with(lower(${column}), lower(${name.text}))` : sql`false`;
}

const COMPARED: Record<Comparison, SQL> = {
  "<": sql`<`,
  "<=": sql`<=`,
  "=": sql`=`,
  ">=": sql`>=`,
  ">": sql`>`,
};

const NUMBERS: Record<NumberField, SQL> = {
  estimate: sql`t.estimate`,
  number: sql`t.number`,
  comments: sql`t.comment_count`,
  items: sql`t.items_total`,
};

const DATES: Record<DateField, { at: SQL; on: SQL | null }> = {
  due: { at: sql`t.due_at`, on: sql`t.due_on` },
  start: { at: sql`t.start_at`, on: sql`t.start_on` },
  created: { at: sql`t.created_at`, on: null },
  updated: { at: sql`t.updated_at`, on: null },
  completed: { at: sql`t.completed_at`, on: null },
};

/** More than clocks of two places on earth ever differ: within it, days are compared by the day. */
const APART = sql`interval '30 hours'`;

function dateSql(field: DateField, { from, to }: Span): SQL {
  const { at, on } = DATES[field];
  const ends = [from && { by: sql`>=`, sign: sql`-`, ...from }, to && { by: sql`<`, sign: sql`+`, ...to }].filter(
    (end) => end !== null,
  );
  const conditions = ends.map(({ by, sign, ...edge }) => {
    const instant = sql`${edge.at}::timestamptz`;
    if (on === null || edge.day === null) return sql`${at} ${by} ${instant}`;
    // The first of the two is what an index can find.
    return sql`${at} ${by} ${instant} ${sign} ${APART} and case when ${on} is null then ${at} ${by} ${instant}
      else ${on} ${by} ${edge.day}::date end`;
  });
  return sql`(${sql.join(conditions, sql` and `)})`;
}

function thingSql(what: Thing, asker: SqlAsker): SQL {
  if (what === "assignee") return sql`(${inSet(sql`task_assignee`, asker)} or t.assignee_names <> '{}')`;
  if (what === "milestone" || what === "sprint") return inSet(sql`task_plan`, asker, sql`x.kind = ${what}`);
  return what === "label" ? inSet(sql`task_label`, asker) : THINGS[what];
}

const THINGS: Record<Exclude<Thing, "assignee" | "label" | "milestone" | "sprint">, SQL> = {
  description: sql`t.description <> ''`,
  due: sql`t.due_at is not null`,
  start: sql`t.start_at is not null`,
  estimate: sql`t.estimate is not null`,
  checklist: sql`t.items_total > 0`,
  comment: sql`t.comment_count > 0`,
  cover: sql`t.cover_color is not null`,
  priority: sql`t.priority <> 'none'`,
  parent: sql`t.parent_id is not null`,
  subtasks: sql`exists (select from task o where o.board_id = t.board_id and o.parent_id = t.id and o.state <> 'trashed')`,
  completed: sql`t.completed_at is not null`,
};

/**
 * A field of a project, by its name. Which fields are called so is found out once, and most tasks have none of them: only
 * what is left is looked at field by field.
 */
function customSql(field: string, value: CustomValue | null, asker: SqlAsker): SQL {
  const called = sql`f.org_id = ${asker.orgId}::uuid and f.state = 'open' and lower(f.name) = lower(${field})`;
  return sql`(t.fields ?| array(select f.id::text from task_field f where ${called}) and exists (
    select from task_field f where f.project_id = t.project_id and ${called} and t.fields ? f.id::text
      and ${value === null ? sql`true` : customValueSql(value, asker)}))`;
}

function customValueSql({ name, numbers, dates, isChecked }: CustomValue, asker: SqlAsker): SQL {
  const [text, whole] = [sql`lower(${textOf(name)})`, sql`lower(field_text(t.fields, f.id))`];
  const isText = name.kind === "beginning" ? sql`starts_with(${whole}, ${text})` : sql`strpos(${whole}, ${text}) > 0`;
  const kinds = [sql`f.kind in ('text', 'url') and ${isText}`];
  const id = idOf(name, asker);
  const words = sql`field_words(t.fields, f.id)`;
  if (name.kind !== "me") {
    const isOption = id === undefined ? nameSql(sql`o ->> 'name'`, name) : sql`o ->> 'id' = ${id}`;
    kinds.push(sql`f.kind in ('select', 'multi-select') and exists (
      select from jsonb_array_elements(f.options) o where o ->> 'id' = any(${words}) and ${isOption})`);
  }
  kinds.push(
    id === undefined
      ? sql`f.kind = 'person' and exists (
          select from app_user u where u.id::text = any(${words}) and ${nameSql(sql`u.name`, name)})`
      : sql`f.kind = 'person' and ${id} = any(${words})`,
  );
  if (numbers) {
    const limits = numbers.map(
      ({ by, value }) => sql`field_number(t.fields, f.id) ${COMPARED[by]} ${String(value)}::numeric`,
    );
    kinds.push(sql`f.kind = 'number' and ${sql.join(limits, sql` and `)}`);
  }
  if (dates) {
    const spans = dates.map(({ by, date }) => spanOf(by, date, asker));
    const edges = spans.flatMap(({ from, to }) => [
      ...(from?.day === undefined || from.day === null ? [] : [sql`field_day(t.fields, f.id) >= ${from.day}::date`]),
      ...(to?.day === undefined || to.day === null ? [] : [sql`field_day(t.fields, f.id) < ${to.day}::date`]),
    ]);
    kinds.push(sql`f.kind = 'date' and ${sql.join(edges, sql` and `)}`);
  }
  if (isChecked !== undefined) {
    kinds.push(sql`f.kind = 'checkbox' and field_flag(t.fields, f.id) = ${isChecked}::boolean`);
  }
  return sql`(${sql.join(
    kinds.map((kind) => sql`(${kind})`),
    sql` or `,
  )})`;
}

/** What a task has of a field `f`, as text that sorts byte by byte as such values do. */
export const fieldKeySql = sql`case f.kind
  when 'number' then lpad(((field_number(t.fields, f.id) + 1e12) * 1e6)::numeric(20, 0)::text, 20, '0')
  when 'date' then to_char(field_day(t.fields, f.id), 'YYYY-MM-DD')
  when 'select' then ${firstOption()} when 'multi-select' then ${firstOption()}
  when 'person' then (select left(lower(u.name), 100) from app_user u where u.id::text = any(field_words(t.fields, f.id)))
  else left(lower(field_text(t.fields, f.id)), 100) end`;

/** The place among the options of the first that it has. */
function firstOption(): SQL {
  return sql`(select lpad(min(o.place)::text, 4, '0') from jsonb_array_elements(f.options) with ordinality o(option, place)
    where o.option ->> 'id' = any(field_words(t.fields, f.id)))`;
}

function flagSql(flag: Flag, { now }: Asker): SQL {
  const isDone = sql`c.state_group in ('completed', 'cancelled')`;
  switch (flag) {
    case "archived":
      return sql`(t.state <> 'open' or c.state <> 'open')`;
    case "done":
      return isDone;
    case "subtask":
      return THINGS.parent;
    case "blocked":
      return sql`(t.blockers_elsewhere > 0 or exists (
        select from task o join board_column oc on oc.id = o.column_id
        where o.id = any(t.blocker_ids) and o.board_id = t.board_id and o.state = 'open' and oc.state = 'open'
          and oc.state_group not in ('completed', 'cancelled')))`;
    case "overdue":
      return sql`(not ${isDone} and t.due_at < ${now.toISOString()}::timestamptz)`;
  }
}
