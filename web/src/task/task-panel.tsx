import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Card, LiveBoard, Snapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import type { May } from "../board/access.ts";
import { membersQuery } from "../home/org-queries.ts";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { CloseButton, Dialog } from "../ui/dialog.tsx";
import { saysOf } from "../ui/form.tsx";
import { later } from "../ui/later.tsx";
import { Properties } from "./properties.tsx";
import type { Change } from "./task-props.ts";
import { TitleField } from "./title-field.tsx";
import { Trouble } from "../ui/trouble.tsx";

/** With what reads Markdown: nobody waits for that to see a board. */
export const TaskDetails = later("task-details", async () => (await import("./task-details.tsx")).TaskDetails);

interface Props {
  readonly state: Snapshot;
  readonly board: LiveBoard;
  readonly taskId: string;
  readonly may: May;
  readonly onClose: () => void;
}

/** A task, open beside its board: what its card says is live as the board is. */
export function TaskPanel({ state, board, taskId, may, onClose }: Props) {
  const card = state.tasks.find(({ id }) => id === taskId);
  return (
    <Dialog label={texts.task.open(card?.title ?? "")} onClose={onClose} place="side">
      {card ? (
        <OpenTask {...{ state, board, card, may, onClose }} />
      ) : (
        <div className="flex items-start gap-4 p-5">
          <p className="flex-1 text-quiet">{texts.task.gone}</p>
          <CloseButton onClose={onClose} />
        </div>
      )}
    </Dialog>
  );
}

interface Open extends Omit<Props, "taskId"> {
  readonly card: Card;
}

function OpenTask({ state, board, card, may, onClose }: Open) {
  const [refused, setRefused] = useState<string>();
  const change: Change = ({ done }) => {
    setRefused(undefined);
    done.catch((error: unknown) => setRefused(saysOf(error)));
  };
  const people = usePeople(state);
  const canEdit = may("task:update");
  return (
    <div className="flex h-full flex-col">
      <header className="flex items-start gap-3 border-b border-line px-5 py-3">
        <span className="pt-1.5 text-sm text-quiet">{card.key === "" ? texts.board.unnumbered : card.key}</span>
        <TitleField
          key={card.title}
          title={card.title}
          canEdit={canEdit}
          onSave={(title) => change(board.updateTask({ taskId: card.id, title }))}
        />
        <CloseButton onClose={onClose} />
      </header>
      <div className="flex min-h-0 flex-1 flex-col gap-6 overflow-y-auto px-5 py-4">
        <Trouble says={refused} />
        <Properties {...{ state, board, card, people, may, change }} />
        <TaskDetails {...{ state, board, card, people, may, change }} />
        <footer className="mt-auto flex gap-2 pt-4">
          {may("task:archive") && (
            <Button onClick={() => change(board.archiveTask({ taskId: card.id }))}>{texts.task.archive}</Button>
          )}
          {may("task:delete") && (
            <Button look="danger" onClick={() => change(board.deleteTasks({ taskIds: [card.id] }))}>
              {texts.task.delete}
            </Button>
          )}
        </footer>
      </div>
    </div>
  );
}

/** Whom the board knows, and, for who may know them, all members: id → name. */
function usePeople({ board, members }: Snapshot): ReadonlyMap<string, string> {
  const trestle = useTrestle();
  const { data } = useQuery(membersQuery(trestle, board.orgId));
  return useMemo(() => {
    const all = [...(data?.items ?? []), ...members];
    return new Map(all.map(({ userId, name }) => [userId, name]));
  }, [data, members]);
}
