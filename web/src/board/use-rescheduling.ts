import { announce } from "@atlaskit/pragmatic-drag-and-drop-live-region";
import { useCallback, useState } from "react";
import { type Card, datesOn, type LiveBoard, type TaskDays } from "../../../client/index.ts";
import { texts } from "../texts.ts";
import { calendarTexts, shownWholeDay } from "../texts/calendar.ts";
import { saysOf } from "../ui/form.tsx";
import { ownTimeZone } from "../ui/time-zone.ts";
import { addDays, cardDays } from "./days.ts";

export type Reschedule = (card: Card, days: Partial<TaskDays>) => void;

/** Puts cards on other days, which is said aloud; what the server refuses is put back, with the reason. */
export function useRescheduling(board: LiveBoard) {
  const [refused, setRefused] = useState<string>();
  const reschedule = useCallback<Reschedule>(
    (card, days) => {
      setRefused(undefined);
      board.updateTask({ taskId: card.id, ...datesOn(card, days, ownTimeZone()) }).done.catch((error: unknown) => {
        setRefused(texts.board.refused(card.title, saysOf(error)));
      });
      const { start, due } = days;
      if (typeof due !== "string") return;
      const from = typeof start === "string" ? shownWholeDay(start) : undefined;
      announce(calendarTexts.movedTo(card.title, shownWholeDay(due), from));
    },
    [board],
  );
  return { refused, forget: () => setRefused(undefined), reschedule };
}

/** The days of a card so many later, or earlier. */
export function shifted(card: Card, count: number): Partial<TaskDays> {
  const { start, due } = cardDays(card);
  return {
    ...(start !== null && { start: addDays(start, count) }),
    ...(due !== null && { due: addDays(due, count) }),
  };
}
