import { useState } from "react";
import type { LiveBoard, Snapshot } from "../../../../client/index.ts";
import { texts } from "../../texts.ts";
import { calendarTexts, shownWholeDay } from "../../texts/calendar.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { Form, textOf } from "../../ui/form.tsx";
import { ownTimeZone } from "../../ui/time-zone.ts";
import { VirtualList } from "../../ui/virtual-list.tsx";
import type { Entry } from "../days.ts";
import { EntryLink } from "./entry-link.tsx";

interface Props {
  readonly day: string;
  readonly entries: readonly Entry[];
  readonly state: Snapshot;
  readonly board: LiveBoard;
  readonly mayCreate: boolean;
  readonly isDone: (columnId: string) => boolean;
  readonly onClose: () => void;
}

/** Everything on a day, and a way to add to it. */
export function DayDialog({ day, entries, state, board, mayCreate, isDone, onClose }: Props) {
  const [added, setAdded] = useState(0);
  const add = async (values: FormData) => {
    const [title, columnId] = [textOf(values, "title").trim(), textOf(values, "column")];
    await board.createTask({ columnId, title, dueOn: day, timeZone: ownTimeZone() }).done;
    setAdded(added + 1);
  };
  return (
    <Dialog label={shownWholeDay(day)} onClose={onClose}>
      <div className="flex flex-col gap-4">
        {entries.length === 0 ? (
          <p className="text-quiet">{calendarTexts.nothingOn}</p>
        ) : (
          <VirtualList
            label={calendarTexts.cardsOn(shownWholeDay(day))}
            items={entries}
            height={24}
            className="max-h-72"
          >
            {({ card }) => (
              <EntryLink
                card={card}
                id={`calendar-day-${card.id}`}
                boardId={board.boardId}
                isDone={isDone(card.columnId)}
                dayAt={undefined}
                onShift={undefined}
              />
            )}
          </VirtualList>
        )}
        {mayCreate && (
          <Form key={added} action={texts.board.addCard} onSend={add} onCancel={onClose}>
            {(wrong) => (
              <>
                <TextField
                  label={texts.board.cardTitle}
                  name="title"
                  required
                  // The one who opened it is about to write.
                  // oxlint-disable-next-line jsx-a11y/no-autofocus
                  autoFocus
                  maxLength={500}
                  wrong={wrong["title"]}
                />
                <SelectField label={texts.task.column} name="column">
                  {state.columns.map(({ id, name }) => (
                    <option key={id} value={id}>
                      {name}
                    </option>
                  ))}
                </SelectField>
              </>
            )}
          </Form>
        )}
      </div>
    </Dialog>
  );
}
