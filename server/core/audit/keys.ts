import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from "node:crypto";
import { canonicalJson } from "../canonical-json.ts";
import type { RootKeys } from "../encryption/root-keys.ts";

/** Whether something was made by a key; `unknown`: that key is not known here any more. */
type Proof = "right" | "wrong" | "unknown";

/** What the audit log is kept by: made of the root keys, and so of nothing that is in the database. */
export interface AuditKeys {
  /** Names the root key of now. */
  readonly keyId: string;
  /** For whoever verifies an export: Ed25519, SPKI in base64. */
  readonly publicKey: string;
  sign(text: string): string;
  checkSignature(text: string, keyId: string, signature: string): Proof;
  /** The digest of a value which nobody without the key can guess at. */
  digest(value: unknown): string;
  /** Says that this server has written a record, and by which key. */
  mac(recordDigest: string): string;
  checkMac(recordDigest: string, mac: string): Proof;
}

const SIGNATURES = "audit signatures";
const RECORDS = "audit records";
/** The head of an Ed25519 private key in DER (RFC 8410), before its 32 bytes. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

export function createAuditKeys(rootKeys: RootKeys): AuditKeys {
  const { currentId } = rootKeys;
  const privateKey = toPrivateKey(rootKeys.derive(SIGNATURES));
  const publicKeys = new Map([[currentId, createPublicKey(privateKey)]]);
  const macKey = rootKeys.derive(RECORDS);
  const digestKey = rootKeys.derive("audit digests");

  function publicKeyOf(keyId: string): KeyObject | undefined {
    const derived = publicKeys.has(keyId) ? undefined : rootKeys.deriveBy(keyId, SIGNATURES);
    if (derived) publicKeys.set(keyId, createPublicKey(toPrivateKey(derived)));
    return publicKeys.get(keyId);
  }

  return {
    keyId: currentId,
    publicKey: createPublicKey(privateKey).export({ format: "der", type: "spki" }).toString("base64"),
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString("base64"),
    checkSignature(text, keyId, signature) {
      const publicKey = publicKeyOf(keyId);
      if (!publicKey) return "unknown";
      return verify(null, Buffer.from(text), publicKey, Buffer.from(signature, "base64")) ? "right" : "wrong";
    },
    digest: (value) => hmac(digestKey, canonicalJson(value)).toString("hex"),
    mac: (recordDigest) => `${currentId}.${hmac(macKey, recordDigest).toString("hex")}`,
    checkMac(recordDigest, mac) {
      const [keyId = "", hex = ""] = mac.split(".");
      const key = rootKeys.deriveBy(keyId, RECORDS);
      if (!key) return "unknown";
      const given = Buffer.from(hex, "hex");
      return given.length === 32 && timingSafeEqual(hmac(key, recordDigest), given) ? "right" : "wrong";
    },
  };
}

function toPrivateKey(derived: KeyObject): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, derived.export()]), format: "der", type: "pkcs8" });
}

function hmac(key: KeyObject, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** Whether the owner of a public key has signed this: all that others need, to verify what they have of a chain. */
export function isSignedBy(publicKey: string, text: string, signature: string): boolean {
  const key = createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" });
  return verify(null, Buffer.from(text), key, Buffer.from(signature, "base64"));
}
