import { sql } from "drizzle-orm";
import type { Database, Db } from "../../../db/client.ts";
import type { AuditHead } from "./block.ts";
import type { AuditKeys } from "./keys.ts";
import { tenantOfChain } from "./seal.ts";
import { type AuditFault, verifyChain } from "./verify.ts";

/** How many blocks are looked at at once. */
const BLOCKS = 50;

/** What was found of a whole chain. */
export interface ChainResult {
  readonly chainId: string;
  readonly fault: AuditFault | null;
  readonly blocks: number;
  readonly records: number;
  readonly head: AuditHead | null;
}

/** All chains that there are, for who sees all of them (the owner), or that heads which were kept tell of. */
export async function listChains(db: Db, heads: readonly AuditHead[]): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    select chain_id as id from audit_block union select chain_id from audit_record where block is null`);
  return [...new Set([...rows.map(({ id }) => id), ...heads.map(({ chainId }) => chainId)])].toSorted();
}

/** Verifies one chain from its beginning to its end. */
export async function verifyWholeChain(
  { db, keys, heads }: { db: Database; keys: AuditKeys; heads: readonly AuditHead[] },
  chainId: string,
): Promise<ChainResult> {
  const chain = {
    db: db.within(tenantOfChain(chainId)),
    keys,
    chainId,
    heads: heads.filter((head) => head.chainId === chainId),
  };
  let [blocks, records] = [0, 0];
  for (let from = 1; ; from += BLOCKS) {
    const part = await verifyChain(chain, { from, limit: BLOCKS });
    blocks += part.blocks;
    records += part.records;
    if (part.nextBlock === null) return { chainId, fault: part.fault, blocks, records, head: part.head };
  }
}
