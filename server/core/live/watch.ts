import { tracked, type TrackedEnvelope } from "@trpc/server";
import type { LiveMessageOf, SnapshotMessageOf } from "../../events.ts";
import { isAccessRefusal } from "../access.ts";
import { AppError } from "../app-error.ts";
import type { AppServices, ConnectionContext, RequestContext } from "../context.ts";
import { parseCursor, toCursor } from "../event-log.ts";
import { follow, type Opening, type WatchRequest } from "./follow.ts";
import { toEvent } from "./frames.ts";
import type { Entry, Opened } from "./opening.ts";
import type { Place } from "./stream-log.ts";
import { Subscription } from "./subscription.ts";
import { Watcher } from "./watcher.ts";
import type { Seat } from "./wire.ts";

/** One watch: of which stream, by whom, from where, and how the stream is opened. */
export interface WatchOptions {
  readonly streamId: string;
  readonly userId: string;
  readonly lastEventId: string | null | undefined;
  readonly signal: AbortSignal | undefined;
  /**
   * One statement. Throws a decision (`BOARD_NOT_FOUND` …) or a passing fault. The state is the same for all who may
   * read it: others are sent what was read for one of them.
   */
  readonly open: (entry: Entry) => Promise<Opened>;
}

/**
 * A stream followed live: a snapshot or what was missed since `lastEventId`, then every event, and a head when nothing
 * happens. Every message is tracked: the stock links resume by themselves. It begins when it is iterated, as tRPC does
 * by HTTP, or when it is told where to write.
 * Fails: ACCESS_REVOKED, SUBSCRIPTIONS_TOO_MANY, SERVER_UNAVAILABLE (at admission only), what `open` decides.
 */
export class Watch<State extends object, Event>
  extends Subscription
  implements AsyncIterable<TrackedEnvelope<LiveMessageOf<State, Event>>, void>
{
  readonly #connection: ConnectionContext | undefined;
  readonly #request: WatchRequest;
  readonly #userId: string;
  readonly #cursor: Place | undefined;
  readonly #signal: AbortSignal | undefined;
  #watcher: Watcher | undefined;

  constructor(
    { app, request: { connection } }: { app: AppServices; request: RequestContext },
    { streamId, userId, lastEventId, signal, open }: WatchOptions,
  ) {
    super(connection);
    this.#connection = connection;
    this.#request = { hub: app.hub, streamId, flow: connection?.flow, open: inParts(streamId, open) };
    this.#userId = userId;
    // Not the text, which may be of any length.
    this.#cursor = parseCursor(lastEventId);
    this.#signal = signal;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TrackedEnvelope<LiveMessageOf<State, Event>>, void> {
    const watcher = this.#begin();
    const stop = () => watcher.stop();
    if (this.#signal?.aborted === true) stop();
    this.#signal?.addEventListener("abort", stop);
    try {
      for await (const [id, message] of follow(this.#request, watcher)) {
        if (message.type === "snapshot") yield tracked(id, message.part.parse<SnapshotMessageOf<State>>());
        else yield tracked(id, message.type === "event" ? toEvent<Event>(message.event) : message);
      }
    } catch (error) {
      throw this.#failed(error);
    } finally {
      this.#signal?.removeEventListener("abort", stop);
      this.leavePlace();
    }
  }

  /** Writes all of it to a seat. Settles when it was stopped, and fails with what else ends it. */
  async write(seat: Seat): Promise<void> {
    const watcher = this.#begin(seat);
    try {
      await follow(this.#request, watcher).next();
    } catch (error) {
      throw this.#failed(error);
    } finally {
      this.leavePlace();
    }
  }

  stop(): void {
    this.#watcher?.stop();
  }

  #begin(seat?: Seat): Watcher {
    this.takePlace();
    this.#watcher = new Watcher(this.#userId, this.#cursor, seat);
    return this.#watcher;
  }

  #failed(error: unknown): unknown {
    if (error instanceof AppError && error.kind === "SERVER_UNAVAILABLE") this.#connection?.tryAgainLater();
    return error;
  }
}

/** Somebody who watched before and may no longer is told that, not that there was never anything. */
function asRevoked(wasWatching: boolean) {
  return (error: unknown): never => {
    if (wasWatching && isAccessRefusal(error)) throw new AppError("ACCESS_REVOKED");
    throw error;
  };
}

/** The statement that opens a stream, with its snapshot as it is sent. */
function inParts(streamId: string, open: WatchOptions["open"]) {
  return async (cursor: Place | undefined, reset: boolean): Promise<Opening> => {
    const opened = await open({ streamId, cursor, reset }).catch(asRevoked(cursor !== undefined));
    if ("events" in opened) return opened;
    const { version, nonce, state, reason } = opened;
    return { version, nonce, parts: state.parts(toCursor(opened), reason) };
  };
}
