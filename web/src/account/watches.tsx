import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import type { RouterOutputs, Trestle } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { accountTexts } from "../texts/account.ts";
import { Button } from "../ui/button.tsx";
import { failureOf } from "../ui/form.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { PAGES } from "../ui/pages.ts";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { OrgChoice } from "./org-choice.tsx";
import { useProof } from "./use-proof.tsx";

type Watch = RouterOutputs["watches"]["list"]["items"][number];
type Subject = Watch["subject"];

/** What one has said to hear more of, or nothing, in one organisation: each can be taken back. */
export function Watches() {
  return (
    <OrgChoice title={accountTexts.watches} says={accountTexts.watchesSays}>
      {(orgId) => <WatchesIn key={orgId} orgId={orgId} />}
    </OrgChoice>
  );
}

function WatchesIn({ orgId }: { orgId: string }) {
  const { watches } = useTrestle();
  const { act, trouble, dialog } = useProof();
  const list = useInfiniteQuery({
    queryKey: ["watches", orgId],
    ...PAGES,
    queryFn: ({ pageParam }) => watches.list.query({ orgId, cursor: pageParam }),
  });
  const all = list.data?.pages.flatMap(({ items }) => items);
  const reset = (subject: Subject) =>
    act(async () => {
      await watches.set.mutate({ subject, level: "default" });
      await list.refetch();
    });
  return (
    <>
      {all?.length === 0 && <p className="text-quiet">{accountTexts.noWatches}</p>}
      {LEVELS.map((level) => {
        const own = all?.filter((watch) => watch.level === level) ?? [];
        if (own.length === 0) return null;
        return (
          <Section key={level} title={accountTexts.levels[level]}>
            <ul className="flex flex-col gap-2">
              {own.map(({ id, subject }) => (
                <OneWatch key={id} orgId={orgId} subject={subject} onReset={() => reset(subject)} />
              ))}
            </ul>
          </Section>
        );
      })}
      <MoreButton {...list} />
      <Trouble says={trouble ?? failureOf(list.error)} />
      {dialog}
    </>
  );
}

const LEVELS = ["muted", "watching", "involved"] as const satisfies Watch["level"][];

interface Props {
  readonly orgId: string;
  readonly subject: Subject;
  readonly onReset: () => void;
}

function OneWatch({ orgId, subject, onReset }: Props) {
  const trestle = useTrestle();
  const { data } = useQuery({
    queryKey: ["watched", subject],
    queryFn: () => nameOf(trestle, orgId, subject),
    // What is gone or closed by now has no name here.
    retry: false,
  });
  const name = data ?? accountTexts.subjects[subject.kind];
  const place = placeOf(subject);
  return (
    <li className="flex flex-wrap items-center gap-3">
      <span className="min-w-36 flex-1 wrap-anywhere">
        {place === undefined || data === undefined || data === null ? (
          name
        ) : (
          <Link href={place} className="text-accent underline">
            {name}
          </Link>
        )}
        {data !== undefined && data !== null && (
          <span className="block text-sm text-quiet">{accountTexts.subjects[subject.kind]}</span>
        )}
      </span>
      <Button aria-label={accountTexts.asUsual(name)} onClick={onReset}>
        {accountTexts.asUsualIt}
      </Button>
    </li>
  );
}

/** What it is called that somebody watches; null: it is not among the first hundred of its kind. */
async function nameOf(trestle: Trestle, orgId: string, subject: Subject): Promise<string | null> {
  switch (subject.kind) {
    case "task":
      return (await trestle.tasks.get.query({ boardId: subject.boardId, taskId: subject.taskId })).title;
    case "column": {
      const { items } = await trestle.columns.list.query({ boardId: subject.boardId, limit: 100 });
      return items.find(({ id }) => id === subject.columnId)?.name ?? null;
    }
    case "board": {
      const { items } = await trestle.boards.list.query({ orgId, limit: 100 });
      return items.find(({ id }) => id === subject.boardId)?.name ?? null;
    }
    case "project": {
      const { items } = await trestle.projects.list.query({ orgId, limit: 100 });
      return items.find(({ id }) => id === subject.projectId)?.name ?? null;
    }
  }
}

function placeOf(subject: Subject): string | undefined {
  switch (subject.kind) {
    case "task":
      return `/boards/${subject.boardId}/tasks/${subject.taskId}`;
    case "column":
    case "board":
      return `/boards/${subject.boardId}`;
    case "project":
      return undefined;
  }
}
