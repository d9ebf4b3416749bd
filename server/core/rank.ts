import { generateKeyBetween, generateNKeysBetween } from "fractional-indexing";

/** Ranks longer than this are renumbered: always inserting behind the same card would let them grow without end. */
export const RANK_LIMIT = 48;

/** A rank strictly between two others; null is an open end. Compared byte by byte. */
export function rankBetween(before: string | null, after: string | null): string {
  return generateKeyBetween(before, after);
}

/** `count` short ranks in order. */
export function freshRanks(count: number): string[] {
  return generateNKeysBetween(null, null, count);
}

/** `count` ranks in order, all between two others; null is an open end. */
export function ranksBetween(before: string | null, after: string | null, count: number): string[] {
  return generateNKeysBetween(before, after, count);
}
