import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { RouterOutputs } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { useProof } from "../account/use-proof.tsx";
import { texts } from "../texts.ts";
import { orgTexts } from "../texts/organisation.ts";
import { AskedButton } from "../ui/asked-button.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, failureOf, textOf } from "../ui/form.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { PAGES } from "../ui/pages.ts";
import { Trouble } from "../ui/trouble.tsx";
import { type InOrg, OrgFrame } from "./org-frame.tsx";
import { roleName, RoleOptions, RoleSelect } from "./role-select.tsx";
import { ServiceKeys } from "./service-keys.tsx";

type Service = RouterOutputs["serviceAccounts"]["list"]["items"][number];

/** The accounts of programs in an organisation, and their keys. */
export function ServicesPage({ orgId }: { orgId: string }) {
  return (
    <OrgFrame orgId={orgId} screen="services">
      {(found) => <Services {...found} />}
    </OrgFrame>
  );
}

function Services({ org, may }: InOrg) {
  const { serviceAccounts } = useTrestle();
  const queries = useQueryClient();
  const [isMaking, setMaking] = useState(false);
  const orgId = org.org.id;
  const key = ["services", orgId];
  const list = useInfiniteQuery({
    queryKey: key,
    ...PAGES,
    queryFn: ({ pageParam }) => serviceAccounts.list.query({ orgId, cursor: pageParam }),
  });
  const all = list.data?.pages.flatMap(({ items }) => items);
  const refresh = () => queries.invalidateQueries({ queryKey: key });
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <h1 className="mr-auto text-xl font-semibold wrap-anywhere">{orgTexts.services.title(org.org.name)}</h1>
        {may("service:create") && <Button onClick={() => setMaking(true)}>{orgTexts.services.create}</Button>}
      </div>
      <p className="text-quiet">{orgTexts.services.says}</p>
      {all?.length === 0 && <p>{orgTexts.services.none}</p>}
      <ul className="flex flex-col gap-3">
        {all?.map((service) => (
          <li key={service.id} className="flex flex-col gap-2 rounded-md border border-line bg-surface p-3">
            <OneService org={org} may={may} service={service} onChanged={refresh} />
          </li>
        ))}
      </ul>
      <MoreButton {...list} />
      <Trouble says={failureOf(list.error)} />
      {isMaking && <NewService org={org} onMade={refresh} onClose={() => setMaking(false)} />}
    </>
  );
}

const BUILT_IN = ["admin", "member", "guest"] as const;

function OneService({ org, may, service, onChanged }: InOrg & { service: Service; onChanged: () => Promise<unknown> }) {
  const { members, serviceAccounts } = useTrestle();
  const { act, trouble, dialog } = useProof();
  const { id: serviceId, name, role, roleId, state } = service;
  const orgId = org.org.id;
  const change = (call: () => Promise<unknown>) =>
    act(async () => {
      await call();
      await onChanged();
    });
  return (
    <>
      <div className="flex flex-wrap items-center gap-3">
        <h2 className="min-w-36 flex-1 font-semibold wrap-anywhere">
          {name}
          {state === "disabled" && (
            <span className="block text-sm font-normal text-quiet">{orgTexts.services.disabled}</span>
          )}
        </h2>
        {may("member:set-role") ? (
          <RoleSelect
            name={name}
            value={roleId ?? role}
            builtIn={BUILT_IN}
            custom={org.roles}
            onChange={(next) => change(() => members.setRole.mutate({ orgId, userId: serviceId, role: next }))}
          />
        ) : (
          <span className="text-quiet">{roleName(org.roles, { role, roleId })}</span>
        )}
        {may("service:update") && state === "active" && (
          <AskedButton
            label={orgTexts.services.disable(name)}
            action={orgTexts.services.disableIt}
            says={orgTexts.services.disableSays}
            onSure={() => change(() => serviceAccounts.disable.mutate({ orgId, serviceId }))}
          />
        )}
        {may("service:update") && state === "disabled" && (
          <Button
            aria-label={orgTexts.services.enable(name)}
            onClick={() => change(() => serviceAccounts.enable.mutate({ orgId, serviceId }))}
          >
            {orgTexts.services.enableIt}
          </Button>
        )}
        {may("service:delete") && (
          <AskedButton
            label={orgTexts.services.remove(name)}
            action={orgTexts.services.removeIt}
            says={orgTexts.services.removeSays}
            onSure={() => change(() => serviceAccounts.delete.mutate({ orgId, serviceId }))}
          />
        )}
      </div>
      <Trouble says={trouble} />
      {may("key:manage") && <ServiceKeys orgId={orgId} service={service} may={may} />}
      {dialog}
    </>
  );
}

interface NewProps extends Pick<InOrg, "org"> {
  readonly onMade: () => Promise<unknown>;
  readonly onClose: () => void;
}

function NewService({ org, onMade, onClose }: NewProps) {
  const { serviceAccounts } = useTrestle();
  const create = async (values: FormData) => {
    const chosen = textOf(values, "role");
    const role = BUILT_IN.find((one) => one === chosen) ?? chosen;
    await serviceAccounts.create.mutate({ orgId: org.org.id, name: textOf(values, "name"), role });
    await onMade();
    onClose();
  };
  return (
    <Dialog label={orgTexts.services.create} onClose={onClose}>
      <Form action={texts.create} onSend={create} onCancel={onClose}>
        {(wrong) => (
          <>
            <TextField label={texts.name} name="name" required maxLength={100} wrong={wrong["name"]} />
            <SelectField label={texts.home.role} name="role" defaultValue="member" wrong={wrong["role"]}>
              <RoleOptions builtIn={BUILT_IN} custom={org.roles} />
            </SelectField>
          </>
        )}
      </Form>
    </Dialog>
  );
}
