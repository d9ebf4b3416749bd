import { sql } from "drizzle-orm";
import type { Database } from "../../db/client.ts";
import { newId } from "../../server/core/ids.ts";
import type { TestOrg, World } from "./world.ts";

/** A big organisation, beside which there is another one. */
export interface ManyTasks {
  readonly org: TestOrg;
  readonly boardIds: readonly string[];
}

const BOARDS = 20;

/**
 * An organisation with so many tasks on 20 boards, made by SQL: a tenth with a label each, a third assigned to somebody,
 * every fourth due, and with words of which some are rare. What the planner knows of them is up to date.
 */
export async function createManyTasks(world: World, count: number): Promise<ManyTasks> {
  const org = await world.org();
  const member = await org.as("member");
  const boardIds = [];
  for (let index = 0; index < BOARDS; index += 1) {
    const board = await org.board({ columns: ["Backlog", "Doing", "Done"] });
    await org.owner.caller.labels.create({ boardId: board.id, name: "Bug", color: "red" });
    boardIds.push(board.id);
  }
  await insertTasks(world.db, org, { count, memberId: member.id });
  await world.db.execute(sql`analyze`);
  return { org, boardIds };
}

async function insertTasks(db: Database, org: TestOrg, { count, memberId }: { count: number; memberId: string }) {
  await db.execute(sql`
    insert into task (id, org_id, project_id, board_id, column_id, number, rank, title, description, priority, due_at,
      estimate, assignee_names, state, version, created_by, created_at, updated_at)
    select (substr(${newId()}, 1, 24) || lpad(to_hex(n), 12, '0'))::uuid, b.org_id, b.project_id, b.id, c.id, n, lpad(n::text, 8, '0'),
      'Task ' || n || ' ' || (array['login', 'report', 'invoice', 'export', 'calendar'])[1 + n % 5] || ' ' || md5((n % 5000)::text),
      case when n % 3 = 0 then repeat('What there is to do about ' || md5(n::text) || '. ', 6) else '' end,
      (array['none', 'none', 'low', 'medium', 'high', 'urgent'])[1 + n % 6],
      case when n % 4 = 0 then now() + (n % 400 - 200) * interval '6 hours' end,
      case when n % 2 = 0 then n % 8 end, '{}', case when n % 10 = 0 then 'archived' else 'open' end, 0,
      ${org.owner.id}::uuid, now() - n * interval '1 minute', now() - (n % 1000) * interval '1 hour'
    from generate_series(1, ${count}::int) n
    join (select *, row_number() over (order by id) - 1 as place from board where org_id = ${org.id}::uuid) b
      on b.place = n % ${BOARDS}::int
    join (select *, row_number() over (partition by board_id order by rank) - 1 as place from board_column) c
      on c.board_id = b.id and c.place = n / ${BOARDS}::int % 3`);
  await db.execute(sql`
    insert into board_member (org_id, board_id, user_id, role)
    select org_id, id, ${memberId}::uuid, null from board where org_id = ${org.id}::uuid on conflict do nothing`);
  await db.execute(sql`
    insert into task_assignee (org_id, board_id, task_id, user_id)
    select org_id, board_id, id, case when number / 3 % 7 = 0 then ${memberId}::uuid else ${org.owner.id}::uuid end
    from task where org_id = ${org.id}::uuid and number % 3 = 0`);
  await db.execute(sql`
    insert into task_label (org_id, board_id, task_id, label_id)
    select t.org_id, t.board_id, t.id, l.id from task t join label l on l.board_id = t.board_id
    where t.org_id = ${org.id}::uuid and t.number % 10 = 1`);
  await db.execute(sql`update project set next_number = ${count + 1}::int where org_id = ${org.id}::uuid`);
}
