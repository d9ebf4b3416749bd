import { type SQL, sql } from "drizzle-orm";
import { words } from "../../../../db/columns.ts";
import { type Span, spanOf } from "./filter-dates.ts";
import type { Asker, Comparison, DateField, Filter, Flag, Name, NamedField, NumberField, Thing } from "./filter.ts";

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
  return what === "label" ? inSet(sql`task_label`, asker) : THINGS[what];
}

const THINGS: Record<Exclude<Thing, "assignee" | "label">, SQL> = {
  description: sql`t.description <> ''`,
  due: sql`t.due_at is not null`,
  start: sql`t.start_at is not null`,
  estimate: sql`t.estimate is not null`,
  checklist: sql`t.items_total > 0`,
  comment: sql`t.comment_count > 0`,
  cover: sql`t.cover_color is not null`,
  priority: sql`t.priority <> 'none'`,
};

function flagSql(flag: Flag, { now }: Asker): SQL {
  const isDone = sql`c.state_group in ('completed', 'cancelled')`;
  switch (flag) {
    case "archived":
      return sql`(t.state <> 'open' or c.state <> 'open')`;
    case "done":
      return isDone;
    case "overdue":
      return sql`(not ${isDone} and t.due_at < ${now.toISOString()}::timestamptz)`;
  }
}
