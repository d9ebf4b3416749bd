import { useQuery } from "@tanstack/react-query";
import type { OrgSnapshot, RouterOutputs, Trestle } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { READ_ORG } from "../home/org-queries.ts";

type Actions = RouterOutputs["orgs"]["access"]["actions"];

/** How often it is looked at by who is told of nothing. */
const EVERY_MS = 30_000;
/** Of a hundred each: more than that is not shown to who may not follow the organisation. */
const MOST_PAGES = 10;

/**
 * An organisation as far as somebody may see it who may not follow it: read whole, again when they come back to the page,
 * after what they do, and every half minute. Undefined until it has come, and for who may follow it, or of whom it is not known yet.
 */
export function useReadOrg(orgId: string, actions: Actions | undefined): OrgSnapshot | undefined {
  const trestle = useTrestle();
  const { data } = useQuery({
    queryKey: [READ_ORG, orgId, actions],
    queryFn: () => readOrg(trestle, orgId, actions ?? []),
    enabled: actions !== undefined && !actions.includes("org:watch"),
    refetchInterval: EVERY_MS,
  });
  return data;
}

async function readOrg(trestle: Trestle, orgId: string, actions: Actions): Promise<OrgSnapshot> {
  const { orgs, members, roles, projects, boards } = trestle;
  const may = (action: Actions[number]) => actions.includes(action);
  const [org, people, customRoles, allProjects, allBoards] = await Promise.all([
    orgs.get.query({ orgId }),
    may("member:list") ? all((cursor) => members.list.query({ orgId, cursor, limit: 100 })) : [],
    may("role:list") ? all((cursor) => roles.list.query({ orgId, cursor, limit: 100 })) : [],
    may("project:list") ? all((cursor) => projects.list.query({ orgId, cursor, limit: 100 })) : [],
    may("board:list") ? all((cursor) => boards.list.query({ orgId, cursor, limit: 100 })) : [],
  ]);
  return { org, members: people, roles: customRoles, projects: allProjects, boards: allBoards, cursor: "" };
}

interface Page<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}

async function all<Item>(list: (cursor: string | null) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer: Page<Item> = await list(cursor);
    items.push(...answer.items);
    cursor = answer.nextCursor;
    if (cursor === null) break;
  }
  return items;
}
