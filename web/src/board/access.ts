import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import type { RouterOutputs, Snapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { useMe } from "../session/signed-in.tsx";
import { accessQuery } from "./access-query.ts";

/** What of a board the caller may do: everything else is not shown. */
export type May = (action: RouterOutputs["boards"]["access"]["actions"][number]) => boolean;

/**
 * What of a board the caller may do, asked for anew when it is archived or restored, when others see it, and when one's
 * share of it is another.
 */
export function useActions({ board: { id: boardId, state, visibility }, members }: Snapshot): May {
  const trestle = useTrestle();
  const queries = useQueryClient();
  const me = useMe();
  const { data } = useQuery(accessQuery(trestle, boardId, state));
  const role = members.find(({ userId }) => userId === me.id)?.role ?? null;
  const grounds = `${state} ${visibility} ${role ?? ""}`;
  const seen = useRef(grounds);
  useEffect(() => {
    if (seen.current === grounds) return;
    seen.current = grounds;
    // What was asked for before may not know it yet.
    void queries.invalidateQueries({ queryKey: ["access", boardId] });
  }, [queries, boardId, grounds]);
  return useMemo(() => {
    const actions = new Set<string>(data?.actions);
    return (action) => actions.has(action);
  }, [data]);
}
