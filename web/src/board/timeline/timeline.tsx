import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { type Card, dayAt } from "../../../../client/index.ts";
import { texts } from "../../texts.ts";
import { firstWeekday } from "../../texts/calendar.ts";
import { shownMark, timelineTexts } from "../../texts/timeline.ts";
import { Button } from "../../ui/button.tsx";
import { ownTimeZone } from "../../ui/time-zone.ts";
import { useIsNarrow } from "../../ui/use-is-narrow.ts";
import { useNow } from "../../ui/use-now.ts";
import { daysBetween, entriesOf } from "../days.ts";
import { doneIn } from "../done.ts";
import { groupsOf } from "../lanes/groups.ts";
import { searchSaying } from "../look.ts";
import { Refusal } from "../refusal.tsx";
import { useRescheduling } from "../use-rescheduling.ts";
import type { ViewProps } from "../view-props.ts";
import { Bar } from "./bar.tsx";
import { type Part, bent } from "./bends.ts";
import { Blocks } from "./blocks.tsx";
import { type Row, rowsOf } from "./rows.ts";
import { DAY_PX, marksBetween, type Range, rangeOf, type Scale, SCALES } from "./scale.ts";

const ROW_PX = 36;
const LABEL_PX = 200;
/** The marks that can be seen are made anew after so many pixels. */
const STEP_PX = 400;

/** The cards of a board from when they begin to when they are due, along time, in groups: lanes, or else columns. */
export function Timeline({ state, shown, board, may, look }: ViewProps) {
  const today = dayAt(new Date(useNow()), ownTimeZone());
  const { scale, setScale } = useScale();
  const { refused, forget, reschedule } = useRescheduling(board);
  const origin = useIsNarrow() ? 0 : LABEL_PX;
  const dayPx = DAY_PX[scale];
  const entries = useMemo(() => entriesOf(shown), [shown]);
  const rows = useMemo(() => rowsOf(groupsOf(state, shown, look.lanes), entries), [state, shown, look.lanes, entries]);
  const { first, last } = useMemo(() => rangeOf(entries, today, dayPx), [entries, today, dayPx]);
  const range = useMemo(() => ({ first, last }), [first, last]);
  const isDone = useMemo(() => doneIn(state.columns), [state.columns]);
  const places = useMemo(
    () => new Map(rows.map((row, index) => [row.kind === "card" ? row.entry.id : row.id, index])),
    [rows],
  );
  const { scroller, view, showToday, onScroll } = useScrolling({ range, dayPx, today });
  const seen = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 8,
  });
  const bend = useCallback(
    (card: Card, part: Part, days: number) => {
      reschedule(card, bent(card, part, days));
      requestAnimationFrame(() => document.activeElement?.scrollIntoView({ block: "nearest", inline: "nearest" }));
    },
    [reschedule],
  );
  const latest = useRef({ rows, seen });
  useEffect(() => {
    latest.current = { rows, seen };
  });
  const lookAt = useCallback((barId: string, step: number) => {
    const { rows, seen } = latest.current;
    let at = rows.findIndex(({ id }) => barIdOf(id) === barId) + step;
    while (rows[at]?.kind === "group") at += step;
    const row = rows[at];
    if (!row) return;
    seen.scrollToIndex(at);
    requestAnimationFrame(() => document.getElementById(barIdOf(row.id))?.focus());
  }, []);
  const showBar = (id: string) => {
    document.getElementById(barIdOf(id))?.scrollIntoView({ block: "nearest", inline: "center" });
  };
  const width = origin + (daysBetween(first, last) + 1) * dayPx;
  const marks = marksBetween(range, scale, firstWeekday(), view);
  const undated = shown.length - entries.length;
  return (
    <>
      <Refusal says={refused} onClose={forget} />
      <main className="flex min-h-0 flex-1 flex-col gap-2 p-3">
        <p id="timeline-keys" className="sr-only">
          {timelineTexts.keys}
        </p>
        <div className="flex flex-wrap items-center gap-1">
          <p className="mr-auto text-sm text-quiet">{undated > 0 ? timelineTexts.undated(undated) : ""}</p>
          <Button look="quiet" onClick={showToday}>
            {timelineTexts.today}
          </Button>
          <div role="group" aria-label={timelineTexts.scale} className="flex gap-1">
            {SCALES.map((one) => (
              <Button
                key={one}
                look={one === scale ? "plain" : "quiet"}
                aria-pressed={one === scale}
                onClick={() => setScale(one)}
              >
                {timelineTexts.scales[one]}
              </Button>
            ))}
          </div>
        </div>
        {rows.length === 0 ? (
          <p className="p-2 text-quiet">{timelineTexts.nothing}</p>
        ) : (
          <div
            ref={scroller}
            onScroll={onScroll}
            className="relative min-h-0 flex-1 overflow-auto scroll-pt-9 rounded-xl border border-line bg-surface"
            style={{ scrollPaddingLeft: origin }}
          >
            <div aria-hidden="true" className="sticky top-0 z-20 h-8 border-b border-line bg-surface" style={{ width }}>
              <span className="sticky left-0 z-1 block h-full bg-surface" style={{ width: origin }} />
              {marks.map(({ day, left }) => (
                <span
                  key={day}
                  className="absolute top-1.5 border-l border-line pl-1.5 text-xs whitespace-nowrap text-quiet"
                  style={{ left: origin + left }}
                >
                  {shownMark(day, scale)}
                </span>
              ))}
            </div>
            <div className="relative" style={{ width, height: seen.getTotalSize() }}>
              {marks.map(({ day, left }) => (
                <span
                  key={day}
                  aria-hidden="true"
                  className="absolute inset-y-0 border-l border-line/60"
                  style={{ left: origin + left }}
                />
              ))}
              <span
                aria-hidden="true"
                data-today=""
                className="absolute inset-y-0 border-l-2 border-accent"
                style={{ left: origin + (daysBetween(first, today) + 0.5) * dayPx }}
              />
              <Blocks
                {...{ rows, places, range, dayPx, origin }}
                seen={seen.getVirtualItems().map(({ index }) => index)}
                rowPx={ROW_PX}
              />
              <ul>
                {seen.getVirtualItems().map(({ index, start }) => {
                  const row = rows[index];
                  return (
                    row && (
                      <li
                        key={row.id}
                        aria-setsize={rows.length}
                        aria-posinset={index + 1}
                        className="absolute left-0 h-9"
                        style={{ top: start, width }}
                      >
                        {row.kind === "group" ? (
                          <GroupName row={row} origin={origin} />
                        ) : (
                          <>
                            {origin > 0 && <Label row={row} onShow={showBar} />}
                            <Bar
                              id={barIdOf(row.id)}
                              entry={row.entry}
                              {...{ range, dayPx, origin }}
                              boardId={board.boardId}
                              isDone={isDone(row.entry.card.columnId)}
                              canMove={may("task:update")}
                              onBend={bend}
                              onLook={lookAt}
                            />
                          </>
                        )}
                      </li>
                    )
                  );
                })}
              </ul>
            </div>
          </div>
        )}
      </main>
    </>
  );
}

