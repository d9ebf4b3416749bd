import type { OrgRole } from "../../db/enums.ts";
import { AppError } from "../../server/core/app-error.ts";
import { type LogEvent, toCursor } from "../../server/core/event-log.ts";
import type { Opening } from "../../server/core/live/follow.ts";
import type { Place } from "../../server/core/live/stream-log.ts";
import { PART_BYTES } from "../../server/core/live/snapshot-text.ts";
import { ReadyJson } from "../../server/core/ready-json.ts";
import type { SnapshotMessage, SnapshotReason } from "../../server/events.ts";
import { type Rows, snapshotOf } from "./rows.ts";

/** All that is committed: another object after each commit, so that a statement sees one of them and nothing between. */
export interface State {
  readonly streams: ReadonlyMap<string, StoredStream>;
  readonly members: ReadonlyMap<string, Membership>;
  /** The organisation's. */
  readonly accessVersion: number;
  /** By the id of the mutation: the stream and version of its answer. */
  readonly mutations: ReadonlyMap<string, { readonly streamId: string; readonly version: number }>;
  readonly nextXid: number;
}

export interface StoredStream extends Place {
  readonly id: string;
  readonly kind: "board" | "org";
  readonly floor: number;
  readonly rows: Rows | undefined;
  readonly events: readonly StoredEvent[];
}

export interface StoredEvent {
  readonly event: LogEvent;
  /** The transaction that wrote it. */
  readonly xid: number;
}

export interface Membership {
  readonly role: OrgRole;
  readonly accessVersion: number;
}

export const ORG = "org";
/** A watch that missed more than this gets a snapshot. */
const FARTHEST = 12;
/** A snapshot is cut after so many tasks: a small board comes in parts like a big one. */
const TASKS_PER_PART = 3;

/** Whether somebody may watch a stream. */
export function mayWatch({ streams, members }: State, streamId: string, userId: string): boolean {
  const role = members.get(userId)?.role;
  const rows = streams.get(streamId)?.rows;
  if (!role || !rows) return false;
  if (rows.members.some((member) => member.userId === userId && member.role !== null)) return true;
  return role === "owner" || (rows.board.visibility === "org" && role !== "guest");
}

/** What one statement says of a watch: like `openBoard`. */
export function openStream(
  state: State,
  watch: { streamId: string; userId: string; cursor: Place | undefined; reset: boolean },
): Opening {
  const { streamId, userId, cursor } = watch;
  const stream = state.streams.get(streamId);
  if (!stream?.rows || !mayWatch(state, streamId, userId)) {
    throw new AppError(cursor ? "ACCESS_REVOKED" : "BOARD_NOT_FOUND");
  }
  const admitted = state.members.get(userId)?.accessVersion ?? 0;
  const reason = cursor ? verdict(stream, { ...watch, cursor, admitted }) : "first";
  const at = { version: stream.version, nonce: stream.nonce };
  if (!reason) return { ...at, events: eventsAfter(stream, cursor?.version ?? 0) };
  return { ...at, parts: inParts(stream.rows, toCursor(at), reason) };
}

export function eventsAfter({ events }: StoredStream, version: number): LogEvent[] {
  return events.filter(({ event }) => event.version > version).map(({ event }) => event);
}

function verdict(
  stream: StoredStream,
  watch: { userId: string; cursor: Place; reset: boolean; admitted: number },
): SnapshotReason | undefined {
  const { version, nonce } = watch.cursor;
  if (watch.reset) return "reset";
  if (version < 0 || (version === 0 && nonce !== 0)) return "unknown";
  if (version > stream.version) return "ahead";
  if (version < stream.floor) return "too-old";
  const isKnown = stream.events.some(({ event }) => event.version === version && event.nonce === nonce);
  if (version > 0 && !isKnown) return "unknown";
  if (stream.version - version > FARTHEST) return "too-far";
  const missed = eventsAfter(stream, version);
  const isInDoubt = eventsAfter(stream, version - 1).some((event) => mayHaveEnded(event, watch.userId));
  if (isInDoubt || missed.some((event) => event.accessVersion < watch.admitted)) return "access";
  return missed.some(({ type }) => type === "board.reset") ? "reset" : undefined;
}

function mayHaveEnded({ type, data }: LogEvent, userId: string): boolean {
  if (type === "board.visibility-changed") return true;
  return type === "board.unshared" && isOf(data, userId);
}

function isOf(data: unknown, userId: string): boolean {
  return typeof data === "object" && data !== null && "userId" in data && data.userId === userId;
}

function inParts(rows: Rows, cursor: string, reason: SnapshotReason): ReadyJson[] {
  const whole = snapshotOf(rows, cursor);
  const of = Math.max(1, Math.ceil(whole.tasks.length / TASKS_PER_PART));
  return Array.from({ length: of }, (_, index) => {
    const lists = index === 0 ? {} : { columns: [], labels: [], members: [] };
    const tasks = whole.tasks.slice(index * TASKS_PER_PART, (index + 1) * TASKS_PER_PART);
    const snapshot = { ...whole, ...lists, tasks };
    const part: SnapshotMessage = { type: "snapshot", snapshot, reason, part: index + 1, of };
    // As large as the parts of a big snapshot: it is for those that there may be no room.
    return new ReadyJson(JSON.stringify(part).padEnd(PART_BYTES));
  });
}
