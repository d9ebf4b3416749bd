import { queryOptions } from "@tanstack/react-query";
import type { Trestle } from "../../../client/index.ts";

/** What one may do in an organisation, as of a state of it where it is followed. */
export function orgAccessQuery(trestle: Trestle, orgId: string, cursor?: string) {
  return queryOptions({
    queryKey: ["org-access", orgId, cursor],
    queryFn: () => trestle.orgs.access.query({ orgId }),
  });
}

/** Who is in an organisation, for who may know it: the first hundred. */
export function membersQuery(trestle: Trestle, orgId: string) {
  return queryOptions({
    queryKey: ["members", orgId],
    queryFn: () => trestle.members.list.query({ orgId, limit: 100 }),
    retry: false,
  });
}
