import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTrestle } from "../../../client/react/index.ts";
import { KeyList } from "../account/key-list.tsx";
import { type NewKey, NewKeyForm } from "../account/new-key-form.tsx";
import { Secret } from "../account/secret.tsx";
import { useProof } from "../account/use-proof.tsx";
import { accountTexts } from "../texts/account.ts";
import { orgTexts } from "../texts/organisation.ts";
import { failureOf } from "../ui/form.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { PAGES } from "../ui/pages.ts";
import { Trouble } from "../ui/trouble.tsx";
import type { MayInOrg } from "./org-frame.tsx";

interface Props {
  readonly orgId: string;
  readonly service: { readonly id: string; readonly name: string };
  readonly may: MayInOrg;
}

/** The keys by which a program acts as its service account, looked at once they are asked for. */
export function ServiceKeys(props: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="text-quiet">{orgTexts.services.keys(props.service.name)}</summary>
      {isOpen && <Keys {...props} />}
    </details>
  );
}

function Keys({ orgId, service, may }: Props) {
  const { keys } = useTrestle();
  const queries = useQueryClient();
  const { act, trouble, dialog } = useProof();
  const [token, setToken] = useState<string>();
  const [made, setMade] = useState(0);
  const queryKey = ["keys", orgId, "everybody's"];
  const list = useInfiniteQuery({
    queryKey,
    ...PAGES,
    queryFn: ({ pageParam }) => keys.list.query({ orgId, cursor: pageParam, limit: 100 }),
    enabled: may("key:list"),
  });
  const create = (key: NewKey) =>
    act(async () => {
      const issued = await keys.create.mutate({ orgId, serviceId: service.id, ...key });
      setToken(issued.token);
      setMade((count) => count + 1);
      await queries.invalidateQueries({ queryKey });
    });
  const revoke = (keyId: string) =>
    act(async () => {
      await keys.revoke.mutate({ orgId, keyId });
      await queries.invalidateQueries({ queryKey });
    });
  const own = list.data?.pages.flatMap(({ items }) => items).filter(({ owner }) => owner.id === service.id);
  return (
    <div className="mt-2 flex flex-col gap-3">
      {token !== undefined && <Secret label={accountTexts.token} value={token} />}
      {own?.length === 0 && !list.hasNextPage && <p className="text-quiet">{accountTexts.noKeys}</p>}
      <KeyList keys={own ?? []} onRevoke={may("key:revoke") ? revoke : undefined} />
      <MoreButton {...list} />
      {may("key:create") && <NewKeyForm key={made} onCreate={create} />}
      <Trouble says={trouble ?? failureOf(list.error)} />
      {dialog}
    </div>
  );
}
