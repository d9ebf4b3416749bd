import { type ReactNode, useState } from "react";
import { type Card, type Label, LABEL_COLORS, type LiveBoard, PRIORITIES } from "../../../client/index.ts";
import { LABELS } from "../board/colors.ts";
import { shownDay, shownInstant, texts } from "../texts.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
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
      <DueField card={card} canEdit={canEdit} onChange={update} />
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

/** A due date is a whole day here; one with a time, which other clients set, is shown with it. */
function DueField({
  card,
  canEdit,
  onChange,
}: {
  card: Card;
  canEdit: boolean;
  onChange: (dates: { dueOn: string | null; timeZone?: string; dueAt?: null }) => void;
}) {
  const { dueAt, dueOn } = card;
  const shown = dueOn === null && dueAt !== null ? shownInstant(dueAt) : undefined;
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  if (!canEdit) {
    return <TextField label={texts.task.due} readOnly value={shown ?? (dueOn === null ? "" : shownDay(dueOn))} />;
  }
  return (
    <TextField
      label={texts.task.due}
      type="date"
      hint={shown}
      value={dueOn ?? ""}
      onChange={({ target: { value } }) =>
        onChange(value === "" ? { dueOn: null, dueAt: null } : { dueOn: value, timeZone })
      }
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

interface ChoiceProps<Option extends { readonly id: string }> {
  readonly label: string;
  readonly chosen: readonly string[];
  readonly options: readonly Option[];
  readonly canEdit: boolean;
  readonly onChange: (chosen: string[]) => void;
  readonly show: (option: Option) => ReactNode;
  readonly children?: ReactNode;
}

/** Some of several: those that are chosen, and behind a press the rest. */
function Choice<Option extends { readonly id: string }>({
  label,
  chosen,
  options,
  canEdit,
  onChange,
  show,
  children,
}: ChoiceProps<Option>) {
  const among = new Set(chosen);
  const shown = options.filter(({ id }) => among.has(id));
  return (
    <div className="flex flex-col gap-1">
      <span className="text-sm font-medium">{label}</span>
      <ul className="flex flex-wrap gap-1.5">
        {shown.map((option) => (
          <li key={option.id}>{show(option)}</li>
        ))}
      </ul>
      {canEdit && (
        <details className="rounded-md border border-line">
          <summary className="px-2 py-1 text-sm text-quiet">{`${texts.task.edit} ${label}`}</summary>
          <fieldset className="flex max-h-56 flex-col gap-1 overflow-y-auto border-t border-line p-2">
            <legend className="sr-only">{label}</legend>
            {options.map((option) => (
              <label key={option.id} className="flex items-center gap-2">
                <input
                  type="checkbox"
                  checked={among.has(option.id)}
                  onChange={({ target: { checked } }) =>
                    onChange(checked ? [...chosen, option.id] : chosen.filter((id) => id !== option.id))
                  }
                />
                {show(option)}
              </label>
            ))}
            {children}
          </fieldset>
        </details>
      )}
    </div>
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
