import { sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { uuids } from "../../../db/columns.ts";
import { type LogEvent, readEvents } from "../event-log.ts";

/** The place of an event: its number, and the random number that tells it from another one of that number. */
export interface Place {
  readonly version: number;
  readonly nonce: number;
}

export interface StreamHead extends Place {
  readonly kind: string;
  /** What the last event was; null before the first. */
  readonly type: string | null;
  readonly orgId: string | null;
  /** The oldest version from which a watch can go on. */
  readonly floor: number;
  /** The organisation's; 0 for a stream without one. */
  readonly accessVersion: number;
}

/** Who may watch a stream, each with the access version of their admission: 0 where no membership decides. */
export type Readers = ReadonlyMap<string, number>;

/** What the hub has to know of a kind of stream; the domains tell it. */
export interface StreamKind {
  /** Of these people, those who may watch the stream now. */
  readers(db: Database, streamId: string, userIds: readonly string[]): Promise<Readers>;
  /** Whether an event of this type may have ended somebody's access. */
  endsAccess(type: string): boolean;
  /** Whether an event of this type may have given somebody access; absent: none does, membership alone. */
  givesAccess?(type: string): boolean;
  /** Whether a snapshot takes the event's place: nothing can be folded over it. */
  resets(event: LogEvent): boolean;
}

/** What the hub reads of the database. Every method is one statement, and fails when the database is away. */
export interface StreamLog {
  heads(streamIds: readonly string[]): Promise<ReadonlyMap<string, StreamHead>>;
  /** The events of one stream after a version, in order, at most `limit`. */
  eventsAfter(streamId: string, version: number, limit: number): Promise<LogEvent[]>;
  /**
   * What became visible on these streams since another answer's `horizon`, and maybe some that was seen before;
   * nothing without one (rule L12).
   */
  since(horizon: string | undefined, streamIds: readonly string[]): Promise<{ horizon: string; seen: SeenEvent[] }>;
  /** The access versions of organisations; those that are gone are left out. */
  accessVersions(orgIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Of these people, those who may watch a stream of a kind now. Nobody watches a kind that no domain knows. */
  readers(kind: string, streamId: string, userIds: readonly string[]): Promise<Readers>;
  endsAccess(kind: string, type: string): boolean;
  givesAccess(kind: string, type: string): boolean;
  resets(kind: string, event: LogEvent): boolean;
  /** How many connections were lost so far: behind the next one may be another database than before. */
  losses(): number;
}

export interface SeenEvent extends Place {
  readonly streamId: string;
}

/** The log in Postgres. The hub is in no tenant: it follows the streams of all, by the functions made for it. */
export function createStreamLog(
  db: Database,
  losses: () => number,
  kinds: Readonly<Record<string, StreamKind>>,
): StreamLog {
  return {
    losses,

    async heads(streamIds) {
      const rows = await db.execute<{ id: string; head: StreamHead }>(sql`
        select s.id, json_build_object('version', s.version, 'nonce', s.nonce, 'kind', s.kind, 'type', s.type,
          'orgId', s.org_id, 'floor', s.floor, 'accessVersion', s.access_version) as head
        from stream_heads(${uuids(streamIds)}) s`);
      return new Map(rows.map(({ id, head }) => [id, head]));
    },

    eventsAfter: (streamId, version, limit) => readEvents(db, streamId, version, limit),

    async since(horizon, streamIds) {
      const rows = await db.execute<{ horizon: string; id: string | null; version: string; nonce: string }>(sql`
        select pg_snapshot_xmin(pg_current_snapshot())::text as horizon, e.stream_id as id, e.version, e.nonce
        from (select 1) as once
        left join events_since(${horizon ?? null}::xid8, ${uuids(streamIds)}) e on true
        order by e.stream_id, e.version`);
      const seen = rows.flatMap(({ id, version, nonce }) =>
        id === null ? [] : [{ streamId: id, version: Number(version), nonce: Number(nonce) }],
      );
      return { horizon: rows[0]?.horizon ?? "", seen };
    },

    async accessVersions(orgIds) {
      const rows = await db.execute<{ id: string; accessVersion: string }>(
        sql`select id, access_version as "accessVersion" from access_versions(${uuids(orgIds)})`,
      );
      return new Map(rows.map(({ id, accessVersion }) => [id, Number(accessVersion)]));
    },

    readers: async (kind, streamId, userIds) => (await kinds[kind]?.readers(db, streamId, userIds)) ?? new Map(),
    endsAccess: (kind, type) => kinds[kind]?.endsAccess(type) ?? false,
    givesAccess: (kind, type) => kinds[kind]?.givesAccess?.(type) ?? false,
    resets: (kind, event) => kinds[kind]?.resets(event) ?? false,
  };
}
