import type { EncryptedName, RowOf } from "../../encrypted-columns.ts";
import { CiphertextRefused, type Encryption } from "../../core/encryption/encryption.ts";

/** How old what is shown of a use may be, where it is from the same address, and from another one. */
const SAME_PLACE_MS = 600_000;
const OTHER_PLACE_MS = 60_000;

/** When something was seen in use, and how to find out from where. */
interface Use {
  readonly lastUsedAt?: Date | string | null | undefined;
  openAddress(): Promise<string | null>;
}

/** Whether a use is worth to be written down. */
export async function isPlaceNews({ lastUsedAt, openAddress }: Use, address: string, now: Date): Promise<boolean> {
  const sinceMs = now.getTime() - new Date(lastUsedAt ?? 0).getTime();
  if (sinceMs < OTHER_PLACE_MS || sinceMs >= SAME_PLACE_MS) return sinceMs >= SAME_PLACE_MS;
  return (await openAddress()) !== address;
}

/**
 * The address of a last use, which is kept encrypted. One that was tampered with is none (and in the log): whoever looks
 * through their sessions has to see them all the more then.
 */
export async function openAddress<Name extends EncryptedName>(
  encryption: Encryption,
  column: Name,
  { row, sealed }: { row: RowOf<Name>; sealed: string | null },
): Promise<string | null> {
  try {
    return sealed === null ? null : await encryption.open(column, row, sealed);
  } catch (error) {
    if (error instanceof CiphertextRefused) return null;
    throw error;
  }
}
