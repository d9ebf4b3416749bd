import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { RouterOutputs } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";

/** What of a board the caller may do: everything else is not shown. */
export type May = (action: RouterOutputs["boards"]["access"]["actions"][number]) => boolean;

export function useActions(boardId: string, boardState: string): May {
  const trestle = useTrestle();
  const { data } = useQuery({
    queryKey: ["access", boardId, boardState],
    queryFn: () => trestle.boards.access.query({ boardId }),
  });
  return useMemo(() => {
    const actions = new Set<string>(boardState === "open" ? data?.actions : []);
    return (action) => actions.has(action);
  }, [data, boardState]);
}
