import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { Link } from "wouter";
import { errorKind, type OrgSnapshot, type RouterOutputs } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { TopBar } from "../home/top-bar.tsx";
import { orgAccessQuery } from "../home/org-queries.ts";
import { useOrg } from "../home/use-org.ts";
import { useProviderRefusal } from "../session/use-provider-refusal.ts";
import { texts } from "../texts.ts";
import { orgTexts } from "../texts/organisation.ts";
import { Loading } from "../ui/loading.tsx";
import { NotFound } from "../ui/not-found.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { useReadOrg } from "./read-org.ts";

type Action = RouterOutputs["orgs"]["access"]["actions"][number];
/** What one may do in the organisation. */
export type MayInOrg = (action: Action) => boolean;

/** The screens of an organisation, in their order, and what one has to be allowed for each. */
const SCREENS = {
  members: "member:list",
  roles: "role:list",
  projects: "project:list",
  rules: "rule:list",
  transfer: "import:create",
  services: "service:list",
  audit: "audit:read",
  settings: "member:leave",
} as const satisfies Record<keyof typeof orgTexts.screens, Action>;
const NAMES = ["members", "roles", "projects", "rules", "transfer", "services", "audit", "settings"] as const;

export interface InOrg {
  readonly org: OrgSnapshot;
  readonly may: MayInOrg;
}

interface Props {
  readonly orgId: string;
  readonly screen: keyof typeof SCREENS;
  readonly children: (found: InOrg) => ReactNode;
}

/**
 * A screen of an organisation, beside the others: live, or, to who may not follow it, as it was when it was last looked at.
 * To who may not look there is nothing but the way to what they may.
 */
export function OrgFrame({ orgId, screen, children }: Props) {
  const trestle = useTrestle();
  const refused = useProviderRefusal();
  const live = useOrg(orgId);
  const query = orgAccessQuery(trestle, orgId, live?.cursor);
  const { data: access, error } = useQuery({ ...query, placeholderData: keepPreviousData });
  const read = useReadOrg(orgId, access?.actions);
  const org = live ?? read;
  const name = org?.org.name;
  useEffect(() => {
    document.title = `${orgTexts.screens[screen]} · ${name ?? texts.product}`;
  }, [screen, name]);
  const may: MayInOrg = (action) => access?.actions.includes(action) ?? false;
  // Without an answer it is not known yet.
  const isShut =
    errorKind(error) !== undefined || (access !== undefined && (access.role === "guest" || !may(SCREENS[screen])));
  return (
    <>
      <TopBar />
      {access && access.role !== "guest" && (
        <nav aria-label={orgTexts.nav} className="border-b border-line bg-surface">
          <ul className="mx-auto flex max-w-3xl flex-wrap gap-x-1 px-3 py-1.5">
            {NAMES.filter((one) => may(SCREENS[one])).map((one) => (
              <li key={one}>
                <Link
                  href={`/organisations/${orgId}/${one}`}
                  aria-current={one === screen ? "page" : undefined}
                  className="block rounded-md border border-transparent px-2 py-1 text-quiet hover:text-text aria-[current]:border-line aria-[current]:text-text"
                >
                  {orgTexts.screens[one]}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      )}
      {isShut ? (
        <NotFound />
      ) : org && access ? (
        <main className="mx-auto flex max-w-3xl flex-col gap-6 px-4 py-8">
          <Trouble says={refused} />
          {children({ org, may })}
        </main>
      ) : (
        <Loading />
      )}
    </>
  );
}
