import { type SQL, sql } from "drizzle-orm";
import { each } from "../../../db/columns.ts";
import type { Tx } from "../../core/tx.ts";
import type { ChecklistSet } from "./checklist-set.ts";
import type { CheckItem } from "./checklists.contract.ts";

/** Writes checklists and their items in a few statements, whatever their number; behind their tasks. */
export function saveChecklists(tx: Tx, set: ChecklistSet): void {
  const checklists = set.checklists.takeChanges();
  const items = set.items.takeChanges();
  const assigned = [...items.created, ...items.updated].filter(({ assigneeId }) => assigneeId !== null);
  const send = (statement: SQL, rows: readonly unknown[]) => {
    if (rows.length > 0) tx.send(tx.db.execute(statement));
  };
  send(sql`delete from check_item where id = any(${each("uuid", items.deleted, (id) => id)})`, items.deleted);
  send(
    sql`
      insert into checklist (id, org_id, board_id, task_id, name, rank, version)
      select n.id, b.org_id, n."boardId", n."taskId", n.name, n.rank, n.version
      from ${recordsOf(checklists.created)} join board b on b.id = n."boardId"`,
    checklists.created,
  );
  send(
    sql`
      update checklist c set board_id = n."boardId", task_id = n."taskId", name = n.name, rank = n.rank,
        version = n.version
      from ${recordsOf(checklists.updated)} where c.id = n.id`,
    checklists.updated,
  );
  send(knowPeople(assigned), assigned);
  send(
    sql`
      insert into check_item (id, org_id, board_id, task_id, checklist_id, text, state, assignee_id, due_at, rank, version)
      select n.id, b.org_id, n."boardId", n."taskId", n."checklistId", n.text, n.state, n."assigneeId", n."dueAt", n.rank,
        n.version
      from ${recordsOf(items.created)} join board b on b.id = n."boardId"`,
    items.created,
  );
  send(
    sql`
      update check_item i set board_id = n."boardId", task_id = n."taskId", checklist_id = n."checklistId", text = n.text,
        state = n.state, assignee_id = n."assigneeId", due_at = n."dueAt", rank = n.rank, version = n.version
      from ${recordsOf(items.updated)} where i.id = n.id`,
    items.updated,
  );
  // Last: an item that was moved out of it must not go with it.
  send(sql`delete from checklist where id = any(${each("uuid", checklists.deleted, (id) => id)})`, checklists.deleted);
}

/** The board knows from then on who was assigned. */
function knowPeople(items: readonly CheckItem[]): SQL {
  return sql`
    insert into board_member (org_id, board_id, user_id, role)
    select distinct b.org_id, b.id, n.id, null::text
    from unnest(${each("uuid", items, ({ boardId }) => boardId)}, ${each("uuid", items, ({ assigneeId }) => assigneeId)})
      n(board_id, id)
    join board b on b.id = n.board_id on conflict do nothing`;
}

function recordsOf(rows: readonly object[]): SQL {
  return sql`json_to_recordset(${JSON.stringify(rows)}::json) n(id uuid, "boardId" uuid, "taskId" uuid,
    "checklistId" uuid, name text, text text, state text, "assigneeId" uuid, "dueAt" timestamptz, rank text,
    version bigint)`;
}
