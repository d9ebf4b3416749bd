import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTrestle } from "../../../client/react/index.ts";
import { shownInstant } from "../texts.ts";
import { accountTexts } from "../texts/account.ts";
import { Button } from "../ui/button.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { Secret } from "./secret.tsx";
import { useProof } from "./use-proof.tsx";

/** The links by which calendar programs read what one has to do. */
export function CalendarLinks() {
  const { calendars } = useTrestle();
  const { act, trouble, dialog } = useProof();
  const [made, setMade] = useState<{ id: string; address: string }>();
  const { data, refetch } = useQuery({ queryKey: ["calendars"], queryFn: () => calendars.list.query() });
  const add = () =>
    act(async () => {
      const { link, path } = await calendars.create.mutate({});
      setMade({ id: link.id, address: new URL(path, location.origin).href });
      await refetch();
    });
  const end = (linkId: string) =>
    act(async () => {
      await calendars.revoke.mutate({ linkId });
      setMade((now) => (now?.id === linkId ? undefined : now));
      await refetch();
    });
  return (
    <Section level={2} title={accountTexts.calendars}>
      <p className="text-quiet">{accountTexts.calendarsSays}</p>
      {made && <Secret label={accountTexts.address} value={made.address} />}
      <ul className="flex flex-col gap-2">
        {data?.items.map(({ id, boardId, createdAt }) => {
          const name = boardId === null ? accountTexts.calendarOwn : accountTexts.calendarOf;
          return (
            <li key={id} className="flex flex-wrap items-center gap-3">
              <span className="flex-1">
                {name} <span className="text-sm text-quiet">{shownInstant(createdAt)}</span>
              </span>
              <Button look="danger" aria-label={accountTexts.endLink(name)} onClick={() => end(id)}>
                {accountTexts.remove}
              </Button>
            </li>
          );
        })}
      </ul>
      <Button className="self-start" onClick={add}>
        {accountTexts.addCalendar}
      </Button>
      <Trouble says={trouble} />
      {dialog}
    </Section>
  );
}
