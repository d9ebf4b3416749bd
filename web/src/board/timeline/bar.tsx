import { type KeyboardEvent, memo, type PointerEvent, useRef, useState } from "react";
import { useLocation } from "wouter";
import type { Card } from "../../../../client/index.ts";
import { shownDay } from "../../texts.ts";
import { timelineTexts } from "../../texts/timeline.ts";
import { COVERS } from "../colors.ts";
import type { Entry } from "../days.ts";
import type { Part } from "./bends.ts";
import { barOf, type Range } from "./scale.ts";

interface Props {
  readonly id: string;
  readonly entry: Entry;
  readonly range: Range;
  readonly dayPx: number;
  /** Where the range begins, in pixels: behind what cards are called, if there is room for that. */
  readonly origin: number;
  readonly boardId: string;
  readonly isDone: boolean;
  readonly canMove: boolean;
  readonly onBend: (card: Card, part: Part, days: number) => void;
  /** Goes to the bar above or below. */
  readonly onLook: (id: string, step: number) => void;
}

interface Drag {
  readonly part: Part;
  readonly fromX: number;
  readonly days: number;
}

/** A bar that is less wide has its title beside it. */
const ROOMY_PX = 60;

/** What pulling a part of a bar changes. */
const SHARES: Readonly<Record<Part, { readonly toLeft: number; readonly toWidth: number }>> = {
  all: { toLeft: 1, toWidth: 0 },
  first: { toLeft: 1, toWidth: -1 },
  last: { toLeft: 0, toWidth: 1 },
};

/** A card from where it begins to where it is due: to be opened, and moved and bent by pointer and keys. */
export const Bar = memo(function Bar(props: Props) {
  const { id, entry, range, dayPx, origin, boardId, isDone, canMove, onBend, onLook } = props;
  const { card, first, last } = entry;
  const [, go] = useLocation();
  const [drag, setDrag] = useState<Drag>();
  const wasDragged = useRef(false);
  const { left, width } = barOf(entry, range, dayPx);
  const pulledPx = (drag?.days ?? 0) * dayPx;
  const { toLeft, toWidth } = SHARES[drag?.part ?? "all"];

  const grab = (event: PointerEvent) => {
    const part = partOf(event.target);
    wasDragged.current = false;
    // A finger on a bar scrolls; on its ends it bends it.
    if (!canMove || event.button !== 0 || (event.pointerType === "touch" && part === "all")) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ part, fromX: event.clientX, days: 0 });
  };
  const pull = (event: PointerEvent) => {
    if (!drag) return;
    const days = Math.round((event.clientX - drag.fromX) / dayPx);
    if (days !== 0) wasDragged.current = true;
    if (days !== drag.days) setDrag({ ...drag, days });
  };
  const drop = () => {
    setDrag(undefined);
    if (drag && drag.days !== 0) onBend(card, drag.part, drag.days);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const across = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const along = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.ctrlKey || event.metaKey) return;
    if (along !== undefined) {
      event.preventDefault();
      onLook(id, along);
    } else if (across !== undefined && (event.altKey || event.shiftKey)) {
      event.preventDefault();
      if (canMove) onBend(card, event.shiftKey ? (event.altKey ? "first" : "last") : "all", across);
    }
  };
  const href = `/boards/${boardId}/tasks/${card.id}`;
  const end = "absolute inset-y-0 w-2 cursor-ew-resize touch-none";
  return (
    <a
      id={id}
      href={href}
      draggable={false}
      aria-describedby="timeline-keys"
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        if (!wasDragged.current) go(href + location.search);
      }}
      onKeyDown={onKeyDown}
      onPointerDown={grab}
      onPointerMove={pull}
      onPointerUp={drop}
      onPointerCancel={() => setDrag(undefined)}
      className={`absolute top-1 flex h-7 items-center rounded-md border bg-raised px-2 text-xs shadow-xs select-none hover:border-accent ${drag ? "z-1 border-accent" : "border-line"} ${isDone ? "text-quiet line-through" : ""}`}
      style={{ left: origin + left + toLeft * pulledPx, width: Math.max(width + toWidth * pulledPx, dayPx) }}
    >
      <span
        aria-hidden="true"
        className={`absolute inset-y-0 left-0 w-1 rounded-l-md ${card.coverColor ? COVERS[card.coverColor] : "bg-accent/60"}`}
      />
      <span
        className={
          width >= ROOMY_PX ? "truncate pl-1" : origin > 0 ? "sr-only" : "absolute left-full pl-1.5 whitespace-nowrap"
        }
      >
        {card.title}
      </span>
      <span className="sr-only">{timelineTexts.days(shownDay(first), shownDay(last))}</span>
      {canMove && (
        <>
          <span data-part="first" className={`${end} left-0`} />
          <span data-part="last" className={`${end} right-0`} />
        </>
      )}
    </a>
  );
});

function partOf(target: EventTarget): Part {
  const part = target instanceof HTMLElement ? target.dataset["part"] : undefined;
  return part === "first" || part === "last" ? part : "all";
}
