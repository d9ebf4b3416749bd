import { useEffect, useRef, useState } from "react";
import type { Card } from "../../../../client/index.ts";
import { calendarTexts } from "../../texts/calendar.ts";
import { VirtualList } from "../../ui/virtual-list.tsx";
import { makeDayTarget } from "./dragging.ts";
import { EntryLink } from "./entry-link.tsx";

interface Props {
  readonly cards: readonly Card[];
  readonly boardId: string;
  readonly canMove: boolean;
  readonly isDone: (columnId: string) => boolean;
  readonly onDate: (card: Card, day: string) => void;
}

/** Cards without a due date, each with a field for one: they are dragged into the calendar, and out of it. */
export function Undated({ cards, boardId, canMove, isDone, onDate }: Props) {
  const element = useRef<HTMLElement>(null);
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    if (!element.current || !canMove) return undefined;
    return makeDayTarget(element.current, null, setOver);
  }, [canMove]);
  return (
    <section
      ref={element}
      aria-labelledby="undated"
      className={`flex min-h-0 flex-col gap-2 rounded-xl border bg-surface/60 p-3 lg:w-64 lg:shrink-0 ${isOver ? "border-accent" : "border-line"}`}
    >
      <h2 id="undated" className="font-semibold">
        {calendarTexts.undated} <span className="text-sm font-normal text-quiet">{cards.length}</span>
      </h2>
      {cards.length === 0 ? (
        <p className="text-sm text-quiet">{calendarTexts.noUndated}</p>
      ) : (
        <VirtualList
          label={calendarTexts.undated}
          items={cards}
          height={canMove ? 56 : 24}
          className="max-h-80 flex-1 lg:max-h-none"
        >
          {(card) => (
            <div className="flex flex-col gap-1">
              <EntryLink
                card={card}
                id={`calendar-${card.id}`}
                boardId={boardId}
                isDone={isDone(card.columnId)}
                dayAt={canMove ? () => null : undefined}
                onShift={undefined}
              />
              {canMove && (
                <input
                  type="date"
                  aria-label={calendarTexts.dueOf(card.title)}
                  onChange={({ target: { value } }) => {
                    if (value !== "") onDate(card, value);
                  }}
                  className="h-7 rounded border border-line bg-surface px-1.5 text-xs text-quiet"
                />
              )}
            </div>
          )}
        </VirtualList>
      )}
    </section>
  );
}
