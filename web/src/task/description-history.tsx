import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useTrestle } from "../../../client/react/index.ts";
import { shownInstant, texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { Markdown } from "./markdown.tsx";
import type { TaskProps } from "./task-props.ts";
import { MoreButton } from "../ui/more-button.tsx";
import { PAGES } from "../ui/pages.ts";

/** The texts that a description had, newest first. Each but the one that it has can be taken up again. */
export function DescriptionHistory({ board, card, people, may, change }: TaskProps) {
  const { tasks } = useTrestle();
  const at = { boardId: board.boardId, taskId: card.id };
  const { data, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ["history", card.id, card.version],
    placeholderData: keepPreviousData,
    ...PAGES,
    queryFn: ({ pageParam }) => tasks.history.query({ ...at, limit: 10, cursor: pageParam }),
  });
  const written = data?.pages.flatMap(({ items }) => items);
  return (
    <>
      <ol aria-label={texts.task.history} className="flex flex-col gap-3 border-l-2 border-line pl-3">
        {written?.map(({ version, at: writtenAt, userName, description }, index) => (
          <li key={version} className="flex flex-col gap-1">
            <p className="text-sm text-quiet">
              {userName === "" ? texts.task.somebody : userName},{" "}
              <time dateTime={writtenAt}>{shownInstant(writtenAt)}</time>
            </p>
            {description === "" ? (
              <p className="text-quiet">{texts.task.noDescription}</p>
            ) : (
              <Markdown text={description} people={people} />
            )}
            {index > 0 && may("task:update") && (
              <Button
                className="self-start"
                onClick={() => change({ done: tasks.restoreDescription.mutate({ ...at, version }) })}
              >
                {texts.task.restore}
              </Button>
            )}
          </li>
        ))}
      </ol>
      {written?.length === 0 && <p className="text-quiet">{texts.task.noHistory}</p>}
      <MoreButton {...{ hasNextPage, fetchNextPage }} />
    </>
  );
}
