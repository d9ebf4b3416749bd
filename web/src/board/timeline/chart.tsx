import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useCallback, useEffect, useMemo, useRef } from "react";
import { firstWeekday } from "../../texts/calendar.ts";
import { shownMark } from "../../texts/timeline.ts";
import { daysBetween } from "../days.ts";
import { Blocks } from "./blocks.tsx";
import { barIdOf, type ChartLines, ChartRow } from "./chart-row.tsx";
import type { Row } from "./rows.ts";
import { DAY_PX, type Mark, marksBetween, type Range, type Scale } from "./scale.ts";
import { useScrolling } from "./use-scrolling.ts";

interface Props extends Omit<ChartLines, "dayPx" | "onLook"> {
  readonly rows: readonly Row[];
  readonly range: Range;
  readonly scale: Scale;
  readonly today: string;
  /** What scrolls to today is put there. */
  readonly toToday: RefObject<() => void>;
}

const ROW_PX = 36;

/** Bars along time, line by line: those are in the page that can be seen. */
export function Chart({ rows, scale, today, toToday, ...lines }: Props) {
  const { range, origin } = lines;
  const dayPx = DAY_PX[scale];
  const { scroller, view, showToday, onScroll } = useScrolling({ range, dayPx, today });
  useEffect(() => {
    toToday.current = showToday;
  }, [toToday, showToday]);
  const seen = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 8,
  });
  const latest = useRef({ rows, seen });
  useEffect(() => {
    latest.current = { rows, seen };
  });
  const look = useCallback((barId: string, step: number) => {
    const { rows, seen } = latest.current;
    let at = rows.findIndex(({ id }) => barIdOf(id) === barId) + step;
    while (rows[at]?.kind === "group") at += step;
    const row = rows[at];
    if (!row) return;
    seen.scrollToIndex(at);
    requestAnimationFrame(() => document.getElementById(barIdOf(row.id))?.focus());
  }, []);
  const places = useMemo(
    () => new Map(rows.map((row, index) => [row.kind === "card" ? row.entry.id : row.id, index])),
    [rows],
  );
  const width = origin + (daysBetween(range.first, range.last) + 1) * dayPx;
  const marks = marksBetween(range, scale, firstWeekday(), view);
  const items = seen.getVirtualItems();
  return (
    <div
      ref={scroller}
      onScroll={onScroll}
      className="relative min-h-0 flex-1 overflow-auto scroll-pt-9 rounded-xl border border-line bg-surface"
      style={{ scrollPaddingLeft: origin }}
    >
      <ChartHead {...{ marks, scale, origin, width }} />
      <div className="relative min-h-[calc(100%-2rem)]" style={{ width, height: seen.getTotalSize() }}>
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
          className="absolute inset-y-0 border-l-2 border-accent"
          style={{ left: origin + (daysBetween(range.first, today) + 0.5) * dayPx }}
        />
        <Blocks {...{ rows, places, range, dayPx, origin }} seen={items.map(({ index }) => index)} rowPx={ROW_PX} />
        <ul>
          {items.map(({ index, start }) => {
            const row = rows[index];
            return (
              row && (
                <li
                  key={row.id}
                  aria-setsize={rows.length}
                  aria-posinset={index + 1}
                  className="absolute left-0"
                  style={{ top: start, width, height: ROW_PX }}
                >
                  <ChartRow row={row} dayPx={dayPx} onLook={look} {...lines} />
                </li>
              )
            );
          })}
        </ul>
      </div>
    </div>
  );
}

interface HeadProps {
  readonly marks: readonly Mark[];
  readonly scale: Scale;
  readonly origin: number;
  readonly width: number;
}

/** The dates above a chart; bars say theirs themselves. */
function ChartHead({ marks, scale, origin, width }: HeadProps) {
  return (
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
  );
}
