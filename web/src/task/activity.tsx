import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useTrestle } from "../../../client/react/index.ts";
import { shownInstant, texts } from "../texts.ts";
import type { TaskProps } from "./task-props.ts";
import { Section } from "../ui/section.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { PAGES } from "../ui/pages.ts";

/** What was done to a task, newest first. */
export function Activity({ board, card }: TaskProps) {
  const { activity } = useTrestle();
  const { data, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ["activity", card.id, card.version, card.commentCount, card.attachmentCount],
    placeholderData: keepPreviousData,
    ...PAGES,
    queryFn: ({ pageParam }) =>
      activity.ofTask.query({ boardId: board.boardId, taskId: card.id, limit: 20, cursor: pageParam }),
  });
  return (
    <Section title={texts.task.activity}>
      <ul className="flex flex-col gap-1 text-sm">
        {data?.pages
          .flatMap(({ items }) => items)
          .map(({ version, says, at }) => (
            <li key={version} className="wrap-anywhere">
              {says}{" "}
              <time dateTime={at} className="text-quiet">
                {shownInstant(at)}
              </time>
            </li>
          ))}
      </ul>
      <MoreButton {...{ hasNextPage, fetchNextPage }} />
    </Section>
  );
}
