import { type SQL, sql } from "drizzle-orm";
import { newId } from "../../server/core/ids.ts";
import type { TestBoard, TestOrg, World } from "./world.ts";

/** An organisation among others that are as big. */
export interface ManyTasks {
  readonly org: TestOrg;
  readonly boards: readonly TestBoard[];
}

const ORGS = 5;
const BOARDS_EACH = 4;

/**
 * Five organisations with so many tasks together on four boards each, made by SQL: of ten tasks three are assigned, one of
 * them to a member, one has a label, two are due, one has two comments, one is archived. The planner knows all of it.
 */
export async function createManyTasks(world: World, count: number): Promise<ManyTasks> {
  const orgs = await Promise.all(Array.from({ length: ORGS }, () => world.org()));
  const made = await Promise.all(orgs.map((org) => furnish(org)));
  const [first] = made;
  if (!first) throw new Error("there are five organisations");
  // What triggers would do task by task is done at once, and that every row refers to something is known.
  const filled = ["task", "task_assignee", "task_label", "comment", "search_text"];
  const setTriggers = async (state: SQL) => {
    for (const table of filled) {
      await world.db.execute(sql`alter table ${sql.identifier(table)} ${state} trigger all`);
    }
  };
  await setTriggers(sql`disable`);
  await world.db.execute(sql`
    insert into task (id, org_id, project_id, board_id, column_id, number, rank, title, description, priority, due_at,
      estimate, assignee_names, state, version, created_by, created_at, updated_at)
    select (substr(${newId()}, 1, 24) || lpad(to_hex(n), 12, '0'))::uuid, b.org_id, b.project_id, b.id, c.id, n,
      'g' || lpad(n::text, 7, '0'),
      'Task ' || n || ' about a ' || (array['login', 'report', 'invoice', 'export', 'calendar'])[1 + k / 10 % 5] || ' ' || k % 997,
      case when k % 3 = 0 then repeat('What there is to do. ', 5) else '' end,
      (array['none', 'low', 'medium', 'high', 'urgent'])[1 + k / 7 % 5],
      case when k % 10 in (3, 4) then now() + (k % 400 - 200) * interval '6 hours' end,
      case when k % 2 = 0 then k % 8 end, '{}', case when k % 10 = 9 then 'archived' else 'open' end, 0, m.user_id,
      now() - n * interval '1 minute', now() - k % 1000 * interval '1 hour'
    from generate_series(1, ${count}::int) n
    cross join lateral (select abs(hashint4(n)) as k) h
    join (select *, row_number() over (order by id) - 1 as place from board) b on b.place = n % ${ORGS * BOARDS_EACH}::int
    join (select *, row_number() over (partition by board_id order by rank) - 1 as place from board_column) c
      on c.board_id = b.id and c.place = k / 100 % 3
    join membership m on m.org_id = b.org_id and m.role = 'owner'`);
  await world.db.execute(sql`
    insert into board_member (org_id, board_id, user_id, role)
    select m.org_id, b.id, m.user_id, null from membership m join board b on b.org_id = m.org_id on conflict do nothing`);
  await world.db.execute(sql`
    insert into task_assignee (org_id, board_id, task_id, user_id)
    select t.org_id, t.board_id, t.id, m.user_id from task t join membership m
      on m.org_id = t.org_id and m.role = case when abs(hashint4(t.number)) % 10 = 1 then 'member' else 'owner' end
    where abs(hashint4(t.number)) % 10 between 1 and 3`);
  await world.db.execute(sql`
    insert into task_label (org_id, board_id, task_id, label_id)
    select t.org_id, t.board_id, t.id, l.id from task t join label l on l.board_id = t.board_id
    where abs(hashint4(t.number)) % 10 = 2`);
  await world.db.execute(sql`
    insert into comment (id, org_id, board_id, task_id, author_id, origin, state, text, mention_ids, text_versions, version,
      created_at)
    select gen_random_uuid(), t.org_id, t.board_id, t.id, t.created_by, 'written', 'open', 'Said about it: ' || i, '{}', '{}',
      0, t.created_at
    from task t cross join generate_series(1, 2) i where abs(hashint4(t.number)) % 10 = 5`);
  const words = (text: SQL, weight: SQL) =>
    sql`setweight(to_tsvector('simple', ${text}), ${weight}) || array_to_tsvector(array['@' || org_id])`;
  await world.db.execute(sql`
    insert into search_text (org_id, board_id, task_id, source_id, title, words)
    select org_id, board_id, id, id, lower(title), ${words(sql`title`, sql`'A'`)} from task
    union all select org_id, board_id, task_id, id, null, ${words(sql`text`, sql`'C'`)} from comment`);
  await setTriggers(sql`enable`);
  // Of every fifth task that it was moved, some of them together.
  await world.db.execute(sql`
    insert into event (stream_id, version, nonce, org_id, access_version, type, actor_id, mutation_id, data, at)
    select t.board_id, s.version + row_number() over (partition by t.board_id order by t.number), 0, t.org_id, 0,
      case when t.number % 10 = 0 then 'tasks.archived' else 'task.moved' end, t.created_by, gen_random_uuid(),
      case when t.number % 10 = 0 then jsonb_build_object('taskIds', jsonb_build_array(t.id))
        else jsonb_build_object('taskId', t.id, 'columnId', t.column_id, 'rank', t.rank) end, t.created_at
    from task t join stream s on s.id = t.board_id where t.number % 5 = 0`);
  await world.db.execute(sql`
    update stream s set version = (select max(e.version) from event e where e.stream_id = s.id) where s.kind = 'board'`);
  await world.db.execute(sql`update project set next_number = ${count + 1}::int`);
  await world.db.execute(sql`vacuum analyze`);
  return first;
}

async function furnish(org: TestOrg): Promise<ManyTasks> {
  await org.as("member");
  const boards = [];
  for (let index = 0; index < BOARDS_EACH; index += 1) {
    const board = await org.board({ columns: ["Backlog", "Doing", "Done"] });
    await org.owner.caller.labels.create({ boardId: board.id, name: "Bug", color: "red" });
    boards.push(board);
  }
  return { org, boards };
}
