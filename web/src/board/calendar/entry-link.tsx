import { type KeyboardEvent, useEffect, useRef } from "react";
import { useLocation } from "wouter";
import type { Card } from "../../../../client/index.ts";
import { shownTime } from "../../texts/calendar.ts";
import { useNow } from "../../ui/use-now.ts";
import { COVERS } from "../colors.ts";
import { makeEntryDraggable } from "./dragging.ts";

interface Props {
  readonly card: Card;
  readonly id: string;
  readonly boardId: string;
  /** It stands in a column of what is done or given up. */
  readonly isDone: boolean;
  /** What is to be known beside its title: that it goes on elsewhere. */
  readonly says?: string | undefined;
  /** By which of its days one holds it; undefined: it may not be dragged. */
  readonly dayAt: ((part: number) => string | null) | undefined;
  /** Moves it by days; undefined: it may not be moved. */
  readonly onShift: ((card: Card, days: number) => void) | undefined;
}

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

/** A card as a day shows it: in one line, to be opened, dragged, and moved by keys. */
export function EntryLink({ card, id, boardId, isDone, says, dayAt, onShift }: Props) {
  const [, go] = useLocation();
  const element = useRef<HTMLAnchorElement>(null);
  const held = useRef(dayAt);
  const now = useNow();
  useEffect(() => {
    held.current = dayAt;
  });
  const isDraggable = dayAt !== undefined;
  useEffect(() => {
    if (!element.current || !isDraggable) return undefined;
    return makeEntryDraggable(element.current, card.id, (part) => held.current?.(part) ?? null);
  }, [card.id, isDraggable]);
  const onKeyDown = (event: KeyboardEvent) => {
    const days = STEPS[event.key];
    if (days === undefined || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!event.altKey) focusNext(event.currentTarget, Math.sign(days));
    else onShift?.(card, days);
  };
  const href = `/boards/${boardId}/tasks/${card.id}`;
  const isOver = !isDone && card.dueAt !== null && Date.parse(card.dueAt) < now;
  return (
    <a
      ref={element}
      id={id}
      data-entry=""
      href={href}
      aria-describedby="calendar-keys"
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        go(href + location.search);
      }}
      onKeyDown={onKeyDown}
      className={`flex h-6 items-center gap-1.5 overflow-hidden rounded border border-line bg-raised px-1.5 text-xs hover:border-accent ${isDone ? "text-quiet line-through" : isOver ? "text-danger" : ""}`}
    >
      {card.coverColor && (
        <span aria-hidden="true" className={`h-3 w-1 shrink-0 rounded-full ${COVERS[card.coverColor]}`} />
      )}
      {card.dueAt !== null && card.dueOn === null && <span className="shrink-0">{shownTime(card.dueAt)}</span>}
      <span className="truncate">{card.title}</span>
      {says !== undefined && <span className="sr-only">{says}</span>}
    </a>
  );
}

/** The card of the calendar that comes next, or before. */
function focusNext(from: Element, step: number): void {
  const all = [...document.querySelectorAll<HTMLElement>("main [data-entry]")];
  all[all.findIndex((one) => one === from) + step]?.focus();
}
