import { useState } from "react";
import { Link, useSearch } from "wouter";
import { errorKind } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { beginAnew, placeAfterSignIn } from "./begin-anew.ts";
import { SessionFrame } from "./session-frame.tsx";
import { NewPasswordField } from "../ui/password-field.tsx";

export function SignUpPage() {
  const { auth } = useTrestle();
  /** The address that a code was sent to: this server wants one. */
  const [mailed, setMailed] = useState<string>();
  const search = useSearch();
  const signUp = async (values: FormData) => {
    const [email, code] = [textOf(values, "email"), textOf(values, "code")];
    const account = { email, password: textOf(values, "password"), name: textOf(values, "name") };
    try {
      await auth.signUp.mutate(mailed === email ? { ...account, code } : account);
    } catch (error) {
      if (errorKind(error) !== "EMAIL_CODE_WRONG" || mailed === email) throw error;
      await auth.requestSignUp.mutate({ email });
      setMailed(email);
      return;
    }
    beginAnew(placeAfterSignIn(search));
  };
  return (
    <SessionFrame title={texts.session.signUp}>
      <Form action={texts.session.signUp} onSend={signUp}>
        {(wrong) => (
          <>
            <TextField
              label={texts.session.yourName}
              name="name"
              autoComplete="name"
              required
              maxLength={100}
              wrong={wrong["name"]}
            />
            <TextField
              label={texts.session.email}
              name="email"
              type="email"
              autoComplete="username"
              required
              wrong={wrong["email"]}
            />
            <NewPasswordField label={texts.session.password} wrong={wrong["password"]} />
            {mailed !== undefined && (
              <TextField
                label={texts.session.mailedCode}
                name="code"
                autoComplete="one-time-code"
                required
                hint={texts.session.mailedCodeSays(mailed)}
                wrong={wrong["code"]}
              />
            )}
          </>
        )}
      </Form>
      <p className="text-sm">
        {texts.session.hasAccount}{" "}
        <Link href={`/sign-in${location.search}`} className="text-accent underline">
          {texts.session.signIn}
        </Link>
      </p>
    </SessionFrame>
  );
}
