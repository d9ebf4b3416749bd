import { type ReactNode, useState } from "react";
import { errorFields, errorKind, filterFault } from "../../../client/index.ts";
import { texts } from "../texts.ts";
import { Button } from "./button.tsx";
import { Trouble } from "./trouble.tsx";

interface Props {
  /** What its button says. */
  readonly action: string;
  /** Sends it. What is refused is shown, and everything that was written stays. */
  readonly onSend: (values: FormData) => Promise<unknown>;
  readonly onCancel?: (() => void) | undefined;
  readonly children: (wrong: Readonly<Record<string, string>>) => ReactNode;
}

interface Trouble {
  readonly says: string | undefined;
  readonly fields: Readonly<Record<string, string>>;
}

const NO_TROUBLE: Trouble = { says: undefined, fields: {} };

export function Form({ action, onSend, onCancel, children }: Props) {
  const [isSending, setSending] = useState(false);
  const [trouble, setTrouble] = useState(NO_TROUBLE);
  const send = async (values: FormData) => {
    setSending(true);
    setTrouble(NO_TROUBLE);
    try {
      await onSend(values);
    } catch (error) {
      setTrouble(troubleOf(error));
    } finally {
      setSending(false);
    }
  };
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void send(new FormData(event.currentTarget));
      }}
    >
      {children(trouble.fields)}
      <Trouble says={trouble.says} />
      <div className="flex gap-2">
        <Button look="primary" type="submit" disabled={isSending}>
          {action}
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

/** The text of a field of a form. */
export function textOf(values: FormData, name: string): string {
  const value = values.get(name);
  return typeof value === "string" ? value : "";
}

/** What a refusal says, by field where it is about one. */
function troubleOf(error: unknown): Trouble {
  if (errorKind(error) === undefined) return { says: texts.noAnswer, fields: {} };
  const fields = errorFields(error);
  return { says: Object.keys(fields).length > 0 ? undefined : saysOf(error), fields };
}

/** The same of what was asked for; undefined: it was answered. */
export function failureOf(error: Error | null): string | undefined {
  return error ? saysOf(error) : undefined;
}

/** A refusal, for people: of a filter what is wrong with it. */
export function saysOf(error: unknown): string {
  const fault = filterFault(error);
  if (fault) return fault.says;
  return errorKind(error) !== undefined && error instanceof Error ? error.message : texts.noAnswer;
}