function barIdOf(rowId: string): string {
  return `bar-${rowId.replaceAll(" ", "-")}`;
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
function Label({ row, onShow }: { row: Extract<Row, { kind: "card" }>; onShow: (id: string) => void }) {
  return (
    <button
      type="button"
      aria-hidden="true"
      tabIndex={-1}
      onClick={() => onShow(row.id)}
      className="sticky left-0 z-10 block h-full truncate border-r border-line bg-surface px-3 text-left text-sm"
      style={{ width: LABEL_PX }}
    >
      {row.entry.card.title}
    </button>
  );
}

/** How wide days are, by the address. */
function useScale(): { scale: Scale; setScale: (scale: Scale) => void } {
  const said = new URLSearchParams(useSearch()).get("scale");
  const [, go] = useLocation();
  return {
    scale: SCALES.find((scale) => scale === said) ?? "week",
    setScale: (scale) => go(location.pathname + searchSaying({ scale: scale === "week" ? "" : scale })),
  };
}

interface Time {
  readonly range: Range;
  readonly dayPx: number;
  readonly today: string;
}

/** Begins around today, and stays at its days when the range or the scale is another one. */
function useScrolling({ range: { first }, dayPx, today }: Time) {
  const scroller = useRef<HTMLDivElement>(null);
  const [step, setStep] = useState(0);
  const kept = useRef<{ left: number; first: string; dayPx: number }>(undefined);
  const showToday = useCallback(() => {
    const element = scroller.current;
    if (element) element.scrollLeft = daysBetween(first, today) * dayPx - element.clientWidth / 3;
  }, [first, today, dayPx]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const before = kept.current;
    if (before) element.scrollLeft = (before.left / before.dayPx + daysBetween(first, before.first)) * dayPx;
    else showToday();
    kept.current = { left: element.scrollLeft, first, dayPx };
  }, [first, dayPx, showToday]);
  const onScroll = () => {
    const left = scroller.current?.scrollLeft ?? 0;
    kept.current = { left, first, dayPx };
    setStep(Math.floor(left / STEP_PX));
  };
  const view = { from: (step - 1) * STEP_PX, to: (step + 2) * STEP_PX + innerWidth };
  return { scroller, view, showToday, onScroll };
}
