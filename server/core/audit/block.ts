import { canonicalJson } from "../canonical-json.ts";
import { sha256 } from "../secrets.ts";

/** A link of a chain. Its place, what it holds and what it follows are in its hash. */
export interface AuditBlock {
  readonly chainId: string;
  readonly number: number;
  /** The records in their order: their ids and digests. */
  readonly entries: readonly (readonly [id: string, digest: string])[];
  /** How many records the chain has with this block. */
  readonly total: number;
  readonly previousHash: string;
  readonly hash: string;
  readonly keyId: string;
  readonly signature: string;
  readonly sealedAt: string;
}

/** How far a chain goes: kept elsewhere, it shows later that nothing was cut off. */
export type AuditHead = Pick<AuditBlock, "chainId" | "number" | "total" | "hash" | "keyId" | "signature">;

/** What the first block of a chain follows. */
export const NOTHING_BEFORE = "0".repeat(64);

/** The hash of a block: of its place, of what it holds, and of what it follows. */
export function hashOf(block: Pick<AuditBlock, (typeof HASHED)[number]>): string {
  return sha256(canonicalJson(Object.fromEntries(HASHED.map((name) => [name, block[name]]))));
}

const HASHED = ["chainId", "number", "entries", "total", "previousHash", "sealedAt"] as const;

/** What is signed of a block. */
export function signedText(block: Pick<AuditBlock, "chainId" | "number" | "total" | "hash">): string {
  const { chainId, number, total, hash } = block;
  return canonicalJson({ chainId, number, total, hash });
}

export function toHead({ chainId, number, total, hash, keyId, signature }: AuditBlock): AuditHead {
  return { chainId, number, total, hash, keyId, signature };
}
