import { z } from "zod";
import { type AuditBlock, type AuditHead, hashOf, NOTHING_BEFORE, signedText } from "./block.ts";
import { isSignedBy } from "./keys.ts";
import { type AuditRecord, digestOf } from "./record.ts";
import type { AuditFault } from "./verify.ts";

const Line = z.union([
  z.object({ block: z.custom<AuditBlock>((value) => Array.isArray(Reflect.get(Object(value), "entries"))) }),
  z.object({ record: z.custom<AuditRecord>((value) => typeof Reflect.get(Object(value), "id") === "string") }),
]);

interface Result {
  readonly fault: AuditFault | null;
  readonly blocks: number;
  readonly records: number;
}

/**
 * Verifies a whole chain as `exportBlocks` wrote it, from its first block on, without database and without secrets: by
 * the public key of its signatures. `head`: the newest block that it has to have.
 */
export function verifyExport(
  text: string,
  { publicKey, head }: { publicKey: string; head?: AuditHead | undefined },
): Result {
  let previous: AuditBlock | undefined;
  let records = 0;
  const result = (fault: AuditFault | null) => ({ fault, blocks: previous?.number ?? 0, records });
  for (const { block, own } of blocksOf(text)) {
    const fault = checkLink(block, previous, publicKey) ?? checkRecords(block, own);
    if (fault) return result(fault);
    if (head?.number === block.number && head.hash !== block.hash) return result(at("BLOCK_CHANGED", block.number));
    previous = block;
    records += own.length;
  }
  const isCut = head !== undefined && head.number > (previous?.number ?? 0);
  return result(isCut ? at("TAIL_MISSING", (previous?.number ?? 0) + 1) : null);
}

/** The blocks of an export, each with the records behind it. */
function blocksOf(text: string): { block: AuditBlock; own: AuditRecord[] }[] {
  const found: { block: AuditBlock; own: AuditRecord[] }[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const parsed = Line.parse(JSON.parse(line));
    if ("block" in parsed) found.push({ block: parsed.block, own: [] });
    else found.at(-1)?.own.push(parsed.record);
  }
  return found;
}

function checkLink(block: AuditBlock, previous: AuditBlock | undefined, publicKey: string): AuditFault | undefined {
  const number = (previous?.number ?? 0) + 1;
  if (block.number !== number) return at("BLOCK_MISSING", number);
  const isLinked =
    block.previousHash === (previous?.hash ?? NOTHING_BEFORE) &&
    block.total === (previous?.total ?? 0) + block.entries.length;
  if (!isLinked || hashOf(block) !== block.hash) return at("BLOCK_CHANGED", number);
  if (!isSignedBy(publicKey, signedText(block), block.signature)) return at("BLOCK_FORGED", number);
  return undefined;
}

function checkRecords({ number, entries }: AuditBlock, records: readonly AuditRecord[]): AuditFault | undefined {
  const byId = new Map(records.map((record) => [record.id, record]));
  for (const [index, [id, digest]] of entries.entries()) {
    const record = byId.get(id);
    if (!record) return at("RECORD_MISSING", number, id);
    if (digestOf(record) !== digest) return at("RECORD_CHANGED", number, id);
    if (records[index] !== record) return at("RECORD_MOVED", number, records[index]?.id);
  }
  const more = records[entries.length];
  return more && at("RECORD_ADDED", number, more.id);
}

function at(kind: AuditFault["kind"], block: number, recordId: string | null = null): AuditFault {
  return { kind, block, recordId };
}
