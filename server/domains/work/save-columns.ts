import { sql } from "drizzle-orm";
import { each } from "../../../db/columns.ts";
import type { Tx } from "../../core/tx.ts";
import { recountElsewhere } from "./blockers.service.ts";
import type { ColumnRow } from "./column-order.ts";
import type { Column } from "./columns.contract.ts";

/** Writes columns in a few statements, whatever their number. */
export function saveColumns(tx: Tx, changed: readonly ColumnRow[]): void {
  const before = changed.flatMap(({ saved, ...row }) => (saved ? [{ ...row, saved }] : []));
  recountElsewhere(
    tx,
    before.filter(hasTurned).flatMap(({ blocksOnBoards }) => blocksOnBoards),
  );
  const created = changed.filter(({ saved }) => !saved).map(({ column }) => column);
  updateColumns(tx, before);
  if (created.length === 0) return;
  tx.send(
    tx.db.execute(sql`
      insert into board_column (id, org_id, board_id, name, rank, state_group, wip_limit, wip_mode, state, version)
      select n.id, b.org_id, n.board_id, n.name, n.rank, n.state_group, n.wip_limit, n.wip_mode, n.state, n.version
      from ${rowsOf(created)} join board b on b.id = n.board_id`),
  );
}

/** The tasks in it may be done now, or open again. */
function hasTurned({ column, saved }: { column: Column; saved: Column }): boolean {
  return column.state !== saved.state || column.stateGroup !== saved.stateGroup;
}

function isCompleted({ stateGroup }: Column): boolean {
  return stateGroup === "completed";
}

/** The keys are checked row by row: a column whose place another one takes leaves it first. No rank begins with "~". */
function updateColumns(tx: Tx, changed: readonly { column: Column; saved: Column }[]): void {
  if (changed.length === 0) return;
  const open = changed.filter(({ column }) => column.state === "open");
  const takenBy = new Map(open.map(({ column }) => [placeOf(column), column.id]));
  const inTheWay = changed.filter(({ column, saved }) => (takenBy.get(placeOf(saved)) ?? column.id) !== column.id);
  if (inTheWay.length > 0) {
    const ids = each("uuid", inTheWay, ({ column }) => column.id);
    tx.send(tx.db.execute(sql`update board_column set rank = '~' || id where id = any(${ids})`));
  }
  tx.send(
    tx.db.execute(sql`
      update board_column c set name = n.name, rank = n.rank, state_group = n.state_group,
        wip_limit = n.wip_limit, wip_mode = n.wip_mode, state = n.state, version = n.version
      from ${rowsOf(changed.map(({ column }) => column))} where c.id = n.id`),
  );
  const turned = changed.filter(({ column, saved }) => isCompleted(column) !== isCompleted(saved));
  for (const [isNow, columns] of Map.groupBy(turned, ({ column }) => isCompleted(column))) {
    tx.send(
      tx.db.execute(sql`
        update task set completed_at = ${isNow ? tx.now.toISOString() : null}::timestamptz
        where column_id = any(${each("uuid", columns, ({ column }) => column.id)})`),
    );
  }
}

function placeOf({ boardId, rank }: Column): string {
  return `${boardId} ${rank}`;
}

function rowsOf(columns: readonly Column[]) {
  return sql`unnest(${each("uuid", columns, ({ id }) => id)}, ${each("uuid", columns, ({ boardId }) => boardId)},
    ${each("text", columns, ({ name }) => name)}, ${each("text", columns, ({ rank }) => rank)},
    ${each("text", columns, ({ stateGroup }) => stateGroup)}, ${each("int", columns, ({ wipLimit }) => wipLimit)},
    ${each("text", columns, ({ wipMode }) => wipMode)}, ${each("text", columns, ({ state }) => state)},
    ${each("bigint", columns, ({ version }) => version)})
    n(id, board_id, name, rank, state_group, wip_limit, wip_mode, state, version)`;
}
