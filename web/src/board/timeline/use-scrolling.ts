import { useCallback, useLayoutEffect, useRef, useState } from "react";
import { daysBetween } from "../days.ts";
import type { Range } from "./scale.ts";

/** What can be seen is told anew after so many pixels. */
const STEP_PX = 400;

interface Time {
  readonly range: Range;
  readonly dayPx: number;
  readonly today: string;
}

/** Begins around today, and stays at its days when the range or the scale is another one. */
export function useScrolling({ range: { first }, dayPx, today }: Time) {
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
