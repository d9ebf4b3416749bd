import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { type AuditHead, toHead } from "./block.ts";
import { findLastBlock, readBlocks, readRecords } from "./rows.ts";

/**
 * Some blocks of a chain as JSON lines, each with its records behind it, in order: `{"block":{…}}`, `{"record":{…}}`.
 * Whoever has them all, and the public key, can verify them without the database.
 */
export async function exportBlocks(
  db: Db,
  chainId: string,
  { from, limit }: { from: number; limit: number },
): Promise<{ head: AuditHead | null; lines: string; nextBlock: number | null }> {
  const next = from + limit;
  const [last, blocks, records] = await Promise.all([
    findLastBlock(db, chainId),
    readBlocks(db, chainId, from, limit + 1),
    readRecords(db, chainId, sql`r.block >= ${from}::bigint and r.block < ${next}::bigint`),
  ]);
  const byBlock = Map.groupBy(records, ({ block }) => block);
  const lines = blocks.slice(0, limit).flatMap((block) => {
    const own = byBlock.get(block.number) ?? [];
    return [{ block }, ...own.map(({ record }) => ({ record }))];
  });
  return {
    head: last ? toHead(last) : null,
    lines: lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
    nextBlock: blocks.length > limit ? next : null,
  };
}
