import type { Snapshot } from "../server/domains/work/boards.contract.ts";
import { evolve } from "../server/domains/work/evolve.ts";
import type { BoardEvent, HeadMessage, LiveMessage, SnapshotMessage, SnapshotReason } from "../server/events.ts";

/** A message as `boards.live` yields it: with the cursor that it was tracked by. */
export interface TrackedMessage {
  id: string;
  data: LiveMessage;
}

/** What is known of a board after a message. */
export interface Folded {
  /** The board: another object whenever something changed. Undefined before the first whole snapshot. */
  state: Snapshot | undefined;
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
  event: BoardEvent | undefined;
  /** Why there is a snapshot, with the message that made it whole. */
  snapshotReason: SnapshotReason | undefined;
}

export type Fold = (message: TrackedMessage | LiveMessage) => Folded;

/**
 * Folds what `boards.live` sends into the board, for users of the stock client: hand every message of one board to the
 * function that this returns. `from` is a snapshot to go on from. It never throws: what cannot be applied sets
 * `needsSnapshot` and leaves the state as it is until a snapshot comes.
 */
export function foldLive(from?: Snapshot): Fold {
  let state = from;
  let version = from ? versionOf(from.cursor) : 0;
  let cursor = from?.cursor;
  let head = version;
  let parts: Snapshot[] = [];
  let needsSnapshot = false;

  /** Answers whether the snapshot is whole. */
  function takeSnapshot({ snapshot, part, of }: SnapshotMessage): boolean {
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

  function takeEvent(event: BoardEvent, id: string | undefined): BoardEvent | undefined {
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
    const { id, data } = "type" in message ? { id: undefined, data: message } : message;
    let event: BoardEvent | undefined;
    let snapshotReason: SnapshotReason | undefined;
    if (data.type === "snapshot") snapshotReason = takeSnapshot(data) ? data.reason : undefined;
    else if (data.type === "head") takeHead(data);
    else if (isNumbered(data)) event = takeEvent(data, id);
    const behindBy = Math.max(0, head - version);
    return { state, version, cursor, behindBy, assembling: parts.length > 0, needsSnapshot, event, snapshotReason };
  };
}

/** A newer server may send messages that are not events: they have no version, and nothing is lost with them. */
function isNumbered(message: BoardEvent): boolean {
  return typeof message.version === "number";
}

function assemble(parts: readonly Snapshot[], last: Snapshot): Snapshot {
  return {
    ...last,
    columns: parts.flatMap((part) => part.columns),
    tasks: parts.flatMap((part) => part.tasks),
    labels: parts.flatMap((part) => part.labels),
    members: parts.flatMap((part) => part.members),
  };
}

/** A cursor is `"<version>.<nonce>"`. */
export function versionOf(cursor: string): number {
  return Number.parseInt(cursor, 10) || 0;
}
