import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useTrestle } from "../../../client/react/index.ts";
import { Section } from "../ui/section.tsx";
import { accountTexts } from "../texts/account.ts";
import { shownInstant, texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { useProof } from "./use-proof.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { PAGES } from "../ui/pages.ts";

/** Where one is signed in. */
export function Sessions() {
  const { sessions } = useTrestle();
  const queries = useQueryClient();
  const { act, trouble, dialog } = useProof();
  const { data, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ["sessions"],
    ...PAGES,
    queryFn: ({ pageParam }) => sessions.list.query({ cursor: pageParam }),
  });
  const end = (call: () => Promise<unknown>) =>
    act(async () => {
      await call();
      await queries.invalidateQueries({ queryKey: ["sessions"] });
    });
  const all = data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Section level={2} title={accountTexts.sessions}>
      <ul className="flex flex-col gap-2">
        {all.map(({ id, device, lastUsedAt, lastAddress, current }) => (
          <li key={id} className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md border border-line p-3">
            <div className="min-w-0 flex-1">
              <p className="wrap-anywhere">{device}</p>
              <p className="text-sm text-quiet">
                {current ? accountTexts.thisOne : accountTexts.lastUsed(shownInstant(lastUsedAt))}
                {lastAddress !== null && ` · ${lastAddress}`}
              </p>
            </div>
            {!current && (
              <Button
                aria-label={accountTexts.endSession(device)}
                onClick={() => end(() => sessions.revoke.mutate({ sessionId: id }))}
              >
                {texts.session.signOut}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <MoreButton {...{ hasNextPage, fetchNextPage }} />
      {all.length > 1 && (
        <Button look="danger" className="self-start" onClick={() => end(() => sessions.revokeOthers.mutate())}>
          {accountTexts.endOthers}
        </Button>
      )}
      <Trouble says={trouble} />
      {dialog}
    </Section>
  );
}
