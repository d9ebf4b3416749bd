import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { type AuditBlock, type AuditHead, hashOf, NOTHING_BEFORE, signedText, toHead } from "./block.ts";
import type { AuditKeys } from "./keys.ts";
import { digestOf } from "./record.ts";
import { findLastBlock, readBlocks, readRecords, type StoredRecord } from "./rows.ts";

/** The first thing that is wrong with a chain: what it is, in which block, and which record it is about. */
export interface AuditFault {
  readonly kind:
    | "RECORD_CHANGED"
    | "RECORD_MISSING"
    | "RECORD_MOVED"
    | "RECORD_ADDED"
    | "RECORD_FORGED"
    | "BLOCK_CHANGED"
    | "BLOCK_MISSING"
    | "BLOCK_FORGED"
    | "TAIL_MISSING";
  readonly block: number | null;
  readonly recordId: string | null;
}

/** How far a verification came: with a `fault` no further than to that. */
export interface AuditVerification {
  readonly fault: AuditFault | null;
  /** How many blocks and records were found right. */
  readonly blocks: number;
  readonly records: number;
  /** The newest block that was looked at. */
  readonly head: AuditHead | null;
  /** Where to go on; null: that was all, with what is not sealed yet. */
  readonly nextBlock: number | null;
}

interface Chain {
  readonly db: Db;
  readonly keys: AuditKeys;
  readonly chainId: string;
  /** Heads of the chain that are known from elsewhere: their blocks must be there as they were. */
  readonly heads: readonly AuditHead[];
}

/**
 * Looks at some blocks of a chain and all of their records, from the block `from` on, which may be one behind the newest.
 * At the end of the chain also at what no block has yet.
 */
export async function verifyChain(
  chain: Chain,
  { from = 1, limit }: { from?: number; limit: number },
): Promise<AuditVerification> {
  const { db, chainId } = chain;
  const [[before], blocks] = await Promise.all([
    from === 1 ? [] : readBlocks(db, chainId, from - 1, 1),
    readBlocks(db, chainId, from, limit),
  ]);
  let last = before;
  let records = 0;
  const answer = (fault: AuditFault | null, nextBlock: number | null): AuditVerification => {
    const done = last ? last.number - from + 1 : 0;
    return { fault, blocks: done, records, head: last ? toHead(last) : null, nextBlock };
  };
  if (from > 1) {
    const fault =
      before?.number === from - 1 ? checkBlock(chain, before, undefined) : faulty("BLOCK_MISSING", from - 1);
    if (fault) return answer(fault, null);
  }
  for (const block of blocks) {
    const fault = checkBlock(chain, block, last ?? null) ?? (await checkRecords(chain, block));
    if (fault) return answer(fault, null);
    last = block;
    records += block.entries.length;
  }
  if (blocks.length === limit) return answer(null, from + limit);
  return answer(await checkTail(chain, last), null);
}

function faulty(kind: AuditFault["kind"], block: number | null, recordId: string | null = null): AuditFault {
  return { kind, block, recordId };
}

/** `previous`: null for the first block, undefined for one whose predecessor is not looked at. */
function checkBlock(
  { chainId, keys, heads }: Chain,
  block: AuditBlock,
  previous: AuditBlock | null | undefined,
): AuditFault | undefined {
  const { number } = block;
  const expected = previous === undefined ? number : (previous?.number ?? 0) + 1;
  if (number !== expected) return faulty("BLOCK_MISSING", expected);
  const isLinked =
    previous === undefined ||
    (block.previousHash === (previous?.hash ?? NOTHING_BEFORE) &&
      block.total === (previous?.total ?? 0) + block.entries.length);
  if (!isLinked || block.chainId !== chainId || hashOf(block) !== block.hash) return faulty("BLOCK_CHANGED", number);
  const proof = keys.checkSignature(signedText(block), block.keyId, block.signature);
  if (proof === "wrong") return faulty("BLOCK_FORGED", number);
  if (heads.some((head) => head.number === number && head.hash !== block.hash)) return faulty("BLOCK_CHANGED", number);
  return undefined;
}

/** Whether the records of a block are what it says, one after the other: the first that is not is named. */
async function checkRecords(
  { db, chainId, keys }: Chain,
  { number, entries }: AuditBlock,
): Promise<AuditFault | undefined> {
  const stored = await readRecords(db, chainId, sql`r.block = ${number}::bigint`);
  const byId = new Map(stored.map((row) => [row.record.id, row]));
  for (const [index, [id, digest]] of entries.entries()) {
    const row = byId.get(id);
    if (!row) return faulty((await isElsewhere(db, chainId, id)) ? "RECORD_MOVED" : "RECORD_MISSING", number, id);
    if (digestOf(row.record) !== digest) return faulty("RECORD_CHANGED", number, id);
    // A key that is not known any more was when the record was sealed: else it would not have been.
    if (keys.checkMac(digest, row.mac) === "wrong") return faulty("RECORD_FORGED", number, id);
    if (row.position !== index + 1) return faulty("RECORD_MOVED", number, id);
  }
  const named = new Set(entries.map(([id]) => id));
  const added = stored.find(({ record }) => !named.has(record.id));
  return added && faulty("RECORD_ADDED", number, added.record.id);
}

async function isElsewhere(db: Db, chainId: string, recordId: string): Promise<boolean> {
  return (await readRecords(db, chainId, sql`r.id = ${recordId}::uuid`)).length > 0;
}

/** What is behind the newest block: nothing that a block had, or a head that is known tells of. */
async function checkTail(chain: Chain, last: AuditBlock | undefined): Promise<AuditFault | null> {
  const { db, chainId, keys, heads } = chain;
  const number = last?.number ?? 0;
  // What a former key has signed counts by the hashes of what the key of now has signed behind it.
  if (last && keys.checkSignature(signedText(last), last.keyId, last.signature) !== "right") {
    return faulty("BLOCK_FORGED", number);
  }
  const lost = heads.find((head) => head.number > number);
  if (lost) {
    // Unless it was sealed since this began.
    const newest = await findLastBlock(db, chainId);
    if ((newest?.number ?? 0) < lost.number) return faulty("TAIL_MISSING", number + 1);
  }
  const [behind] = await readRecords(db, chainId, sql`r.block > ${number}::bigint`, 1);
  if (behind && !(await hasBlock(chain, behind))) return faulty("TAIL_MISSING", behind.block, behind.record.id);
  const unsealed = await readRecords(db, chainId, sql`r.block is null`, MOST_UNSEALED);
  const forged = unsealed.find(({ record, mac }) => keys.checkMac(digestOf(record), mac) !== "right");
  return forged ? faulty("RECORD_FORGED", null, forged.record.id) : null;
}

/** More than are ever left unsealed where a server runs. */
const MOST_UNSEALED = 5_000;

async function hasBlock({ db, chainId }: Chain, { block }: StoredRecord): Promise<boolean> {
  const [found] = await readBlocks(db, chainId, block ?? 0, 1);
  return found?.number === block;
}
