import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { useTrestle } from "../../../client/react/index.ts";
import { shownInstant } from "../texts.ts";
import { accountTexts } from "../texts/account.ts";
import { AskedButton } from "../ui/asked-button.tsx";
import { Button } from "../ui/button.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { Secret } from "./secret.tsx";
import { useProof } from "./use-proof.tsx";

/**
 * One's links by which calendar programs read what one has to do and the dates of boards; of one board those of it alone.
 * None made here is of another board.
 */
export function CalendarLinks({ boardId = null }: { boardId?: string | null }) {
  const { calendars } = useTrestle();
  const { act, trouble, dialog } = useProof();
  const [made, setMade] = useState<{ id: string; address: string }>();
  const { data, refetch } = useQuery({ queryKey: ["calendars"], queryFn: () => calendars.list.query() });
  const add = () =>
    act(async () => {
      const { link, path } = await calendars.create.mutate({ boardId });
      setMade({ id: link.id, address: new URL(path, location.origin).href });
      await refetch();
    });
  const end = (linkId: string) =>
    act(async () => {
      await calendars.revoke.mutate({ linkId });
      setMade((now) => (now?.id === linkId ? undefined : now));
      await refetch();
    });
  const links = data?.items.filter((link) => boardId === null || link.boardId === boardId) ?? [];
  return (
    <Section level={2} title={accountTexts.calendars}>
      <p className="text-quiet">{boardId === null ? accountTexts.calendarsSays : accountTexts.calendarsOfSays}</p>
      {made && <Secret label={accountTexts.address} value={made.address} />}
      <ul className="flex flex-col gap-2">
        {links.map((link) => {
          const name = link.boardId === null ? accountTexts.calendarOwn : accountTexts.calendarOf;
          return (
            <li key={link.id} className="flex flex-wrap items-center gap-3">
              <span className="min-w-0 flex-1">
                {link.boardId === null || boardId !== null ? (
                  name
                ) : (
                  <Link href={`/boards/${link.boardId}/settings`} className="text-accent underline">
                    {name}
                  </Link>
                )}{" "}
                <span className="text-sm text-quiet">{shownInstant(link.createdAt)}</span>
              </span>
              <AskedButton
                label={accountTexts.endLink(name)}
                action={accountTexts.endLinkIt}
                says={accountTexts.endLinkSays}
                onSure={() => end(link.id)}
              />
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
