import { autoScrollForElements } from "@atlaskit/pragmatic-drag-and-drop-auto-scroll/element";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { type Card, dayAt } from "../../../../client/index.ts";
import { calendarTexts, firstWeekday, shownWeekday } from "../../texts/calendar.ts";
import { ownTimeZone } from "../../ui/time-zone.ts";
import { useIsNarrow } from "../../ui/use-is-narrow.ts";
import { useNow } from "../../ui/use-now.ts";
import { cardDays, daysBetween, entriesOf } from "../days.ts";
import { doneIn } from "../done.ts";
import { Refusal } from "../refusal.tsx";
import { shifted, useRescheduling } from "../use-rescheduling.ts";
import type { ViewProps } from "../view-props.ts";
import { Agenda } from "./agenda.tsx";
import { CalendarBar, usePlace } from "./calendar-bar.tsx";
import { DayDialog } from "./day-dialog.tsx";
import { type Drop, monitorDays } from "./dragging.ts";
import { Undated } from "./undated.tsx";
import { WeekRow } from "./week-row.tsx";
import { type Span, weeksAround } from "./weeks.ts";

/** So many lines of cards a week has; of a week that is shown alone there are more. */
const MOST_LINES: Readonly<Record<Span, number>> = { month: 4, week: 40 };

/** The cards of a board by when they are due, in the time zone of who looks. */
export function Calendar({ state, shown, board, may }: ViewProps) {
  const today = dayAt(new Date(useNow()), ownTimeZone());
  const { day, span, goTo } = usePlace(today);
  const [opened, setOpened] = useState<string>();
  const { refused, forget, reschedule } = useRescheduling(board);
  const isNarrow = useIsNarrow();
  const weeks = useMemo(() => weeksAround(day, span, firstWeekday()), [day, span]);
  const entries = useMemo(() => entriesOf(shown.filter((card) => cardDays(card).due !== null)), [shown]);
  const undated = useMemo(() => shown.filter((card) => cardDays(card).due === null), [shown]);
  const isDone = useMemo(() => doneIn(state.columns), [state.columns]);
  const latest = useRef(state);
  useEffect(() => {
    latest.current = state;
  });
  const drop = useCallback(
    ({ cardId, from, to }: Drop) => {
      const card = latest.current.tasks.find(({ id }) => id === cardId);
      if (!card) return;
      reschedule(card, from === null || to === null ? { due: to } : shifted(card, daysBetween(from, to)));
    },
    [reschedule],
  );
  const scroller = useRef<HTMLElement>(null);
  const days = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // One of them scrolls, by how wide the page is.
    const scrolling = [scroller.current, days.current].filter((element) => element !== null);
    const stops = [
      // In a task of its own: the drop has taken as long as the main thread may be busy without being felt.
      monitorDays((dropped) => setTimeout(() => drop(dropped))),
      ...scrolling.map((element) => autoScrollForElements({ element })),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [drop]);
  const shift = (card: Card, count: number) => {
    const days = shifted(card, count);
    reschedule(card, days);
    const to = days.due ?? day;
    if (!weeks.flat().includes(to)) goTo({ day: to });
    focusEntry(card.id);
  };
  const month = span === "month" ? day.slice(0, 7) : undefined;
  const canMove = may("task:update");
  const { boardId } = board;
  const common = {
    boardId,
    today,
    month,
    canMove,
    canAdd: may("task:create"),
    isDone,
    onShift: shift,
    onOpenDay: setOpened,
  };
  return (
    <>
      <Refusal says={refused} onClose={forget} />
      <main
        ref={scroller}
        className="flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto p-3 lg:flex-row lg:overflow-hidden"
      >
        <p id="calendar-keys" className="sr-only">
          {calendarTexts.keys}
        </p>
        <div ref={days} className="flex min-w-0 flex-1 flex-col gap-2 lg:overflow-y-auto">
          <CalendarBar day={day} span={span} today={today} goTo={goTo} />
          {isNarrow ? (
            <Agenda weeks={weeks} entries={entries} {...common} />
          ) : (
            <table className="w-full table-fixed border-collapse">
              <thead>
                <tr>
                  {weeks[0]?.map((one) => (
                    <th key={one} scope="col" className="p-1 text-xs font-normal text-quiet">
                      {shownWeekday(one)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {weeks.map((week) => (
                  <WeekRow key={week[0]} week={week} entries={entries} mostLines={MOST_LINES[span]} {...common} />
                ))}
              </tbody>
            </table>
          )}
        </div>
        <Undated
          cards={undated}
          boardId={boardId}
          canMove={canMove}
          isDone={isDone}
          onDate={(card, due) => reschedule(card, { due })}
        />
      </main>
      {opened !== undefined && (
        <DayDialog
          day={opened}
          entries={entries.filter(({ first, last }) => first <= opened && opened <= last)}
          state={state}
          board={board}
          mayCreate={common.canAdd}
          isDone={isDone}
          onClose={() => setOpened(undefined)}
        />
      )}
    </>
  );
}

/** After the card stands on its new day. */
function focusEntry(cardId: string): void {
  requestAnimationFrame(() => document.getElementById(`calendar-${cardId}`)?.focus());
}
