import { useState } from "react";
import type { Snapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import type { May } from "../board/access.ts";
import { boardSettingsTexts } from "../texts/board-settings.ts";
import { AskedButton } from "../ui/asked-button.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { ColorSelect, colorOf, Colors } from "./color-select.tsx";
import { NameInput } from "./name-input.tsx";
import { useAct } from "./use-act.ts";

/** The labels of a board: renamed where their names stand. */
export function Labels({ state, may }: { state: Snapshot; may: May }) {
  const { labels } = useTrestle();
  const { act, trouble } = useAct();
  const [added, setAdded] = useState(0);
  const boardId = state.board.id;
  const add = async (values: FormData) => {
    await labels.create.mutate({ boardId, name: textOf(values, "name"), color: colorOf(textOf(values, "color")) });
    setAdded(added + 1);
  };
  return (
    <Section level={2} title={boardSettingsTexts.labels}>
      {state.labels.length === 0 && <p className="text-quiet">{boardSettingsTexts.noLabels}</p>}
      <ul className="flex flex-col gap-2">
        {state.labels.map(({ id: labelId, name, color }) => {
          const called = name === "" ? boardSettingsTexts.colors[color] : name;
          return (
            <li key={labelId} className="flex flex-wrap items-center gap-2">
              <NameInput
                label={boardSettingsTexts.labelNameOf(called)}
                name={name}
                maxLength={100}
                readOnly={!may("label:update")}
                mayBeEmpty
                onSave={(said) => act(() => labels.update.mutate({ boardId, labelId, name: said }))}
              />
              <ColorSelect
                label={boardSettingsTexts.labelColorOf(called)}
                color={color}
                disabled={!may("label:update")}
                onChange={(chosen) => act(() => labels.update.mutate({ boardId, labelId, color: chosen }))}
              />
              {may("label:delete") && (
                <span className="ml-auto">
                  <AskedButton
                    label={boardSettingsTexts.removeOf(called)}
                    action={boardSettingsTexts.remove}
                    says={boardSettingsTexts.removeLabelSays}
                    onSure={() => act(() => labels.delete.mutate({ boardId, labelId }))}
                  />
                </span>
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
