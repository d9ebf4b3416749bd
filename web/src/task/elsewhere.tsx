import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { taskTexts } from "../texts/task.ts";
import { Button } from "../ui/button.tsx";
import { SelectField } from "../ui/field.tsx";
import type { TaskProps } from "./task-props.ts";

/** A task like this one, or this one, on a board of the organisation. */
export function Elsewhere(props: TaskProps) {
  const { may } = props;
  const [isOpen, setOpen] = useState(false);
  if (!may("task:create") || !may("task:move")) return null;
  return (
    <div className="flex flex-col items-start gap-3">
      <Button look="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {taskTexts.elsewhere}
      </Button>
      {isOpen && <Where {...props} />}
    </div>
  );
}

function Where({ state, board, card, change }: TaskProps) {
  const { boards, columns, tasks } = useTrestle();
  const [, go] = useLocation();
  const [toBoardId, setBoard] = useState(board.boardId);
  const [chosen, setColumn] = useState<string>();
  const [says, setSays] = useState<string>();
  const { orgId } = state.board;
  const { data: there } = useQuery({
    queryKey: ["boards", orgId, "open"],
    queryFn: () => boards.list.query({ orgId, state: "open", limit: 100 }),
  });
  const isHere = toBoardId === board.boardId;
  const { data: others } = useQuery({
    queryKey: ["columns", toBoardId],
    enabled: !isHere,
    queryFn: () => columns.list.query({ boardId: toBoardId, state: "open", limit: 100 }),
  });
  const offered = isHere ? state.columns : (others?.items ?? []);
  const columnId = offered.find(({ id }) => id === chosen)?.id ?? offered[0]?.id;
  const copy = async (to: string) => {
    setSays(undefined);
    const { task, left } = await tasks.copy.mutate({
      boardId: toBoardId,
      columnId: to,
      taskId: card.id,
      ...(isHere ? {} : { fromBoardId: board.boardId }),
    });
    const count = left.labelIds.length + left.assigneeIds.length + left.fieldIds.length;
    setSays(taskTexts.copied(task.title, count));
  };
  const move = async (to: string) => {
    await tasks.moveToBoard.mutate({ boardId: board.boardId, taskId: card.id, toBoardId, columnId: to });
    go(`/boards/${toBoardId}/tasks/${card.id}`);
  };
  return (
    <div className="grid w-full gap-3 rounded-md border border-line p-3 sm:grid-cols-2">
      <SelectField label={taskTexts.toBoard} value={toBoardId} onChange={({ target }) => setBoard(target.value)}>
        {(there?.items ?? [state.board]).map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      <SelectField label={taskTexts.toColumn} value={columnId ?? ""} onChange={({ target }) => setColumn(target.value)}>
        {offered.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      <div className="flex flex-wrap items-center gap-2 sm:col-span-2">
        {columnId === undefined ? (
          <span className="text-quiet">{texts.loading}</span>
        ) : (
          <>
            <Button onClick={() => change({ done: copy(columnId) })}>{taskTexts.copy}</Button>
            {!isHere && <Button onClick={() => change({ done: move(columnId) })}>{taskTexts.moveThere}</Button>}
          </>
        )}
        {!isHere && <p className="text-sm text-quiet">{taskTexts.moveHint}</p>}
        <span role="status" className="text-sm text-quiet">
          {says}
        </span>
      </div>
    </div>
  );
}
