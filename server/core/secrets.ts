import { hash, randomBytes } from "node:crypto";

/** SHA-256 in hex: for secrets of full entropy only, never for passwords. */
export function sha256(text: string): string {
  return hash("sha256", text);
}

/** A secret to hand out once: 160 bits, safe in an address. */
export function newSecret(): string {
  return randomBytes(20).toString("base64url");
}
