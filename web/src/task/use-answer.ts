import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { BoardEventType } from "../../../client/index.ts";
import type { TaskProps } from "./task-props.ts";

interface Question<Answer> {
  readonly name: string;
  /** After which events of the board the answer may be another one: always the same list. */
  readonly changedBy: readonly BoardEventType[];
  readonly ask: () => Promise<Answer>;
}

/** What the server answers about a task, asked again when somebody changes that. Undefined: it has not answered yet. */
export function useAnswer<Answer>({ board, card }: TaskProps, question: Question<Answer>): Answer | undefined {
  const { name, changedBy, ask } = question;
  const queries = useQueryClient();
  const taskId = card.id;
  useEffect(
    () =>
      board.onEvent(({ type }) => {
        if (changedBy.includes(type)) void queries.invalidateQueries({ queryKey: [name, taskId] });
      }),
    [board, queries, name, taskId, changedBy],
  );
  const { data } = useQuery({
    queryKey: [name, taskId, card.version],
    enabled: card.version > 0,
    placeholderData: keepPreviousData,
    queryFn: ask,
  });
  return data;
}
