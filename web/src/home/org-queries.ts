import { queryOptions, useQueryClient } from "@tanstack/react-query";
import type { Trestle } from "../../../client/index.ts";

/** What one may do in an organisation, as of a state of it where it is followed. */
export function orgAccessQuery(trestle: Trestle, orgId: string, cursor?: string) {
  return queryOptions({
    queryKey: ["org-access", orgId, cursor],
    queryFn: () => trestle.orgs.access.query({ orgId }),
  });
}

/** What is read of an organisation by who may not follow it. */
export const READ_ORG = "read-org";

/** Has an organisation looked at anew that is looked at without being followed: after something was done in it. */
export function useReadAgain(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey: [READ_ORG] });
}

/** Who is in an organisation, for who may know it: the first hundred. */
export function membersQuery(trestle: Trestle, orgId: string) {
  return queryOptions({
    queryKey: ["members", orgId],
    queryFn: () => trestle.members.list.query({ orgId, limit: 100 }),
    retry: false,
  });
}
