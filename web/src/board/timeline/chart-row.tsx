import type { Card } from "../../../../client/index.ts";
import { texts } from "../../texts.ts";
import { Bar } from "./bar.tsx";
import type { Part } from "./bends.ts";
import type { Row } from "./rows.ts";
import type { Range } from "./scale.ts";

/** What every line of a timeline is shown by. */
export interface ChartLines {
  readonly range: Range;
  readonly dayPx: number;
  /** Where the range begins, in pixels: behind what cards are called, if there is room for that. */
  readonly origin: number;
  readonly boardId: string;
  readonly canMove: boolean;
  readonly isDone: (columnId: string) => boolean;
  readonly onBend: (card: Card, part: Part, days: number) => void;
  readonly onLook: (id: string, step: number) => void;
}

export function barIdOf(rowId: string): string {
  return `bar-${rowId.replaceAll(" ", "-")}`;
}

/** A line: the name of a group, or a card with its bar. */
export function ChartRow({ row, isDone, ...lines }: ChartLines & { row: Row }) {
  const { origin } = lines;
  if (row.kind === "group") return <GroupName row={row} origin={origin} />;
  return (
    <>
      {origin > 0 && <Label row={row} width={origin} />}
      <Bar id={barIdOf(row.id)} entry={row.entry} isDone={isDone(row.entry.card.columnId)} {...lines} />
    </>
  );
}

function GroupName({ row, origin }: { row: Extract<Row, { kind: "group" }>; origin: number }) {
  return (
    <h2
      className={`sticky left-0 z-10 flex h-full w-fit max-w-60 items-baseline gap-2 truncate bg-surface px-3 pt-2 text-sm font-semibold ${origin > 0 ? "border-r border-line" : ""}`}
      style={origin > 0 ? { width: origin } : undefined}
    >
      <span className="truncate">{row.name}</span>
      <span className="font-normal text-quiet">
        <span aria-hidden="true">{row.count}</span>
        <span className="sr-only">{texts.board.cards(row.count)}</span>
      </span>
    </h2>
  );
}

/** What a bar is called, beside it, also while it is out of sight: a press shows it. Its link says the same. */
function Label({ row, width }: { row: Extract<Row, { kind: "card" }>; width: number }) {
  const show = () => {
    document.getElementById(barIdOf(row.id))?.scrollIntoView({ block: "nearest", inline: "center" });
  };
  return (
    <button
      type="button"
      aria-hidden="true"
      tabIndex={-1}
      onClick={show}
      className="sticky left-0 z-10 block h-full truncate border-r border-line bg-surface px-3 text-left text-sm"
      style={{ width }}
    >
      {row.entry.card.title}
    </button>
  );
}
