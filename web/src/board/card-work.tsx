import { texts } from "../texts.ts";
import { Dialog } from "../ui/dialog.tsx";
import { saysOf } from "../ui/form.tsx";
import { later } from "../ui/later.tsx";
import type { CardWork } from "./use-card-work.ts";
import type { ViewProps } from "./view-props.ts";

export const BulkBar = later("bulk-bar", async () => (await import("./bulk-bar.tsx")).BulkBar);
export const CardForm = later("card-form", async () => (await import("./card-form.tsx")).CardForm);

/** What leaves room for it below the cards. */
export const CHOOSING = "pb-28 sm:pb-18";

interface Props extends Pick<ViewProps, "state" | "board" | "may"> {
  readonly work: CardWork;
  readonly onRefused: (says: string) => void;
}

/** Over a board: what can be done with the cards that are chosen, and the form of the one that is changed. */
export function CardWorkPlace({ state, board, may, work, onRefused }: Props) {
  const { taskIds, endChoice, handlers, edited, endEdit } = work;
  return (
    <>
      {taskIds.length > 0 && (
        <div className="fixed inset-x-0 bottom-0 z-30 flex justify-center p-3">
          <div className="max-w-full min-w-0 rounded-xl border border-line bg-surface p-2 shadow-xl">
            <BulkBar
              {...{ state, board, taskIds, may }}
              change={({ done }) => void done.catch((error: unknown) => onRefused(saysOf(error)))}
              onClear={endChoice}
            />
          </div>
        </div>
      )}
      {edited && (
        <Dialog key={edited.card.id} label={texts.board.changeCard(edited.card.title)} onClose={endEdit} at={edited.at}>
          <CardForm
            {...{ state, board, may }}
            card={edited.card}
            onChoose={
              work.chosen.has(edited.card.id) ? undefined : () => handlers.onChoose(edited.card, "toggle", edited.lane)
            }
            onRefused={(title, error) => onRefused(texts.board.refused(title, saysOf(error)))}
            onClose={endEdit}
          />
        </Dialog>
      )}
    </>
  );
}
