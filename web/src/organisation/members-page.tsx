import { keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTrestle } from "../../../client/react/index.ts";
import { useProof } from "../account/use-proof.tsx";
import { invitationLink, InviteDialog } from "../home/invite-dialog.tsx";
import { useMe } from "../session/signed-in.tsx";
import { shownInstant, texts } from "../texts.ts";
import { orgTexts } from "../texts/organisation.ts";
import { Avatar } from "../ui/avatar.tsx";
import { AskedButton } from "../ui/asked-button.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { type InOrg, OrgFrame } from "./org-frame.tsx";
import { PAGES } from "../ui/pages.ts";
import { roleName, RoleSelect } from "./role-select.tsx";

const ROLES_OF_PEOPLE = ["owner", "admin", "member", "guest"] as const;

/** Who is in an organisation, live, and who is invited. Guests are not told. */
export function MembersPage({ orgId }: { orgId: string }) {
  return (
    <OrgFrame orgId={orgId} screen="members">
      {(found) => <Members {...found} />}
    </OrgFrame>
  );
}

function Members({ org, may }: InOrg) {
  const { members } = useTrestle();
  const me = useMe();
  const { act, trouble, dialog } = useProof();
  const [isInviting, setInviting] = useState(false);
  const orgId = org.org.id;
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <h1 className="mr-auto text-xl font-semibold wrap-anywhere">{orgTexts.members.of(org.org.name)}</h1>
        {may("member:invite") && <Button onClick={() => setInviting(true)}>{texts.home.invite}</Button>}
      </div>
      <Trouble says={trouble} />
      <ul className="flex flex-col gap-2">
        {org.members.map(({ userId, name, kind, role, roleId }) => (
          <li key={userId} className="flex flex-wrap items-center gap-3 rounded-md border border-line bg-surface p-3">
            <span className="flex min-w-36 flex-1 items-center gap-2">
              <Avatar name={name} />
              <span aria-hidden="true" className="truncate">
                {name}
              </span>
            </span>
            {kind === "service" && <span className="text-sm text-quiet">{orgTexts.members.isService}</span>}
            {may("member:set-role") && kind === "person" && userId !== me.id ? (
              <RoleSelect
                name={name}
                value={roleId ?? role}
                builtIn={ROLES_OF_PEOPLE}
                custom={org.roles}
                onChange={(next) => act(() => members.setRole.mutate({ orgId, userId, role: next }))}
              />
            ) : (
              <span className="text-quiet">{roleName(org.roles, { role, roleId })}</span>
            )}
            {may("member:remove") && kind === "person" && userId !== me.id && (
              <AskedButton
                label={orgTexts.members.remove(name)}
                action={orgTexts.members.removeIt}
                says={orgTexts.members.removeSays}
                onSure={() => act(() => members.remove.mutate({ orgId, userId }))}
              />
            )}
          </li>
        ))}
      </ul>
      {may("invitation:list") && <Invitations org={org} may={may} />}
      {isInviting && <InviteDialog orgId={orgId} onClose={() => setInviting(false)} />}
      {dialog}
    </>
  );
}

/** Who is invited and has not come yet. */
function Invitations({ org, may }: InOrg) {
  const { invitations, members } = useTrestle();
  const queries = useQueryClient();
  const { act, trouble, dialog } = useProof();
  const orgId = org.org.id;
  const key = ["invitations", orgId];
  const list = useInfiniteQuery({
    queryKey: [...key, org.cursor],
    ...PAGES,
    queryFn: ({ pageParam }) => invitations.list.query({ orgId, cursor: pageParam }),
    placeholderData: keepPreviousData,
  });
  const [link, setLink] = useState<string>();
  const open = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const revoke = (invitationId: string) =>
    act(async () => {
      await invitations.revoke.mutate({ orgId, invitationId });
      await queries.invalidateQueries({ queryKey: key });
    });
  const inviteAgain = (email: string, role: string) =>
    act(async () => {
      const { token } = await members.invite.mutate({ orgId, email, role });
      setLink(invitationLink(token));
      await queries.invalidateQueries({ queryKey: key });
    });
  if (open.length === 0) return null;
  return (
    <Section level={2} title={orgTexts.members.invitations}>
      <ul className="flex flex-col gap-2">
        {open.map(({ id, email, role, roleId, expiresAt }) => {
          const name = roleName(org.roles, { role, roleId });
          return (
            <li key={id} className="flex flex-wrap items-center gap-3 rounded-md border border-line bg-surface p-3">
              <span className="min-w-36 flex-1 wrap-anywhere">
                {email}
                <span className="block text-sm text-quiet">
                  {orgTexts.members.invitedAs(name, shownInstant(expiresAt))}
                </span>
              </span>
              {may("member:invite") && (
                <Button
                  aria-label={orgTexts.members.inviteAgainOf(email)}
                  onClick={() => inviteAgain(email, roleId ?? role)}
                >
                  {orgTexts.members.inviteAgain}
                </Button>
              )}
              {may("invitation:revoke") && (
                <Button aria-label={orgTexts.members.takeBackOf(email)} onClick={() => revoke(id)}>
                  {orgTexts.members.takeBack}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      <MoreButton {...list} />
      {link !== undefined && (
        <Dialog label={orgTexts.members.newLink} onClose={() => setLink(undefined)}>
          <div className="flex flex-col gap-4">
            <TextField
              label={texts.home.inviteLink}
              hint={orgTexts.members.oldLinkEnds}
              readOnly
              value={link}
              onFocus={(event) => event.target.select()}
            />
            <Button look="primary" onClick={() => setLink(undefined)}>
              {texts.close}
            </Button>
          </div>
        </Dialog>
      )}
      <Trouble says={trouble} />
      {dialog}
    </Section>
  );
}
