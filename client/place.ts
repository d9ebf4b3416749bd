/** Between which ranks something goes; null is an open end. */
export interface Gap {
  readonly before: string | null;
  readonly after: string | null;
}

/**
 * The place behind `after` among rows in their order: null is first, undefined last. `rankOf` tells the rank that an
 * anchor has or had there; without one the place is the last.
 */
export function gapIn(
  rows: readonly { readonly rank: string }[],
  after: string | null | undefined,
  rankOf: (id: string) => string | undefined,
): Gap {
  const last = rows.at(-1)?.rank ?? null;
  const before = after === null ? null : after === undefined ? last : (rankOf(after) ?? last);
  return { before, after: rows.find((row) => before === null || row.rank > before)?.rank ?? null };
}

export function isBetween(rank: string, { before, after }: Gap): boolean {
  return (before === null || before < rank) && (after === null || rank < after);
}

/**
 * A rank within a gap, for show until the server's own comes. It is longer than what it stands behind and below
 * everything that the server makes there, whose ranks are of letters and digits.
 */
export function rankWithin({ before, after }: Gap): string {
  if (after === null) return `${before ?? ""}V`;
  if (before === null) return below(after);
  return after.startsWith(before) ? before + below(after.slice(before.length)) : `${before}V`;
}

/** The lowest character of a rank for show. No rank ends in it, so that there is always one below. */
const LOWEST = "!";
const LOWEST_CODE = LOWEST.charCodeAt(0);

function below(rank: string): string {
  const first = rank.charCodeAt(0);
  if (first === LOWEST_CODE) return LOWEST + below(rank.slice(1));
  if (first === LOWEST_CODE + 1) return `${LOWEST}V`;
  return String.fromCharCode(Math.floor((LOWEST_CODE + first) / 2));
}
