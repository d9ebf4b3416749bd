import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTrestle } from "../../../client/react/index.ts";
import { meQuery } from "../session/me-query.ts";
import { useMe } from "../session/signed-in.tsx";
import { accountTexts } from "../texts/account.ts";
import { texts } from "../texts.ts";
import { TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { Section } from "../ui/section.tsx";

/** What one is called, everywhere. */
export function Name() {
  const { name } = useMe();
  const trestle = useTrestle();
  const queries = useQueryClient();
  const [isSaved, setSaved] = useState(false);
  const save = async (values: FormData) => {
    setSaved(false);
    await trestle.account.rename.mutate({ name: textOf(values, "name") });
    await queries.invalidateQueries(meQuery(trestle));
    setSaved(true);
  };
  return (
    <Section level={2} title={accountTexts.name}>
      <Form action={texts.save} onSend={save}>
        {(wrong) => (
          <TextField
            label={accountTexts.yourName}
            name="name"
            defaultValue={name}
            autoComplete="name"
            maxLength={100}
            hint={accountTexts.nameSays}
            required
            wrong={wrong["name"]}
          />
        )}
      </Form>
      <p role="status">{isSaved ? accountTexts.saved : ""}</p>
    </Section>
  );
}
