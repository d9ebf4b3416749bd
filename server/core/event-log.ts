import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../db/client.ts";
import { each, list } from "../../db/columns.ts";
import { OvertakenError } from "./faults.ts";
import { newNonce } from "./ids.ts";

/** A row of the log, as the hub and the watches hold it. */
export interface LogEvent {
  readonly streamId: string;
  readonly version: number;
  readonly nonce: number;
  readonly accessVersion: number;
  readonly type: string;
  readonly actorId: string;
  readonly mutationId: string;
  readonly at: string;
  readonly data: unknown;
  /** What was another before, for whoever undoes it: it is written, and told to nobody. */
  readonly replaced?: unknown;
  /** The nonce of the event before it. Only the process that wrote it knows; the log does not. */
  readonly previousNonce?: number;
}

/** A stream whose row this transaction holds, and what it will add to it. */
export interface LockedStream {
  readonly id: string;
  readonly orgId: string | null;
  readonly kind: string;
  version: number;
  nonce: number;
  readonly events: LogEvent[];
}

/**
 * Locks streams in the order of their ids: the first statement of every write (rules L2, L3). Whatever the write
 * decides on is read by later statements, which see all that was committed before the lock was granted (L4). Who is
 * not patient gets those that nobody else holds. `others` select more ids, as they are before the locks are granted, in
 * the tenant of the transaction; the locks themselves may be of several organisations, and of inboxes.
 */
export async function lockStreams(
  db: Db,
  ids: readonly string[],
  { isPatient = true, others = [] }: { isPatient?: boolean; others?: readonly SQL[] } = {},
): Promise<LockedStream[]> {
  const own = list("uuid", ids);
  const all = others.reduce((known, more) => sql`${known} || array(${more})`, own);
  const rows = await db.execute<{ id: string; orgId: string | null; kind: string; version: string; nonce: string }>(
    sql`select id, org_id as "orgId", kind, version, nonce from lock_streams(${all}, ${isPatient}::boolean)`,
  );
  return rows.map((row) => ({ ...row, version: Number(row.version), nonce: Number(row.nonce), events: [] }));
}

/** What follows `for update`: who is not patient gets the rows that nobody else holds, and waits for none. */
export function wait(isPatient: boolean): SQL {
  return isPatient ? sql`` : sql` skip locked`;
}

/** Adds an event to a locked stream, in memory: it is written with everything else at the end of the transaction. */
export function append(
  stream: LockedStream,
  news: { type: string; data: unknown; replaced?: unknown },
  by: { actorId: string; mutationId: string; accessVersion: number; at: Date },
): LogEvent {
  const previousNonce = stream.nonce;
  stream.version += 1;
  stream.nonce = newNonce();
  const event = {
    streamId: stream.id,
    version: stream.version,
    nonce: stream.nonce,
    accessVersion: by.accessVersion,
    type: news.type,
    actorId: by.actorId,
    mutationId: by.mutationId,
    at: by.at.toISOString(),
    data: news.data,
    replaced: news.replaced,
    previousNonce,
  };
  stream.events.push(event);
  return event;
}

/** Writes what was appended: one statement, whatever the number of streams and events. */
export function writeEvents(db: Db, streams: readonly LockedStream[]): Promise<unknown>[] {
  const changed = streams.filter((stream) => stream.events.length > 0);
  if (changed.length === 0) return [];
  const events = changed.flatMap(({ orgId, events }) => events.map((event) => ({ ...event, orgId })));
  // The rows of the streams are locked already, in the order of their ids: this update waits for nobody.
  return [
    db.execute(sql`
      with heads as (
        update stream s set version = h.version, nonce = h.nonce
        from unnest(${each("uuid", changed, ({ id }) => id)}, ${each("bigint", changed, ({ version }) => version)},
          ${each("bigint", changed, ({ nonce }) => nonce)}) h(id, version, nonce)
        where s.id = h.id)
      insert into event (stream_id, version, nonce, org_id, access_version, type, actor_id, mutation_id, data,
        replaced, at)
      select * from unnest(
        ${each("uuid", events, ({ streamId }) => streamId)}, ${each("bigint", events, ({ version }) => version)},
        ${each("bigint", events, ({ nonce }) => nonce)}, ${each("uuid", events, ({ orgId }) => orgId)},
        ${each("bigint", events, ({ accessVersion }) => accessVersion)}, ${each("text", events, ({ type }) => type)},
        ${each("uuid", events, ({ actorId }) => actorId)}, ${each("uuid", events, ({ mutationId }) => mutationId)},
        ${each("jsonb", events, ({ data }) => JSON.stringify(data))},
        ${each("jsonb", events, ({ replaced }) => (replaced === undefined ? null : JSON.stringify(replaced)))}, ${each("timestamptz", events, ({ at }) => at)})`),
  ];
}

/** The events of one stream after a version, in order, at most `limit`: for the hub, in no tenant. */
export async function readEvents(db: Db, streamId: string, after: number, limit: number): Promise<LogEvent[]> {
  const rows = await db.execute<{ event: LogEvent }>(sql`
    select ${eventJson} as event
    from stream_events(${streamId}::uuid, ${after}::bigint, ${limit}::int) e order by e.version`);
  return rows.map((row) => row.event);
}

/** A row of the log, alias `e`, as a `LogEvent` in JSON. */
export const eventJson = sql`json_build_object('streamId', e.stream_id, 'version', e.version, 'nonce', e.nonce,
  'accessVersion', e.access_version, 'type', e.type, 'actorId', e.actor_id, 'mutationId', e.mutation_id,
  'at', iso(e.at), 'data', e.data)`;

/** `"<version>.<nonce>"`: opaque to clients; names one event, not only its number. */
export function toCursor(at: { version: number; nonce: number }): string {
  return `${at.version}.${at.nonce}`;
}

/** A cursor is a claim by a client: a malformed one is an unknown one (version -1), never an error. */
export function parseCursor(text: string | null | undefined): { version: number; nonce: number } | undefined {
  if (text === null || text === undefined) return undefined;
  const parts = /^(\d{1,15})\.(\d{1,15})$/u.exec(text);
  return parts ? { version: Number(parts[1]), nonce: Number(parts[2]) } : { version: -1, nonce: 0 };
}

/** The stream that a service works on, which its procedure has locked. */
export function lockedStream(streams: ReadonlyMap<string, LockedStream>, id: string): LockedStream {
  const stream = streams.get(id);
  if (stream === undefined) throw new Error("a write announces only to streams that it has locked");
  return stream;
}

/** Begins the write again when a stream that it needs came up while it waited for its locks (`alsoLocks`). */
export function requireLocked(streams: ReadonlyMap<string, LockedStream>, ids: readonly string[]): void {
  if (!ids.every((id) => streams.has(id))) throw new OvertakenError();
}
