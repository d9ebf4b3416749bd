import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useInbox, useTrestle } from "../../../client/react/index.ts";
import { shownInstant } from "../texts.ts";
import { accountTexts } from "../texts/account.ts";
import { Button } from "../ui/button.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import type { Action } from "../ui/actions.ts";
import { CheckGroup } from "../ui/check-group.tsx";
import { PRESETS } from "./key-actions.ts";
import { Secret } from "./secret.tsx";
import { useProof } from "./use-proof.tsx";
import { PAGES } from "../ui/pages.ts";

/** The keys by which programs do what their owner allows, in one organisation. */
export function ApiKeys() {
  const home = useInbox();
  const orgs = (home?.orgs ?? []).filter(({ role }) => role !== "guest");
  const [chosen, setChosen] = useState<string>();
  const orgId = chosen ?? orgs[0]?.id;
  if (orgId === undefined) return null;
  return (
    <Section level={2} title={accountTexts.keys}>
      <p className="text-quiet">{accountTexts.keysSays}</p>
      {orgs.length > 1 && (
        <SelectField label={accountTexts.org} value={orgId} onChange={(event) => setChosen(event.target.value)}>
          {orgs.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
      )}
      <KeysOf key={orgId} orgId={orgId} />
    </Section>
  );
}

function KeysOf({ orgId }: { orgId: string }) {
  const { keys } = useTrestle();
  const { act, trouble, dialog } = useProof();
  const [token, setToken] = useState<string>();
  const { data, hasNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey: ["keys", orgId],
    ...PAGES,
    queryFn: ({ pageParam }) => keys.list.query({ orgId, cursor: pageParam }),
  });
  const create = (key: NewKey) =>
    act(async () => {
      const made = await keys.create.mutate({ orgId, ...key });
      setToken(made.token);
      await refetch();
    });
  const revoke = (keyId: string) =>
    act(async () => {
      await keys.revoke.mutate({ orgId, keyId });
      await refetch();
    });
  const all = data?.pages.flatMap(({ items }) => items);
  return (
    <>
      {token !== undefined && <Secret label={accountTexts.token} value={token} />}
      {all?.length === 0 && <p className="text-quiet">{accountTexts.noKeys}</p>}
      <ul className="flex flex-col gap-2">
        {all?.map(({ id, name, owner, lastUsedAt, expiresAt }) => (
          <li key={id} className="flex flex-wrap items-center gap-3 rounded-md border border-line p-3">
            <span className="min-w-0 flex-1 wrap-anywhere">
              {name}
              <span className="block text-sm text-quiet">
                {owner.name} ·{" "}
                {lastUsedAt === null ? accountTexts.neverUsed : accountTexts.lastUsed(shownInstant(lastUsedAt))}
                {expiresAt !== null && ` · ${accountTexts.keyUntil(shownInstant(expiresAt))}`}
              </span>
            </span>
            <Button look="danger" aria-label={accountTexts.revokeKey(name)} onClick={() => revoke(id)}>
              {accountTexts.endKey}
            </Button>
          </li>
        ))}
      </ul>
      <MoreButton {...{ hasNextPage, fetchNextPage }} />
      <NewKeyForm onCreate={create} />
      <Trouble says={trouble} />
      {dialog}
    </>
  );
}

interface NewKey {
  readonly name: string;
  readonly actions: Action[];
  readonly expiresAt: string | null;
}

const DAY_MS = 86_400_000;
const LIVES = [30, 90, 365, 0] as const;
const NAMES = ["read", "work", "all"] as const;

function NewKeyForm({ onCreate }: { onCreate: (key: NewKey) => void }) {
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
            <CheckGroup
              label={accountTexts.keyMay}
              options={PRESETS.all.map((action) => ({ id: action, name: action }))}
              chosen={actions}
              onChange={setActions}
            />
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
