import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { each, list } from "../../../db/columns.ts";
import { wait } from "../../core/event-log.ts";
import type { BoardMember } from "./boards.contract.ts";
import { CARDS_PER_EVENT } from "./bulk-rules.ts";
import type { Column } from "./columns.contract.ts";
import type { Field } from "./fields.contract.ts";
import type { Label } from "./labels.contract.ts";
import type { AllNeeds, NewThing, Wanted } from "./needs.ts";
import { askedTaskJson, cardJson, columnJson, fieldJson, labelJson, taskSource, transitionJson } from "./rows.ts";
import type { Card, Task } from "./tasks.contract.ts";
import type { Transition } from "./transitions.contract.ts";

export interface LoadedTask {
  readonly task: Task;
  /** It stands in an archived column, out of sight. */
  readonly hidden: boolean;
  /** The place that it had in the column it left last. */
  readonly leftColumnId: string | null;
  readonly leftRank: string | null;
  readonly fieldVersions: FieldVersions | null;
  readonly trash: Trash | null;
  /** The other boards on which it blocks something. */
  readonly blocksOnBoards: readonly string[];
}

/** Of a task in the trash. */
export interface Trash {
  readonly at: string;
  readonly by: string;
  readonly stateBefore: "open" | "archived";
}

/** Field → the version that changed it last since the task was made; `*` stands for the others. */
export type FieldVersions = Readonly<Record<string, number>>;

export interface LoadedColumn {
  readonly id: string;
  readonly boardId: string;
  readonly state: string;
  /** The most open tasks that may stand in it. */
  readonly hardLimit: number | null;
  /** How many open tasks stand in it: counted only where there is a limit, or may be one soon. */
  readonly open: number;
  /** The rank of the last open task that no command may change. */
  readonly last: string | null;
  /** The ways into it. */
  readonly transitions: readonly Transition[] | null;
}

/** A place behind an anchor (null: the column's beginning), and the next open task there that no command may change. */
interface LoadedPlace {
  readonly boardId: string;
  readonly columnId: string;
  readonly anchorId: string | null;
  readonly anchor: Anchor | null;
  /** The rank that the anchor has or had there. */
  readonly floor: string | null;
  /** An open task that no command may change stands at just that rank. */
  readonly isTaken: boolean;
  readonly next: string | null;
}

/** Where a task stands, and stood last in another column. */
export interface Anchor {
  readonly columnId: string;
  readonly rank: string;
  readonly leftColumnId: string | null;
  readonly leftRank: string | null;
}

export interface LoadedPlaces extends Record<string, unknown> {
  tasks: LoadedTask[] | null;
  columns: LoadedColumn[] | null;
  places: LoadedPlace[] | null;
}

