import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import type { SnapshotReason } from "../../events.ts";
import { eventJson, type LogEvent } from "../event-log.ts";
import { BETWEEN_ELEMENTS, BETWEEN_LISTS, SnapshotText } from "./snapshot-text.ts";
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
  /** The state by name, without its cursor: JSON of what is no list … */
  readonly fields: Readonly<Record<string, SQL>>;
  /** … and its lists, which a big snapshot is cut by. */
  readonly lists: Readonly<Record<string, ListView>>;
}

/** A list of the state: the JSON of an element, from where (and which), and in which order. */
export interface ListView {
  readonly each: SQL;
  readonly from: SQL;
  readonly orderBy: SQL;
}

/** What the statement answered. Nothing but the head when they may not read. */
export type OpeningRow<Head> = Head & {
  version: string;
  nonce: string;
  reason: SnapshotReason | null;
  events: LogEvent[] | null;
  state: SnapshotText | null;
};

export type Opened = Place & ({ state: SnapshotText; reason: SnapshotReason } | { events: LogEvent[] });

/**
 * Opens a stream, or goes on from a cursor: access, the check of the cursor, and the state with its cursor or the missed
 * events, all of one MVCC snapshot because they are one statement (rules L6, L8). Undefined: there is no such stream.
 */
export async function readOpening<Head>(db: Db, entry: Entry, view: View): Promise<OpeningRow<Head> | undefined>;
export async function readOpening(
  db: Db,
  { streamId, cursor, known, reset = false }: Entry,
  { head, lost, fields, lists }: View,
): Promise<object | undefined> {
  const from = sql`${cursor?.version ?? null}::bigint`;
  const nonce = sql`${cursor?.nonce ?? null}::bigint`;
  const ofStream = sql`e.stream_id = ${streamId}::uuid`;
  const [row] = await db.execute<{ state: string | null }>(sql`
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
        then ${textOf(fields, lists)} end as state
    from verdict v`);
  if (!row) return undefined;
  return { ...row, state: row.state === null ? null : new SnapshotText(row.state, Object.keys(lists)) };
}

/** What a `SnapshotText` is made of. */
function textOf(fields: View["fields"], lists: View["lists"]): SQL {
  const elements = Object.values(lists).map(
    ({ each, from, orderBy }) => sql`
      (select coalesce(string_agg((${each})::text, ${BETWEEN_ELEMENTS} order by ${orderBy}), '') from ${from})`,
  );
  const named = Object.entries(fields).map(([name, value]) => sql`${name}::text, ${value}`);
  const parts = [sql`json_build_object(${sql.join(named, sql`, `)})::text`, ...elements];
  return sql`concat_ws(${BETWEEN_LISTS}, ${sql.join(parts, sql`, `)})`;
}

/** What an opening brings to somebody who may read. */
export function toOpened(row: OpeningRow<unknown> | undefined): Opened {
  const at = toPlace(row);
  if (row?.events) return { ...at, events: row.events };
  if (!row?.state || !row.reason) throw new Error("an opening holds events or a whole snapshot");
  return { ...at, reason: row.reason, state: row.state };
}

/** Where the stream was when it was opened. */
export function toPlace(row: { version: string; nonce: string } | undefined): Place {
  return { version: Number(row?.version), nonce: Number(row?.nonce) };
}
