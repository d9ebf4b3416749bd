import { useState } from "react";
import { useTrestle } from "../../../client/react/index.ts";
import { beginAnew } from "../session/begin-anew.ts";
import { accountTexts } from "../texts/account.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { PasswordField } from "../ui/password-field.tsx";
import { saveAs } from "../ui/save-as.ts";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { useProof } from "./use-proof.tsx";

/** What is known of somebody, as a file, and the end of their account. */
export function Leave() {
  const { account } = useTrestle();
  const { act, trouble, dialog } = useProof();
  const [isLeaving, setLeaving] = useState(false);
  const download = () =>
    act(async () => {
      const all = await account.export.query();
      saveAs(new Blob([JSON.stringify(all, undefined, 2)], { type: "application/json" }), "account.json");
    });
  const leave = (values: FormData) => {
    setLeaving(false);
    act(async () => {
      await account.delete.mutate({ password: textOf(values, "password") });
      beginAnew("/sign-in");
    });
    return Promise.resolve();
  };
  return (
    <>
      <Section level={2} title={accountTexts.data}>
        <p className="text-quiet">{accountTexts.dataSays}</p>
        <Button className="self-start" onClick={download}>
          {accountTexts.download}
        </Button>
      </Section>
      <Section level={2} title={accountTexts.leave}>
        <p className="text-quiet">{accountTexts.leaveSays}</p>
        <Button look="danger" className="self-start" onClick={() => setLeaving(true)}>
          {accountTexts.leave}
        </Button>
      </Section>
      <Trouble says={trouble} />
      {isLeaving && (
        <Dialog label={accountTexts.leave} onClose={() => setLeaving(false)}>
          <Form action={accountTexts.leaveIt} onSend={leave} onCancel={() => setLeaving(false)}>
            {(wrong) => <PasswordField wrong={wrong["password"]} />}
          </Form>
        </Dialog>
      )}
      {dialog}
    </>
  );
}
