import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { errorKind } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { useReadAgain } from "../home/org-queries.ts";
import { askPasskey } from "../session/passkey.ts";
import { accountTexts } from "../texts/account.ts";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { Form, saysOf, textOf } from "../ui/form.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { PasswordField } from "../ui/password-field.tsx";

interface Proof {
  /** Does what only somebody may who has proved of late who they are; asks them to, where they have not. */
  readonly act: (action: () => Promise<unknown>) => void;
  /** Why it was not done. */
  readonly trouble: string | undefined;
  /** Asks for the proof, while it is needed. */
  readonly dialog: ReactNode;
}

export function useProof(): Proof {
  const [waiting, setWaiting] = useState<() => Promise<unknown>>();
  const [trouble, setTrouble] = useState<string>();
  const readAgain = useReadAgain();
  const act = (action: () => Promise<unknown>) => {
    setTrouble(undefined);
    setWaiting(undefined);
    action().then(readAgain, (error: unknown) => {
      if (errorKind(error) === "REAUTHENTICATION_REQUIRED") setWaiting(() => action);
      else setTrouble(saysOf(error));
    });
  };
  return {
    act,
    trouble,
    dialog: waiting && <ProofDialog onProved={() => act(waiting)} onClose={() => setWaiting(undefined)} />,
  };
}

function ProofDialog({ onProved, onClose }: { onProved: () => void; onClose: () => void }) {
  const { auth, identities } = useTrestle();
  const { data: own } = useQuery({ queryKey: ["identities"], queryFn: () => identities.list.query() });
  const [needsCode, setNeedsCode] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const byPassword = async (values: FormData) => {
    const code = textOf(values, "code").trim();
    try {
      await auth.reauthenticate.mutate({ password: textOf(values, "password"), ...(code === "" ? {} : { code }) });
    } catch (error) {
      if (errorKind(error) === "CODE_REQUIRED") setNeedsCode(true);
      throw error;
    }
    onProved();
  };
  const byPasskey = async () => {
    setTrouble(undefined);
    try {
      const credential = await askPasskey(await auth.reauthenticationChallenge.mutate());
      if (!credential) return;
      await auth.reauthenticate.mutate({ credential });
      onProved();
    } catch (error) {
      setTrouble(saysOf(error));
    }
  };
  /** Goes there and comes back to this place: what was to be done is then to be asked for once more. */
  const byProvider = async (providerId: string) => {
    setTrouble(undefined);
    try {
      const { url } = await identities.reauthenticate.mutate({ providerId, returnTo: location.pathname });
      location.assign(url);
    } catch (error) {
      setTrouble(saysOf(error));
    }
  };
  return (
    <Dialog label={accountTexts.prove} onClose={onClose}>
      {own?.hasPassword === false ? (
        <p>{accountTexts.proveElsewhere}</p>
      ) : (
        <Form action={accountTexts.goOn} onSend={byPassword} onCancel={onClose}>
          {(wrong) => (
            <>
              <PasswordField wrong={wrong["password"]} />
              {needsCode && (
                <TextField
                  label={texts.session.code}
                  name="code"
                  autoComplete="one-time-code"
                  required
                  wrong={wrong["code"]}
                />
              )}
            </>
          )}
        </Form>
      )}
      {"PublicKeyCredential" in globalThis && (
        <Button className="mt-3" onClick={() => void byPasskey()}>
          {texts.session.byPasskey}
        </Button>
      )}
      {own?.items.map(
        ({ id, provider }) =>
          provider && (
            <Button key={id} className="mt-3" onClick={() => void byProvider(provider.id)}>
              {accountTexts.proveAt(provider.name)}
            </Button>
          ),
      )}
      <Trouble says={trouble} />
    </Dialog>
  );
}
