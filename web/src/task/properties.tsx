import { useState } from "react";
import { type Label, LABEL_COLORS, type LiveBoard, PRIORITIES } from "../../../client/index.ts";
import { LABELS } from "../board/colors.ts";
import { shownDay, shownInstant, texts } from "../texts.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { ownTimeZone } from "../ui/time-zone.ts";
import { Choice } from "./choice.tsx";
import type { Change, TaskProps } from "./task-props.ts";

/** What a task is, beside its texts. Who may not change it reads it. */
export function Properties({ state, board, card, people, may, change }: TaskProps) {
  const update = (input: Omit<Parameters<LiveBoard["updateTask"]>[0], "taskId">) =>
    change(board.updateTask({ taskId: card.id, ...input }));
  const canEdit = may("task:update");
  return (
    <section className="grid gap-x-4 gap-y-3 sm:grid-cols-2">
      <SelectField
        label={texts.task.column}
        value={card.columnId}
        disabled={!may("task:move")}
        onChange={(event) => change(board.move({ taskId: card.id, columnId: event.target.value }))}
      >
        {state.columns.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      <SelectField
        label={texts.task.priority}
        value={card.priority}
        disabled={!canEdit}
        onChange={(event) => update({ priority: PRIORITIES.find((name) => name === event.target.value) ?? "none" })}
      >
        {PRIORITIES.map((name) => (
          <option key={name} value={name}>
            {texts.board.priority[name]}
          </option>
        ))}
      </SelectField>
      <DateField
        label={texts.task.start}
        day={card.startOn}
        instant={card.startAt}
        canEdit={canEdit}
        onChange={(startOn) =>
          update(startOn === null ? { startOn, startAt: null } : { startOn, timeZone: ownTimeZone() })
        }
      />
      <DateField
        label={texts.task.due}
        day={card.dueOn}
        instant={card.dueAt}
        canEdit={canEdit}
        onChange={(dueOn) => update(dueOn === null ? { dueOn, dueAt: null } : { dueOn, timeZone: ownTimeZone() })}
      />
      <EstimateField
        key={card.estimate}
        estimate={card.estimate}
        canEdit={canEdit}
        onSave={(estimate) => update({ estimate })}
      />
      <Choice
        label={texts.task.assignees}
        chosen={card.assigneeIds}
        options={Array.from(people, ([id, name]) => ({ id, name }))}
        canEdit={canEdit}
        onChange={(assigneeIds) => update({ assigneeIds })}
        show={({ name }) => (
          <span className="flex items-center gap-1.5">
            <Avatar name={name} /> <span aria-hidden="true">{name}</span>
          </span>
        )}
      />
      <Choice
        label={texts.task.labels}
        chosen={card.labelIds}
        options={state.labels}
        canEdit={canEdit}
        onChange={(labelIds) => update({ labelIds })}
        show={({ name, color }) => (
          <span className={`rounded px-1.5 ${LABELS[color]}`}>{name === "" ? color : name}</span>
        )}
      >
        {may("label:create") && <NewLabel board={board} change={change} />}
      </Choice>
    </section>
  );
}

interface DateProps {
  readonly label: string;
  readonly day: string | null;
  readonly instant: string | null;
  readonly canEdit: boolean;
  readonly onChange: (day: string | null) => void;
}

/** A date is a whole day here; one with a time, which other clients set, is shown with it. */
function DateField({ label, day, instant, canEdit, onChange }: DateProps) {
  const shown = day === null && instant !== null ? shownInstant(instant) : undefined;
  if (!canEdit) {
    return <TextField label={label} readOnly value={shown ?? (day === null ? "" : shownDay(day))} />;
  }
  return (
    <TextField
      label={label}
      type="date"
      hint={shown}
      value={day ?? ""}
      onChange={({ target: { value } }) => onChange(value === "" ? null : value)}
    />
  );
}

function EstimateField({
  estimate,
  canEdit,
  onSave,
}: {
  estimate: number | null;
  canEdit: boolean;
  onSave: (points: number | null) => void;
}) {
  const [text, setText] = useState(estimate === null ? "" : String(estimate));
  return (
    <TextField
      label={texts.task.estimate}
      type="number"
      min={0}
      step={0.25}
      readOnly={!canEdit}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => {
        const points = text === "" ? null : Number(text);
        if (points !== estimate && !Number.isNaN(points)) onSave(points);
      }}
    />
  );
}

function NewLabel({ board, change }: { board: LiveBoard; change: Change }) {
  const [name, setName] = useState("");
  const [color, setColor] = useState<Label["color"]>("blue");
  return (
    <div className="flex flex-wrap items-end gap-2 border-t border-line pt-2">
      <TextField
        label={texts.task.newLabel}
        value={name}
        maxLength={100}
        onChange={(event) => setName(event.target.value)}
      />
      <select
        aria-label={texts.task.newLabel}
        value={color}
        onChange={(event) => setColor(LABEL_COLORS.find((one) => one === event.target.value) ?? "blue")}
        className="rounded-md border border-line bg-surface px-2 py-1.5"
      >
        {LABEL_COLORS.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <Button
        onClick={() => {
          change(board.createLabel({ name: name.trim(), color }));
          setName("");
        }}
      >
        {texts.create}
      </Button>
    </div>
  );
}
