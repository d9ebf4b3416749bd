import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import type { Snapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { saysOf } from "../ui/form.tsx";
import { ownTimeZone } from "../ui/time-zone.ts";

export interface Filtered {
  /** The tasks that the filter means; undefined: all. */
  readonly ids: ReadonlySet<string> | undefined;
  /** Why it cannot be read. */
  readonly wrong: string | undefined;
}

/** So many pages are asked for: a filter that means more shows the newest of them. */
const MOST_PAGES = 20;

/** Which tasks of a board a filter means, by the server, which also looks into descriptions and comments. */
export function useFilter(state: Snapshot, text: string): Filtered {
  const { tasks } = useTrestle();
  const filter = useDeferredValue(text.trim());
  const { id: boardId, orgId } = state.board;
  const { data, error } = useQuery({
    queryKey: ["filter", boardId, filter, state.cursor],
    enabled: filter !== "",
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: async ({ signal }) => {
      const timeZone = ownTimeZone();
      const ids = new Set<string>();
      let cursor: string | null = null;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const input = { orgId, boardId, filter, timeZone, limit: 100, cursor };
        const { items, nextCursor } = await tasks.search.query(input, { signal });
        for (const { id } of items) ids.add(id);
        cursor = nextCursor;
        if (cursor === null) break;
      }
      return ids;
    },
  });
  if (filter === "") return { ids: undefined, wrong: undefined };
  return { ids: data, wrong: error ? saysOf(error) : undefined };
}
