import { sql } from "drizzle-orm";
import { type BoardActor, findAtBoard, toBoardActor } from "../../core/access.ts";
import type { Tx } from "../../core/tx.ts";
import type { BoardAction } from "../../policy.ts";

/** Who somebody is on another board of the organisation. Fails: BOARD_NOT_FOUND, ACTION_FORBIDDEN, BOARD_ARCHIVED. */
export async function requireBoard(
  tx: Tx,
  { userId, key }: Pick<BoardActor, "userId" | "key">,
  { boardId, action }: { boardId: string; action: BoardAction },
): Promise<BoardActor> {
  const [found, [board]] = await Promise.all([
    findAtBoard(tx.db, { userId, boardId }),
    tx.db.execute<{ state: string }>(sql`select state from board where id = ${boardId}::uuid`),
  ]);
  return toBoardActor({ userId, boardId, key, ...found, state: board?.state ?? null }, action);
}
