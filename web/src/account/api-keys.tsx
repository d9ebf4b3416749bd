import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTrestle } from "../../../client/react/index.ts";
import { orgAccessQuery } from "../home/org-queries.ts";
import { accountTexts } from "../texts/account.ts";
import { failureOf } from "../ui/form.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { PAGES } from "../ui/pages.ts";
import { Trouble } from "../ui/trouble.tsx";
import { KeyList } from "./key-list.tsx";
import { type NewKey, NewKeyForm } from "./new-key-form.tsx";
import { OrgChoice } from "./org-choice.tsx";
import { Secret } from "./secret.tsx";
import { useProof } from "./use-proof.tsx";

/** The keys by which programs do what their owner allows, in one organisation. */
export function ApiKeys() {
  return (
    <OrgChoice title={accountTexts.keys} says={accountTexts.keysSays} isMeant={({ role }) => role !== "guest"}>
      {(orgId) => <KeysOf key={orgId} orgId={orgId} />}
    </OrgChoice>
  );
}

function KeysOf({ orgId }: { orgId: string }) {
  const trestle = useTrestle();
  const { keys } = trestle;
  const { act, trouble, dialog } = useProof();
  const [token, setToken] = useState<string>();
  const [made, setMade] = useState(0);
  const { data: access } = useQuery(orgAccessQuery(trestle, orgId));
  const isListed = access?.actions.includes("key:list") === true;
  const list = useInfiniteQuery({
    queryKey: ["keys", orgId],
    ...PAGES,
    queryFn: ({ pageParam }) => keys.list.query({ orgId, cursor: pageParam }),
    enabled: isListed,
  });
  const create = (key: NewKey) =>
    act(async () => {
      const issued = await keys.create.mutate({ orgId, ...key });
      setToken(issued.token);
      setMade((count) => count + 1);
      if (isListed) await list.refetch();
    });
  const revoke = (keyId: string) =>
    act(async () => {
      await keys.revoke.mutate({ orgId, keyId });
      await list.refetch();
    });
  const all = list.data?.pages.flatMap(({ items }) => items);
  return (
    <>
      {token !== undefined && <Secret label={accountTexts.token} value={token} />}
      {all?.length === 0 && <p className="text-quiet">{accountTexts.noKeys}</p>}
      <KeyList keys={all ?? []} onRevoke={access?.actions.includes("key:revoke") === true ? revoke : undefined} />
      <MoreButton {...list} />
      {access?.actions.includes("key:create") === true && <NewKeyForm key={made} onCreate={create} />}
      {access?.actions.includes("key:create") === false && !isListed && (
        <p className="text-quiet">{accountTexts.keysNot}</p>
      )}
      <Trouble says={trouble ?? failureOf(list.error)} />
      {dialog}
    </>
  );
}
