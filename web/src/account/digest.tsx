import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTrestle } from "../../../client/react/index.ts";
import { accountTexts } from "../texts/account.ts";
import { texts } from "../texts.ts";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { Section } from "../ui/section.tsx";
import { ownTimeZone } from "../ui/time-zone.ts";

/** When there is a mail of what one has not read. */
export function Digest() {
  const { digests } = useTrestle();
  const [isSaved, setSaved] = useState(false);
  const { data, refetch } = useQuery({ queryKey: ["digest"], queryFn: () => digests.get.query() });
  const save = async (values: FormData) => {
    setSaved(false);
    const hour = Number(textOf(values, "hour"));
    const state = values.has("on") ? "on" : "off";
    await digests.set.mutate({ state, hour, timeZone: textOf(values, "timeZone") });
    await refetch();
    setSaved(true);
  };
  if (!data) return null;
  return (
    <Section level={2} title={accountTexts.digest}>
      <Form action={texts.save} onSend={save}>
        {(wrong) => (
          <>
            <label className="flex items-center gap-2">
              <input type="checkbox" name="on" defaultChecked={data.state === "on"} className="size-4 accent-accent" />
              {accountTexts.digestOn}
            </label>
            <SelectField label={accountTexts.digestHour} name="hour" defaultValue={data.hour}>
              {Array.from({ length: 24 }, (_, hour) => (
                <option key={hour} value={hour}>
                  {`${String(hour).padStart(2, "0")}:00`}
                </option>
              ))}
            </SelectField>
            <TextField
              label={accountTexts.digestZone}
              name="timeZone"
              list="time-zones"
              defaultValue={data.state === "on" ? data.timeZone : ownTimeZone()}
              required
              wrong={wrong["timeZone"]}
            />
            <datalist id="time-zones">
              {Intl.supportedValuesOf("timeZone").map((zone) => (
                <option key={zone}>{zone}</option>
              ))}
            </datalist>
          </>
        )}
      </Form>
      <p role="status">{isSaved ? accountTexts.saved : ""}</p>
    </Section>
  );
}
