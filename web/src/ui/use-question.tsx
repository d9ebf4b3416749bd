import { type ReactNode, useState } from "react";
import { texts } from "../texts.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";

interface Question {
  readonly title: string;
  /** What is lost. */
  readonly says: string;
  /** What the button says that does it. */
  readonly does: string;
  readonly onYes: () => void;
}

interface Asking {
  /** Asks before something is lost. */
  readonly ask: (question: Question) => void;
  /** The question, while it is open. */
  readonly question: ReactNode;
}

export function useQuestion(): Asking {
  const [asked, setAsked] = useState<Question>();
  const close = () => setAsked(undefined);
  return {
    ask: setAsked,
    question: asked && (
      <Dialog label={asked.title} onClose={close}>
        <p className="mb-4">{asked.says}</p>
        <div className="flex gap-2">
          <Button
            look="danger"
            onClick={() => {
              close();
              asked.onYes();
            }}
          >
            {asked.does}
          </Button>
          <Button look="quiet" onClick={close}>
            {texts.cancel}
          </Button>
        </div>
      </Dialog>
    ),
  };
}
