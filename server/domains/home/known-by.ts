import { sql } from "drizzle-orm";
import { uuids } from "../../../db/columns.ts";
import type { BoardRole } from "../../../db/enums.ts";
import type { AppServices } from "../../core/context.ts";
import { requireLocked } from "../../core/event-log.ts";
import { tidy } from "../../core/transaction.ts";
import type { Tx } from "../../core/tx.ts";

/** Boards that are told in one transaction. */
const BOARDS_AT_ONCE = 100;

/** What a board knows of somebody: it was shared with them, or (`role` null) they were assigned on it once. */
interface Known {
  readonly boardId: string;
  readonly name: string;
  readonly role: BoardRole | null;
}

/** Lets all boards that know somebody be told of them, signed by them, in transactions of some boards each. */
export async function tellBoards(
  app: AppServices,
  userId: string,
  { tell, signal }: { tell: (tx: Tx, known: Known) => void; signal?: AbortSignal | undefined },
): Promise<void> {
  const boards = await app.db
    .within({ userId })
    .execute<{ id: string; orgId: string }>(sql`select id, org_id as "orgId" from boards_that_know() order by 2, 1`);
  for (const [orgId, known] of Map.groupBy(boards, (board) => board.orgId)) {
    for (let from = 0; from < known.length; from += BOARDS_AT_ONCE) {
      signal?.throwIfAborted();
      const streamIds = known.slice(from, from + BOARDS_AT_ONCE).map(({ id }) => id);
      await tidy(app, { orgId, streamIds, signedBy: userId }, async (tx) => {
        const rows = await tx.db.execute<Known & Record<string, unknown>>(sql`
          select m.board_id as "boardId", u.name, m.role from board_member m join app_user u on u.id = m.user_id
          where m.user_id = ${userId}::uuid and m.board_id = any(${uuids(streamIds)})`);
        for (const row of rows) {
          requireLocked(tx.streams, [row.boardId]);
          tell(tx, row);
        }
      });
    }
  }
}
