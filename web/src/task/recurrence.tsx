import { useState } from "react";
import { kindSays, type RouterOutputs } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { shownDay } from "../texts.ts";
import { taskTexts } from "../texts/task.ts";
import { Button } from "../ui/button.tsx";
import { Section } from "../ui/section.tsx";
import { RecurrenceForm } from "./recurrence-form.tsx";
import { inWords, toRhythm } from "./recurrence-words.ts";
import type { TaskProps } from "./task-props.ts";
import { useAnswer } from "./use-answer.ts";

type OneRecurrence = RouterOutputs["recurrences"]["list"]["items"][number];

const CHANGES = ["recurrence.created", "recurrence.updated", "recurrence.deleted"] as const;

/** When a task is made anew, by itself. */
export function Recurrence(props: TaskProps) {
  const { board, card, may } = props;
  const { recurrences } = useTrestle();
  const [isAdding, setAdding] = useState(false);
  const ask = () => recurrences.list.query({ boardId: board.boardId, taskId: card.id });
  const answer = useAnswer(props, { name: "recurrences", changedBy: CHANGES, ask });
  const canAdd = may("recurrence:create");
  if (!answer || (answer.items.length === 0 && !canAdd)) return null;
  return (
    <Section title={taskTexts.recurrence}>
      <ul className="flex flex-col gap-3">
        {answer.items.map((recurrence) => (
          <li key={recurrence.id}>
            <One recurrence={recurrence} {...props} />
          </li>
        ))}
      </ul>
      {isAdding && <RecurrenceForm {...props} onDone={() => setAdding(false)} />}
      {canAdd && !isAdding && answer.items.length === 0 && (
        <Button className="self-start" onClick={() => setAdding(true)}>
          {taskTexts.recur}
        </Button>
      )}
    </Section>
  );
}

function One(props: TaskProps & { readonly recurrence: OneRecurrence }) {
  const { board, may, change, recurrence, state: snapshot } = props;
  const { recurrences } = useTrestle();
  const [isEditing, setEditing] = useState(false);
  const { id: recurrenceId, rule, state, problem, mode, nextOn, time, timeZone, columnId } = recurrence;
  const at = { boardId: board.boardId, recurrenceId };
  const canEdit = may("recurrence:update");
  if (isEditing) return <RecurrenceForm {...props} before={recurrence} onDone={() => setEditing(false)} />;
  return (
    <div className="flex flex-col gap-1">
      <p>{inWords(rule)}</p>
      <p className="text-sm text-quiet">
        {taskTexts.madeIn(snapshot.columns.find(({ id }) => id === columnId)?.name ?? "?", time, timeZone)}{" "}
        {taskTexts.modes[mode]}. {nextOn !== null && taskTexts.next(shownDay(nextOn))}
        {state !== "active" && taskTexts.recurrenceStates[state]}
      </p>
      {problem !== null && (
        <p role="status" className="text-sm text-warning">
          {taskTexts.waits(kindSays(problem))}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        {canEdit && toRhythm(rule) && <Button onClick={() => setEditing(true)}>{taskTexts.changeRecurrence}</Button>}
        {canEdit && state === "active" && (
          <Button onClick={() => change({ done: recurrences.pause.mutate(at) })}>{taskTexts.pause}</Button>
        )}
        {canEdit && state === "paused" && (
          <Button onClick={() => change({ done: recurrences.resume.mutate(at) })}>{taskTexts.resume}</Button>
        )}
        {may("recurrence:delete") && (
          <Button look="quiet" onClick={() => change({ done: recurrences.delete.mutate(at) })}>
            {taskTexts.recurNoMore}
          </Button>
        )}
      </div>
    </div>
  );
}
