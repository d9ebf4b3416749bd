import { useState } from "react";
import type { LiveBoard } from "../../../client/index.ts";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { saysOf } from "../ui/form.tsx";
import { Trouble } from "../ui/trouble.tsx";

export type NewCardValues = Omit<Parameters<LiveBoard["createTask"]>[0], "columnId" | "title">;

interface Props {
  readonly column: { readonly id: string; readonly name: string };
  readonly board: LiveBoard;
  /** Where the board is cut into lanes: what the one is called in which it is added. */
  readonly lane?: string;
  /** What the cards have from their beginning. */
  readonly values?: NewCardValues;
}

/** Adds card after card at the end of a column: Enter adds one, Escape ends it. What is refused comes back to be mended. */
export function AddCard({ column, board, lane, values }: Props) {
  const [title, setTitle] = useState<string>();
  const [refused, setRefused] = useState<string>();
  if (title === undefined) {
    return (
      <Button
        look="quiet"
        className="m-1.5 text-left"
        aria-label={texts.board.addCardTo(lane === undefined ? column.name : `${column.name}, ${lane}`)}
        onClick={() => setTitle("")}
      >
        + {texts.board.addCard}
      </Button>
    );
  }
  const add = () => {
    if (title.trim() === "") return;
    setTitle("");
    setRefused(undefined);
    board.createTask({ ...values, columnId: column.id, title: title.trim() }).done.catch((error: unknown) => {
      setTitle((now) => (now === "" ? title : now));
      setRefused(saysOf(error));
    });
  };
  return (
    <form
      className="flex flex-col gap-2 p-2"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <textarea
        // The one who asked for it is about to write.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        aria-label={texts.board.cardTitle}
        value={title}
        maxLength={500}
        rows={2}
        onChange={(event) => setTitle(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") setTitle(undefined);
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          add();
        }}
        className="w-full resize-none rounded-lg border border-line bg-raised p-2"
      />
      <Trouble says={refused} />
      <div className="flex gap-2">
        <Button look="primary" type="submit">
          {texts.board.addCard}
        </Button>
        <Button look="quiet" onClick={() => setTitle(undefined)}>
          {texts.cancel}
        </Button>
      </div>
    </form>
  );
}
