import { autoScrollForElements } from "@atlaskit/pragmatic-drag-and-drop-auto-scroll/element";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useRef, useState } from "react";
import type { Card, LiveBoard, RouterOutputs } from "../../../client/index.ts";
import { texts } from "../texts.ts";
import { AddCard } from "./add-card.tsx";
import type { May } from "./access.ts";
import type { CardHandlers } from "./card-handlers.ts";
import { CardView } from "./card.tsx";
import { ColumnHead } from "./column-head.tsx";
import { makeColumnTarget } from "./dragging.ts";
import type { Known } from "./known.ts";

type Column = RouterOutputs["boards"]["get"]["columns"][number];

interface Props {
  readonly column: Column;
  /** All of the board, in their order. */
  readonly columns: readonly Column[];
  readonly cards: readonly Card[];
  readonly board: LiveBoard;
  readonly may: May;
  readonly known: Known;
  /** How many tasks block a card, by its id. */
  readonly blockers: ReadonlyMap<string, number>;
  readonly chosen: ReadonlySet<string>;
  readonly handlers: CardHandlers;
}

/** About what a card takes, in pixels, until it was measured. */
const CARD_HEIGHT = 74;
const GAP = 8;

/** A column: of its cards those are in the page that can be seen, and some around them. */
export const ColumnView = memo(function ColumnView({
  column,
  columns,
  cards,
  board,
  may,
  known,
  blockers,
  chosen,
  handlers,
}: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const section = useRef<HTMLElement>(null);
  const latest = useRef(cards);
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    latest.current = cards;
  });
  useEffect(() => {
    const [element, list] = [section.current, scroller.current];
    if (!element || !list || !may("task:move")) return undefined;
    const stops = [
      makeColumnTarget(element, {
        columnId: column.id,
        last: () => latest.current.at(-1)?.id ?? null,
        onOver: setOver,
      }),
      autoScrollForElements({ element: list }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [column.id, may]);
  const rows = useVirtualizer({
    count: cards.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => CARD_HEIGHT,
    getItemKey: (index) => cards[index]?.id ?? index,
    gap: GAP,
    overscan: 8,
  });
  return (
    <section
      ref={section}
      aria-labelledby={`column-${column.id}`}
      className={`flex h-fit max-h-full w-72 shrink-0 flex-col rounded-xl border bg-surface/60 ${isOver ? "border-accent" : "border-line"}`}
    >
      <div className="flex items-center px-3 pt-2 pb-1.5">
        <ColumnHead {...{ column, columns, board, may }} count={cards.length} />
      </div>
      <div ref={scroller} className="relative min-h-8 flex-1 overflow-y-auto px-2 pb-1">
        {cards.length === 0 && <p className="px-1 py-2 text-sm text-quiet">{texts.board.empty}</p>}
        <ul className="relative" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ key, index, start }) => {
            const card = cards[index];
            if (!card) return null;
            return (
              <li
                key={key}
                ref={rows.measureElement}
                data-index={index}
                aria-setsize={cards.length}
                aria-posinset={index + 1}
                className="group absolute inset-x-0 top-0"
                style={{ transform: `translateY(${start}px)` }}
              >
                <CardView
                  card={card}
                  before={cards[index - 1]?.id ?? null}
                  canMove={may("task:move")}
                  blocked={blockers.get(card.id) ?? 0}
                  known={known}
                  boardId={board.boardId}
                  isChosen={chosen.has(card.id)}
                  handlers={handlers}
                />
              </li>
            );
          })}
        </ul>
      </div>
      {may("task:create") && <AddCard column={column} board={board} />}
    </section>
  );
});
