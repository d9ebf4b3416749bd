import type { Sql, TransactionSql } from "postgres";
import type { BoardEvent, Snapshot } from "../../client/index.ts";
import type { BoardLog, LoggedEvent, Timeline } from "./history.ts";

/** Reads the log of the given boards and of all organisations, straight from the database, as it is at one moment. */
export function readTimeline(db: Sql, first: ReadonlyMap<string, Snapshot>): Promise<Timeline> {
  return db.begin("isolation level repeatable read", (sql) => readLogs(sql, first));
}

async function readLogs(sql: TransactionSql, first: ReadonlyMap<string, Snapshot>): Promise<Timeline> {
  const heads = await sql<{ id: string; version: string; nonce: string }[]>`
    select id, version, nonce from stream where kind = 'board'`;
  const rows = await sql<{ row: Omit<LoggedEvent, "event"> & { kind: string; event: BoardEvent } }[]>`
    select json_build_object('kind', s.kind, 'streamId', e.stream_id, 'orgId', e.org_id, 'version', e.version,
      'nonce', e.nonce, 'accessVersion', e.access_version, 'txId', e.tx_id::text,
      'event', json_build_object('type', e.type, 'version', e.version, 'at', iso(e.at), 'actorId', e.actor_id,
        'mutationId', e.mutation_id, 'data', e.data)) as row
    from event e join stream s on s.id = e.stream_id
    where s.kind in ('board', 'org') order by e.stream_id, e.version`;
  const events = new Map<string, LoggedEvent[]>();
  const orgEvents: LoggedEvent[] = [];
  for (const { row } of rows) {
    const { kind, ...event } = row;
    const list = kind === "org" ? orgEvents : (events.get(event.streamId) ?? []);
    list.push(event);
    if (kind === "board") events.set(event.streamId, list);
  }
  const boards = new Map<string, BoardLog>();
  for (const { id, version, nonce } of heads) {
    const begin = first.get(id);
    if (!begin) continue;
    boards.set(id, { first: begin, version: Number(version), nonce: Number(nonce), events: events.get(id) ?? [] });
  }
  return { boards, orgEvents };
}
