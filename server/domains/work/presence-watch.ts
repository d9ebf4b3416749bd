import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { type BoardActor, requireBoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import type { AppServices, BoardClaim, RequestContext, Visitor } from "../../core/context.ts";
import { newId } from "../../core/ids.ts";
import { LatestWatch } from "../../core/live/latest-watch.ts";
import type { PresenceMessage, WatchPresence } from "./presence.contract.ts";

/** Is at a board for as long as it lasts. Fails: BOARD_NOT_FOUND, TASK_NOT_FOUND, ACCESS_REVOKED, SUBSCRIPTIONS_TOO_MANY. */
export function watchPresence(
  ctx: { app: AppServices; request: RequestContext; claim: BoardClaim },
  input: WatchPresence,
  signal: AbortSignal | undefined,
): AsyncIterable<PresenceMessage, void> {
  return new PresenceWatch(ctx, input, signal);
}

/** Who is at a board, told again whenever that has changed. */
class PresenceWatch extends LatestWatch<PresenceMessage> implements Visitor {
  readonly id = newId();
  readonly boardId: string;
  readonly userId: string;
  readonly taskId: string | null;
  readonly #app: AppServices;
  readonly #claim: BoardClaim;

  constructor(
    { app, request, claim }: { app: AppServices; request: RequestContext; claim: BoardClaim },
    { boardId, taskId }: WatchPresence,
    signal: AbortSignal | undefined,
  ) {
    super(request.connection, signal);
    this.boardId = boardId;
    this.userId = claim.userId;
    this.taskId = taskId;
    this.#app = app;
    this.#claim = claim;
  }

  protected async begin(): Promise<void> {
    const { boardId, userId, action, key } = this.#claim;
    const db = this.#app.db.within({ streamId: boardId });
    const actor = await requireBoardActor(db, { userId, boardId, key }, action);
    if (this.taskId !== null) await requireTask(db, actor, this.taskId);
    this.takePlace();
    // Whoever has left meanwhile was never there.
    if (!this.isOver) this.#app.presence.join(this);
  }

  protected finish(): void {
    this.leavePlace();
    this.#app.presence.leave(this);
  }
}

async function requireTask(db: Db, { orgId, boardId }: BoardActor, taskId: string): Promise<void> {
  const found = await db.execute(sql`
    select from task where org_id = ${orgId}::uuid and board_id = ${boardId}::uuid and id = ${taskId}::uuid`);
  if (found.length === 0) throw new AppError("TASK_NOT_FOUND");
}
