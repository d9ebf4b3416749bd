/** How old what is shown of a use may be, where it is from the same address, and from another one. */
const SAME_PLACE_MS = 600_000;
const OTHER_PLACE_MS = 60_000;

/** When and from where something was seen in use. */
interface Use {
  readonly lastUsedAt?: Date | string | null;
  readonly lastAddress?: string | null;
}

/** Whether a use is worth to be written down. */
export function isPlaceNews({ lastUsedAt, lastAddress }: Use, address: string, now: Date): boolean {
  const sinceMs = now.getTime() - new Date(lastUsedAt ?? 0).getTime();
  return sinceMs >= (address === lastAddress ? SAME_PLACE_MS : OTHER_PLACE_MS);
}
