import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import type { RouterOutputs, Trestle } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";

/** What of a board the caller may do: everything else is not shown. */
export type May = (action: RouterOutputs["boards"]["access"]["actions"][number]) => boolean;

/** What of a board in a state the caller may do. */
export function accessQuery(trestle: Trestle, boardId: string, boardState: string) {
  return queryOptions({
    queryKey: ["access", boardId, boardState],
    queryFn: () => trestle.boards.access.query({ boardId }),
  });
}

/** The same, asked for anew when the board is archived or restored: what was asked for before may not know it yet. */
export function useActions(boardId: string, boardState: string): May {
  const trestle = useTrestle();
  const queries = useQueryClient();
  const { data } = useQuery(accessQuery(trestle, boardId, boardState));
  const seen = useRef(boardState);
  useEffect(() => {
    if (seen.current === boardState) return;
    seen.current = boardState;
    void queries.invalidateQueries({ queryKey: ["access", boardId, boardState] });
  }, [queries, boardId, boardState]);
  return useMemo(() => {
    const actions = new Set<string>(data?.actions);
    return (action) => actions.has(action);
  }, [data]);
}
