import { Fragment, useState } from "react";
import type { OrgSnapshot, RouterInputs } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { useProof } from "../account/use-proof.tsx";
import { texts } from "../texts.ts";
import { orgTexts } from "../texts/organisation.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { type InOrg, OrgFrame } from "./org-frame.tsx";
import { useReadAgain } from "../home/org-queries.ts";
import { ActionChoice } from "../ui/action-choice.tsx";
import { ACTIONS, groupsOf, isAction } from "../ui/actions.ts";
import { AskedButton } from "../ui/asked-button.tsx";

type Role = OrgSnapshot["roles"][number];
type NewRole = RouterInputs["roles"]["create"];

/** The roles that an organisation has made for itself. */
export function RolesPage({ orgId }: { orgId: string }) {
  return (
    <OrgFrame orgId={orgId} screen="roles">
      {(found) => <Roles {...found} />}
    </OrgFrame>
  );
}

function Roles({ org, may }: InOrg) {
  const { roles } = useTrestle();
  const { act, trouble, dialog } = useProof();
  const [changed, setChanged] = useState<Role | "new">();
  const orgId = org.org.id;
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <h1 className="mr-auto text-xl font-semibold wrap-anywhere">{orgTexts.roles.title(org.org.name)}</h1>
        {may("role:create") && <Button onClick={() => setChanged("new")}>{orgTexts.roles.create}</Button>}
      </div>
      <p className="text-quiet">{orgTexts.roles.says}</p>
      {org.roles.length === 0 && <p>{orgTexts.roles.none}</p>}
      <ul className="flex flex-col gap-2">
        {org.roles.map((role) => (
          <li key={role.id} className="flex flex-wrap items-center gap-3 rounded-md border border-line bg-surface p-3">
            <span className="min-w-36 flex-1 wrap-anywhere">
              {role.name}
              <span className="block text-sm text-quiet">
                {orgTexts.roles.base}: {orgTexts.roles.bases[role.base]} ·{" "}
                {orgTexts.roles.held(org.members.filter(({ roleId }) => roleId === role.id).length)}
              </span>
            </span>
            {may("role:update") && (
              <Button aria-label={orgTexts.roles.change(role.name)} onClick={() => setChanged(role)}>
                {orgTexts.roles.changeIt}
              </Button>
            )}
            {may("role:delete") && (
              <AskedButton
                label={orgTexts.roles.remove(role.name)}
                action={orgTexts.roles.removeIt}
                says={orgTexts.roles.removeSays}
                onSure={() => act(() => roles.delete.mutate({ orgId, roleId: role.id }))}
              />
            )}
            <Allowed role={role} />
          </li>
        ))}
      </ul>
      <Trouble says={trouble} />
      {changed && (
        <RoleDialog
          orgId={orgId}
          role={changed === "new" ? undefined : changed}
          onClose={() => setChanged(undefined)}
        />
      )}
      {dialog}
    </>
  );
}

/** What a role allows, in words. */
function Allowed({ role }: { role: Role }) {
  return (
    <details className="w-full text-sm">
      <summary className="text-quiet">{orgTexts.roles.allows(role.name)}</summary>
      <dl className="mt-2 grid gap-x-4 gap-y-1 sm:grid-cols-[auto_1fr]">
        {groupsOf(role.actions.filter(isAction)).map(({ noun, actions }) => (
          <Fragment key={noun}>
            <dt className="text-quiet">{noun}</dt>
            <dd className="ml-4 sm:ml-0">{actions.map(({ says }) => says).join(", ")}</dd>
          </Fragment>
        ))}
      </dl>
    </details>
  );
}

const BASES = ["admin", "member", "guest"] as const;

/** A role that is made, or changed: its base stays then. */
function RoleDialog({ orgId, role, onClose }: { orgId: string; role: Role | undefined; onClose: () => void }) {
  const { roles } = useTrestle();
  const [base, setBase] = useState<NewRole["base"]>(role?.base ?? "member");
  const [chosen, setChosen] = useState<readonly string[]>(role?.actions ?? []);
  const readAgain = useReadAgain();
  const send = async (values: FormData) => {
    const name = textOf(values, "name");
    const actions = ACTIONS.filter((action) => chosen.includes(action));
    if (role) await roles.update.mutate({ orgId, roleId: role.id, name, actions });
    else await roles.create.mutate({ orgId, name, base, actions });
    readAgain();
    onClose();
  };
  return (
    <Dialog label={role ? orgTexts.roles.change(role.name) : orgTexts.roles.create} onClose={onClose}>
      <Form action={role ? texts.save : texts.create} onSend={send} onCancel={onClose}>
        {(wrong) => (
          <>
            <TextField
              label={orgTexts.roles.name}
              name="name"
              defaultValue={role?.name}
              required
              maxLength={50}
              wrong={wrong["name"]}
            />
            {!role && (
              <SelectField
                label={orgTexts.roles.base}
                value={base}
                onChange={(event) => setBase(BASES.find((one) => one === event.target.value) ?? "member")}
              >
                {BASES.map((one) => (
                  <option key={one} value={one}>
                    {orgTexts.roles.bases[one]}
                  </option>
                ))}
              </SelectField>
            )}
            <div className="max-h-[50dvh] overflow-y-auto">
              <ActionChoice label={orgTexts.roles.mayDo} actions={ACTIONS} chosen={chosen} onChange={setChosen} />
            </div>
            <Trouble says={wrong["actions"]} />
          </>
        )}
      </Form>
    </Dialog>
  );
}
