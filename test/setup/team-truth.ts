import { sql } from "drizzle-orm";
import { expect } from "vitest";
import type { Database } from "../../db/client.ts";
import type { ActivityEntry, ActivityValue } from "../../server/domains/work/activity/activity.contract.ts";
import type { Snapshot } from "../../server/domains/work/boards.contract.ts";
import type { BoardEvent } from "../../server/events.ts";
import type { Person } from "./world.ts";

// What holds whatever a team did, beside its boards being what their events say.

/** What of a task its activity tells whole. */
interface Told {
  columnId?: string;
  title?: string;
  priority?: string;
  state?: string;
  assigneeIds?: string;
}

/** From the activity of each task one can tell what it is: where it stands, what it is called, who has it. */
export async function expectRetold(
  db: Database,
  { caller }: Person,
  boardId: string,
  events: readonly BoardEvent[],
): Promise<void> {
  const rows = await db.execute<Required<Told> & { id: string }>(sql`
    select id, column_id as "columnId", title, priority, state, (select string_agg(user_id::text, ',' order by user_id)
      from task_assignee a where a.task_id = task.id) as "assigneeIds"
    from task where board_id = ${boardId}::uuid order by id`);
  // What it had on another board is not told on this one.
  const arrived = new Set(events.flatMap((event) => (event.type === "task.arrived" ? [event.data.task.id] : [])));
  for (const { id: taskId, ...row } of rows) {
    const entries: ActivityEntry[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await caller.activity.ofTask({ boardId, taskId, cursor, limit: 100 });
      entries.push(...page.items);
      cursor = page.nextCursor;
    }
    const told = entries.toReversed().reduce(retell, {});
    const { columnId, ...rest } = { ...row, assigneeIds: row.assigneeIds ?? "" };
    // A failure shows what was told.
    const is = arrived.has(taskId) ? { columnId } : { columnId, ...rest };
    expect({ taskId, entries, told: arrived.has(taskId) ? { columnId: told.columnId } : told }).toEqual({
      taskId,
      entries,
      told: is,
    });
  }
}

function retell(told: Told, { type, parts }: ActivityEntry): Told {
  const begun: Told = type === "task.created" ? { priority: "none", state: "open", assigneeIds: "" } : told;
  return { ...begun, ...Object.fromEntries(parts.flatMap(({ field, to }) => Object.entries(valueOf(field, to)))) };
}

function valueOf(field: string, to: ActivityValue | undefined): Told {
  switch (field) {
    case "columnId":
    case "assigneeIds":
      return {
        [field]: [to]
          .flat()
          .flatMap((one) => idOf(one))
          .join(),
      };
    case "title":
    case "priority":
    case "state":
      return typeof to === "string" ? { [field]: to } : {};
    default:
      return {};
  }
}

function idOf(value: ActivityValue | undefined): string[] {
  return typeof value === "object" && value !== null && "id" in value ? [value.id] : [];
}

/** A board that is made like this one has its open columns and their settings, labels, ways and lanes, and no task. */
export async function expectTemplate({ caller }: Person, like: Snapshot): Promise<void> {
  const { orgId, projectId, id: likeBoardId } = like.board;
  const { id: boardId } = await caller.boards.create({ orgId, projectId, name: "Like it", likeBoardId });
  const made = await caller.boards.get({ boardId });
  expect(templateOf(made)).toEqual(templateOf(like));
  expect(made.tasks).toEqual([]);
}

/** What a template gives, by names; ways from and into open columns alone. */
function templateOf({ columns, labels, transitions, laneBy }: Snapshot) {
  const places = new Map(columns.map(({ id }, index) => [id, index]));
  return {
    laneBy,
    columns: columns.map(({ name, stateGroup, wipLimit, wipMode }) => ({ name, stateGroup, wipLimit, wipMode })),
    labels: labels.map(({ name, color }) => `${name} ${color}`).toSorted(),
    ways: transitions
      .filter(({ toColumnId }) => places.has(toColumnId))
      .map(({ name, fromColumnIds, toColumnId, minimumRole, requiredFields }) => {
        const from = fromColumnIds?.flatMap((id) => places.get(id) ?? []).toSorted() ?? null;
        return JSON.stringify([name, from, places.get(toColumnId), minimumRole, requiredFields]);
      })
      .toSorted(),
  };
}

/** No task blocks itself, or is a duplicate or a part of itself, by however many others. */
export async function expectNoCircles(db: Database, orgId: string): Promise<void> {
  const [found] = await db.execute<{ related: number; parts: number }>(sql`
    with recursive edge(kind, a, b) as (
        select kind, from_task_id, to_task_id from task_relation where org_id = ${orgId}::uuid and kind <> 'relates'
        union all select 'part', parent_id, id from task where org_id = ${orgId}::uuid and parent_id is not null),
      ahead(kind, a, b) as (select * from edge
        union select x.kind, x.a, e.b from ahead x join edge e on e.kind = x.kind and e.a = x.b)
    select count(*) filter (where kind <> 'part')::int as related, count(*) filter (where kind = 'part')::int as parts
    from ahead where a = b`);
  expect(found).toEqual({ related: 0, parts: 0 });
}

/** Of each date of what recurs there is one task, and as many as it says. */
export async function expectOccurrences(db: Database, orgId: string): Promise<void> {
  const rows = await db.execute(sql`
    select r.id, r.made, o.count::int, o.dates::int, o.created::int from recurrence r
    cross join lateral (select count(*) as count, count(distinct o."on") as dates,
        count(*) filter (where 1 = (select count(*) from event e
          where e.stream_id = r.board_id and e.type = 'task.created' and e.data->'task'->>'id' = o.task_id::text)) as created
      from occurrence o where o.org_id = r.org_id and o.recurrence_id = r.id) o
    where r.org_id = ${orgId}::uuid and (r.made <> o.count or o.count <> o.dates or o.count <> o.created)`);
  expect([...rows]).toEqual([]);
}

/** A rule has done what it says that it did, once, in its owner's name. */
export async function expectActsOnce(db: Database, ruleId: string): Promise<void> {
  const rows = await db.execute(sql`
    select x.id, x.version, x.outcome, x.results, d.count::int, d.owned::int
    from rule_run x join rule r on r.id = x.rule_id
    cross join lateral (select count(*) as count, count(*) filter (where e.actor_id = r.owner_id) as owned
      from rule_mutation m join event e on e.stream_id = x.board_id and e.mutation_id = m.mutation_id
      where m.run_id = x.id) d
    where x.rule_id = ${ruleId}::uuid and (x.outcome = 'waiting' or d.count <> d.owned
      or d.count <> case when x.outcome = 'done' then 1 else 0 end)`);
  expect([...rows]).toEqual([]);
}
