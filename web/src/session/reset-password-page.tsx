import { useState } from "react";
import { Link } from "wouter";
import { useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { Form, textOf } from "../ui/form.tsx";
import { SessionFrame } from "./session-frame.tsx";
import { NewPasswordField } from "../ui/password-field.tsx";

/** Where the link of the mail leads: its token is behind the `#`, which no server sees. */
export function ResetPasswordPage() {
  const { passwords } = useTrestle();
  const [token] = useState(() => location.hash.slice(1));
  const [isDone, setDone] = useState(false);
  const send = async (values: FormData) => {
    await passwords.reset.mutate({ token, password: textOf(values, "password") });
    history.replaceState(null, "", location.pathname);
    setDone(true);
  };
  return (
    <SessionFrame title={texts.session.resetTitle}>
      {isDone ? (
        <p role="status">{texts.session.resetDone}</p>
      ) : (
        <Form action={texts.save} onSend={send}>
          {(wrong) => <NewPasswordField label={texts.session.newPassword} wrong={wrong["password"]} />}
        </Form>
      )}
      <Link href="/sign-in" className="text-sm text-accent underline">
        {texts.session.signIn}
      </Link>
    </SessionFrame>
  );
}
