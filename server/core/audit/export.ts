import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { readBlocks, readRecords } from "./rows.ts";

/**
 * Some blocks of a chain as JSON lines, each with its records behind it, in order: `{"block":{…}}`, `{"record":{…}}`.
 * Whoever has them all, and the public key, can verify them without the database.
 */
export async function exportBlocks(
  db: Db,
  chainId: string,
  { from, limit }: { from: number; limit: number },
): Promise<{ lines: string; nextBlock: number | null }> {
  const blocks = await readBlocks(db, chainId, from, limit + 1);
  const lines: string[] = [];
  for (const block of blocks.slice(0, limit)) {
    lines.push(JSON.stringify({ block }));
    const records = await readRecords(db, chainId, sql`r.block = ${block.number}::bigint`);
    for (const { record } of records) lines.push(JSON.stringify({ record }));
  }
  const isMore = blocks.length > limit;
  return { lines: lines.map((line) => `${line}\n`).join(""), nextBlock: isMore ? from + limit : null };
}
