import { useState } from "react";
import { questionTexts } from "../texts/questions.ts";
import { Dialog } from "./dialog.tsx";
import { TextField } from "./field.tsx";
import { Form, textOf } from "./form.tsx";

interface Props {
  /** What is done to it. */
  readonly label: string;
  readonly name: string;
  readonly onClose: () => void;
  readonly onSure: () => void;
}

/** Whoever deletes something with all that is in it writes its name. */
export function NameDialog({ label, name, onClose, onSure }: Props) {
  const [wrong, setWrong] = useState<string>();
  const send = (values: FormData) => {
    if (textOf(values, "name").trim() === name.trim()) onSure();
    else setWrong(questionTexts.otherName);
    return Promise.resolve();
  };
  return (
    <Dialog label={label} onClose={onClose}>
      <Form action={label} onSend={send} onCancel={onClose}>
        {() => (
          <TextField label={questionTexts.writeName(name)} name="name" required autoComplete="off" wrong={wrong} />
        )}
      </Form>
    </Dialog>
  );
}
