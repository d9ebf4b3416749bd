const FIRST: string | null = null;

/** How an infinite query goes on: by the cursor that the page before it answered. */
export const PAGES = {
  initialPageParam: FIRST,
  getNextPageParam: ({ nextCursor }: { readonly nextCursor: string | null }) => nextCursor,
};
