import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import type { OrgSnapshot, RouterOutputs } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { useProof } from "../account/use-proof.tsx";
import { useMe } from "../session/signed-in.tsx";
import { texts } from "../texts.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import { Loading } from "../ui/loading.tsx";
import { NotFound } from "../ui/not-found.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { InviteDialog } from "./invite-dialog.tsx";
import { TopBar } from "./top-bar.tsx";
import { useOrg } from "./use-org.ts";

const BUILT_IN = ["owner", "admin", "member", "guest"] as const;

type Access = RouterOutputs["orgs"]["access"];

/** Who is in an organisation, live, and what they may do there. Guests are not told. */
export function MembersPage({ orgId }: { orgId: string }) {
  const { orgs } = useTrestle();
  const org = useOrg(orgId);
  const { data: access, error } = useQuery({
    queryKey: ["org-access", orgId, org?.cursor],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: () => orgs.access.query({ orgId }),
  });
  return (
    <>
      <TopBar />
      {error || access?.role === "guest" ? (
        <NotFound />
      ) : org && access ? (
        <Members org={org} access={access} />
      ) : (
        <Loading />
      )}
    </>
  );
}

function Members({ org, access }: { org: OrgSnapshot; access: Access }) {
  const { members } = useTrestle();
  const me = useMe();
  const { act, trouble, dialog } = useProof();
  const [isInviting, setInviting] = useState(false);
  const orgId = org.org.id;
  const may = (action: Access["actions"][number]) => access.actions.includes(action);
  return (
    <main className="mx-auto flex max-w-2xl flex-col gap-4 px-4 py-8">
      <div className="flex flex-wrap items-center gap-2">
        <h1 className="mr-auto text-xl font-semibold wrap-anywhere">{texts.members.of(org.org.name)}</h1>
        {may("member:invite") && <Button onClick={() => setInviting(true)}>{texts.home.invite}</Button>}
      </div>
      <Trouble says={trouble} />
      <ul className="flex flex-col gap-2">
        {org.members.map(({ userId, name, role, roleId }) => (
          <li key={userId} className="flex flex-wrap items-center gap-3 rounded-md border border-line bg-surface p-3">
            <span className="flex min-w-0 flex-1 items-center gap-2">
              <Avatar name={name} />
              <span aria-hidden="true" className="truncate">
                {name}
              </span>
            </span>
            {may("member:set-role") && userId !== me.id ? (
              <select
                aria-label={texts.settings.roleOf(name)}
                value={roleId ?? role}
                onChange={(event) => act(() => members.setRole.mutate({ orgId, userId, role: event.target.value }))}
                className="min-h-8 rounded-md border border-line bg-surface px-2 py-1"
              >
                {BUILT_IN.map((builtIn) => (
                  <option key={builtIn} value={builtIn}>
                    {texts.members.roles[builtIn]}
                  </option>
                ))}
                {org.roles.map((custom) => (
                  <option key={custom.id} value={custom.id}>
                    {custom.name}
                  </option>
                ))}
              </select>
            ) : (
              <span className="text-quiet">
                {org.roles.find(({ id }) => id === roleId)?.name ?? texts.members.roles[role]}
              </span>
            )}
            {may("member:remove") && userId !== me.id && (
              <Button
                look="danger"
                aria-label={texts.members.remove(name)}
                onClick={() => act(() => members.remove.mutate({ orgId, userId }))}
              >
                {texts.members.removeIt}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Link href="/" className="text-accent underline">
        {texts.notFound.home}
      </Link>
      {isInviting && <InviteDialog orgId={orgId} onClose={() => setInviting(false)} />}
      {dialog}
    </main>
  );
}
