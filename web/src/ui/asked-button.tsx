import { Button } from "./button.tsx";
import { useQuestion } from "./use-question.tsx";

interface Props {
  /** What would be done, and to what: the name of the button, and of the dialog that asks. */
  readonly label: string;
  /** The same in short, where it can be seen what it is done to. */
  readonly action: string;
  /** What follows from it. */
  readonly says: string;
  readonly onSure: () => void;
}

/** Does what cannot be taken back, once whoever presses it was asked. */
export function AskedButton({ label, action, says, onSure }: Props) {
  const { ask, question } = useQuestion();
  return (
    <>
      <Button look="danger" aria-label={label} onClick={() => ask({ title: label, says, does: action, onYes: onSure })}>
        {action}
      </Button>
      {question}
    </>
  );
}
