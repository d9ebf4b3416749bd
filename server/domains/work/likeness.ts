import { sql } from "drizzle-orm";
import type { OrgActor } from "../../core/access.ts";
import type { Tx } from "../../core/tx.ts";
import type { Board } from "./boards.contract.ts";
import { requireBoard } from "./other-board.ts";

/** A field of a project, where other things go by their names. */
const FIELD_ID = "^[0-9a-f]{8}-";

/**
 * Makes a new board like another one that the actor may read: with its open columns and their limits, its labels, the ways
 * between columns, and its lanes; with none of its tasks and people. In another project nothing goes by fields of the
 * first one. Fails: BOARD_NOT_FOUND, ACTION_FORBIDDEN.
 */
export async function makeLike(tx: Tx, actor: OrgActor, board: Board, likeBoardId: string): Promise<void> {
  await requireBoard(tx, actor, { boardId: likeBoardId, action: "board:read" });
  const [from, to] = [sql`${likeBoardId}::uuid`, sql`${board.id}::uuid`];
  tx.send(
    tx.db.execute(sql`
      with model as (
        select b.*, b.project_id = ${board.projectId}::uuid as has_fields from board b
        where b.org_id = ${board.orgId}::uuid and b.id = ${from}),
      twin as materialized (
        select c.*, gen_random_uuid() as new_id from board_column c join model on c.board_id = model.id
        where c.state = 'open'),
      columns as (
        insert into board_column (id, org_id, board_id, name, rank, state_group, wip_limit, wip_mode, state, version)
        select new_id, org_id, ${to}, name, rank, state_group, wip_limit, wip_mode, 'open', 0 from twin),
      labels as (
        insert into label (id, org_id, board_id, name, color, version)
        select gen_random_uuid(), l.org_id, ${to}, l.name, l.color, 0 from label l join model on l.board_id = model.id),
      lanes as (
        update board set lane_by = model.lane_by from model
        where board.org_id = model.org_id and board.id = ${to} and (model.has_fields or model.lane_by !~ ${FIELD_ID}))
      insert into transition (id, org_id, board_id, name, from_column_ids, to_column_id, minimum_role, required_fields, version)
      select gen_random_uuid(), t.org_id, ${to}, t.name, f.ids, twin.new_id, t.minimum_role,
        array(select x from unnest(t.required_fields) x where model.has_fields or x !~ ${FIELD_ID}), 0
      from transition t join model on t.board_id = model.id join twin on twin.id = t.to_column_id
      -- One that leads from archived columns alone leads from nowhere there: without it, its column would be open to all.
      cross join lateral (select case when t.from_column_ids is not null
        then array(select w.new_id from twin w where w.id = any(t.from_column_ids)) end as ids) f`),
  );
}
