import { useState } from "react";
import { type Field, fieldFault, type FieldValue } from "../../../client/index.ts";
import { LABELS } from "../board/colors.ts";
import { shownDay, texts } from "../texts.ts";
import { taskTexts } from "../texts/task.ts";
import { SelectField, TextField } from "../ui/field.tsx";
import { saysOf } from "../ui/form.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { Choice } from "./choice.tsx";
import type { TaskProps } from "./task-props.ts";

interface FieldProps {
  readonly field: Field;
  readonly value: FieldValue | undefined;
  readonly people: ReadonlyMap<string, string>;
  /** Null takes it away. What is refused is said at the field. */
  readonly onSave: (value: FieldValue | null) => void;
  readonly wrong: string | undefined;
}

/** What the project knows of a task besides what all tasks have. Who may not change it reads what there is. */
export function Fields({ state, board, card, people, may }: TaskProps) {
  const [wrong, setWrong] = useState<Readonly<Record<string, string>>>({});
  const canEdit = may("task:update");
  const shown = state.fields.filter(({ id }) => canEdit || card.fields[id] !== undefined);
  if (shown.length === 0) return null;
  const say = (fieldId: string, says: string) => setWrong((others) => ({ ...others, [fieldId]: says }));
  const save = (field: Field, value: FieldValue | null) => {
    const fault = value === null ? undefined : fieldFault(field, card.fields[field.id], value);
    if (fault !== undefined) {
      say(field.id, fault);
      return;
    }
    setWrong(({ [field.id]: _, ...others }) => others);
    const { done } = board.updateTask({ taskId: card.id, fields: { [field.id]: value } });
    done.catch((error: unknown) => say(field.id, saysOf(error)));
  };
  return (
    <Section title={taskTexts.fields}>
      <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2">
        {shown.map((field) => {
          const value = card.fields[field.id];
          if (!canEdit) return <ReadField key={field.id} field={field} value={value} people={people} />;
          const onSave = (next: FieldValue | null) => save(field, next);
          return <EditField key={field.id} {...{ field, value, people, onSave }} wrong={wrong[field.id]} />;
        })}
      </div>
    </Section>
  );
}

function ReadField({ field, value, people }: Pick<FieldProps, "field" | "value" | "people">) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <span className="text-sm font-medium">{field.name}</span>
      <span className="wrap-anywhere">
        {field.kind === "url" ? <Address value={value} /> : shownValue(field, value, people)}
      </span>
    </div>
  );
}

function shownValue({ kind, options }: Field, value: FieldValue | undefined, people: FieldProps["people"]): string {
  const optionName = (id: string) => options.find((option) => option.id === id)?.name ?? "?";
  if (Array.isArray(value)) return value.map(optionName).join(", ");
  if (typeof value === "boolean") return value ? taskTexts.yes : taskTexts.no;
  if (typeof value === "number") return new Intl.NumberFormat().format(value);
  if (value === undefined) return taskTexts.none;
  if (kind === "date") return shownDay(value);
  if (kind === "select") return optionName(value);
  return kind === "person" ? (people.get(value) ?? texts.task.somebody) : value;
}

function EditField(props: FieldProps) {
  switch (props.field.kind) {
    case "text":
    case "number":
    case "date":
    case "url":
      return <LineField {...props} />;
    case "select":
    case "person":
      return <OneOf {...props} />;
    case "multi-select":
      return <SomeOf {...props} />;
    case "checkbox":
      return <CheckField {...props} />;
  }
}

/** A line that is written over: leaving it and Enter save. What is refused stays, with the reason. */
function LineField({ field, value, wrong, onSave }: FieldProps) {
  const kept = value === undefined ? "" : String(value);
  // While nobody writes it is as the others have it.
  const [draft, setDraft] = useState<string>();
  const { kind } = field;
  const meant = (text: string) => (text === "" ? undefined : kind === "number" ? Number(text) : text);
  const save = (text: string) => {
    if (meant(text) === value) setDraft(undefined);
    if (meant(text) !== value || wrong !== undefined) onSave(meant(text) ?? null);
  };
  const [seen, setSeen] = useState(value);
  if (seen !== value) {
    setSeen(value);
    if (draft !== undefined && meant(draft.trim()) === value) setDraft(undefined);
  }
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <TextField
        label={field.name}
        type={kind === "number" || kind === "date" || kind === "url" ? kind : "text"}
        step={kind === "number" ? "any" : undefined}
        wrong={wrong}
        value={draft ?? kept}
        onChange={({ target }) => {
          setDraft(target.value);
          // A day is chosen, not written to its end.
          if (kind === "date" && !target.validity.badInput) save(target.value);
        }}
        onBlur={({ target }) => {
          // What is no number yet is empty to the browser, and means nothing.
          if (draft !== undefined && kind !== "date" && !target.validity.badInput) save(draft.trim());
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.nativeEvent.isComposing) event.currentTarget.blur();
        }}
      />
      {kind === "url" && <Address value={value} says={taskTexts.openAddress} />}
    </div>
  );
}

function OneOf({ field, value, people, wrong, onSave }: FieldProps) {
  const chosen = typeof value === "string" ? value : "";
  const options =
    field.kind === "person"
      ? Array.from(people, ([id, name]) => ({ id, name }))
      : field.options.filter(({ id, isArchived }) => !isArchived || id === chosen);
  const isMissing = chosen !== "" && !options.some(({ id }) => id === chosen);
  return (
    <SelectField
      label={field.name}
      value={chosen}
      wrong={wrong}
      onChange={({ target }) => onSave(target.value === "" ? null : target.value)}
    >
      <option value="">{taskTexts.none}</option>
      {isMissing && <option value={chosen}>{texts.task.somebody}</option>}
      {options.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </SelectField>
  );
}

function SomeOf({ field, value, wrong, onSave }: FieldProps) {
  const chosen = Array.isArray(value) ? value : [];
  return (
    <div>
      <Choice
        label={field.name}
        chosen={chosen}
        options={field.options.filter(({ id, isArchived }) => !isArchived || chosen.includes(id))}
        canEdit
        onChange={(ids) => onSave(ids.length === 0 ? null : ids)}
        show={({ name, color }) => <span className={`rounded px-1.5 ${LABELS[color]}`}>{name}</span>}
      />
      <Trouble says={wrong} />
    </div>
  );
}

function CheckField({ field, value, wrong, onSave }: FieldProps) {
  return (
    <div className="flex flex-col justify-end gap-1 pb-1.5">
      <label className="flex items-center gap-2 text-sm font-medium">
        <input type="checkbox" checked={value === true} onChange={({ target }) => onSave(target.checked)} />
        {field.name}
      </label>
      <Trouble says={wrong} />
    </div>
  );
}

/** A link to the web, and to nowhere else: what an older server kept may be anything. */
function Address({ value, says }: { value: FieldValue | undefined; says?: string }) {
  if (typeof value !== "string") return null;
  if (!/^https?:\/\//iu.test(value)) return <span className="text-sm">{value}</span>;
  return (
    <a
      href={value}
      target="_blank"
      rel="noopener noreferrer nofollow"
      className="self-start text-sm text-accent underline wrap-anywhere"
    >
      {says === undefined ? value : `${says} ${new URL(value).host}`}
    </a>
  );
}
