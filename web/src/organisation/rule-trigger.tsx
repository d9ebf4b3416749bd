import { WEEKDAYS, weekdayName } from "../task/recurrence-words.ts";
import { rulesTexts } from "../texts/rules.ts";
import { CheckGroup } from "../ui/check-group.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import type { RuleBoard, Trigger } from "./rule-shapes.ts";

interface Props {
  readonly trigger: Trigger;
  readonly board: RuleBoard | undefined;
  readonly onChange: (trigger: Trigger) => void;
}

const BEGINNINGS: readonly Trigger[] = [
  { on: "task-created" },
  { on: "task-moved" },
  { on: "task-updated" },
  { on: "task-archived" },
  { on: "task-restored" },
  { on: "comment-created" },
  { on: "date-passed", date: "due" },
  { on: "schedule", weekdays: [1, 2, 3, 4, 5], time: "09:00" },
];
const PARTS = [
  "title",
  "description",
  "priority",
  "start",
  "due",
  "estimate",
  "cover",
  "assignees",
  "labels",
  "parent",
  "fields",
] as const;
/** When a rule runs. */
export function RuleTrigger({ trigger, board, onChange }: Props) {
  return (
    <>
      <SelectField
        label={rulesTexts.when}
        value={trigger.on}
        onChange={(event) => onChange(BEGINNINGS.find(({ on }) => on === event.target.value) ?? trigger)}
      >
        {BEGINNINGS.map(({ on }) => (
          <option key={on} value={on}>
            {rulesTexts.triggers[on]}
          </option>
        ))}
      </SelectField>
      <Details {...{ trigger, board, onChange }} />
    </>
  );
}

function Details({ trigger, board, onChange }: Props) {
  switch (trigger.on) {
    case "task-moved":
      return (
        board && (
          <CheckGroup
            label={rulesTexts.toColumns}
            options={board.columns.map(({ id, name }) => ({ id, name }))}
            chosen={trigger.toColumnIds ?? []}
            onChange={(toColumnIds) => onChange({ ...trigger, toColumnIds })}
          />
        )
      );
    case "task-updated":
      return (
        <CheckGroup
          label={rulesTexts.parts}
          options={PARTS.map((id) => ({ id, name: rulesTexts.partNames[id] }))}
          chosen={trigger.parts ?? []}
          onChange={(chosen) => onChange({ ...trigger, parts: PARTS.filter((part) => chosen.includes(part)) })}
        />
      );
    case "date-passed":
      return (
        <div className="grid gap-3 sm:grid-cols-2">
          <SelectField
            label={rulesTexts.date}
            value={trigger.date}
            onChange={(event) => onChange({ ...trigger, date: event.target.value === "start" ? "start" : "due" })}
          >
            <option value="due">{rulesTexts.dates.due}</option>
            <option value="start">{rulesTexts.dates.start}</option>
          </SelectField>
          <TextField
            label={rulesTexts.offset}
            type="number"
            value={trigger.offsetMinutes ?? 0}
            min={-43_200}
            max={43_200}
            onChange={(event) => onChange({ ...trigger, offsetMinutes: Math.trunc(Number(event.target.value)) })}
          />
        </div>
      );
    case "schedule":
      return (
        <>
          <CheckGroup
            label={rulesTexts.weekdays}
            options={WEEKDAYS.map((day, index) => ({ id: String(index + 1), name: weekdayName(day) }))}
            chosen={trigger.weekdays.map(String)}
            onChange={(chosen) => onChange({ ...trigger, weekdays: chosen.map(Number) })}
          />
          <TextField
            label={rulesTexts.time}
            type="time"
            required
            value={trigger.time}
            onChange={(event) => onChange({ ...trigger, time: event.target.value })}
          />
        </>
      );
    case "task-created":
    case "task-archived":
    case "task-restored":
    case "comment-created":
      return null;
  }
}
