import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import type { SnapshotReason } from "../../events.ts";
import { eventJson, type LogEvent, toCursor } from "../event-log.ts";
import type { Place } from "./stream-log.ts";

/** A watch that missed more than this gets a snapshot: it is cheaper. */
const FARTHEST = 500;
/** The event that stands for a bulk change: watchers get a snapshot in its place (rule L9). */
export const RESET = "board.reset";

/** Where somebody enters a stream: behind what they have. Without a cursor they get a snapshot. */
export interface Entry {
  readonly streamId: string;
  readonly cursor?: Place | undefined;
  /** A bulk change came that nothing can be folded over. */
  readonly reset?: boolean;
  /** Of which place a snapshot is at hand: it is not made again. */
  readonly known?: Place | undefined;
}

/** What a kind of stream adds to the statement that opens it. */
export interface View {
  /**
   * A select of at most one row from `stream s`: `s.version`, `s.nonce`, `s.floor`; `may`, whether the one who asks
   * may read; `admitted`, the access version of their admission (null where membership decides nothing); and whatever
   * the service wants to know of them.
   */
  readonly head: SQL;
  /** Whether an event (alias `e`) of the stream took their access away, when they have it again. */
  readonly lost: SQL;
  /** The state as one JSON object, without its cursor. Its lists are what a big snapshot is cut by. */
  readonly state: SQL;
}

/** What the statement answered. Nothing but the head when they may not read; the state as the JSON that it is. */
export type OpeningRow<Head> = Head & {
  version: string;
  nonce: string;
  reason: SnapshotReason | null;
  events: LogEvent[] | null;
  state: string | null;
};

export type Opened<State> = Place & ({ snapshot: State; reason: SnapshotReason } | { events: LogEvent[] });

/**
 * Opens a stream, or goes on from a cursor: access, the check of the cursor, and the state with its cursor or the missed
 * events, all of one MVCC snapshot because they are one statement (rules L6, L8). Undefined: there is no such stream.
 */
export async function readOpening<Head>(db: Db, entry: Entry, view: View): Promise<OpeningRow<Head> | undefined>;
export async function readOpening(
  db: Db,
  { streamId, cursor, known, reset = false }: Entry,
  { head, lost, state }: View,
): Promise<object | undefined> {
  const from = sql`${cursor?.version ?? null}::bigint`;
  const nonce = sql`${cursor?.nonce ?? null}::bigint`;
  const ofStream = sql`e.stream_id = ${streamId}::uuid`;
  const [row] = await db.execute(sql`
    with head as materialized (${head}), verdict as materialized (
      select h.*, case
        when not h.may then null
        when ${from} is null then 'first'
        when ${reset}::boolean then 'reset'
        when ${from} < 0 or (${from} = 0 and ${nonce} <> 0) then 'unknown'
        when ${from} > h.version then 'ahead'
        when ${from} < h.floor then 'too-old'
        when ${from} > 0 and not exists (
          select 1 from event e where ${ofStream} and e.version = ${from} and e.nonce = ${nonce}) then 'unknown'
        when h.version - ${from} > ${FARTHEST}::bigint then 'too-far'
        -- The event at the cursor counts too: it may be the removal, which the removed was still told of.
        when exists (select 1 from event e where ${ofStream} and e.version >= ${from}
          and ((e.version > ${from} and e.access_version < h.admitted) or ${lost})) then 'access'
        when exists (
          select 1 from event e where ${ofStream} and e.version > ${from} and e.type = ${RESET}) then 'reset'
      end as reason
      from head h
    )
    select v.*,
      case when v.may and v.reason is null then (
        select coalesce(json_agg(${eventJson} order by e.version), '[]'::json)
        from event e where ${ofStream} and e.version > ${from}) end as events,
      case when v.reason is not null
        and (v.version, v.nonce) is distinct from (${known?.version ?? null}::bigint, ${known?.nonce ?? null}::bigint)
        then (${state})::text end as state
    from verdict v`);
  return row;
}

/** What an opening brings to somebody who may read. */
export function toOpened<State>(row: OpeningRow<unknown> | undefined): Opened<State>;
export function toOpened(row: OpeningRow<unknown> | undefined): Opened<object> {
  const at = toPlace(row);
  if (row?.events) return { ...at, events: row.events };
  const state: unknown = JSON.parse(row?.state ?? "null");
  if (typeof state !== "object" || state === null || !row?.reason) {
    throw new Error("an opening holds events or a whole snapshot");
  }
  return { ...at, reason: row.reason, snapshot: { ...state, cursor: toCursor(at) } };
}

/** Where the stream was when it was opened. */
export function toPlace(row: { version: string; nonce: string } | undefined): Place {
  return { version: Number(row?.version), nonce: Number(row?.nonce) };
}
