import { isAccessRefusal, type KeyLimits, requireOrgActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import type { AppServices, RequestContext } from "../../core/context.ts";
import { pause } from "../../core/faults.ts";
import type { HubStream } from "../../core/live/hub-stream.ts";
import { LatestWatch } from "../../core/live/latest-watch.ts";
import { Watcher } from "../../core/live/watcher.ts";
import type { OrgAction } from "../../policy.ts";
import type { CountMessage, CountTasks, TaskCount } from "./search.contract.ts";
import { countTasks } from "./search.service.ts";

/** How long what happens is gathered before it is counted again. */
const GATHER_MS = 500;
/** Counting takes no more than this part of the time, however long a count takes. */
const PART_OF_TIME = 1 / 20;
/** It is counted again when nothing has happened: what is overdue is so by the clock. */
const AT_LEAST_EVERY_MS = 60_000;
/** Of a project with more, what happens on the others is counted by the clock. */
const MOST_BOARDS = 100;

/** Somebody who wants to count in an organisation, not yet known to be in it. */
interface OrgClaim {
  readonly userId: string;
  readonly orgId: string;
  readonly action: OrgAction;
  readonly key: KeyLimits | undefined;
}

/**
 * Counts the tasks that a filter means, again and again. Fails: INPUT_INVALID (neither of a project nor a board), FILTER_INVALID, PROJECT_NOT_FOUND, BOARD_NOT_FOUND,
 * ACCESS_REVOKED, SUBSCRIPTIONS_TOO_MANY.
 */
export function watchCount(
  ctx: { app: AppServices; request: RequestContext; claim: OrgClaim },
  input: CountTasks,
  signal: AbortSignal | undefined,
): AsyncIterable<CountMessage, void> {
  return new CountWatch(ctx, input, signal);
}

/**
 * Is woken by whatever happens on the boards that are counted, in the organisation, and in the inbox of who counts, which
 * tell of other boards. What is counted, and whether they may, the database says each time.
 */
class CountWatch extends LatestWatch<CountMessage> {
  readonly #app: AppServices;
  readonly #claim: OrgClaim;
  readonly #input: CountTasks;
  readonly #streams = new Map<string, HubStream>();
  #watcher = new Watcher(undefined, undefined);
  /** How long the last count took. */
  #tookMs = 0;

  constructor(
    { app, request, claim }: { app: AppServices; request: RequestContext; claim: OrgClaim },
    input: CountTasks,
    signal: AbortSignal | undefined,
  ) {
    super(request.connection, signal);
    this.#app = app;
    this.#claim = claim;
    this.#input = input;
  }

  protected async begin(): Promise<void> {
    const { orgId, userId } = this.#claim;
    if (this.#input.projectId === undefined && this.#input.boardId === undefined) {
      throw new AppError("INPUT_INVALID", { fields: { projectId: "A live count is of a project or of a board." } });
    }
    const { count, boardIds } = await this.#count();
    this.takePlace();
    for (const id of [orgId, userId, ...boardIds]) this.#join(id);
    this.show({ type: "count", count });
    void this.#follow();
  }

  protected finish(): void {
    this.leavePlace();
    this.#watcher.stop();
    this.#leaveAll();
  }

  async #follow(): Promise<void> {
    // What came before it had joined.
    this.#watcher.wakeUp();
    while (!this.isOver) {
      await this.#watcher.rest({ ms: AT_LEAST_EVERY_MS });
      if (this.isOver) return;
      await pause(Math.max(GATHER_MS, this.#tookMs / PART_OF_TIME), this.#watcher.stopped);
      if (!this.isOver) await this.#tellAgain();
    }
  }

  async #tellAgain(): Promise<void> {
    // A board was deleted, or the hub has closed.
    if (this.#watcher.ending) this.#beginAnew();
    try {
      const { count, boardIds } = await this.#count();
      for (const id of boardIds) this.#join(id);
      if (!this.isOver) this.show({ type: "count", count });
    } catch (error) {
      if (isAccessRefusal(error) || isGone(error)) this.end(new AppError("ACCESS_REVOKED"));
      else this.#app.log.warn({ err: error }, "tasks could not be counted; that comes again");
    }
  }

  async #count(): Promise<TaskCount & { boardIds: string[] }> {
    const startedAt = performance.now();
    const db = this.#app.db.within({ orgId: this.#claim.orgId });
    const actor = await requireOrgActor(db, this.#claim, this.#claim.action);
    const counted = await countTasks(db, { ...actor, now: this.#app.clock.now() }, this.#input);
    this.#tookMs = performance.now() - startedAt;
    return counted;
  }

  #join(streamId: string): void {
    if (this.isOver || this.#streams.has(streamId) || this.#streams.size > MOST_BOARDS + 1) return;
    this.#streams.set(streamId, this.#app.hub.join(streamId, this.#watcher));
  }

  #leaveAll(): void {
    for (const stream of this.#streams.values()) this.#app.hub.leave(stream, this.#watcher);
    this.#streams.clear();
  }

  #beginAnew(): void {
    this.#leaveAll();
    this.#watcher = new Watcher(undefined, undefined);
    for (const id of [this.#claim.orgId, this.#claim.userId]) this.#join(id);
  }
}

/** What it is of is not there any more, or not for them. */
function isGone(error: unknown): boolean {
  return error instanceof AppError && error.kind === "PROJECT_NOT_FOUND";
}