/** Tasks, columns and places, in one statement for any number of them. */
export async function loadPlaces(db: Db, needs: AllNeeds): Promise<LoadedPlaces> {
  const [columns, restored] = [pairs(needs.columns), pairs(needs.restored)];
  const places = [...needs.places.values()];
  const spots = [...needs.spots.values()];
  const changing = ids(needs.tasks);
  const tasks = sql`${pairs(needs.tasks)}, ${each("text", [...needs.tasks.keys()], (key) =>
    needs.described.has(key) ? "t" : "f",
  )}`;
  const standing = (columnId: SQL) => sql`from task x where x.column_id = ${columnId} and x.state = 'open'
    and x.id <> all(${changing})`;
  const [row] = await db.execute<LoadedPlaces>(sql`
    select
      (select json_agg(json_build_object('task', ${askedTaskJson}, 'hidden', c.state = 'archived',
          'leftColumnId', t.left_column_id, 'leftRank', t.left_rank, 'fieldVersions', t.field_versions,
          'blocksOnBoards', to_json(t.blocks_on_boards), 'trash', case when t.state = 'trashed' then json_build_object(
            'at', iso(t.trashed_at), 'by', t.trashed_by, 'stateBefore', t.state_before) end))
        from ${taskSource} join (select board_id, id, flag = 't' as described from unnest(${tasks}) n(board_id, id, flag)) w
          on w.board_id = t.board_id and w.id = t.id
        join board_column c on c.id = t.column_id) as tasks,
      (select json_agg(json_build_object('id', c.id, 'boardId', c.board_id, 'state', c.state,
          'hardLimit', case when c.wip_mode = 'hard' then c.wip_limit end,
          'open', case when (c.wip_limit is null or c.wip_mode = 'soft') and c.id <> all(${ids(needs.limited)}) then 0
            else (select count(*) from task x where x.column_id = c.id and x.state = 'open') end,
          'last', (select x.rank ${standing(sql`c.id`)} order by x.rank desc limit 1),
          'transitions', (select json_agg(${transitionJson} order by r.id) from transition r where r.to_column_id = c.id)))
        from (select board_id, id from unnest(${columns}) n(board_id, id)
          union select t.board_id, t.column_id from unnest(${restored}) r(board_id, id)
            join task t on t.board_id = r.board_id and t.id = r.id) w
        join board_column c on c.board_id = w.board_id and c.id = w.id) as columns,
      (select json_agg(json_build_object('boardId', w.board_id, 'columnId', w.column_id, 'anchorId', w.anchor_id,
          'anchor', case when a.id is not null then json_build_object('columnId', a.column_id, 'rank', a.rank,
            'leftColumnId', a.left_column_id, 'leftRank', a.left_rank) end,
          'floor', spot.rank, 'isTaken', exists (select ${standing(sql`w.column_id`)} and x.rank = spot.rank),
          'next', (select x.rank ${standing(sql`w.column_id`)} and x.rank > spot.rank order by x.rank limit 1)))
        from (select *, null::text from unnest(${each("uuid", places, ({ boardId }) => boardId)},
            ${each("uuid", places, ({ columnId }) => columnId)}, ${each("uuid", places, ({ anchorId }) => anchorId)})
          union all select t.board_id, t.column_id, t.id, null from unnest(${pairs(needs.recovered)}) r(board_id, id)
            join task t on t.board_id = r.board_id and t.id = r.id
          union all select board_id, column_id, null, rank from unnest(${each("uuid", spots, ({ boardId }) => boardId)},
            ${each("uuid", spots, ({ columnId }) => columnId)}, ${each("text", spots, ({ rank }) => rank)})
            s(board_id, column_id, rank)) w(board_id, column_id, anchor_id, rank)
        left join task a on a.board_id = w.board_id and a.id = w.anchor_id
        cross join lateral (select case when w.rank is not null then w.rank when w.anchor_id is null then '' when a.column_id = w.column_id then a.rank
          when a.left_column_id = w.column_id then a.left_rank end as rank) spot) as places`);
  if (!row) throw new Error("a select without a table has one row");
  return row;
}

/** A column that may come back with the cards that nobody may change: no more than one event may hold, and one. */
interface LoadedCards {
  readonly columnId: string;
  readonly cards: Card[] | null;
}

export interface LoadedColumns extends Record<string, unknown> {
  columns: Column[] | null;
  /** The other boards on which tasks of a column block something. */
  blocking: { columnId: string; boardIds: string[] }[] | null;
  returning: LoadedCards[] | null;
}

/** All columns of some boards, and the cards of those that may come back, in one statement. */
export async function loadColumns(db: Db, needs: AllNeeds): Promise<LoadedColumns> {
  const [row] = await db.execute<LoadedColumns>(sql`
    select
      (select json_agg(${columnJson}) from board_column c
        where c.board_id = any(${list("uuid", [...needs.boardsOfColumns])})) as columns,
      (select json_agg(json_build_object('columnId', x.column_id, 'boardIds', to_json(x.ids))) from (
          select t.column_id, array_agg(distinct other) as ids from task t, unnest(t.blocks_on_boards) other
          where t.board_id = any(${list("uuid", [...needs.boardsOfColumns])}) and t.blocks_on_boards <> '{}'
          group by t.column_id) x) as blocking,
      (select json_agg(json_build_object('columnId', w.id, 'cards', (
          select json_agg(s.card) from (select ${cardJson} as card from ${taskSource}
            where t.board_id = w.board_id and t.column_id = w.id and t.state = 'open'
              and t.id <> all(${ids(needs.tasks)}) order by t.rank limit ${CARDS_PER_EVENT + 1}::int) s)))
        from unnest(${pairs(needs.returning)}) w(board_id, id)) as returning`);
  if (!row) throw new Error("a select without a table has one row");
  return row;
}

export interface LoadedSets extends Record<string, unknown> {
  labels: Label[] | null;
  labelCounts: { boardId: string; count: number }[] | null;
  people: { boardId: string; member: BoardMember }[] | null;
  taken: NewThing[] | null;
}

