import { useState } from "react";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { saysOf } from "../ui/form.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { TextArea } from "./text-area.tsx";

interface Props {
  readonly people: ReadonlyMap<string, string>;
  /** What its field and its button say. */
  readonly label: string;
  /** What it begins with. */
  readonly before?: string;
  readonly onSend: (text: string) => Promise<unknown>;
  readonly onCancel?: () => void;
}

/** A comment while it is written. What is refused stays, with the reason. */
export function WriteComment({ people, label, before = "", onSend, onCancel }: Props) {
  const [text, setText] = useState(before);
  const [trouble, setTrouble] = useState<string>();
  const [isSending, setSending] = useState(false);
  const isEmpty = text.trim() === "";
  const send = async () => {
    if (isEmpty || isSending) return;
    setSending(true);
    setTrouble(undefined);
    try {
      await onSend(text);
      setText(before);
    } catch (error) {
      setTrouble(saysOf(error));
    } finally {
      setSending(false);
    }
  };
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <TextArea
        label={label}
        hint={texts.task.commentHint}
        text={text}
        people={people}
        onChange={setText}
        onSend={() => void send()}
        className="min-h-16"
      />
      <Trouble says={trouble} />
      <div className="flex gap-2">
        <Button look="primary" type="submit" disabled={isSending || isEmpty}>
          {label}
        </Button>
        {onCancel && (
          <Button look="quiet" onClick={onCancel}>
            {texts.cancel}
          </Button>
        )}
      </div>
    </form>
  );
}
