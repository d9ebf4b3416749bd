import { useCallback, useMemo, useRef } from "react";
import { useLocation, useSearch } from "wouter";
import { type Card, dayAt } from "../../../../client/index.ts";
import { timelineTexts } from "../../texts/timeline.ts";
import { Button } from "../../ui/button.tsx";
import { ownTimeZone } from "../../ui/time-zone.ts";
import { useIsNarrow } from "../../ui/use-is-narrow.ts";
import { useNow } from "../../ui/use-now.ts";
import { entriesOf } from "../days.ts";
import { doneIn } from "../done.ts";
import { groupsOf } from "../lanes/groups.ts";
import { searchSaying } from "../look.ts";
import { Refusal } from "../refusal.tsx";
import { useRescheduling } from "../use-rescheduling.ts";
import type { ViewProps } from "../view-props.ts";
import { bent, type Part } from "./bends.ts";
import { Chart } from "./chart.tsx";
import { rowsOf } from "./rows.ts";
import { DAY_PX, rangeOf, type Scale, SCALES } from "./scale.ts";

const LABEL_PX = 200;

/** The cards of a board from when they begin to when they are due, along time, in groups: lanes, or else columns. */
export function Timeline({ state, shown, board, may, look }: ViewProps) {
  const today = dayAt(new Date(useNow()), ownTimeZone());
  const { scale, setScale } = useScale();
  const { refused, forget, reschedule } = useRescheduling(board);
  const origin = useIsNarrow() ? 0 : LABEL_PX;
  const toToday = useRef(() => {});
  const entries = useMemo(() => entriesOf(shown), [shown]);
  const rows = useMemo(() => rowsOf(groupsOf(state, shown, look.lanes), entries), [state, shown, look.lanes, entries]);
  const { first, last } = useMemo(() => rangeOf(entries, today, DAY_PX[scale]), [entries, today, scale]);
  const range = useMemo(() => ({ first, last }), [first, last]);
  const isDone = useMemo(() => doneIn(state.columns), [state.columns]);
  const bend = useCallback(
    (card: Card, part: Part, days: number) => {
      reschedule(card, bent(card, part, days));
      requestAnimationFrame(() => document.activeElement?.scrollIntoView({ block: "nearest", inline: "nearest" }));
    },
    [reschedule],
  );
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
          <Button look="quiet" onClick={() => toToday.current()}>
            {timelineTexts.today}
          </Button>
          <ScaleButtons scale={scale} onScale={setScale} />
        </div>
        {rows.length === 0 ? (
          <p className="p-2 text-quiet">{timelineTexts.nothing}</p>
        ) : (
          <Chart
            {...{ rows, range, scale, today, toToday, origin, isDone }}
            boardId={board.boardId}
            canMove={may("task:update")}
            onBend={bend}
          />
        )}
      </main>
    </>
  );
}

function ScaleButtons({ scale, onScale }: { scale: Scale; onScale: (scale: Scale) => void }) {
  return (
    <div role="group" aria-label={timelineTexts.scale} className="flex gap-1">
      {SCALES.map((one) => (
        <Button
          key={one}
          look={one === scale ? "plain" : "quiet"}
          aria-pressed={one === scale}
          onClick={() => onScale(one)}
        >
          {timelineTexts.scales[one]}
        </Button>
      ))}
    </div>
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
