import { useState } from "react";
import { LABEL_COLORS, type Snapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import type { May } from "../board/access.ts";
import { boardSettingsTexts } from "../texts/board-settings.ts";
import { Button } from "../ui/button.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { useAct } from "./use-act.ts";

const INPUT = "min-h-8 min-w-0 flex-1 rounded-md border border-line bg-surface px-2 py-1";

/** The labels of a board: renamed where their names stand. */
export function Labels({ state, may }: { state: Snapshot; may: May }) {
  const { labels } = useTrestle();
  const { act, trouble } = useAct();
  const [added, setAdded] = useState(0);
  const boardId = state.board.id;
  const colorOf = (value: string) => LABEL_COLORS.find((color) => color === value) ?? "gray";
  const add = async (values: FormData) => {
    await labels.create.mutate({ boardId, name: textOf(values, "name"), color: colorOf(textOf(values, "color")) });
    setAdded(added + 1);
  };
  return (
    <Section level={2} title={boardSettingsTexts.labels}>
      {state.labels.length === 0 && <p className="text-quiet">{boardSettingsTexts.noLabels}</p>}
      <ul className="flex flex-col gap-2">
        {state.labels.map(({ id: labelId, name, color }) => {
          const called = name === "" ? color : name;
          return (
            <li key={labelId} className="flex items-center gap-2">
              <input
                key={name}
                aria-label={boardSettingsTexts.labelNameOf(called)}
                defaultValue={name}
                maxLength={100}
                readOnly={!may("label:update")}
                onBlur={(event) => {
                  const said = event.target.value.trim();
                  if (said !== name) act(() => labels.update.mutate({ boardId, labelId, name: said }));
                }}
                className={INPUT}
              />
              <select
                aria-label={boardSettingsTexts.labelColorOf(called)}
                value={color}
                disabled={!may("label:update")}
                onChange={(event) => {
                  const chosen = colorOf(event.target.value);
                  act(() => labels.update.mutate({ boardId, labelId, color: chosen }));
                }}
                className="min-h-8 rounded-md border border-line bg-surface px-2 py-1"
              >
                <Colors />
              </select>
              {may("label:delete") && (
                <Button
                  look="danger"
                  aria-label={boardSettingsTexts.removeOf(called)}
                  onClick={() => act(() => labels.delete.mutate({ boardId, labelId }))}
                >
                  {boardSettingsTexts.remove}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      <Trouble says={trouble} />
      <Form key={added} action={boardSettingsTexts.addLabel} onSend={add}>
        {(wrong) => (
          <div className="grid gap-3 sm:grid-cols-2">
            <TextField label={boardSettingsTexts.labelName} name="name" maxLength={100} wrong={wrong["name"]} />
            <SelectField label={boardSettingsTexts.labelColor} name="color">
              <Colors />
            </SelectField>
          </div>
        )}
      </Form>
    </Section>
  );
}

function Colors() {
  return LABEL_COLORS.map((color) => (
    <option key={color} value={color}>
      {color}
    </option>
  ));
}
