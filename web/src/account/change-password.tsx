import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTrestle } from "../../../client/react/index.ts";
import { accountTexts } from "../texts/account.ts";
import { texts } from "../texts.ts";
import { Form, textOf } from "../ui/form.tsx";
import { Section } from "../ui/section.tsx";
import { NewPasswordField, PasswordField } from "../ui/password-field.tsx";

/** Another password ends all other sessions. */
export function ChangePassword() {
  const { passwords } = useTrestle();
  const queries = useQueryClient();
  const [changed, setChanged] = useState(0);
  const change = async (values: FormData) => {
    await passwords.change.mutate({
      currentPassword: textOf(values, "current"),
      newPassword: textOf(values, "new"),
    });
    setChanged(changed + 1);
    await queries.invalidateQueries({ queryKey: ["sessions"] });
  };
  return (
    <Section level={2} title={accountTexts.changePassword}>
      {/* Made anew, and so empty, once it is done. */}
      <Form key={changed} action={accountTexts.changePassword} onSend={change}>
        {(wrong) => (
          <>
            <PasswordField name="current" wrong={wrong["currentPassword"]} />
            <NewPasswordField label={texts.session.newPassword} name="new" wrong={wrong["newPassword"]} />
          </>
        )}
      </Form>
      <p role="status">{changed > 0 ? accountTexts.passwordChanged : ""}</p>
    </Section>
  );
}
