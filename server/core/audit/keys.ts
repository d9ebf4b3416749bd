import { createHmac, createPrivateKey, createPublicKey, sign, timingSafeEqual, verify } from "node:crypto";
import { canonicalJson } from "../canonical-json.ts";
import { sha256 } from "../secrets.ts";

/** What the audit log is kept by: made of the root key, and so of nothing that is in the database. */
export interface AuditKeys {
  /** The SHA-256 of the public key. */
  readonly keyId: string;
  /** For whoever verifies an export: SPKI, base64. */
  readonly publicKey: string;
  sign(text: string): string;
  /** Whether this key, or one that it replaced, has signed this. */
  isSigned(text: string, keyId: string, signature: string): boolean;
  /** The digest of a value which nobody without the key can guess at. */
  digest(value: unknown): string;
  /** Says that this server has written a record. */
  mac(recordDigest: string): string;
  isMac(recordDigest: string, mac: string): boolean;
}

/** Makes 32 bytes for a purpose, always the same, of a key that is not in the database. */
export type Derive = (purpose: string) => Uint8Array;

/** The head of an Ed25519 private key in DER (RFC 8410), before its 32 bytes. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

/** `former`: of the root keys that were replaced, so that what they have signed still counts. */
export function createAuditKeys(derive: Derive, former: readonly Derive[] = []): AuditKeys {
  const own = keyPair(derive);
  const known = new Map([own, ...former.map(keyPair)].map((pair) => [pair.keyId, pair.publicKey]));
  const macKey = derive("audit records");
  const macKeys = [macKey, ...former.map((each) => each("audit records"))];
  const digestKey = derive("audit digests");
  const macBy = (key: Uint8Array, digest: string) => createHmac("sha256", key).update(digest).digest();
  return {
    keyId: own.keyId,
    publicKey: own.spki,
    sign: (text) => sign(null, Buffer.from(text), own.privateKey).toString("base64"),
    isSigned(text, keyId, signature) {
      const publicKey = known.get(keyId);
      return publicKey !== undefined && verify(null, Buffer.from(text), publicKey, Buffer.from(signature, "base64"));
    },
    digest: (value) => createHmac("sha256", digestKey).update(canonicalJson(value)).digest("hex"),
    mac: (digest) => macBy(macKey, digest).toString("hex"),
    isMac(digest, mac) {
      const given = Buffer.from(mac, "hex");
      return macKeys.some((key) => given.length === 32 && timingSafeEqual(macBy(key, digest), given));
    },
  };
}

function keyPair(derive: Derive) {
  const der = Buffer.concat([PKCS8_HEAD, derive("audit signatures")]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey);
  const spki = publicKey.export({ format: "der", type: "spki" }).toString("base64");
  return { privateKey, publicKey, spki, keyId: sha256(spki) };
}

/** Whether a block of an export was signed by the owner of a public key: all that others need to verify it. */
export function isSignedBy(publicKey: string, text: string, signature: string): boolean {
  const key = createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" });
  return verify(null, Buffer.from(text), key, Buffer.from(signature, "base64"));
}
