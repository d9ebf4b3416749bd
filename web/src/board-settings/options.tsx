import { useRef, useState } from "react";
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
  const { act, trouble } = useAct();
  const change = useChange(field, orgId);
  const [says, setSays] = useState("");
  const open = givenOf(field, false);
  const update = (changed: Known) =>
    act(() => change((options) => options.map((option) => (option.id === changed.id ? changed : option))));
  const takeOut = ({ id }: Known) => act(() => change((options) => options.filter((option) => option.id !== id)));
  const move = ({ id, name }: Known, to: number) =>
    act(async () => {
      await change((options) => {
        const from = options.findIndex((option) => option.id === id);
        return moved(options, from, to);
      });
      setSays(boardSettingsTexts.movedTo(name, to + 1, open.length));
    });
  const out = givenOf(field, true);
  return (
    <details className="rounded-md border border-line">
      <summary className="px-3 py-1 text-sm text-quiet">
        {boardSettingsTexts.optionsOf(field.name, open.length)}
      </summary>
      <div className="flex flex-col gap-3 border-t border-line p-3">
        <ul className="flex flex-col gap-2">
          {open.map((option, place) => (
            <li key={option.id} className="flex flex-wrap items-center gap-2">
              <NameInput
                label={boardSettingsTexts.optionNameOf(option.name)}
                name={option.name}
                maxLength={100}
                onSave={(name) => update({ ...option, name })}
              />
              <ColorSelect
                label={boardSettingsTexts.optionColorOf(option.name)}
                color={option.color}
                onChange={(color) => update({ ...option, color })}
              />
              <span className="ml-auto flex gap-2">
                <MoveButtons name={option.name} place={place} count={open.length} onMove={(to) => move(option, to)} />
                <Button aria-label={boardSettingsTexts.removeOption(option.name)} onClick={() => takeOut(option)}>
                  {boardSettingsTexts.removeOptionIt}
                </Button>
              </span>
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
                    aria-label={boardSettingsTexts.restoreOf(option.name)}
                    onClick={() => act(() => change((options) => [...options, option]))}
                  >
                    {boardSettingsTexts.restoreIt}
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
        <NewOption field={field} onAdd={(option) => change((options) => [...options, option])} />
      </div>
    </details>
  );
}

/**
 * Changes the options of a field as the server has them by then: they are said as a whole, and what is shown may not have
 * the change before yet. One change follows the other.
 */
function useChange({ id: fieldId, projectId }: Field, orgId: string) {
  const { fields } = useTrestle();
  const last = useRef<Promise<unknown>>(Promise.resolve());
  return (make: (options: Known[]) => Given[]): Promise<unknown> => {
    const done = last.current.then(async () => {
      const now = await fields.get.query({ orgId, projectId });
      const options = now.fields.filter(({ id }) => id === fieldId).flatMap((field) => givenOf(field, false));
      await fields.update.mutate({ orgId, projectId, fieldId, options: make(options) });
    });
    last.current = done.catch(() => undefined);
    return done;
  };
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
