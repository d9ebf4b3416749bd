import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link, useSearch } from "wouter";
import { useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { Form, saysOf, textOf } from "../ui/form.tsx";
import { beginAnew, placeAfterSignIn } from "./begin-anew.ts";
import { askPasskey } from "./passkey.ts";
import { SessionFrame } from "./session-frame.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { PasswordField } from "../ui/password-field.tsx";
import { useProviderRefusal } from "./use-provider-refusal.ts";

export function SignInPage() {
  const [arrival] = useState(arrivalOf);
  const [ticket, setTicket] = useState(arrival.ticket);
  useEffect(() => {
    // With a code it lets somebody in: it does not stay in the address.
    if (arrival.ticket !== undefined) history.replaceState(history.state, "", location.pathname + location.search);
  }, [arrival]);
  const search = useSearch();
  const done = () => beginAnew(placeAfterSignIn(arrival.search ?? search));
  if (ticket !== undefined) return <SecondStep ticket={ticket} onDone={done} onBack={() => setTicket(undefined)} />;
  return <FirstStep onDone={done} onSecond={setTicket} />;
}

/** What a provider has sent somebody back with, where a second step is to follow: its ticket, and where to go on to then. */
function arrivalOf(): { ticket: string | undefined; search: string | undefined } {
  const values = new URLSearchParams(location.hash.slice(1));
  const [ticket, returnTo] = [values.get("ticket"), values.get("returnTo")];
  if (ticket === null) return { ticket: undefined, search: undefined };
  return { ticket, search: new URLSearchParams({ to: returnTo ?? "/" }).toString() };
}

function FirstStep({ onDone, onSecond }: { onDone: () => void; onSecond: (ticket: string) => void }) {
  const { auth } = useTrestle();
  const signIn = async (values: FormData) => {
    const answer = await auth.signIn.mutate({ email: textOf(values, "email"), password: textOf(values, "password") });
    if (answer.state === "second-factor") onSecond(answer.ticket);
    else onDone();
  };
  return (
    <SessionFrame title={texts.session.signIn}>
      <Form action={texts.session.signIn} onSend={signIn}>
        {(wrong) => (
          <>
            <TextField
              label={texts.session.email}
              name="email"
              type="email"
              autoComplete="username webauthn"
              required
              wrong={wrong["email"]}
            />
            <PasswordField wrong={wrong["password"]} />
          </>
        )}
      </Form>
      <PasskeyButton ticket={undefined} onDone={onDone} />
      <Providers />
      <p className="text-sm">
        <Link href="/forgot-password" className="text-accent underline">
          {texts.session.forgot}
        </Link>
      </p>
      <p className="text-sm">
        {texts.session.noAccount}{" "}
        <Link href={`/sign-up${location.search}`} className="text-accent underline">
          {texts.session.signUp}
        </Link>
      </p>
    </SessionFrame>
  );
}

function SecondStep({ ticket, onDone, onBack }: { ticket: string; onDone: () => void; onBack: () => void }) {
  const { auth } = useTrestle();
  const send = async (values: FormData) => {
    await auth.signInWithCode.mutate({ ticket, code: textOf(values, "code") });
    onDone();
  };
  return (
    <SessionFrame title={texts.session.secondFactor}>
      <p className="text-quiet">{texts.session.secondFactorSays}</p>
      <Form action={texts.session.signIn} onSend={send} onCancel={onBack}>
        {(wrong) => (
          <TextField
            label={texts.session.code}
            name="code"
            autoComplete="one-time-code"
            required
            wrong={wrong["code"]}
          />
        )}
      </Form>
      <PasskeyButton ticket={ticket} onDone={onDone} />
    </SessionFrame>
  );
}

/** Signs in by a passkey: alone, or as the second step. */
function PasskeyButton({ ticket, onDone }: { ticket: string | undefined; onDone: () => void }) {
  const { auth } = useTrestle();
  const [trouble, setTrouble] = useState<string>();
  if (!("PublicKeyCredential" in globalThis)) return null;
  const ask = async () => {
    setTrouble(undefined);
    try {
      const challenge = await auth.passkeyChallenge.mutate(ticket === undefined ? {} : { ticket });
      const credential = await askPasskey(challenge.options);
      if (!credential) return;
      await auth.signInWithPasskey.mutate({ ticket: challenge.ticket, credential });
      onDone();
    } catch (error) {
      setTrouble(saysOf(error));
    }
  };
  return (
    <div className="flex flex-col gap-2">
      <Button onClick={() => void ask()}>{texts.session.byPasskey}</Button>
      <Trouble says={trouble} />
    </div>
  );
}

/** The ways in by others, where whoever runs the server has set some up. */
function Providers() {
  const { identities } = useTrestle();
  const search = useSearch();
  const refused = useProviderRefusal();
  const [trouble, setTrouble] = useState<string>();
  const { data } = useQuery({ queryKey: ["providers"], queryFn: () => identities.providers.query() });
  const begin = async (providerId: string) => {
    setTrouble(undefined);
    try {
      const { url } = await identities.signIn.mutate({ providerId, returnTo: placeAfterSignIn(search) });
      location.assign(url);
    } catch (error) {
      setTrouble(saysOf(error));
    }
  };
  return (
    <>
      {data?.items.map(({ id, name }) => (
        <Button key={id} onClick={() => void begin(id)}>
          {name}
        </Button>
      ))}
      <Trouble says={trouble ?? refused} />
    </>
  );
}
