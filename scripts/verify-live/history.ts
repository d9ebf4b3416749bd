import { isDeepStrictEqual } from "node:util";
import type { BoardEvent, RouterOutputs, Snapshot } from "../../client/index.ts";

/** What a run records, and the checker reads. Times are milliseconds of `performance.now()`. */
export interface History {
  readonly watches: readonly WatchRecord[];
  readonly mutations: readonly MutationRecord[];
  readonly reads: readonly ReadRecord[];
  readonly losses: readonly AccessLoss[];
  /** Who makes boards, lets people in and takes their access away: calls of theirs that are not recorded. */
  readonly sceneryIds: readonly string[];
  /** Boards as clients held them when the run was at rest. */
  readonly held: readonly Snapshot[];
  /** What tasks showed in the end. */
  readonly details: readonly ShownDetails[];
}

export const CLIENT_KINDS = ["stock WebSocket", "stock SSE", "createTrestle"] as const;
export type ClientKind = (typeof CLIENT_KINDS)[number];

/** Everything that one client heard of one board. */
export interface WatchRecord {
  readonly client: string;
  readonly kind: ClientKind;
  readonly userId: string;
  readonly boardId: string;
  readonly heard: Heard[];
}

export type Heard =
  /** The watch was asked for, from a cursor. */
  | { at: number; type: "opened"; from: string | undefined }
  | { at: number; type: "event"; id: string | undefined; event: BoardEvent }
  | {
      at: number;
      type: "snapshot";
      id: string | undefined;
      reason: string;
      part: number;
      of: number;
      snapshot: Snapshot;
    }
  | { at: number; type: "head"; id: string | undefined; version: number }
  /** The server said that it is over. Undefined: without a reason of ours. */
  | { at: number; type: "ended"; kind: string | undefined };

export interface MutationRecord {
  readonly id: string;
  readonly client: string;
  readonly userId: string;
  readonly boardId: string;
  readonly procedure: string;
  readonly input: Readonly<Record<string, unknown>>;
  /**
   * `repeat`: the same call with an id that was used before. `reuse`: another call with such an id. `shown`: a change
   * that the board showed at once, and that it had at the version in `answer`.
   */
  readonly purpose: "first" | "repeat" | "reuse" | "shown";
  readonly sentAt: number;
  readonly endedAt: number;
  readonly outcome: "answered" | "refused" | "unknown";
  readonly kind: string | undefined;
  readonly answer: unknown;
  /** How often it was sent. */
  readonly tries: number;
  /** The database was restored from a backup so often before it was sent, and before it ended. */
  readonly timelines: readonly [number, number];
}

/** A board that was read after something was known of it. */
export interface ReadRecord {
  readonly client: string;
  readonly boardId: string;
  /** The newest version that this client was told of before it asked. */
  readonly known: number;
  readonly snapshot: Snapshot;
  readonly timelines: readonly [number, number];
}

/** What a task shows when it is opened, as somebody was answered. */
export interface ShownDetails extends Pick<RouterOutputs["checklists"]["get"], "taskId" | "checklists" | "items"> {
  readonly boardId: string;
  readonly comments: RouterOutputs["comments"]["list"]["items"];
}

/**
 * Somebody could certainly not see a board between these two moments, as the answers of the calls say. Right after the
 * first one the board had this version, and the organisation this access version.
 */
export interface AccessLoss {
  readonly userId: string;
  readonly boardId: string;
  readonly from: number;
  until: number;
  readonly version: number;
  readonly accessVersion: number;
  readonly timeline: number;
}

/** A log as it was in the end, or before it was replaced by a backup. */
export interface Timeline {
  readonly boards: ReadonlyMap<string, BoardLog>;
  readonly orgEvents: readonly LoggedEvent[];
}

export interface BoardLog {
  /** The board when it was new, at version 0. */
  readonly first: Snapshot;
  readonly version: number;
  readonly nonce: number;
  readonly events: readonly LoggedEvent[];
}

/** A row of the log. */
export interface LoggedEvent {
  readonly streamId: string;
  readonly orgId: string;
  readonly version: number;
  readonly nonce: number;
  readonly accessVersion: number;
  readonly txId: string;
  readonly event: BoardEvent;
}

/** Keeps one object for what many are told: a run hears each event dozens of times. What differs stays different. */
export class Memory {
  readonly #known = new Map<string, object>();

  keep<Value extends object>(key: string, value: Value): Value;
  keep(key: string, value: object): object {
    const known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, value);
    return known !== undefined && isDeepStrictEqual(known, value) ? known : value;
  }
}
