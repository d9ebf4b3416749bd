import { sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { each } from "../../../db/columns.ts";
import type { Tenant } from "../../../db/tenant.ts";
import type { Clock } from "../clock.ts";
import { type AuditBlock, type AuditHead, hashOf, NOTHING_BEFORE, signedText, toHead } from "./block.ts";
import type { AuditKeys } from "./keys.ts";
import { ACCOUNTS_CHAIN, digestOf } from "./record.ts";
import { findLastBlock, readRecords } from "./rows.ts";

/** The most records of a block: it is read, hashed and named from as a whole. */
const BLOCK_SIZE = 500;

interface SealServices {
  readonly db: Database;
  readonly clock: Clock;
  readonly keys: AuditKeys;
}

/** Where the rows of a chain are seen: in its organisation, and those of accounts as if they were one's. */
export function tenantOfChain(chainId: string): Tenant {
  return { orgId: chainId };
}

/** The chains that have records without a block. */
export async function listUnsealed(db: Database): Promise<string[]> {
  const rows = await db.execute<{ chainId: string }>(sql`select unsealed_chains(1000) as "chainId"`);
  return rows.map(({ chainId }) => chainId);
}

/** The chains whose newest block was signed by another root key than the one of now. */
export async function listOfFormerKeys({ db, keys }: SealServices): Promise<string[]> {
  const rows = await db.execute<{ chainId: string }>(sql`select chains_of_former_keys(${keys.keyId}) as "chainId"`);
  return rows.map(({ chainId }) => chainId);
}

/**
 * Puts all records of a chain that are committed by now into blocks. A transaction that commits later has its records in
 * a later block: nothing is skipped, and nobody who writes is waited for, or waits. Answers the new head; undefined when
 * there was nothing, or another process is at it. `isRenewed`: also without records, so that the newest block is signed
 * by the key of now before the one that it replaces is gone.
 */
export async function sealChain(
  services: SealServices,
  chainId: string,
  { isRenewed = false } = {},
): Promise<AuditHead | undefined> {
  let head: AuditHead | undefined;
  for (;;) {
    const block = await sealBlock(services, chainId, isRenewed);
    if (!block) return head;
    head = toHead(block);
    if (block.entries.length < BLOCK_SIZE) return head;
  }
}

function sealBlock(
  { db, clock, keys }: SealServices,
  chainId: string,
  isRenewed: boolean,
): Promise<AuditBlock | undefined> {
  return db.within(tenantOfChain(chainId)).transaction(async (tx) => {
    // Held by who seals, never by who writes records.
    const [lock] = await tx.execute<{ isMine: boolean }>(
      sql`select pg_try_advisory_xact_lock(hashtextextended('audit ' || ${chainId}::text, 0)) as "isMine"`,
    );
    if (lock?.isMine !== true) return undefined;
    const [last, unsealed] = await Promise.all([
      findLastBlock(tx, chainId),
      readRecords(tx, chainId, sql`r.block is null`, BLOCK_SIZE),
    ]);
    // What no server has written stays out, for `verifyChain` to name.
    const records = unsealed.filter(({ record, mac }) => keys.checkMac(digestOf(record), mac) === "right");
    if (records.length === 0 && !isRenewed) return undefined;
    const entries = records.map(({ record }) => [record.id, digestOf(record)] as const);
    const place = {
      chainId,
      number: (last?.number ?? 0) + 1,
      total: (last?.total ?? 0) + entries.length,
      previousHash: last?.hash ?? NOTHING_BEFORE,
      sealedAt: clock.now().toISOString(),
    };
    const hash = hashOf({ ...place, entries });
    const block = { ...place, entries, hash, keyId: keys.keyId, signature: keys.sign(signedText({ ...place, hash })) };
    await Promise.all([
      tx.execute(sql`
        insert into audit_block (org_id, number, entries, total, previous_hash, hash, key_id, signature, sealed_at)
        values (${chainId === ACCOUNTS_CHAIN ? null : chainId}::uuid, ${block.number}::bigint,
          ${JSON.stringify(entries)}::jsonb, ${block.total}::bigint, ${block.previousHash}, ${hash}, ${block.keyId},
          ${block.signature}, ${block.sealedAt}::timestamptz)`),
      tx.execute(sql`
        update audit_record r set block = ${block.number}::bigint, position = n.position
        from unnest(${each("uuid", records, ({ record }) => record.id)}) with ordinality n(id, position)
        where r.id = n.id`),
    ]);
    return block;
  });
}
