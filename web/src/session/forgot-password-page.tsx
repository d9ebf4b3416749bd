import { useState } from "react";
import { Link } from "wouter";
import { useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { SessionFrame } from "./session-frame.tsx";

export function ForgotPasswordPage() {
  const { passwords } = useTrestle();
  const [isSent, setSent] = useState(false);
  const send = async (values: FormData) => {
    await passwords.requestReset.mutate({ email: textOf(values, "email") });
    setSent(true);
  };
  return (
    <SessionFrame title={texts.session.forgotTitle}>
      {isSent ? (
        <p role="status">{texts.session.linkSent}</p>
      ) : (
        <>
          <p className="text-quiet">{texts.session.forgotSays}</p>
          <Form action={texts.session.sendLink} onSend={send}>
            {(wrong) => (
              <TextField
                label={texts.session.email}
                name="email"
                type="email"
                autoComplete="username"
                required
                wrong={wrong["email"]}
              />
            )}
          </Form>
        </>
      )}
      <Link href="/sign-in" className="text-sm text-accent underline">
        {texts.session.signIn}
      </Link>
    </SessionFrame>
  );
}
