import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Field, RouterInputs, Snapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { boardSettingsTexts } from "../texts/board-settings.ts";
import { Button } from "../ui/button.tsx";
import { SelectField, TextAreaField, TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { MoveButtons, moved } from "./move-buttons.tsx";
import { NameInput } from "./name-input.tsx";
import { Options } from "./options.tsx";
import { useAct } from "./use-act.ts";
import { useMayInOrg } from "./use-may-in-org.ts";

type Kind = RouterInputs["fields"]["create"]["kind"];
const KINDS: readonly Kind[] = ["text", "number", "date", "select", "multi-select", "person", "checkbox", "url"];

interface Target {
  readonly orgId: string;
  readonly projectId: string;
}

/** The fields of the project that a board is in, live, for who may change the project. */
export function Fields({ state }: { state: Snapshot }) {
  const { fields } = useTrestle();
  const { act, trouble } = useAct();
  const [says, setSays] = useState("");
  const { orgId, projectId } = state.board;
  const target = { orgId, projectId };
  const mayChange = useMayInOrg(orgId)("project:update");
  const archived = useArchived(state, mayChange);
  const move = (field: Field, from: number, to: number) =>
    act(async () => {
      const after = moved(state.fields, from, to)[to - 1]?.id ?? null;
      await fields.move.mutate({ ...target, fieldId: field.id, after });
      setSays(boardSettingsTexts.movedTo(field.name, to + 1, state.fields.length));
    });
  if (!mayChange) return null;
  return (
    <Section level={2} title={boardSettingsTexts.fields}>
      <p className="text-quiet">{boardSettingsTexts.fieldsSays}</p>
      {state.fields.length + archived.length === 0 && <p className="text-quiet">{boardSettingsTexts.noFields}</p>}
      <ul className="flex flex-col gap-2">
        {state.fields.map((field, place) => (
          <li key={field.id} className="flex flex-col gap-2 rounded-md border border-line bg-surface p-3">
            <div className="flex flex-wrap items-center gap-2">
              <NameInput
                label={boardSettingsTexts.fieldNameOf(field.name)}
                name={field.name}
                maxLength={100}
                onSave={(name) => act(() => fields.update.mutate({ ...target, fieldId: field.id, name }))}
              />
              <span className="text-sm text-quiet">{boardSettingsTexts.kinds[field.kind]}</span>
              <span className="ml-auto flex gap-2">
                <MoveButtons
                  name={field.name}
                  place={place}
                  count={state.fields.length}
                  onMove={(to) => move(field, place, to)}
                />
                <Button
                  aria-label={boardSettingsTexts.archiveField(field.name)}
                  onClick={() => act(() => fields.archive.mutate({ ...target, fieldId: field.id }))}
                >
                  {boardSettingsTexts.archiveIt}
                </Button>
              </span>
            </div>
            {hasOptions(field.kind) && <Options field={field} orgId={orgId} />}
          </li>
        ))}
        {archived.map(({ id: fieldId, name, kind }) => (
          <li key={fieldId} className="flex flex-wrap items-center gap-2 rounded-md border border-line p-3">
            <span className="min-w-0 flex-1 text-quiet wrap-anywhere">{name}</span>
            <span className="text-sm text-quiet">{boardSettingsTexts.kinds[kind]}</span>
            <Button
              aria-label={boardSettingsTexts.restoreField(name)}
              onClick={() => act(() => fields.restore.mutate({ ...target, fieldId }))}
            >
              {boardSettingsTexts.restoreIt}
            </Button>
          </li>
        ))}
      </ul>
      <p role="status" className="sr-only">
        {says}
      </p>
      <Trouble says={trouble} />
      <NewField target={target} />
    </Section>
  );
}

/** Those that are archived: a board shows the others alone, and that one came or went. */
function useArchived({ board: { orgId, projectId }, fields: open }: Snapshot, isWanted: boolean): readonly Field[] {
  const { fields } = useTrestle();
  const openIds = open.map(({ id }) => id).toSorted();
  const { data } = useQuery({
    queryKey: ["fields", projectId, ...openIds],
    enabled: isWanted,
    placeholderData: keepPreviousData,
    // What was archived and restored has the same open ones as before.
    gcTime: 0,
    queryFn: () => fields.get.query({ orgId, projectId }),
  });
  return data?.fields.filter(({ id, state }) => state === "archived" && !openIds.includes(id)) ?? [];
}

function NewField({ target }: { target: Target }) {
  const { fields } = useTrestle();
  const [kind, setKind] = useState<Kind>("text");
  const [added, setAdded] = useState(0);
  const add = async (values: FormData) => {
    const options = hasOptions(kind) ? optionsOf(textOf(values, "options")) : [];
    await fields.create.mutate({ ...target, name: textOf(values, "name"), kind, options });
    setAdded(added + 1);
  };
  return (
    <Form key={added} action={boardSettingsTexts.addField} onSend={add}>
      {(wrong) => (
        <>
          <div className="grid gap-3 sm:grid-cols-2">
            <TextField
              label={boardSettingsTexts.fieldName}
              name="name"
              required
              maxLength={100}
              wrong={wrong["name"]}
            />
            <SelectField
              label={boardSettingsTexts.fieldKind}
              value={kind}
              onChange={(event) => setKind(KINDS.find((one) => one === event.target.value) ?? "text")}
            >
              {KINDS.map((one) => (
                <option key={one} value={one}>
                  {boardSettingsTexts.kinds[one]}
                </option>
              ))}
            </SelectField>
          </div>
          {hasOptions(kind) && (
            <TextAreaField label={boardSettingsTexts.options} name="options" rows={4} wrong={wrong["options"]} />
          )}
        </>
      )}
    </Form>
  );
}

function hasOptions(kind: Kind): boolean {
  return kind === "select" || kind === "multi-select";
}

/** Options, a line each. */
function optionsOf(text: string) {
  const names = new Set(text.split("\n").map((line) => line.trim()));
  return Array.from(names, (name) => ({ name })).filter(({ name }) => name !== "");
}
