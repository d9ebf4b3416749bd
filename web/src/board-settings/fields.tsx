import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { RouterInputs, RouterOutputs, Snapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { boardSettingsTexts } from "../texts/board-settings.ts";
import { Button } from "../ui/button.tsx";
import { SelectField, TextAreaField, TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { useAct } from "./use-act.ts";
import { useMayInOrg } from "./use-may-in-org.ts";

type Kind = RouterInputs["fields"]["create"]["kind"];
type Field = RouterOutputs["fields"]["get"]["fields"][number];
const KINDS: readonly Kind[] = ["text", "number", "date", "select", "multi-select", "person", "checkbox", "url"];

/** The fields of the project that a board is in, for who may change the project. */
export function Fields({ state }: { state: Snapshot }) {
  const { fields } = useTrestle();
  const { act, trouble } = useAct();
  const [kind, setKind] = useState<Kind>("text");
  const [added, setAdded] = useState(0);
  const { orgId, projectId } = state.board;
  const target = { orgId, projectId };
  const mayChange = useMayInOrg(orgId)("project:update");
  const { data, refetch } = useQuery({
    queryKey: ["fields", projectId],
    enabled: mayChange,
    queryFn: () => fields.get.query(target),
  });
  const change = (call: () => Promise<unknown>) =>
    act(async () => {
      await call();
      await refetch();
    });
  const add = async (values: FormData) => {
    const options = hasOptions(kind) ? optionsOf(textOf(values, "options"), []) : [];
    await fields.create.mutate({ ...target, name: textOf(values, "name"), kind, options });
    setAdded(added + 1);
    await refetch();
  };
  if (!mayChange) return null;
  return (
    <Section level={2} title={boardSettingsTexts.fields}>
      <p className="text-quiet">{boardSettingsTexts.fieldsSays}</p>
      {data?.fields.length === 0 && <p className="text-quiet">{boardSettingsTexts.noFields}</p>}
      <ul className="flex flex-col gap-2">
        {data?.fields.map((field) => (
          <OneField key={field.id} field={field} target={target} onChange={change} />
        ))}
      </ul>
      <Trouble says={trouble} />
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
            {hasOptions(kind) && <TextAreaField label={boardSettingsTexts.options} name="options" rows={4} />}
          </>
        )}
      </Form>
    </Section>
  );
}

interface OneProps {
  readonly field: Field;
  readonly target: { readonly orgId: string; readonly projectId: string };
  readonly onChange: (call: () => Promise<unknown>) => void;
}

function OneField({ field, target, onChange }: OneProps) {
  const { fields } = useTrestle();
  const { id: fieldId, name, kind, options, state } = field;
  const open = options.filter(({ isArchived }) => !isArchived);
  const said = open.map((option) => option.name).join("\n");
  const isOpen = state === "open";
  return (
    <li className="flex flex-col gap-2 rounded-md border border-line bg-surface p-3">
      <div className="flex flex-wrap items-center gap-2">
        <input
          key={name}
          aria-label={boardSettingsTexts.fieldNameOf(name)}
          defaultValue={name}
          maxLength={100}
          onBlur={(event) => {
            const now = event.target.value.trim();
            if (now !== "" && now !== name) onChange(() => fields.update.mutate({ ...target, fieldId, name: now }));
          }}
          className="min-h-8 min-w-0 flex-1 rounded-md border border-line bg-surface px-2 py-1"
        />
        <span className="text-sm text-quiet">{boardSettingsTexts.kinds[kind]}</span>
        <Button
          aria-label={isOpen ? boardSettingsTexts.archiveField(name) : boardSettingsTexts.restoreField(name)}
          onClick={() => onChange(() => (isOpen ? fields.archive : fields.restore).mutate({ ...target, fieldId }))}
        >
          {isOpen ? boardSettingsTexts.archiveIt : boardSettingsTexts.restoreIt}
        </Button>
      </div>
      {hasOptions(kind) && (
        <textarea
          key={said}
          aria-label={boardSettingsTexts.optionsOf(name)}
          defaultValue={said}
          rows={Math.min(8, open.length + 1)}
          onBlur={(event) => {
            const now = event.target.value;
            if (now.trim() !== said) {
              onChange(() => fields.update.mutate({ ...target, fieldId, options: optionsOf(now, options) }));
            }
          }}
          className="rounded-md border border-line bg-surface px-2 py-1"
        />
      )}
    </li>
  );
}

function hasOptions(kind: Kind): boolean {
  return kind === "select" || kind === "multi-select";
}

/**
 * Options, a line each: those of the same name are the ones that there were, archived ones too; where there are as many as
 * before, one of another name is the one of its place, renamed.
 */
function optionsOf(text: string, before: Field["options"]) {
  const names = [...new Set(text.split("\n").map((line) => line.trim()))].filter((name) => name !== "");
  const open = before.filter(({ isArchived }) => !isArchived);
  return names.map((name, index) => {
    const inPlace = names.length === open.length ? open[index] : undefined;
    const renamed = inPlace && !names.includes(inPlace.name) ? inPlace : undefined;
    const kept = before.find((option) => option.name === name) ?? renamed;
    return kept ? { id: kept.id, name, color: kept.color } : { name };
  });
}
