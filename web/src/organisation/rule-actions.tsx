import { type OrgSnapshot, PRIORITIES } from "../../../client/index.ts";
import { texts } from "../texts.ts";
import { rulesTexts } from "../texts/rules.ts";
import { Button } from "../ui/button.tsx";
import { CheckGroup } from "../ui/check-group.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import type { Action, RuleBoard } from "./rule-shapes.ts";

interface Props {
  readonly actions: readonly Action[];
  readonly board: RuleBoard | undefined;
  readonly members: OrgSnapshot["members"];
  readonly onChange: (actions: readonly Action[]) => void;
}

const MOST = 10;
const NAMES = ["move", "update", "archive", "comment", "notify", "create"] as const;

/** What a rule does, in its order. */
export function RuleActions({ actions, board, members, onChange }: Props) {
  const set = (index: number, action: Action) => onChange(actions.map((one, at) => (at === index ? action : one)));
  const add = (name: string) => {
    const action = beginning(
      NAMES.find((one) => one === name),
      board,
    );
    if (action) onChange([...actions, action]);
  };
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="text-sm font-medium">{rulesTexts.what}</legend>
      {actions.map((action, index) => {
        const name = rulesTexts.actions[action.do];
        return (
          // Their order is their name.
          <div key={index} className="flex flex-col gap-2 rounded-md border border-line p-3">
            <div className="flex items-center gap-2">
              <span className="flex-1 font-medium">{name}</span>
              <Button
                look="quiet"
                aria-label={rulesTexts.removeAction(name)}
                onClick={() => onChange(actions.filter((_, at) => at !== index))}
              >
                ×
              </Button>
            </div>
            <OneAction {...{ action, board, members }} onChange={(changed) => set(index, changed)} />
          </div>
        );
      })}
      {actions.length < MOST && (
        <SelectField
          label={rulesTexts.addAction}
          hint={board ? undefined : rulesTexts.needsBoard}
          value=""
          onChange={(event) => add(event.target.value)}
        >
          <option value="">{rulesTexts.choose}</option>
          {NAMES.map((name) => (
            <option key={name} value={name} disabled={!board && (name === "move" || name === "create")}>
              {rulesTexts.actions[name]}
            </option>
          ))}
        </SelectField>
      )}
    </fieldset>
  );
}

/** An action before anything of it is chosen. */
function beginning(name: (typeof NAMES)[number] | undefined, board: RuleBoard | undefined): Action | undefined {
  const columnId = board?.columns[0]?.id;
  switch (name) {
    case "move":
      return columnId === undefined ? undefined : { do: "move", columnId };
    case "create":
      return columnId === undefined ? undefined : { do: "create", columnId, title: "" };
    case "comment":
      return { do: "comment", text: "" };
    case "notify":
      return { do: "notify", assignees: true };
    case "update":
    case "archive":
      return { do: name };
    case undefined:
      return undefined;
  }
}

interface OneProps extends Pick<Props, "board" | "members"> {
  readonly action: Action;
  readonly onChange: (action: Action) => void;
}

function OneAction({ action, board, members, onChange }: OneProps) {
  const people = members.map(({ userId, name }) => ({ id: userId, name }));
  switch (action.do) {
    case "move":
      return (
        <div className="grid gap-3 sm:grid-cols-2">
          <ColumnField
            board={board}
            columnId={action.columnId}
            onChange={(columnId) => onChange({ ...action, columnId })}
          />
          <SelectField
            label={rulesTexts.place}
            value={action.place ?? "last"}
            onChange={(event) => onChange({ ...action, place: event.target.value === "first" ? "first" : "last" })}
          >
            <option value="last">{rulesTexts.places.last}</option>
            <option value="first">{rulesTexts.places.first}</option>
          </SelectField>
        </div>
      );
    case "update":
      return <Update {...{ action, board, people, onChange }} />;
    case "comment":
      return (
        <TextField
          label={rulesTexts.text}
          required
          maxLength={10_000}
          value={action.text}
          onChange={(event) => onChange({ ...action, text: event.target.value })}
        />
      );
    case "notify":
      return (
        <>
          <label className="flex items-center gap-1.5">
            <input
              type="checkbox"
              checked={action.assignees ?? false}
              onChange={(event) => onChange({ ...action, assignees: event.target.checked })}
              className="accent-accent"
            />
            {rulesTexts.assignees}
          </label>
          <CheckGroup
            label={rulesTexts.people}
            options={people}
            chosen={action.userIds ?? []}
            onChange={(userIds) => onChange({ ...action, userIds })}
          />
        </>
      );
    case "create":
      return (
        <div className="grid gap-3 sm:grid-cols-2">
          <ColumnField
            board={board}
            columnId={action.columnId}
            onChange={(columnId) => onChange({ ...action, columnId })}
          />
          <TextField
            label={rulesTexts.taskTitle}
            required
            maxLength={500}
            value={action.title}
            onChange={(event) => onChange({ ...action, title: event.target.value })}
          />
        </div>
      );
    case "archive":
      return null;
  }
}

interface UpdateProps extends Pick<Props, "board"> {
  readonly action: Extract<Action, { do: "update" }>;
  readonly people: readonly { readonly id: string; readonly name: string }[];
  readonly onChange: (action: Action) => void;
}

/** What of a task becomes another one; what is not chosen stays. */
function Update({ action, board, people, onChange }: UpdateProps) {
  const labels = board?.labels.map(({ id, name, color }) => ({ id, name: name === "" ? color : name })) ?? [];
  return (
    <>
      <div className="grid gap-3 sm:grid-cols-2">
        <SelectField
          label={rulesTexts.priority}
          value={action.priority ?? ""}
          onChange={(event) => onChange({ ...action, priority: PRIORITIES.find((one) => one === event.target.value) })}
        >
          <option value="">{rulesTexts.stays}</option>
          {PRIORITIES.map((priority) => (
            <option key={priority} value={priority}>
              {texts.board.priority[priority]}
            </option>
          ))}
        </SelectField>
        <TextField
          label={rulesTexts.dueIn}
          type="number"
          min={0}
          max={3_650}
          value={action.dueInDays ?? ""}
          onChange={(event) => {
            const days = event.target.value === "" ? undefined : Math.trunc(Number(event.target.value));
            onChange({ ...action, dueInDays: days });
          }}
        />
      </div>
      {labels.length > 0 && (
        <CheckGroup
          label={rulesTexts.addLabels}
          options={labels}
          chosen={action.addLabelIds ?? []}
          onChange={(addLabelIds) => onChange({ ...action, addLabelIds })}
        />
      )}
      <CheckGroup
        label={rulesTexts.addPeople}
        options={people}
        chosen={action.addAssigneeIds ?? []}
        onChange={(addAssigneeIds) => onChange({ ...action, addAssigneeIds })}
      />
    </>
  );
}

interface ColumnProps extends Pick<Props, "board"> {
  readonly columnId: string;
  readonly onChange: (columnId: string) => void;
}

function ColumnField({ board, columnId, onChange }: ColumnProps) {
  return (
    <SelectField label={rulesTexts.column} value={columnId} onChange={(event) => onChange(event.target.value)}>
      {board?.columns.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </SelectField>
  );
}
