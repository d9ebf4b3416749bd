import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from "node:crypto";

const ALGORITHM = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What can be no plaintext of ours: it was changed, is of another place, or was made by another key. */
export class NotAuthentic extends Error {}

/**
 * AES-256-GCM: nonce, ciphertext and tag. The nonce is 96 bits at random, so a key may encrypt 2^32 texts at most (NIST
 * SP 800-38D, 8.3); whoever has a key that lives long has to count. `about` is authenticated, and not in the answer.
 */
export function encrypt(key: KeyObject, plaintext: Buffer, about: readonly (string | null)[]): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(toBytes(about));
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Fails with `NotAuthentic`. */
export function decrypt(key: KeyObject, sealed: Buffer, about: readonly (string | null)[]): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new NotAuthentic();
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(toBytes(about));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const plaintext = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([plaintext, decipher.final()]);
  } catch (error) {
    throw new NotAuthentic("the tag does not fit", { cause: error });
  }
}

/** No two lists make the same bytes. */
function toBytes(about: readonly (string | null)[]): Buffer {
  return Buffer.from(JSON.stringify(about));
}
