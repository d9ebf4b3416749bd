import type { TrackedEnvelope } from "@trpc/server";
import { sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { uuids } from "../../../db/columns.ts";
import { LACKS_FACTOR } from "../../core/access.ts";
import type { AppServices, BoardClaim, RequestContext } from "../../core/context.ts";
import { RESET } from "../../core/live/opening.ts";
import type { StreamKind } from "../../core/live/stream-log.ts";
import { Watch } from "../../core/live/watch.ts";
import type { BoardEvent, LiveMessage } from "../../events.ts";
import type { Snapshot, WatchBoard } from "./boards.contract.ts";
import { openBoard } from "./opening.ts";

/** What the hub has to know of boards. */
export const boardStream: StreamKind = {
  async readers(db: Database, boardId: string, userIds: readonly string[]) {
    const rows = await db.within({ streamId: boardId }).execute<{ userId: string; admitted: string }>(sql`
      select m.user_id as "userId", m.access_version as admitted from board b
      join membership m on m.org_id = b.org_id and m.user_id = any(${uuids(userIds)})
      left join board_member bm on bm.board_id = b.id and bm.user_id = m.user_id
      where b.id = ${boardId}::uuid and board_role(m.role, b.visibility, bm.role) is not null
        and not ${LACKS_FACTOR}`);
    return new Map(rows.map(({ userId, admitted }) => [userId, Number(admitted)]));
  },
  endsAccess: (type) => type === "board.unshared" || type === "board.visibility-changed",
  givesAccess: (type) => type === "board.shared" || type === "board.visibility-changed",
  resets: ({ type }) => type === RESET,
};

/** Follows a board live, as every `Watch` does. Fails: BOARD_NOT_FOUND, and what every watch fails with. */
export function watchBoard(
  ctx: { app: AppServices; request: RequestContext; claim: BoardClaim },
  { boardId, lastEventId }: WatchBoard,
  signal: AbortSignal | undefined,
): AsyncIterable<TrackedEnvelope<LiveMessage>, void> {
  const { claim } = ctx;
  return new Watch<Snapshot, BoardEvent>(ctx, {
    streamId: boardId,
    userId: claim.userId,
    lastEventId,
    signal,
    open: (entry) => openBoard(ctx.app.db, claim, entry),
  });
}
