import { useMemo } from "react";
import { calendarTexts, shownWholeDay } from "../../texts/calendar.ts";
import type { Entry } from "../days.ts";
import { EntryLink } from "./entry-link.tsx";
import type { CalendarDays } from "./week-row.tsx";
import type { Week } from "./weeks.ts";

interface Props extends CalendarDays {
  readonly weeks: readonly Week[];
  readonly entries: readonly Entry[];
}

/** So many of a day are shown; the day itself shows all. */
const MOST_OF_DAY = 30;

/** The days that have something, one below the other: for where there is no room for weeks. */
export function Agenda({ weeks, entries, boardId, today, month, canMove, canAdd, isDone, onShift, onOpenDay }: Props) {
  const days = useMemo(() => {
    const shown = weeks.flat().filter((day) => month === undefined || day.startsWith(month));
    const all = shown.map((day) => ({ day, on: entries.filter(({ first, last }) => first <= day && day <= last) }));
    return all.filter(({ day, on }) => on.length > 0 || day === today);
  }, [weeks, month, entries, today]);
  if (days.length === 0) return <p className="p-2 text-quiet">{calendarTexts.nothing}</p>;
  return days.map(({ day, on }) => (
    <section key={day} aria-labelledby={`day-${day}`} className="flex flex-col gap-1.5">
      <div className="flex items-center justify-between">
        <h3 id={`day-${day}`} className={`text-sm ${day === today ? "font-semibold text-accent" : "text-quiet"}`}>
          {shownWholeDay(day)}
        </h3>
        {canAdd && (
          <button
            type="button"
            aria-label={calendarTexts.addOn(shownWholeDay(day))}
            onClick={() => onOpenDay(day)}
            className="grid size-8 place-items-center rounded text-quiet hover:bg-ground hover:text-text"
          >
            <span aria-hidden="true">+</span>
          </button>
        )}
      </div>
      {on.length === 0 && <p className="text-sm text-quiet">{calendarTexts.nothingOn}</p>}
      <ul className="flex flex-col gap-1">
        {on.slice(0, MOST_OF_DAY).map(({ card, first }) => (
          <li key={card.id}>
            <EntryLink
              card={card}
              id={first < day ? `calendar-${card.id}-${day}` : `calendar-${card.id}`}
              boardId={boardId}
              isDone={isDone(card.columnId)}
              dayAt={undefined}
              onShift={canMove ? onShift : undefined}
            />
          </li>
        ))}
      </ul>
      {on.length > MOST_OF_DAY && (
        <button type="button" onClick={() => onOpenDay(day)} className="self-start text-sm text-quiet underline">
          {calendarTexts.moreOn(on.length - MOST_OF_DAY, shownWholeDay(day))}
        </button>
      )}
    </section>
  ));
}
