import { sql } from "drizzle-orm";
import { expect } from "vitest";
import type { Database } from "../../db/client.ts";
import { readEvents } from "../../server/core/event-log.ts";
import { toEvent } from "../../server/core/live/frames.ts";
import { RANK_LIMIT } from "../../server/core/rank.ts";
import type { Snapshot } from "../../server/domains/work/boards.contract.ts";
import { BOARD_EVENTS, type BoardEvent, eventSchema } from "../../server/events.ts";
import { range } from "./clients.ts";

// What a board has to be, however it came to that: its events, and what its tables say.

/** The events of a board from the first on: numbered without a gap, each of the shape that its type has. */
export async function eventsOf(db: Database, boardId: string): Promise<BoardEvent[]> {
  const events = (await readEvents(db, boardId, 0, 10_000)).map((event) => toEvent<BoardEvent>(event));
  expect(events.map(({ version }) => version)).toEqual(range(1, events.length));
  for (const event of events) expect(eventSchema(BOARD_EVENTS, event.type).parse(event)).toEqual(event);
  return events;
}

/** The board as its tables have it, asked for in another way than `boards.get` does. */
export async function expectRows(
  db: Database,
  { board, columns, tasks, labels, transitions, members }: Snapshot,
): Promise<void> {
  const at = sql`board_id = ${board.id}::uuid`;
  const columnRows = await db.execute(sql`
    select id, board_id as "boardId", name, rank, state_group as "stateGroup", wip_limit as "wipLimit",
      wip_mode as "wipMode", state, version::int from board_column where ${at} and state = 'open' order by rank`);
  expect(columns).toEqual([...columnRows]);
  const taskRows = await db.execute(sql`
    select id, number, column_id as "columnId", rank, title, version::int, description <> '' as "hasDescription",
      array(select user_id::text from task_assignee where task_id = task.id order by 1) as "assigneeIds",
      array(select label_id::text from task_label where task_id = task.id order by 1) as "labelIds",
      (select count(*)::int from comment c where c.task_id = task.id and c.state = 'open') as "commentCount",
      (select count(*)::int from check_item i where i.task_id = task.id) as "itemsTotal",
      (select count(*)::int from check_item i where i.task_id = task.id and i.state = 'done') as "itemsDone",
      array(select r.from_task_id::text from task_relation r where r.to_task_id = task.id and r.kind = 'blocks'
        and r.from_board_id = task.board_id order by 1) as "blockerIds",
      (select count(*)::int from task_relation r join task o on o.id = r.from_task_id and o.state = 'open'
        join board_column c on c.id = o.column_id and c.state = 'open' and c.state_group not in ('completed', 'cancelled')
        join board b on b.id = o.board_id and b.state = 'open'
        where r.to_task_id = task.id and r.kind = 'blocks' and o.board_id <> task.board_id) as "blockersElsewhere"
    from task where ${at} and state = 'open'
      and column_id in (select id from board_column where ${at} and state = 'open') order by column_id, rank`);
  const shown = tasks.map(({ id, number, columnId, rank, title, version, hasDescription, ...sets }) => ({
    id,
    number,
    columnId,
    rank,
    title,
    version,
    hasDescription,
    assigneeIds: `{${sets.assigneeIds.join()}}`,
    labelIds: `{${sets.labelIds.join()}}`,
    commentCount: sets.commentCount,
    itemsTotal: sets.itemsTotal,
    itemsDone: sets.itemsDone,
    blockerIds: `{${sets.blockerIds.join()}}`,
    blockersElsewhere: sets.blockersElsewhere,
  }));
  expect(shown).toEqual([...taskRows]);
  const labelRows = await db.execute(sql`select id, name, color, version::int from label where ${at} order by id`);
  expect(labels.map(({ id, name, color, version }) => ({ id, name, color, version }))).toEqual([...labelRows]);
  const memberRows = await db.execute(
    sql`select user_id as "userId", role from board_member where ${at} order by user_id`,
  );
  expect(members.map(({ userId, role }) => ({ userId, role }))).toEqual([...memberRows]);
  const transitionRows = await db.execute(sql`
    select id, board_id as "boardId", name, to_json(from_column_ids) as "fromColumnIds", to_column_id as "toColumnId",
      minimum_role as "minimumRole", to_json(required_fields) as "requiredFields", version::int
    from transition where ${at} order by id`);
  expect(transitions).toEqual([...transitionRows]);
  // Nothing was changed after the newest event.
  const versions = [board, ...columns, ...tasks, ...labels].map(({ version }) => version);
  const [stream] = await db.execute<{ version: string }>(sql`select version from stream where id = ${board.id}::uuid`);
  expect(Math.max(...versions)).toBeLessThanOrEqual(Number(stream?.version));
}

/** Ranks are short, none is there twice, and every number of the project is, or was, one task's. */
export async function expectSound(db: Database, boardId: string): Promise<void> {
  const [row] = await db.execute<{
    longest: number;
    doubles: number;
    missing: number | null;
    taken: number;
    over: number;
  }>(sql`
    select
      (select coalesce(max(length(rank)), 0) from task where board_id = ${boardId}::uuid) as longest,
      (select count(*)::int from (select 1 from task where board_id = ${boardId}::uuid and state = 'open'
        group by column_id, rank having count(*) > 1) twice) as doubles,
      (select p.next_number - 1 - (select count(distinct n) from (select number from task where project_id = p.id
            union all select number from former_number where project_id = p.id) x(n))::int
          - case when exists (select from event where org_id = p.org_id and type = 'tasks.purged') then null else 0 end
        from project p where p.id = (select project_id from board where id = ${boardId}::uuid)) as missing,
      (select count(*)::int from task t join former_number f on f.project_id = t.project_id and f.number = t.number
        where t.board_id = ${boardId}::uuid) as taken,
      (select count(*)::int from event where stream_id = ${boardId}::uuid and mutation_id is null) as over`);
  // Of what was deleted for good nobody has the number any more.
  expect({ ...row, missing: row?.missing ?? 0 }).toMatchObject({ doubles: 0, missing: 0, taken: 0, over: 0 });
  expect(row?.longest).toBeLessThanOrEqual(RANK_LIMIT);
}
