import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { decrypt, encrypt } from "./gcm.ts";

export const ROOT_KEY_BYTES = 32;

interface RootKey {
  readonly id: string;
  readonly secret: KeyObject;
  readonly wrapping: KeyObject;
}

/** A key as the database keeps it, and by which root key. */
export interface WrappedKey {
  readonly rootKeyId: string;
  readonly wrapped: string;
}

/**
 * The keys that everything else is encrypted by in the end. They come from the environment or a file, and are never in
 * the database, which knows them by their ids. The first is the one of now; the others are known for what was made by
 * them: a former one until all is wrapped anew, or the next one while processes start that use it already.
 */
export class RootKeys {
  readonly #keys: readonly [RootKey, ...RootKey[]];

  /** Of 32 bytes each, of full entropy. */
  constructor(first: Buffer, ...others: readonly Buffer[]) {
    this.#keys = [toRootKey(first), ...others.map(toRootKey)];
  }

  get currentId(): string {
    return this.#keys[0].id;
  }

  knows(id: string): boolean {
    return this.#find(id) !== undefined;
  }

  /** A key of 32 bytes for another purpose, the same in every process. Undefined: that root key is not known here. */
  derive(purpose: string): KeyObject {
    return derived(this.#keys[0], purpose);
  }

  /** The same of a root key of then. Undefined: it is not known here. */
  deriveBy(rootKeyId: string, purpose: string): KeyObject | undefined {
    const key = this.#find(rootKeyId);
    return key && derived(key, purpose);
  }

  /** `about` says what the key is for, and has to be said again to unwrap it. */
  wrap(key: Buffer, about: readonly (string | null)[]): WrappedKey {
    const [{ id, wrapping }] = this.#keys;
    return { rootKeyId: id, wrapped: encrypt(wrapping, key, about).toString("base64url") };
  }

  /** Undefined: the root key is not known here. Fails with `NotAuthentic`. */
  unwrap({ rootKeyId, wrapped }: WrappedKey, about: readonly (string | null)[]): Buffer | undefined {
    const key = this.#find(rootKeyId);
    return key && decrypt(key.wrapping, Buffer.from(wrapped, "base64url"), about);
  }

  #find(id: string): RootKey | undefined {
    return this.#keys.find((key) => key.id === id);
  }
}

function toRootKey(bytes: Buffer): RootKey {
  if (bytes.length !== ROOT_KEY_BYTES) throw new Error(`a root key has ${ROOT_KEY_BYTES} bytes`);
  const secret = createSecretKey(bytes);
  const id = expand(secret, "trestle root key id", 8).toString("hex");
  return { id, secret, wrapping: createSecretKey(expand(secret, "trestle wrapping key", ROOT_KEY_BYTES)) };
}

function derived({ secret }: RootKey, purpose: string): KeyObject {
  return createSecretKey(expand(secret, `trestle derived ${purpose}`, ROOT_KEY_BYTES));
}

/** HKDF by SHA-256: what it makes tells nothing of the key, and nothing of what it makes for others. */
function expand(secret: KeyObject, info: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", info, bytes));
}
