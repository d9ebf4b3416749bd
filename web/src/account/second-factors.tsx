import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { RouterOutputs } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { makePasskey } from "../session/passkey.ts";
import { accountTexts } from "../texts/account.ts";
import { AskedButton } from "../ui/asked-button.tsx";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { Passkeys } from "./passkeys.tsx";
import { QrCode } from "./qr-code.tsx";
import { Secret } from "./secret.tsx";
import { useProof } from "./use-proof.tsx";

type AppSecret = RouterOutputs["authenticator"]["create"];

/** What proves somebody besides their password. */
export function SecondFactors() {
  const { authenticator, factors, passkeys } = useTrestle();
  const { act, trouble, dialog } = useProof();
  const [appSecret, setAppSecret] = useState<AppSecret>();
  const [codes, setCodes] = useState<readonly string[]>();
  const { data, refetch } = useQuery({ queryKey: ["factors"], queryFn: () => factors.get.query() });
  const changed = async (recoveryCodes: readonly string[] | null) => {
    if (recoveryCodes) setCodes(recoveryCodes);
    await refetch();
  };
  const addApp = () => act(async () => setAppSecret(await authenticator.create.mutate()));
  const confirmApp = async (values: FormData) => {
    const { recoveryCodes } = await authenticator.confirm.mutate({ code: textOf(values, "code") });
    setAppSecret(undefined);
    await changed(recoveryCodes);
  };
  const addPasskey = (values: FormData) => {
    act(async () => {
      const credential = await makePasskey(await passkeys.challenge.mutate());
      if (!credential) return;
      const { recoveryCodes } = await passkeys.create.mutate({ name: textOf(values, "name"), credential });
      await changed(recoveryCodes);
    });
    return Promise.resolve();
  };
  const remove = (call: () => Promise<unknown>) =>
    act(async () => {
      await call();
      await refetch();
    });
  const renew = () => act(async () => changed((await factors.renewRecoveryCodes.mutate()).recoveryCodes));
  if (!data) return null;
  const hasSome = data.authenticator !== null || data.passkeys.length > 0;
  return (
    <Section level={2} title={accountTexts.factors}>
      <p className="text-quiet">{accountTexts.factorsSays}</p>
      {codes && <Secret label={`${accountTexts.recovery}. ${accountTexts.recoverySays}`} value={codes.join("\n")} />}
      <Section title={accountTexts.app}>
        {data.authenticator ? (
          <div className="flex flex-wrap items-center gap-3">
            <p className="flex-1">{accountTexts.hasApp}</p>
            <AskedButton
              label={accountTexts.removeApp}
              action={accountTexts.removeApp}
              says={accountTexts.removeAppSays}
              onSure={() => remove(() => authenticator.delete.mutate())}
            />
          </div>
        ) : appSecret ? (
          <>
            <p>{accountTexts.scan}</p>
            <QrCode label={accountTexts.qr} text={appSecret.uri} />
            <Secret label={accountTexts.secret} value={appSecret.secret} />
            <Form action={accountTexts.confirm} onSend={confirmApp} onCancel={() => setAppSecret(undefined)}>
              {(wrong) => (
                <TextField
                  label={accountTexts.appCode}
                  name="code"
                  inputMode="numeric"
                  autoComplete="one-time-code"
                  required
                  wrong={wrong["code"]}
                />
              )}
            </Form>
          </>
        ) : (
          <Button className="self-start" onClick={addApp}>
            {accountTexts.addApp}
          </Button>
        )}
      </Section>
      {"PublicKeyCredential" in globalThis && (
        <Section title={accountTexts.passkeys}>
          <Passkeys
            passkeys={data.passkeys}
            onRenamed={refetch}
            onRemove={(passkeyId) => remove(() => passkeys.delete.mutate({ passkeyId }))}
          />
          <Form action={accountTexts.addPasskey} onSend={addPasskey}>
            {() => <TextField label={accountTexts.passkeyName} name="name" required maxLength={100} />}
          </Form>
        </Section>
      )}
      {hasSome && (
        <Section title={accountTexts.recovery}>
          <div className="flex flex-wrap items-center gap-3">
            <p className="flex-1">{accountTexts.recoveryLeft(data.recoveryCodesLeft)}</p>
            <Button onClick={renew}>{accountTexts.renewCodes}</Button>
          </div>
        </Section>
      )}
      <Trouble says={trouble} />
      {dialog}
    </Section>
  );
}
