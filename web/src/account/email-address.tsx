import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTrestle } from "../../../client/react/index.ts";
import { accountTexts } from "../texts/account.ts";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { useProof } from "./use-proof.tsx";

/** The address that one signs in with: proved by a code that is mailed to it, and so is another one in its place. */
export function EmailAddress() {
  const { emails } = useTrestle();
  const { act, trouble, dialog } = useProof();
  const [isCodeSent, setCodeSent] = useState(false);
  const { data, refetch } = useQuery({ queryKey: ["email"], queryFn: () => emails.get.query() });
  const send = () =>
    act(async () => {
      await emails.sendCode.mutate();
      setCodeSent(true);
    });
  const change = (values: FormData) => {
    act(async () => {
      await emails.change.mutate({ email: textOf(values, "email") });
      setCodeSent(true);
    });
    return Promise.resolve();
  };
  const confirm = async (values: FormData) => {
    await emails.confirm.mutate({ code: textOf(values, "code") });
    setCodeSent(false);
    await refetch();
  };
  return (
    <Section level={2} title={accountTexts.email}>
      {data && (
        <p className="wrap-anywhere">
          {data.email}{" "}
          <span className="text-quiet">{data.isVerified ? accountTexts.isProved : accountTexts.isUnproved}</span>
        </p>
      )}
      {data && !data.isVerified && !isCodeSent && (
        <Button className="self-start" onClick={send}>
          {accountTexts.sendCode}
        </Button>
      )}
      {isCodeSent ? (
        <Form action={accountTexts.confirm} onSend={confirm} onCancel={() => setCodeSent(false)}>
          {(wrong) => (
            <TextField
              label={accountTexts.mailedCode}
              name="code"
              hint={accountTexts.codeSent}
              autoComplete="one-time-code"
              required
              wrong={wrong["code"]}
            />
          )}
        </Form>
      ) : (
        <Form action={accountTexts.changeEmail} onSend={change}>
          {(wrong) => (
            <TextField label={accountTexts.otherEmail} name="email" type="email" required wrong={wrong["email"]} />
          )}
        </Form>
      )}
      <Trouble says={trouble} />
      {dialog}
    </Section>
  );
}
