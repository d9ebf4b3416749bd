import { useLocation, useSearch } from "wouter";
import { calendarTexts, shownMonth } from "../../texts/calendar.ts";
import { Button } from "../../ui/button.tsx";
import { addDays, addMonths, isDay } from "../days.ts";
import { searchSaying } from "../look.ts";
import type { Span } from "./weeks.ts";

interface BarProps {
  readonly day: string;
  readonly span: Span;
  readonly today: string;
  readonly goTo: (place: { day?: string; span?: Span }) => void;
}

/** Which month or week is shown, and the way to others. */
export function CalendarBar({ day, span, today, goTo }: BarProps) {
  const step = (count: number) => goTo({ day: span === "month" ? addMonths(day, count) : addDays(day, 7 * count) });
  return (
    <div className="flex flex-wrap items-center gap-1">
      <h2 className="mr-auto text-lg font-semibold" aria-live="polite">
        {shownMonth(day)}
      </h2>
      <Button look="quiet" aria-label={calendarTexts.earlier} onClick={() => step(-1)}>
        ‹
      </Button>
      <Button look="quiet" onClick={() => goTo({ day: today })}>
        {calendarTexts.today}
      </Button>
      <Button look="quiet" aria-label={calendarTexts.later} onClick={() => step(1)}>
        ›
      </Button>
      <div role="group" aria-label={calendarTexts.span} className="flex gap-1">
        {(["month", "week"] as const).map((one) => (
          <Button
            key={one}
            look={one === span ? "plain" : "quiet"}
            aria-pressed={one === span}
            onClick={() => goTo({ span: one })}
          >
            {calendarTexts.spans[one]}
          </Button>
        ))}
      </div>
    </div>
  );
}

/** Which days are shown, by the address. */
export function usePlace(today: string): Pick<BarProps, "day" | "span" | "goTo"> {
  const params = new URLSearchParams(useSearch());
  const [, go] = useLocation();
  const said = params.get("day") ?? "";
  const goTo: BarProps["goTo"] = ({ day, span }) =>
    go(
      location.pathname +
        searchSaying({
          ...(day !== undefined && { day: day === today ? "" : day }),
          ...(span !== undefined && { span: span === "month" ? "" : span }),
        }),
    );
  return { day: isDay(said) ? said : today, span: params.get("span") === "week" ? "week" : "month", goTo };
}
