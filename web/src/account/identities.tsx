import { useQuery } from "@tanstack/react-query";
import { useTrestle } from "../../../client/react/index.ts";
import { useProviderRefusal } from "../session/use-provider-refusal.ts";
import { shownInstant } from "../texts.ts";
import { accountTexts } from "../texts/account.ts";
import { AskedButton } from "../ui/asked-button.tsx";
import { Button } from "../ui/button.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { useProof } from "./use-proof.tsx";

const PLACE = "/account";

/** The accounts elsewhere by which one signs in, where whoever runs the server has set up some. */
export function Identities() {
  const { identities } = useTrestle();
  const { act, trouble, dialog } = useProof();
  const refused = useProviderRefusal();
  const { data: providers } = useQuery({ queryKey: ["providers"], queryFn: () => identities.providers.query() });
  const { data: own, refetch } = useQuery({ queryKey: ["identities"], queryFn: () => identities.list.query() });
  if (!own || !providers || own.items.length + providers.items.length === 0) return null;
  const link = (providerId: string) =>
    act(async () => {
      const { url } = await identities.link.mutate({ providerId, returnTo: PLACE });
      location.assign(url);
    });
  const unlink = (identityId: string) =>
    act(async () => {
      await identities.unlink.mutate({ identityId });
      await refetch();
    });
  return (
    <Section level={2} title={accountTexts.identities}>
      <p className="text-quiet">{accountTexts.identitiesSays}</p>
      <ul className="flex flex-col gap-2">
        {own.items.map(({ id, provider, issuer, email, lastUsedAt }) => {
          const name = provider?.name ?? issuer;
          return (
            <li key={id} className="flex flex-wrap items-center gap-3 rounded-md border border-line p-3">
              <span className="min-w-36 flex-1 wrap-anywhere">
                {name}
                {email !== null && ` · ${email}`}
                <span className="block text-sm text-quiet">
                  {lastUsedAt === null ? accountTexts.neverUsed : accountTexts.lastUsed(shownInstant(lastUsedAt))}
                </span>
              </span>
              <AskedButton
                label={accountTexts.unlink(name)}
                action={accountTexts.unlinkIt}
                says={accountTexts.unlinkSays}
                onSure={() => unlink(id)}
              />
            </li>
          );
        })}
      </ul>
      <div className="flex flex-wrap gap-2">
        {providers.items.map(({ id, name }) => (
          <Button key={id} onClick={() => link(id)}>
            {accountTexts.link(name)}
          </Button>
        ))}
      </div>
      <Trouble says={trouble ?? refused} />
      {dialog}
    </Section>
  );
}
