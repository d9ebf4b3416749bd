import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { type BoardActor, requireBoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import type { AppServices, BoardClaim, RequestContext, Visitor } from "../../core/context.ts";
import { newId } from "../../core/ids.ts";
import { resultOfMessage, toFrames } from "../../core/live/frames.ts";
import { Subscription } from "../../core/live/subscription.ts";
import type { Seat } from "../../core/live/wire.ts";
import type { PresenceMessage, WatchPresence } from "./presence.contract.ts";

/** Is at a board for as long as it lasts. Fails: BOARD_NOT_FOUND, TASK_NOT_FOUND, ACCESS_REVOKED, SUBSCRIPTIONS_TOO_MANY. */
export function watchPresence(
  ctx: { app: AppServices; request: RequestContext; claim: BoardClaim },
  input: WatchPresence,
  signal: AbortSignal | undefined,
): AsyncIterable<PresenceMessage, void> {
  return new PresenceWatch(ctx, input, signal);
}

/** Who is at a board, told again whenever that has changed. What cannot be written at once is not kept: the next is newer. */
class PresenceWatch extends Subscription implements AsyncIterable<PresenceMessage, void>, Visitor {
  readonly id = newId();
  readonly boardId: string;
  readonly userId: string;
  readonly taskId: string | null;
  readonly #app: AppServices;
  readonly #claim: BoardClaim;
  readonly #signal: AbortSignal | undefined;
  readonly #over = Promise.withResolvers<null>();
  #isOver = false;
  #seat: Seat | undefined;
  #latest: PresenceMessage | undefined;
  /** What was said last, as text. */
  #said = "";
  #wake: (() => void) | undefined;

  constructor(
    { app, request, claim }: { app: AppServices; request: RequestContext; claim: BoardClaim },
    { boardId, taskId }: WatchPresence,
    signal: AbortSignal | undefined,
  ) {
    super(request.connection);
    this.boardId = boardId;
    this.userId = claim.userId;
    this.taskId = taskId;
    this.#app = app;
    this.#claim = claim;
    this.#signal = signal;
    // It may end before anybody waits for that.
    this.#over.promise.catch(() => {});
  }

  show(message: PresenceMessage): void {
    this.#latest = message;
    if (this.#seat) this.#say(this.#seat, message);
    this.#wake?.();
  }

  end(reason: AppError): void {
    this.#isOver = true;
    this.#over.reject(reason);
    this.#wake?.();
  }

  stop(): void {
    this.#isOver = true;
    this.#over.resolve(null);
    this.#wake?.();
  }

  async write(seat: Seat): Promise<void> {
    this.#seat = seat;
    await this.#within(() => this.#over.promise);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PresenceMessage, void> {
    await this.#enter();
    const stop = () => this.stop();
    if (this.#signal?.aborted === true) stop();
    this.#signal?.addEventListener("abort", stop);
    try {
      while (!this.#isOver) {
        const message = this.#takeNews();
        if (message) yield message;
        else await this.#news();
      }
      await this.#over.promise;
    } finally {
      this.#signal?.removeEventListener("abort", stop);
      this.#exit();
    }
  }

  async #within(work: () => Promise<unknown>): Promise<void> {
    await this.#enter();
    try {
      await work();
    } finally {
      this.#exit();
    }
  }

  async #enter(): Promise<void> {
    const { boardId, userId, action, key } = this.#claim;
    const db = this.#app.db.within({ streamId: boardId });
    const actor = await requireBoardActor(db, { userId, boardId, key }, action);
    if (this.taskId !== null) await requireTask(db, actor, this.taskId);
    this.takePlace();
    // Whoever has left meanwhile was never there.
    if (!this.#isOver) this.#app.presence.join(this);
  }

  #exit(): void {
    this.leavePlace();
    this.#app.presence.leave(this);
  }

  #takeNews(): PresenceMessage | undefined {
    const message = this.#latest;
    if (!message || JSON.stringify(message) === this.#said) return undefined;
    this.#said = JSON.stringify(message);
    return message;
  }

  async #news(): Promise<void> {
    await new Promise<null>((resolve) => {
      this.#wake = () => resolve(null);
    });
    this.#wake = undefined;
  }

  #say({ wire, flow, opening }: Seat, message: PresenceMessage): void {
    const result = resultOfMessage(message);
    if (!flow.hasRoom(result.length)) return;
    if (this.#takeNews()) wire.write(toFrames(opening, [result]));
  }
}

async function requireTask(db: Db, { orgId, boardId }: BoardActor, taskId: string): Promise<void> {
  const found = await db.execute(sql`
    select from task where org_id = ${orgId}::uuid and board_id = ${boardId}::uuid and id = ${taskId}::uuid`);
  if (found.length === 0) throw new AppError("TASK_NOT_FOUND");
}