/** Labels and how many there are, people who can see their board, and ids that are taken; in one statement. */
export async function loadSets(db: Db, needs: AllNeeds): Promise<LoadedSets> {
  const created = (kind: NewThing["kind"]) =>
    each(
      "uuid",
      [...needs.created.values()].filter((thing) => thing.kind === kind),
      ({ id }) => id,
    );
  const [row] = await db.execute<LoadedSets>(sql`
    select
      (select json_agg(${labelJson})
        from unnest(${pairs(needs.labels)}) w(board_id, id)
        join label l on l.board_id = w.board_id and l.id = w.id) as labels,
      (select json_agg(json_build_object('boardId', w.id, 'count',
          (select count(*) from label l where l.board_id = w.id)))
        from unnest(${list("uuid", [...needs.labelCounts])}) w(id)) as "labelCounts",
      (select json_agg(json_build_object('boardId', b.id, 'member',
          json_build_object('userId', u.id, 'name', u.name, 'role', bm.role)))
        from unnest(${pairs(needs.people)}) w(board_id, id)
        join board b on b.id = w.board_id
        join membership m on m.org_id = b.org_id and m.user_id = w.id
        join app_user u on u.id = m.user_id
        left join board_member bm on bm.board_id = b.id and bm.user_id = m.user_id
        where board_role(m.role, b.visibility, bm.role) is not null) as people,
      (select json_agg(json_build_object('kind', x.kind, 'id', x.id)) from (
        select 'task' as kind, id from taken_ids('task', ${created("task")}) id
        union all select 'column', id from taken_ids('column', ${created("column")}) id
        union all select 'label', id from taken_ids('label', ${created("label")}) id
        union all select 'comment', id from taken_ids('comment', ${created("comment")}) id
        union all select 'checklist', id from taken_ids('checklist', ${created("checklist")}) id
        union all select 'check-item', id from taken_ids('check-item', ${created("check-item")}) id) x) as taken`);
  if (!row) throw new Error("a select without a table has one row");
  return row;
}

/** The fields of the projects of some boards, by board, in one statement: whoever changes them holds these boards. */
export async function loadFields(db: Db, boardIds: ReadonlySet<string>): Promise<Map<string, Field[]>> {
  const rows = await db.execute<{ boardId: string; fields: Field[] }>(sql`
    select b.id as "boardId", json_agg(${fieldJson}) as fields
    from unnest(${list("uuid", [...boardIds])}) w(id) join board b on b.id = w.id
    join task_field f on f.org_id = b.org_id and f.project_id = b.project_id group by b.id`);
  return new Map(rows.map(({ boardId, fields }) => [boardId, fields]));
}

export interface LoadedDescription extends Record<string, unknown> {
  boardId: string;
  taskId: string;
  version: number;
  description: string;
}

/** Texts that descriptions had, from the events that announced them, in one statement. */
export async function loadDescriptions(db: Db, needs: AllNeeds): Promise<LoadedDescription[]> {
  const wanted = [...needs.descriptions.values()];
  const rows = await db.execute<{ found: LoadedDescription }>(sql`
    select json_build_object('boardId', e.stream_id, 'taskId', w.id, 'version', e.version,
      'description', e.data->>'description') as found
    from unnest(${each("uuid", wanted, ({ boardId }) => boardId)}, ${each("uuid", wanted, ({ id }) => id)},
      ${each("bigint", wanted, ({ version }) => version)}) w(board_id, id, version)
    join event e on e.stream_id = w.board_id and e.version = w.version and e.type in ('task.created', 'task.arrived', 'task.updated')
      and coalesce(e.data->>'taskId', e.data->'task'->>'id') = w.id::text and e.data ? 'description'`);
  return rows.map(({ found }) => found);
}

/** A project whose row is held. */
export interface PicturedProject {
  readonly id: string;
  readonly key: string;
  /** Of the next task. */
  number: number;
  /** The same in the database. */
  saved: number;
}

/** The projects that number the tasks of some boards, by board, held in the order of their ids. */
export async function lockProjects(
  db: Db,
  boardIds: readonly string[],
  isPatient: boolean,
): Promise<Map<string, PicturedProject>> {
  const rows = await db.execute<{ boardId: string; id: string; key: string; number: number }>(sql`
    select b.id as "boardId", p.id, p.key, p.next_number as number
    from unnest(${list("uuid", boardIds)}) w(id) join board b on b.id = w.id join project p on p.id = b.project_id
    order by p.id, b.id for update of p${wait(isPatient)}`);
  const projects = new Map<string, PicturedProject>();
  const byBoard = new Map<string, PicturedProject>();
  for (const { boardId, id, key, number } of rows) {
    // Boards of one project share its next number.
    const project = projects.get(id) ?? { id, key, number, saved: number };
    projects.set(id, project);
    byBoard.set(boardId, project);
  }
  return byBoard;
}

function ids(wanted: ReadonlyMap<string, Wanted>): SQL {
  return each("uuid", [...wanted.values()], ({ id }) => id);
}

/** Boards and what is meant of them, as two columns. */
export function pairs(wanted: ReadonlyMap<string, Wanted>): SQL {
  const all = [...wanted.values()];
  return sql`${each("uuid", all, ({ boardId }) => boardId)}, ${each("uuid", all, ({ id }) => id)}`;
}
