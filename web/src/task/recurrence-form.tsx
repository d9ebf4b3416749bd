import { useState } from "react";
import type { RouterOutputs } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { taskTexts } from "../texts/task.ts";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { ownTimeZone } from "../ui/time-zone.ts";
import { EVERY_WEEK, RHYTHMS, type Rhythmic, toRhythm, toRule, WEEKDAYS, weekdayName } from "./recurrence-words.ts";
import type { TaskProps } from "./task-props.ts";

const MODES = ["schedule", "completion"] as const;
const ENDS = ["never", "after", "on"] as const;

interface Props extends TaskProps {
  /** What is changed; none: it is a new one. */
  readonly before?: RouterOutputs["recurrences"]["list"]["items"][number];
  readonly onDone: () => void;
}

/** How often a task recurs, from when, until when, where and by which clocks. */
export function RecurrenceForm({ state, board, card, before, onDone }: Props) {
  const { recurrences } = useTrestle();
  const [rhythm, setRhythm] = useState((before && toRhythm(before.rule)) ?? EVERY_WEEK);
  const set = (change: Partial<Rhythmic>) => setRhythm((was) => ({ ...was, ...change }));
  const [today] = useState(() => new Intl.DateTimeFormat("en-CA").format(new Date()));
  const ownZone = ownTimeZone();
  const zone = before?.timeZone ?? ownZone;
  const send = async (values: FormData) => {
    const input = {
      boardId: board.boardId,
      columnId: textOf(values, "columnId"),
      rule: toRule(rhythm),
      startsOn: textOf(values, "startsOn"),
      time: textOf(values, "time"),
      timeZone: textOf(values, "timeZone"),
      mode: MODES.find((mode) => mode === textOf(values, "mode")) ?? "schedule",
    };
    if (before) await recurrences.update.mutate({ ...input, recurrenceId: before.id });
    else await recurrences.create.mutate({ ...input, taskId: card.id });
    onDone();
  };
  return (
    <div className="rounded-md border border-line p-3">
      <Form action={texts.save} onSend={send} onCancel={onDone}>
        {(wrong) => (
          <div className="grid gap-3 sm:grid-cols-2">
            <SelectField
              label={taskTexts.rhythm}
              value={rhythm.rhythm}
              wrong={wrong["rule"]}
              onChange={({ target }) => set({ rhythm: RHYTHMS.find((one) => one === target.value) ?? "weekly" })}
            >
              {RHYTHMS.map((one) => (
                <option key={one} value={one}>
                  {taskTexts.rhythms[one]}
                </option>
              ))}
            </SelectField>
            <TextField
              label={taskTexts.everyHowMany[rhythm.rhythm]}
              type="number"
              min={1}
              max={999}
              required
              value={rhythm.every}
              onChange={({ target }) => set({ every: target.valueAsNumber || 1 })}
            />
            {rhythm.rhythm === "weekly" && (
              <Weekdays chosen={rhythm.weekdays} onChange={(weekdays) => set({ weekdays })} />
            )}
            <TextField
              label={taskTexts.startsOn}
              name="startsOn"
              type="date"
              required
              defaultValue={before?.startsOn ?? today}
              wrong={wrong["startsOn"]}
            />
            <TextField
              label={taskTexts.time}
              name="time"
              type="time"
              required
              defaultValue={before?.time ?? "09:00"}
              wrong={wrong["time"]}
            />
            <SelectField
              label={taskTexts.ends}
              value={rhythm.ends}
              onChange={({ target }) => set({ ends: ENDS.find((one) => one === target.value) ?? "never" })}
            >
              {ENDS.map((one) => (
                <option key={one} value={one}>
                  {taskTexts.endings[one]}
                </option>
              ))}
            </SelectField>
            {rhythm.ends === "after" && (
              <TextField
                label={taskTexts.count}
                type="number"
                min={1}
                max={999}
                required
                value={rhythm.count}
                onChange={({ target }) => set({ count: target.valueAsNumber || 1 })}
              />
            )}
            {rhythm.ends === "on" && (
              <TextField
                label={taskTexts.until}
                type="date"
                required
                value={rhythm.until}
                onChange={({ target }) => set({ until: target.value })}
              />
            )}
            <SelectField label={taskTexts.mode} name="mode" defaultValue={before?.mode ?? "schedule"}>
              {MODES.map((mode) => (
                <option key={mode} value={mode}>
                  {taskTexts.modes[mode]}
                </option>
              ))}
            </SelectField>
            <SelectField label={texts.task.column} name="columnId" defaultValue={before?.columnId ?? card.columnId}>
              {state.columns.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </SelectField>
            <SelectField label={taskTexts.timeZone} name="timeZone" defaultValue={zone} wrong={wrong["timeZone"]}>
              {[...new Set([zone, ownZone, "UTC", ...Intl.supportedValuesOf("timeZone")])].map((name) => (
                <option key={name}>{name}</option>
              ))}
            </SelectField>
          </div>
        )}
      </Form>
    </div>
  );
}

interface WeekdaysProps {
  readonly chosen: Rhythmic["weekdays"];
  readonly onChange: (chosen: Rhythmic["weekdays"]) => void;
}

function Weekdays({ chosen, onChange }: WeekdaysProps) {
  return (
    <fieldset className="flex flex-wrap gap-x-3 gap-y-1 sm:col-span-2">
      <legend className="text-sm font-medium">{taskTexts.weekdays}</legend>
      {WEEKDAYS.map((day) => (
        <label key={day} className="flex items-center gap-1.5 text-sm">
          <input
            type="checkbox"
            checked={chosen.includes(day)}
            onChange={({ target: { checked } }) =>
              onChange(WEEKDAYS.filter((one) => (one === day ? checked : chosen.includes(one))))
            }
          />
          {weekdayName(day)}
        </label>
      ))}
    </fieldset>
  );
}
