import { useState } from "react";
import { accountTexts } from "../texts/account.ts";
import { ActionChoice } from "../ui/action-choice.tsx";
import type { Action } from "../ui/actions.ts";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { PRESETS } from "./key-actions.ts";

export interface NewKey {
  readonly name: string;
  readonly actions: Action[];
  readonly expiresAt: string | null;
}

const DAY_MS = 86_400_000;
const LIVES = [30, 90, 365, 0] as const;
const NAMES = ["read", "work", "all"] as const;

/** What a key is called, what it may, and how long. */
export function NewKeyForm({ onCreate }: { onCreate: (key: NewKey) => void }) {
  const [preset, setPreset] = useState<(typeof NAMES)[number]>("read");
  const [actions, setActions] = useState<readonly Action[]>(PRESETS.read);
  const choose = (name: string) => {
    const known = NAMES.find((one) => one === name) ?? "read";
    setPreset(known);
    setActions(PRESETS[known]);
  };
  const send = (values: FormData) => {
    const days = Number(textOf(values, "days"));
    const expiresAt = days === 0 ? null : new Date(Date.now() + days * DAY_MS).toISOString();
    onCreate({ name: textOf(values, "name"), actions: [...actions], expiresAt });
    return Promise.resolve();
  };
  return (
    <Form action={accountTexts.createKey} onSend={send}>
      {() => (
        <>
          <TextField label={accountTexts.keyName} name="name" required maxLength={100} />
          <SelectField label={accountTexts.keyMay} value={preset} onChange={(event) => choose(event.target.value)}>
            {NAMES.map((name) => (
              <option key={name} value={name}>
                {accountTexts.presets[name]}
              </option>
            ))}
          </SelectField>
          <details>
            <summary className="text-quiet">{accountTexts.exactly}</summary>
            <ActionChoice label={accountTexts.keyMay} actions={PRESETS.all} chosen={actions} onChange={setActions} />
          </details>
          <SelectField label={accountTexts.keyEnds} name="days" defaultValue={90}>
            {LIVES.map((days) => (
              <option key={days} value={days}>
                {accountTexts.ends[days]}
              </option>
            ))}
          </SelectField>
        </>
      )}
    </Form>
  );
}
