import { sql } from "drizzle-orm";
import { each } from "../../../db/columns.ts";
import type { Tx } from "../../core/tx.ts";
import type { LabelChanges } from "./label-set.ts";
import type { Label } from "./labels.contract.ts";

/** Writes labels in a few statements, whatever their number. A label that goes is taken off its tasks by its key. */
export function saveLabels(tx: Tx, { deleted, created, updated }: LabelChanges): void {
  if (deleted.length > 0) {
    tx.send(tx.db.execute(sql`delete from label where id = any(${each("uuid", deleted, (id) => id)})`));
  }
  if (updated.length > 0) {
    tx.send(
      tx.db.execute(sql`
        update label l set name = n.name, color = n.color, version = n.version
        from ${rowsOf(updated)} where l.id = n.id`),
    );
  }
  if (created.length === 0) return;
  tx.send(
    tx.db.execute(sql`
      insert into label (id, org_id, board_id, name, color, version)
      select n.id, b.org_id, n.board_id, n.name, n.color, n.version
      from ${rowsOf(created)} join board b on b.id = n.board_id`),
  );
}

function rowsOf(labels: readonly Label[]) {
  return sql`unnest(${each("uuid", labels, ({ id }) => id)}, ${each("uuid", labels, ({ boardId }) => boardId)},
    ${each("text", labels, ({ name }) => name)}, ${each("text", labels, ({ color }) => color)},
    ${each("bigint", labels, ({ version }) => version)}) n(id, board_id, name, color, version)`;
}
