import { announce } from "@atlaskit/pragmatic-drag-and-drop-live-region";
import { useState } from "react";
import { type Card, datesOn, type LiveBoard, PRIORITIES, type Snapshot } from "../../../client/index.ts";
import { texts } from "../texts.ts";
import { cardFormTexts } from "../texts/card-form.ts";
import { Button } from "../ui/button.tsx";
import { SelectField, TextAreaField, TextField } from "../ui/field.tsx";
import { textOf } from "../ui/form.tsx";
import { ownTimeZone } from "../ui/time-zone.ts";
import type { May } from "./access.ts";
import { cardDays } from "./days.ts";

interface Props {
  readonly state: Snapshot;
  readonly board: LiveBoard;
  readonly card: Card;
  readonly may: May;
  /** Undefined: it is chosen. */
  readonly onChoose: (() => void) | undefined;
  readonly onRefused: (title: string, error: unknown) => void;
  readonly onClose: () => void;
}

/** Changes a card where it stands: Enter saves, Escape leaves it. What is saved is seen at once, and put back when it is refused. */
export function CardForm({ state, board, card, may, onChoose, onRefused, onClose }: Props) {
  const [hasTitle, setHasTitle] = useState(true);
  // What somebody else changes meanwhile is not written over by what was there before.
  const [before] = useState(card);
  const send = (title: string, { done }: { done: Promise<unknown> }) => {
    done.catch((error: unknown) => onRefused(title, error));
  };
  const save = (values: FormData) => {
    const change = may("task:update") ? changeOf(before, values) : {};
    const title = change.title ?? before.title;
    if (title === "") {
      setHasTitle(false);
      return;
    }
    if (Object.keys(change).length > 0) send(title, board.updateTask({ taskId: card.id, ...change }));
    const columnId = may("task:move") ? textOf(values, "column") : before.columnId;
    if (columnId !== before.columnId) {
      send(title, board.move({ taskId: card.id, columnId }));
      announceMove(state, { ...card, title }, columnId);
    }
    onClose();
  };
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        save(new FormData(event.currentTarget));
      }}
    >
      {may("task:update") && (
        <TextAreaField
          label={texts.task.title}
          name="title"
          defaultValue={before.title}
          wrong={hasTitle ? undefined : cardFormTexts.noTitle}
          ref={isByTouch() ? undefined : takeFocus}
          rows={2}
          maxLength={500}
          onFocus={(event) => event.currentTarget.select()}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            event.currentTarget.form?.requestSubmit();
          }}
        />
      )}
      <Choices {...{ state, before, may }} />
      <div className="flex flex-wrap gap-2">
        <Button look="primary" type="submit">
          {texts.save}
        </Button>
        <Button look="quiet" onClick={onClose}>
          {texts.cancel}
        </Button>
        <div className="flex gap-2 sm:ml-auto">
          {onChoose && (
            <Button
              onClick={() => {
                onClose();
                onChoose();
              }}
            >
              {cardFormTexts.select}
            </Button>
          )}
          {may("task:archive") && (
            <Button
              onClick={() => {
                send(before.title, board.archiveTask({ taskId: card.id }));
                onClose();
              }}
            >
              {texts.task.archive}
            </Button>
          )}
        </div>
      </div>
    </form>
  );
}

/** What is chosen for a card rather than written. */
function Choices({ state, before, may }: Pick<Props, "state" | "may"> & { readonly before: Card }) {
  const { columnId, priority } = before;
  return (
    <div className="grid grid-cols-2 gap-3">
      {may("task:move") && (
        <SelectField
          label={texts.task.column}
          name="column"
          ref={isByTouch() ? takeFocus : undefined}
          defaultValue={columnId}
        >
          {state.columns.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
      )}
      {may("task:update") && (
        <>
          <SelectField label={texts.task.priority} name="priority" defaultValue={priority}>
            {PRIORITIES.map((name) => (
              <option key={name} value={name}>
                {texts.board.priority[name]}
              </option>
            ))}
          </SelectField>
          <TextField label={texts.task.due} name="due" type="date" defaultValue={cardDays(before).due ?? ""} />
        </>
      )}
    </div>
  );
}

/** Whoever has no keyboard mostly moves a card, and sees more of it without the one on the screen. */
function isByTouch(): boolean {
  return matchMedia("(pointer: coarse)").matches;
}

/** Of a dialog that is about to open, too. */
function takeFocus(element: HTMLElement | null): void {
  element?.setAttribute("autofocus", "");
  element?.focus();
}

type Change = Omit<Parameters<LiveBoard["updateTask"]>[0], "taskId" | "ifVersion" | "mutationId">;

/** What of a card is another than before. */
function changeOf(before: Card, values: FormData): Change {
  const title = textOf(values, "title").replaceAll("\n", " ").trim();
  const priority = PRIORITIES.find((name) => name === textOf(values, "priority")) ?? before.priority;
  const due = textOf(values, "due");
  return {
    ...(title !== before.title && { title }),
    ...(priority !== before.priority && { priority }),
    ...(due !== (cardDays(before).due ?? "") && datesOn(before, { due: due === "" ? null : due }, ownTimeZone())),
  };
}

/** It stands last in a column that it was put into. */
function announceMove({ columns, tasks }: Snapshot, card: Card, columnId: string): void {
  const column = columns.find(({ id }) => id === columnId);
  const place = tasks.filter((other) => other.columnId === columnId).length + 1;
  announce(texts.board.movedTo(card.title, column?.name ?? "", place, place));
}
