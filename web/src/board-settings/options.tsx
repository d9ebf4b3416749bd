import { useState } from "react";
import type { Field, RouterInputs } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { boardSettingsTexts } from "../texts/board-settings.ts";
import { Button } from "../ui/button.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { ColorSelect, colorOf, Colors } from "./color-select.tsx";
import { MoveButtons, moved } from "./move-buttons.tsx";
import { NameInput } from "./name-input.tsx";
import { useAct } from "./use-act.ts";

type Given = Pick<NonNullable<RouterInputs["fields"]["update"]["options"]>[number], "id" | "name" | "color">;
type Known = Pick<Field["options"][number], "id" | "name" | "color">;

/**
 * What a field of the kinds with options may be set to. Each keeps its id under another name, colour and place, and so
 * what tasks have; one that is taken out is offered no more, and may be offered again.
 */
export function Options({ field, orgId }: { field: Field; orgId: string }) {
  const { fields } = useTrestle();
  const { act, trouble } = useAct();
  const [says, setSays] = useState("");
  const open = givenOf(field, false);
  const out = givenOf(field, true);
  const save = (options: readonly Given[]) =>
    fields.update.mutate({ orgId, projectId: field.projectId, fieldId: field.id, options: [...options] });
  const change = (place: number, changes: Partial<Known>) =>
    act(() => save(open.map((option, index) => (index === place ? { ...option, ...changes } : option))));
  const move = (name: string, from: number, to: number) =>
    act(async () => {
      await save(moved(open, from, to));
      setSays(boardSettingsTexts.movedTo(name, to + 1, open.length));
    });
  return (
    <details className="rounded-md border border-line">
      <summary className="px-3 py-1 text-sm text-quiet">
        {boardSettingsTexts.optionsOf(field.name, open.length)}
      </summary>
      <div className="flex flex-col gap-3 border-t border-line p-3">
        <ul className="flex flex-col gap-2">
          {open.map(({ id, name, color }, place) => (
            <li key={id} className="flex flex-wrap items-center gap-2">
              <NameInput
                label={boardSettingsTexts.optionNameOf(name)}
                name={name}
                maxLength={100}
                onSave={(said) => change(place, { name: said })}
              />
              <ColorSelect
                label={boardSettingsTexts.optionColorOf(name)}
                color={color}
                onChange={(chosen) => change(place, { color: chosen })}
              />
              <MoveButtons name={name} place={place} count={open.length} onMove={(to) => move(name, place, to)} />
              <Button
                aria-label={boardSettingsTexts.removeOption(name)}
                onClick={() => act(() => save(open.toSpliced(place, 1)))}
              >
                {boardSettingsTexts.removeOptionIt}
              </Button>
            </li>
          ))}
        </ul>
        {out.length > 0 && (
          <>
            <p className="text-sm text-quiet">{boardSettingsTexts.optionsOut}</p>
            <ul className="flex flex-col gap-2">
              {out.map((option) => (
                <li key={option.id} className="flex flex-wrap items-center gap-2">
                  <span className="min-w-0 flex-1 text-quiet wrap-anywhere">{option.name}</span>
                  <Button
                    aria-label={boardSettingsTexts.restoreOption(option.name)}
                    onClick={() => act(() => save([...open, option]))}
                  >
                    {boardSettingsTexts.restoreOptionIt}
                  </Button>
                </li>
              ))}
            </ul>
          </>
        )}
        <p role="status" className="sr-only">
          {says}
        </p>
        <Trouble says={trouble} />
        <NewOption field={field} onAdd={(option) => save([...open, option])} />
      </div>
    </details>
  );
}

function NewOption({ field, onAdd }: { field: Field; onAdd: (option: Given) => Promise<unknown> }) {
  const [added, setAdded] = useState(0);
  const add = async (values: FormData) => {
    await onAdd({ name: textOf(values, "name"), color: colorOf(textOf(values, "color")) });
    setAdded(added + 1);
  };
  return (
    <Form key={added} action={boardSettingsTexts.addOption(field.name)} onSend={add}>
      {(wrong) => (
        <div className="grid gap-3 sm:grid-cols-2">
          <TextField
            label={boardSettingsTexts.optionName}
            name="name"
            required
            maxLength={100}
            wrong={Object.values(wrong)[0]}
          />
          <SelectField label={boardSettingsTexts.labelColor} name="color">
            <Colors />
          </SelectField>
        </div>
      )}
    </Form>
  );
}

function givenOf({ options }: Field, isOut: boolean): Known[] {
  return options.filter(({ isArchived }) => isArchived === isOut).map(({ id, name, color }) => ({ id, name, color }));
}
