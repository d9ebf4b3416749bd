import { type SQL, sql } from "drizzle-orm";
import type { Card } from "../tasks.contract.ts";
import type { BoardData } from "./words.ts";

// What is read of events (alias `e`): what they say themselves, without what is long, or of many.

type Changes = BoardData["tasks.updated"]["changes"][number];

/** Of changes of many tasks what became of the one that is asked for, or else what became of all of them alike. */
export interface ManyData {
  "tasks.updated": Partial<Omit<Changes, "taskIds">> & Was;
  "tasks.moved": { columnId?: string | null; fromColumnId?: string | null };
  "tasks.archived": unknown;
  "tasks.restored": unknown;
  "tasks.deleted": unknown;
  "tasks.recovered": { state?: string | null };
  "tasks.planned": Pick<BoardData["tasks.planned"], "kind" | "planId">;
  "tasks.purged": unknown;
  "board.reset": { restoredColumnId?: string; restored: boolean };
}
export type ReadData = Omit<BoardData, keyof ManyData | "task.updated"> &
  ManyData & { "task.updated": BoardData["task.updated"] & Was };

/** What was another before, where it was kept. */
interface Was {
  readonly was?: Partial<Card> | null;
}

/** An event, as a feed reads it. */
export interface ReadEvent {
  readonly streamId: string;
  readonly version: number;
  readonly at: string;
  readonly actorId: string;
  readonly type: string;
  readonly taskId: string | null;
  readonly taskCount: number;
  /** What the type says: taken as that by whoever knows the type. */
  readonly data: never;
}

/** What no feed tells: places that were numbered anew, and what an organisation repeats of its boards. */
export const UNTOLD = ["column.reranked", "checklist.reranked", "board.changed"] as const;

const many = (path: string) => sql`jsonb_path_query_array(e.data, ${path}::jsonpath)`;
const PATHS = {
  "tasks.updated": "$.changes[*].taskIds[*]",
  "tasks.moved": "$.to[*].ranks[*].taskId",
  "tasks.archived": "$.taskIds[*]",
  "tasks.restored": "$.tasks[*].id",
  "tasks.deleted": "$.taskIds[*]",
  "tasks.recovered": "$.*[*].id",
  "tasks.planned": "$.taskIds[*]",
  "tasks.purged": "$.taskIds[*]",
  "board.reset": "$.restoredTaskIds[*]",
} as const satisfies Record<keyof ManyData, string>;

/** The ids of the tasks of one that is about several. */
const manyIds = sql`case e.type ${sql.join(
  Object.entries(PATHS).map(([type, path]) => sql`when ${type} then ${many(path)}`),
  sql` `,
)} end`;

/** The task of one that is about one: also the expression of the index `event_task`. */
const oneTask = sql`coalesce(e.data->>'taskId', e.data->'task'->>'id', e.data->'comment'->>'taskId',
  e.data->'attachment'->>'taskId')`;
const relatedTask = sql`coalesce(e.data->'relation'->>'fromTaskId', e.data->'relation'->>'toTaskId')`;

/** `taskId`: the task whose activity is read, if it is that of one. */
export function readEvent(taskId: string | null): SQL {
  const asked = sql`${taskId}::text`;
  const found = sql`jsonb_build_object('id', ${asked})`;
  const replaced = sql`jsonb_path_query_first(e.replaced, '$.tasks[*] ? (@.taskId == $id).was',
    jsonb_build_object('id', coalesce(${asked}, ${oneTask}, case when x.count = 1 then x.ids->>0 end)))`;
  const was = sql`coalesce(jsonb_build_object('was', ${replaced} - 'description' - 'rank'), '{}')`;
  return sql`json_build_object('streamId', e.stream_id, 'version', e.version, 'at', iso(e.at), 'actorId', e.actor_id,
    'type', e.type, 'taskId', coalesce(${asked}, ${oneTask}, ${relatedTask}, case when x.count = 1 then x.ids->>0 end),
    'taskCount', coalesce(x.count, case when coalesce(${oneTask}, ${relatedTask}) is null then 0 else 1 end),
    'data', case e.type
      when 'tasks.updated' then coalesce(case
        when ${asked} is not null then jsonb_path_query_first(e.data, '$.changes[*] ? (@.taskIds[*] == $id)', ${found})
        when jsonb_array_length(e.data->'changes') = 1 then e.data->'changes'->0 end, '{}') - 'taskIds' || ${was}
      when 'task.updated' then (e.data - 'members')
        || case when e.data ? 'description' then '{"description": ""}'::jsonb else '{}' end || ${was}
      when 'tasks.recovered' then jsonb_build_object('state', case when ${asked} is not null then
        case when jsonb_path_exists(e.data, '$.archived[*] ? (@.id == $id)', ${found}) then 'archived' else 'open' end end)
      when 'tasks.moved' then jsonb_build_object(
        'columnId', case
          when ${asked} is not null
            then jsonb_path_query_first(e.data, '$.to[*] ? (@.ranks[*].taskId == $id).columnId', ${found})
          when jsonb_array_length(e.data->'to') = 1 then e.data->'to'->0->'columnId' end,
        'fromColumnId', case
          when ${asked} is not null
            then jsonb_path_query_first(e.data, '$.from[*] ? (@.taskIds[*] == $id).columnId', ${found})
          when jsonb_array_length(e.data->'from') = 1 then e.data->'from'->0->'columnId' end)
      when 'board.reset' then (e.data - 'restoredTaskIds')
        || jsonb_build_object('restored', e.data ? 'restoredTaskIds')
      else ((e.data - 'members' - 'ranks' - 'tasks' - 'taskIds' - 'left' - 'archived') #- '{comment,text}')
        || case when e.data ? 'description' then '{"description": ""}'::jsonb else '{}' end end)`;
}

/** Behind the table `event e`: what `readEvent` takes of it. */
export const counted = sql`cross join lateral (
  select i.ids, jsonb_array_length(i.ids) as count from (select ${manyIds} as ids) i) x`;
