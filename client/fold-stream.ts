import type { HeadMessage, SnapshotReason } from "../server/events.ts";

/** A snapshot, or a part of a big one. */
export interface SnapshotPart<State> {
  type: "snapshot";
  snapshot: State;
  reason: SnapshotReason;
  part: number;
  of: number;
}

/** What a watch yields. */
export type StreamMessage<State, Event> = SnapshotPart<State> | HeadMessage | Event;

/** A message with the cursor that it was tracked by. */
export interface Tracked<State, Event> {
  id: string;
  data: StreamMessage<State, Event>;
}

/** What is known of a stream after a message. */
export interface FoldedStream<State, Event> {
  /** The state: another object whenever something changed. Undefined before the first whole snapshot. */
  state: State | undefined;
  /** The version of `state`; 0 before the first snapshot. */
  version: number;
  /** Where a watch goes on (`lastEventId`). Undefined when only bare messages came: they do not carry it. */
  cursor: string | undefined;
  /** How many versions the server is known to be ahead. */
  behindBy: number;
  /** Parts of a snapshot have come, and not yet the last one. */
  assembling: boolean;
  /** Only a snapshot helps: a version was missed, or an event is of a newer server. Watch again without a cursor. */
  needsSnapshot: boolean;
  /** The event that this message applied. */
  event: Event | undefined;
  /** Why there is a snapshot, with the message that made it whole. */
  snapshotReason: SnapshotReason | undefined;
}

export type FoldStream<State, Event> = (
  message: Tracked<State, Event> | StreamMessage<State, Event>,
) => FoldedStream<State, Event>;

/**
 * Folds what a watch sends into its state: hand every message of one watch to the function that this returns. `from` is
 * a snapshot to go on from. It never throws: what cannot be applied sets `needsSnapshot` and leaves the state as it is
 * until a snapshot comes.
 */
export function foldStream<State extends { cursor: string }, Event extends { type: string; version: number }>(
  evolve: (state: State, event: Event) => State | "reset" | "unknown",
  from?: State,
): FoldStream<State, Event> {
  let state = from;
  let version = from ? versionOf(from.cursor) : 0;
  let cursor = from?.cursor;
  let head = version;
  let parts: State[] = [];
  let needsSnapshot = false;

  /** Answers whether the snapshot is whole. */
  function takeSnapshot({ snapshot, part, of }: SnapshotPart<State>): boolean {
    // A cut between two parts makes the server begin again.
    if (part === 1) parts = [];
    if (parts.length !== part - 1) {
      parts = [];
      needsSnapshot = true;
      return false;
    }
    parts.push(snapshot);
    if (part < of) return false;
    state = assemble(parts, snapshot);
    parts = [];
    cursor = state.cursor;
    version = versionOf(cursor);
    // A restored database has fewer versions than it had.
    head = version;
    needsSnapshot = false;
    return true;
  }

  function takeEvent(event: Event, id: string | undefined): Event | undefined {
    // Parts come with nothing between them: whoever was sending some has gone on from before them.
    parts = [];
    head = Math.max(head, event.version);
    if (event.version <= version && state) return undefined;
    if (!state || event.version > version + 1) {
      needsSnapshot = true;
      return undefined;
    }
    const next = evolve(state, event);
    if (next === "reset") return undefined;
    version = event.version;
    cursor = id;
    if (next === "unknown") {
      needsSnapshot = true;
      state = { ...state, cursor: id ?? state.cursor };
      return undefined;
    }
    state = { ...next, cursor: id ?? next.cursor };
    return event;
  }

  function takeHead(message: HeadMessage): void {
    parts = [];
    head = message.version;
  }

  return (message) => {
    const { id, data } = isTracked(message) ? message : { id: undefined, data: message };
    let event: Event | undefined;
    let snapshotReason: SnapshotReason | undefined;
    if (isSnapshot(data)) snapshotReason = takeSnapshot(data) ? data.reason : undefined;
    else if (isHead(data)) takeHead(data);
    else if (isNumbered(data)) event = takeEvent(data, id);
    const behindBy = Math.max(0, head - version);
    return { state, version, cursor, behindBy, assembling: parts.length > 0, needsSnapshot, event, snapshotReason };
  };
}

function isTracked<State, Event extends { type: string }>(
  message: Tracked<State, Event> | StreamMessage<State, Event>,
): message is Tracked<State, Event> {
  return !("type" in message);
}

function isSnapshot<State, Event extends { type: string }>(
  message: StreamMessage<State, Event>,
): message is SnapshotPart<State> {
  return message.type === "snapshot";
}

function isHead(message: { type: string }): message is HeadMessage {
  return message.type === "head";
}

/** A newer server may send messages that are not events: they have no version, and nothing is lost with them. */
function isNumbered(message: { version: number }): boolean {
  return typeof message.version === "number";
}

/** Parts hold slices of the lists, which are the arrays at the top of a state. */
function assemble<State extends object>(parts: readonly State[], last: State): State {
  const names = Object.keys(last).filter((name) => Array.isArray(Reflect.get(last, name)));
  const lists = names.map((name) => [name, parts.flatMap((part) => rowsOf(part, name))] as const);
  return { ...last, ...Object.fromEntries(lists) };
}

function rowsOf(part: object, name: string): unknown[] {
  const rows: unknown = Reflect.get(part, name);
  return Array.isArray(rows) ? rows : [];
}

/** A cursor is `"<version>.<nonce>"`. */
export function versionOf(cursor: string): number {
  return Number.parseInt(cursor, 10) || 0;
}
