import { queryOptions } from "@tanstack/react-query";
import type { Trestle } from "../../../client/index.ts";

/** What of a board in a state the caller may do. */
export function accessQuery(trestle: Trestle, boardId: string, boardState: string) {
  return queryOptions({
    queryKey: ["access", boardId, boardState],
    queryFn: () => trestle.boards.access.query({ boardId }),
  });
}
