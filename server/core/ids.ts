import { randomBytes } from "node:crypto";
import { uuidv7 } from "uuidv7";

/** A UUIDv7: unique over all, and new ones stand together at the end of an index. */
export function newId(): string {
  return uuidv7();
}

/** The random part of a cursor: 48 bits, so that a lost tail is never mistaken for what replaced it. */
export function newNonce(): number {
  return randomBytes(6).readUIntBE(0, 6);
}
