import { useEffect, useMemo, useRef, useState } from "react";
import type { Card } from "../../../../client/index.ts";
import { shownDay } from "../../texts.ts";
import { calendarTexts, shownWholeDay } from "../../texts/calendar.ts";
import { addDays, type Entry } from "../days.ts";
import { makeDayTarget } from "./dragging.ts";
import { EntryLink } from "./entry-link.tsx";
import { layWeek, type Segment, type Week } from "./weeks.ts";

/** What every day of a calendar is shown by. */
export interface CalendarDays {
  readonly boardId: string;
  readonly today: string;
  /** The month that is shown: days of others are quieter. Undefined: a week is. */
  readonly month: string | undefined;
  readonly canMove: boolean;
  readonly canAdd: boolean;
  readonly isDone: (columnId: string) => boolean;
  readonly onShift: (card: Card, days: number) => void;
  readonly onOpenDay: (day: string) => void;
}

interface Props extends CalendarDays {
  readonly week: Week;
  readonly entries: readonly Entry[];
  readonly mostLines: number;
}

const HEAD_PX = 30;
const LINE_PX = 27;

/** A week, with what lies in it: an entry of several days is drawn from its first one in the week over the others. */
export function WeekRow({ week, entries, mostLines, ...days }: Props) {
  const { segments, hidden } = useMemo(() => layWeek(week, entries, mostLines), [week, entries, mostLines]);
  const lines = segments.reduce((most, { line }) => Math.max(most, line + 1), 0);
  const height = HEAD_PX + lines * LINE_PX + (hidden.some((count) => count > 0) ? LINE_PX : 6);
  return (
    <tr>
      {week.map((day, index) => (
        <DayCell
          key={day}
          day={day}
          height={height}
          top={HEAD_PX + lines * LINE_PX}
          segments={segments.filter(({ at }) => at === index)}
          hidden={hidden[index] ?? 0}
          {...days}
        />
      ))}
    </tr>
  );
}

interface DayProps extends CalendarDays {
  readonly day: string;
  readonly height: number;
  /** Where the count of those that found no room stands. */
  readonly top: number;
  /** Those that begin on it. */
  readonly segments: readonly Segment[];
  readonly hidden: number;
}

function DayCell({ day, height, top, segments, hidden, ...days }: DayProps) {
  const { today, month, canMove, canAdd, onOpenDay } = days;
  const element = useRef<HTMLTableCellElement>(null);
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    if (!element.current || !canMove) return undefined;
    return makeDayTarget(element.current, day, setOver);
  }, [day, canMove]);
  const isElsewhere = month !== undefined && !day.startsWith(month);
  const number = Number(day.slice(8));
  return (
    <td
      ref={element}
      data-day={day}
      aria-current={day === today ? "date" : undefined}
      className={`group relative border border-line p-0 align-top ${isOver ? "bg-accent/15" : isElsewhere ? "bg-ground" : "bg-surface"}`}
      style={{ height: `max(${String(height)}px, ${month === undefined ? "60vh" : "6.5rem"})` }}
    >
      <div className="flex items-center justify-between px-1 pt-1">
        <time
          dateTime={day}
          className={`grid size-6 place-items-center rounded-full text-xs ${day === today ? "bg-accent font-semibold text-on-accent" : "text-quiet"}`}
        >
          <span aria-hidden="true">{number}</span>
          <span className="sr-only">{shownWholeDay(day)}</span>
        </time>
        {canAdd && (
          <button
            type="button"
            aria-label={calendarTexts.addOn(shownWholeDay(day))}
            onClick={() => onOpenDay(day)}
            className="grid size-6 place-items-center rounded text-quiet opacity-0 group-hover:opacity-100 pointer-coarse:opacity-100 hover:bg-ground hover:text-text focus-visible:opacity-100"
          >
            <span aria-hidden="true">+</span>
          </button>
        )}
      </div>
      {segments.length > 0 && (
        <ul aria-label={calendarTexts.cardsOn(shownWholeDay(day))}>
          {segments.map((segment) => (
            <SegmentItem key={segment.entry.id} day={day} segment={segment} {...days} />
          ))}
        </ul>
      )}
      {hidden > 0 && (
        <button
          type="button"
          onClick={() => onOpenDay(day)}
          className="absolute inset-x-1 rounded px-1.5 text-left text-xs text-quiet hover:bg-ground hover:text-text"
          style={{ top }}
        >
          <span aria-hidden="true">{calendarTexts.more(hidden)}</span>
          <span className="sr-only">{calendarTexts.moreOn(hidden, shownWholeDay(day))}</span>
        </button>
      )}
    </td>
  );
}

type SegmentProps = Pick<CalendarDays, "boardId" | "canMove" | "isDone" | "onShift"> & {
  readonly day: string;
  readonly segment: Segment;
};

function SegmentItem({ day, segment: { entry, length, line }, boardId, canMove, isDone, onShift }: SegmentProps) {
  const { card, first, last } = entry;
  const isContinued = first < day;
  const says = isContinued
    ? calendarTexts.from(shownDay(first))
    : first < last
      ? calendarTexts.until(shownDay(last))
      : undefined;
  return (
    <li
      className="absolute left-0 z-1 px-0.5"
      style={{ top: HEAD_PX + line * LINE_PX, width: `calc(${String(length * 100)}% + ${String(length - 1)}px)` }}
    >
      <EntryLink
        card={card}
        id={isContinued ? `calendar-${card.id}-${day}` : `calendar-${card.id}`}
        boardId={boardId}
        isDone={isDone(card.columnId)}
        says={says}
        dayAt={canMove ? (part) => addDays(day, Math.min(length - 1, Math.floor(part * length))) : undefined}
        onShift={canMove ? onShift : undefined}
      />
    </li>
  );
}
