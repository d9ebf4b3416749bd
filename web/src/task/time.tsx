import { useState } from "react";
import { useTrestle } from "../../../client/react/index.ts";
import { useMe } from "../session/signed-in.tsx";
import { shownDuration, shownInstant, texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import type { TaskProps } from "./task-props.ts";
import { Section } from "../ui/section.tsx";
import { useAnswer } from "./use-answer.ts";

const CHANGES = ["time.changed"] as const;
const MINUTE_MS = 60_000;
const MOST_MINUTES = 24 * 60;

/** What was worked on a task, by whom, and whose timer runs. */
export function Time(props: TaskProps) {
  const { board, card, may, change } = props;
  const { time } = useTrestle();
  const me = useMe();
  const [isAdding, setAdding] = useState(false);
  const { boardId } = board;
  const at = { boardId, taskId: card.id };
  const answer = useAnswer(props, { name: "time", changedBy: CHANGES, ask: () => time.ofTask.query(at) });
  const canTrack = may("time:track");
  if (!answer || (answer.people.length === 0 && !canTrack)) return null;
  const isMineRunning = answer.people.some(({ userId, runsSince }) => userId === me.id && runsSince !== null);
  return (
    <Section title={texts.task.time}>
      {answer.people.length > 0 && <p>{texts.task.timeTotal(shownDuration(answer.seconds))}</p>}
      <ul className="flex flex-col gap-1 text-sm">
        {answer.people.map(({ userId, name, seconds, runsSince }) => (
          <li key={userId} className="flex flex-wrap gap-x-2">
            <span>{name ?? texts.task.somebody}</span>
            <span>{shownDuration(seconds)}</span>
            {runsSince !== null && <span className="text-quiet">{texts.task.runsSince(shownInstant(runsSince))}</span>}
          </li>
        ))}
      </ul>
      {canTrack && !isAdding && (
        <div className="flex flex-wrap gap-2">
          <Button
            onClick={() => change({ done: isMineRunning ? time.stop.mutate({ boardId }) : time.start.mutate(at) })}
          >
            {isMineRunning ? texts.task.stopTimer : texts.task.startTimer}
          </Button>
          <Button look="quiet" onClick={() => setAdding(true)}>
            {texts.task.addTime}
          </Button>
        </div>
      )}
      {isAdding && <NewEntry {...props} onDone={() => setAdding(false)} />}
    </Section>
  );
}

/** Time that ends now, and was worked without a timer. */
function NewEntry({ board, card, onDone }: TaskProps & { onDone: () => void }) {
  const { time } = useTrestle();
  const add = async (values: FormData) => {
    const now = Date.now();
    const startedAt = new Date(now - Number(textOf(values, "minutes")) * MINUTE_MS).toISOString();
    const entry = { startedAt, stoppedAt: new Date(now).toISOString(), note: textOf(values, "note").trim() };
    await time.create.mutate({ boardId: board.boardId, taskId: card.id, ...entry });
    onDone();
  };
  return (
    <div className="rounded-md border border-line p-3">
      <Form action={texts.save} onSend={add} onCancel={onDone}>
        {(wrong) => (
          <>
            <TextField
              label={texts.task.minutes}
              name="minutes"
              type="number"
              min={1}
              max={MOST_MINUTES}
              required
              wrong={wrong["startedAt"] ?? wrong["stoppedAt"]}
            />
            <TextField label={texts.task.timeNote} name="note" maxLength={500} wrong={wrong["note"]} />
          </>
        )}
      </Form>
    </div>
  );
}
