import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
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

export function useActions(boardId: string, boardState: string): May {
  const trestle = useTrestle();
  const { data } = useQuery(accessQuery(trestle, boardId, boardState));
  return useMemo(() => {
    const actions = new Set<string>(boardState === "open" ? data?.actions : []);
    return (action) => actions.has(action);
  }, [data, boardState]);
}
