import { createHmac, type KeyObject } from "node:crypto";

const INDEX_BYTES = 16;

/** How a text is written before it is looked up: what is the same to people has to be the same text. */
export const NORMALISATIONS = {
  /** An address of mail: in lower case, as accounts have it. */
  email: (text: string) => text.trim().toLowerCase(),
  /** As it is. */
  exact: (text: string) => text,
} as const;

export type Normalisation = keyof typeof NORMALISATIONS;

/** HMAC-SHA-256, cut to 128 bits, of a text in a column: the same text in another column has another one. */
export function blindIndex(key: KeyObject, { column, text }: { column: string; text: string }): string {
  const digest = createHmac("sha256", key)
    .update(JSON.stringify([column, text]))
    .digest();
  return digest.subarray(0, INDEX_BYTES).toString("base64url");
}
