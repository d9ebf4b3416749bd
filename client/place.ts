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
