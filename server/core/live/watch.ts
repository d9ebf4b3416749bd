import { tracked, type TrackedEnvelope } from "@trpc/server";
import type { LiveMessageOf, SnapshotMessageOf, SnapshotReason } from "../../events.ts";
import { isAccessRefusal } from "../access.ts";
import { AppError } from "../app-error.ts";
import type { AppServices, RequestContext } from "../context.ts";
import { follow, PART_BYTES } from "./follow.ts";
import { toEvent } from "./frames.ts";
import { Join } from "./join.ts";
import type { Entry, Opened } from "./opening.ts";
import type { Place } from "./stream-log.ts";

/** How many watches one socket may hold. */
const SUBSCRIPTIONS_PER_SOCKET = 200;

/** One watch: of which stream, by whom, from where, and how the stream is opened. */
export interface Watch<State> {
  readonly streamId: string;
  readonly userId: string;
  readonly lastEventId: string | null | undefined;
  readonly signal: AbortSignal | undefined;
  /**
   * One statement. Throws a decision (`BOARD_NOT_FOUND` …) or a passing fault. The state is the same for all who may
   * read it: others are sent what was read for one of them.
   */
  readonly open: (entry: Entry) => Promise<Opened<State>>;
}

/**
 * Follows a stream live: a snapshot or what was missed since `lastEventId`, then every event, and a head when nothing
 * happens. Every message is tracked: the stock links resume by themselves.
 * Fails: ACCESS_REVOKED, SUBSCRIPTIONS_TOO_MANY, SERVER_UNAVAILABLE (at admission only), what `open` decides.
 */
export async function* watch<State extends object, Event>(
  ctx: { app: AppServices; request: RequestContext },
  { open, streamId, ...by }: Watch<State>,
): AsyncGenerator<TrackedEnvelope<LiveMessageOf<State, Event>>, void> {
  const { connection } = ctx.request;
  if (connection && connection.subscriptions >= SUBSCRIPTIONS_PER_SOCKET) throw new AppError("SUBSCRIPTIONS_TOO_MANY");
  if (connection) connection.subscriptions += 1;
  const openInParts = async (cursor: Place | undefined, reset: boolean) => {
    const opened = await open({ streamId, cursor, reset }).catch(asRevoked(cursor !== undefined));
    return "snapshot" in opened ? { ...opened, parts: inParts(opened.snapshot, opened.reason) } : opened;
  };
  const join = connection?.wire && new Join(connection.wire, connection.flow);
  try {
    if (join) yield join.asMessage();
    const request = { ...by, hub: ctx.app.hub, streamId, flow: connection?.flow, seat: join?.seat, open: openInParts };
    for await (const [id, message] of follow(request)) {
      if (message.type === "snapshot") yield tracked(id, message.part);
      else yield tracked(id, message.type === "event" ? toEvent<Event>(message.event) : message);
    }
  } catch (error) {
    if (error instanceof AppError && error.kind === "SERVER_UNAVAILABLE") connection?.tryAgainLater();
    throw error;
  } finally {
    if (connection) connection.subscriptions -= 1;
  }
}

/** Somebody who watched before and may no longer is told that, not that there was never anything. */
function asRevoked(wasWatching: boolean) {
  return (error: unknown): never => {
    if (wasWatching && isAccessRefusal(error)) throw new AppError("ACCESS_REVOKED");
    throw error;
  };
}

/**
 * Cuts a big snapshot by its lists: every part holds what is no list, and a slice of the lists; concatenated they are
 * the whole.
 */
function inParts<State extends object>(snapshot: State, reason: SnapshotReason): SnapshotMessageOf<State>[];
function inParts(snapshot: object, reason: SnapshotReason): SnapshotMessageOf<object>[] {
  const lists = Object.entries<unknown>({ ...snapshot }).filter((entry) => isList(entry));
  const begin = () => new Map(lists.map(([name]) => [name, new Array<object>()]));
  let part = begin();
  let bytes = 0;
  const parts = [part];
  for (const [name, rows] of lists) {
    for (const row of rows) {
      const size = Buffer.byteLength(JSON.stringify(row)) + 1;
      if (bytes > 0 && bytes + size > PART_BYTES) {
        part = begin();
        parts.push(part);
        bytes = 0;
      }
      bytes += size;
      part.get(name)?.push(row);
    }
  }
  return parts.map((slices, index) => {
    const slice = { ...snapshot, ...Object.fromEntries(slices) };
    return { type: "snapshot", snapshot: slice, reason, part: index + 1, of: parts.length };
  });
}

function isList(entry: [string, unknown]): entry is [string, object[]] {
  return Array.isArray(entry[1]);
}
