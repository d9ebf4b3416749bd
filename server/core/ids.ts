import { randomInt } from "node:crypto";
import { uuidv7 } from "uuidv7";

/** A UUIDv7: unique over all, and new ones stand together at the end of an index. */
export function newId(): string {
  return uuidv7();
}

/**
 * The random part of a cursor: 48 bits, so that a lost tail is never mistaken for what replaced it. Node has a stock of
 * such numbers; six random bytes at a time were a tenth of what a move costs (`bench/writes.ts`).
 */
export function newNonce(): number {
  return randomInt(2 ** 48 - 1);
}

/** An id that is made when it is first asked for: most requests need none. */
export function lazyId(): () => string {
  let id: string | undefined;
  return () => (id ??= newId());
}
