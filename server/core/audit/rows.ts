import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { each } from "../../../db/columns.ts";
import { newId } from "../ids.ts";
import type { AuditBlock } from "./block.ts";
import type { AuditKeys } from "./keys.ts";
import { type AuditEntry, type AuditRecord, digestOf } from "./record.ts";

/** A row (alias `r`) as an `AuditRecord` in JSON. */
export const recordJson = sql<AuditRecord>`json_build_object('id', r.id, 'orgId', r.org_id, 'accountId', r.account_id,
  'actorId', r.actor_id, 'sessionId', r.session_id, 'keyId', r.key_id, 'address', r.address, 'action', r.action,
  'objectKind', r.object_kind, 'objectId', r.object_id, 'outcome', r.outcome, 'reason', r.reason, 'times', r.times,
  'requestId', r.request_id, 'beforeDigest', r.before_digest, 'afterDigest', r.after_digest, 'at', iso(r.at))`;

const blockJson = sql<AuditBlock>`json_build_object('chainId', b.chain_id, 'number', b.number, 'entries', b.entries,
  'total', b.total, 'previousHash', b.previous_hash, 'hash', b.hash, 'keyId', b.key_id, 'signature', b.signature,
  'sealedAt', iso(b.sealed_at))`;

/** A record with where it stands; `block` is null until it is sealed. */
export interface StoredRecord {
  readonly record: AuditRecord;
  readonly mac: string;
  readonly block: number | null;
  readonly position: number | null;
}

/** Adds records: one statement for all of a transaction, and none for nothing. */
export function insertRecords(db: Db, keys: AuditKeys, entries: readonly AuditEntry[]): Promise<unknown>[] {
  if (entries.length === 0) return [];
  const rows = entries.map((entry) => {
    const record = toRecord(keys, entry);
    return { record, mac: keys.mac(digestOf(record)) };
  });
  const of = (type: "uuid" | "text" | "int" | "timestamptz", value: (record: AuditRecord) => string | number | null) =>
    each(type, rows, ({ record }) => value(record));
  return [
    db.execute(sql`
      insert into audit_record (id, org_id, account_id, actor_id, session_id, key_id, address, action, object_kind,
        object_id, outcome, reason, times, request_id, before_digest, after_digest, at, mac)
      select * from unnest(
        ${of("uuid", ({ id }) => id)}, ${of("uuid", ({ orgId }) => orgId)}, ${of("uuid", ({ accountId }) => accountId)},
        ${of("uuid", ({ actorId }) => actorId)}, ${of("uuid", ({ sessionId }) => sessionId)},
        ${of("uuid", ({ keyId }) => keyId)}, ${of("text", ({ address }) => address)},
        ${of("text", ({ action }) => action)}, ${of("text", ({ objectKind }) => objectKind)},
        ${of("text", ({ objectId }) => objectId)}, ${of("text", ({ outcome }) => outcome)},
        ${of("text", ({ reason }) => reason)}, ${of("int", ({ times }) => times)},
        ${of("uuid", ({ requestId }) => requestId)}, ${of("text", ({ beforeDigest }) => beforeDigest)},
        ${of("text", ({ afterDigest }) => afterDigest)}, ${of("timestamptz", ({ at }) => at)},
        ${each("text", rows, ({ mac }) => mac)})`),
  ];
}

function toRecord(keys: AuditKeys, { source, object, at, before, after, ...entry }: AuditEntry): AuditRecord {
  const { userId: actorId, ...by } = source;
  const digest = (value: unknown) => (value === undefined ? null : keys.digest(value));
  return {
    id: newId(),
    ...entry,
    ...by,
    actorId,
    objectKind: object.kind,
    objectId: object.id,
    beforeDigest: digest(before),
    afterDigest: digest(after),
    at: at.toISOString(),
  };
}

/** The records of some blocks of a chain, or those that no block has yet, in order. */
export async function readRecords(db: Db, chainId: string, where: SQL, limit?: number): Promise<StoredRecord[]> {
  const rows = await db.execute<{ stored: StoredRecord }>(sql`
    select json_build_object('record', ${recordJson}, 'mac', r.mac, 'block', r.block, 'position', r.position) as stored
    from audit_record r where r.chain_id = ${chainId}::uuid and ${where}
    order by r.block, r.position, r.id limit ${limit ?? null}::int`);
  return rows.map(({ stored }) => stored);
}

/** The blocks of a chain from a number on. */
export async function readBlocks(db: Db, chainId: string, from: number, limit: number): Promise<AuditBlock[]> {
  const rows = await db.execute<{ block: AuditBlock }>(sql`
    select ${blockJson} as block from audit_block b
    where b.chain_id = ${chainId}::uuid and b.number >= ${from}::bigint order by b.number limit ${limit}::int`);
  return rows.map(({ block }) => block);
}

/** The newest block of a chain. */
export async function findLastBlock(db: Db, chainId: string): Promise<AuditBlock | undefined> {
  const [row] = await db.execute<{ block: AuditBlock }>(sql`
    select ${blockJson} as block from audit_block b
    where b.chain_id = ${chainId}::uuid order by b.number desc limit 1`);
  return row?.block;
}
