import { sql } from "drizzle-orm";
import { uuids } from "../../../db/columns.ts";
import { announce, type Tx } from "../../core/tx.ts";

/** What was a part of a task that has gone from their board is on its own. Announces `tasks.updated`, if there is any. */
export function leaveParts(tx: Tx, actor: { userId: string; boardId: string }, taskIds: readonly string[]): void {
  if (taskIds.length === 0) return;
  const version = tx.nextVersion(actor.boardId);
  tx.send(
    tx.db.execute(sql`
      update task set parent_id = null, version = ${version}::bigint, updated_at = ${tx.now.toISOString()}::timestamptz,
        field_versions = field_versions || jsonb_build_object('parentId', ${version}::bigint)
      where board_id = ${actor.boardId}::uuid and id = any(${uuids(taskIds)})`),
  );
  const changes = [{ taskIds: [...taskIds], changes: { parentId: null } }];
  announce(tx, actor, { type: "tasks.updated", data: { changes, members: [] } });
}
