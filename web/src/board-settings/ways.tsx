import { useState } from "react";
import { BOARD_ROLES, type RouterInputs, type Snapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { boardSettingsTexts } from "../texts/board-settings.ts";
import { Button } from "../ui/button.tsx";
import { CheckGroup } from "../ui/check-group.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { useAct } from "./use-act.ts";

const FIELDS = ["assignees", "description", "due", "estimate", "labels", "priority"] as const;
type Required = NonNullable<RouterInputs["transitions"]["create"]["requiredFields"]>[number];

/** The ways between the columns of a board, and what is demanded on each. */
export function Ways({ state }: { state: Snapshot }) {
  const { transitions } = useTrestle();
  const { act, trouble } = useAct();
  const boardId = state.board.id;
  const names = new Map(state.columns.map(({ id, name }) => [id, name]));
  return (
    <Section level={2} title={boardSettingsTexts.ways}>
      <p className="text-quiet">{boardSettingsTexts.waysSays}</p>
      {state.transitions.length === 0 && <p>{boardSettingsTexts.noWays}</p>}
      <ul className="flex flex-col gap-2">
        {state.transitions.map(({ id: transitionId, name, fromColumnIds, toColumnId, minimumRole }) => {
          const from = fromColumnIds?.map((id) => names.get(id) ?? "?").join(", ") ?? boardSettingsTexts.everywhere;
          return (
            <li key={transitionId} className="flex flex-wrap items-center gap-3">
              <span className="min-w-0 flex-1 wrap-anywhere">
                {name}
                <span className="block text-sm text-quiet">
                  {boardSettingsTexts.wayOf(from, names.get(toColumnId) ?? "?")}
                  {minimumRole !== null && ` · ${boardSettingsTexts.roles[minimumRole]}`}
                </span>
              </span>
              <Button
                look="danger"
                aria-label={boardSettingsTexts.removeOf(name)}
                onClick={() => act(() => transitions.delete.mutate({ boardId, transitionId }))}
              >
                {boardSettingsTexts.remove}
              </Button>
            </li>
          );
        })}
      </ul>
      <Trouble says={trouble} />
      <NewWay state={state} />
    </Section>
  );
}

function NewWay({ state }: { state: Snapshot }) {
  const { transitions } = useTrestle();
  const [from, setFrom] = useState<readonly string[]>([]);
  const [required, setRequired] = useState<readonly Required[]>([]);
  const [added, setAdded] = useState(0);
  const add = async (values: FormData) => {
    const role = textOf(values, "role");
    await transitions.create.mutate({
      boardId: state.board.id,
      name: textOf(values, "name"),
      toColumnId: textOf(values, "into"),
      fromColumnIds: from.length === 0 ? null : [...from],
      minimumRole: BOARD_ROLES.find((one) => one === role) ?? null,
      requiredFields: [...required],
    });
    setFrom([]);
    setRequired([]);
    setAdded(added + 1);
  };
  return (
    <Form key={added} action={boardSettingsTexts.addWay} onSend={add}>
      {(wrong) => (
        <>
          <div className="grid gap-3 sm:grid-cols-2">
            <TextField label={boardSettingsTexts.wayName} name="name" required maxLength={200} wrong={wrong["name"]} />
            <SelectField label={boardSettingsTexts.wayInto} name="into">
              {state.columns.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </SelectField>
            <SelectField label={boardSettingsTexts.wayRole} name="role">
              <option value="">{boardSettingsTexts.anybody}</option>
              {BOARD_ROLES.map((role) => (
                <option key={role} value={role}>
                  {boardSettingsTexts.roles[role]}
                </option>
              ))}
            </SelectField>
          </div>
          <CheckGroup
            label={boardSettingsTexts.wayFrom}
            options={state.columns.map(({ id, name }) => ({ id, name }))}
            chosen={from}
            onChange={setFrom}
          />
          <CheckGroup
            label={boardSettingsTexts.wayFields}
            options={FIELDS.map((id) => ({ id, name: boardSettingsTexts.fieldNames[id] }))}
            chosen={required}
            onChange={setRequired}
          />
        </>
      )}
    </Form>
  );
}
