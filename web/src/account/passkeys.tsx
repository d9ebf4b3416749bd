import { useState } from "react";
import type { RouterOutputs } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { shownInstant, texts } from "../texts.ts";
import { accountTexts } from "../texts/account.ts";
import { AskedButton } from "../ui/asked-button.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";

type Passkey = RouterOutputs["factors"]["get"]["passkeys"][number];

interface Props {
  readonly passkeys: readonly Passkey[];
  readonly onRenamed: () => Promise<unknown>;
  readonly onRemove: (passkeyId: string) => void;
}

/** One's passkeys, by the names that one gave them. */
export function Passkeys({ passkeys, onRenamed, onRemove }: Props) {
  const [renamed, setRenamed] = useState<Passkey>();
  if (passkeys.length === 0) return <p className="text-quiet">{accountTexts.noPasskey}</p>;
  return (
    <>
      <ul className="flex flex-col gap-2">
        {passkeys.map((passkey) => (
          <li key={passkey.id} className="flex flex-wrap items-center gap-3">
            <span className="min-w-36 flex-1 wrap-anywhere">
              {passkey.name}{" "}
              <span className="text-sm text-quiet">
                {passkey.lastUsedAt === null
                  ? accountTexts.neverUsed
                  : accountTexts.lastUsed(shownInstant(passkey.lastUsedAt))}
              </span>
            </span>
            <Button aria-label={accountTexts.renamePasskey(passkey.name)} onClick={() => setRenamed(passkey)}>
              {accountTexts.rename}
            </Button>
            <AskedButton
              label={accountTexts.removePasskey(passkey.name)}
              action={accountTexts.remove}
              says={accountTexts.removePasskeySays}
              onSure={() => onRemove(passkey.id)}
            />
          </li>
        ))}
      </ul>
      {renamed && <RenameDialog passkey={renamed} onRenamed={onRenamed} onClose={() => setRenamed(undefined)} />}
    </>
  );
}

interface RenameProps {
  readonly passkey: Passkey;
  readonly onRenamed: () => Promise<unknown>;
  readonly onClose: () => void;
}

function RenameDialog({ passkey: { id: passkeyId, name }, onRenamed, onClose }: RenameProps) {
  const { passkeys } = useTrestle();
  const send = async (values: FormData) => {
    await passkeys.update.mutate({ passkeyId, name: textOf(values, "name") });
    await onRenamed();
    onClose();
  };
  return (
    <Dialog label={accountTexts.renamePasskey(name)} onClose={onClose}>
      <Form action={texts.save} onSend={send} onCancel={onClose}>
        {(wrong) => (
          <TextField
            label={texts.name}
            name="name"
            defaultValue={name}
            required
            maxLength={100}
            wrong={wrong["name"]}
          />
        )}
      </Form>
    </Dialog>
  );
}
