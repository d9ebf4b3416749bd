import { useQuery } from "@tanstack/react-query";
import type { RouterOutputs } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { orgAccessQuery } from "../home/org-queries.ts";

type Action = RouterOutputs["orgs"]["access"]["actions"][number];

/** What of the organisation that a board is in the caller may do: guests of the board little. */
export function useMayInOrg(orgId: string): (action: Action) => boolean {
  const { data } = useQuery(orgAccessQuery(useTrestle(), orgId));
  return (action) => data?.actions.includes(action) ?? false;
}
