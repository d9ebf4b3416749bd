import type { Column, LiveBoard } from "../../../client/index.ts";
import { texts } from "../texts.ts";
import type { May } from "./access.ts";
import { ColumnMenu } from "./column-menu.tsx";

interface Props {
  readonly column: Column;
  /** All of the board, in their order. */
  readonly columns: readonly Column[];
  /** How many cards it shows. */
  readonly count: number;
  readonly board: LiveBoard;
  readonly may: May;
}

/** What a column is called, and how many cards it has. */
export function ColumnHead({ column, columns, count, board, may }: Props) {
  const { id, name, wipLimit } = column;
  const isFull = wipLimit !== null && count >= wipLimit;
  return (
    <>
      <h2 id={`column-${id}`} className="flex min-w-0 items-baseline gap-2 font-semibold">
        <span className="truncate">{name}</span>
        <span className={`text-sm font-normal ${isFull ? "text-warning" : "text-quiet"}`}>
          <span aria-hidden="true">{wipLimit === null ? count : `${count}/${wipLimit}`}</span>
          <span className="sr-only">
            {wipLimit === null ? texts.board.cards(count) : texts.board.cardsOf(count, wipLimit)}
          </span>
        </span>
      </h2>
      <ColumnMenu column={column} columns={columns} board={board} may={may} />
    </>
  );
}
