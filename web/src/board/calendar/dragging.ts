import {
  draggable,
  dropTargetForElements,
  monitorForElements,
} from "@atlaskit/pragmatic-drag-and-drop/element/adapter";

/** A card that is dragged, by which of its days, and the day it is dragged over, by the names of their data. */
const CARD = "calendarCardId";
const DAY = "calendarDay";

/** Lets a card be dragged, held by the day that `dayAt` says of how far along it one took it (0 to 1). */
export function makeEntryDraggable(element: HTMLElement, cardId: string, dayAt: (part: number) => string | null) {
  return draggable({
    element,
    getInitialData: ({ input }) => {
      const { left, width } = element.getBoundingClientRect();
      return { [CARD]: cardId, [DAY]: dayAt((input.clientX - left) / width) };
    },
  });
}

/** Lets cards be dropped on a day; null: on none. */
export function makeDayTarget(element: HTMLElement, day: string | null, onOver: (isOver: boolean) => void) {
  return dropTargetForElements({
    element,
    canDrop: ({ source }) => typeof source.data[CARD] === "string",
    getData: () => ({ [DAY]: day }),
    onDragEnter: () => onOver(true),
    onDragLeave: () => onOver(false),
    onDrop: () => onOver(false),
  });
}

export interface Drop {
  readonly cardId: string;
  readonly from: string | null;
  readonly to: string | null;
}

export function monitorDays(onDrop: (drop: Drop) => void) {
  return monitorForElements({
    canMonitor: ({ source }) => typeof source.data[CARD] === "string",
    onDrop({ source, location }) {
      const [target] = location.current.dropTargets;
      const cardId = source.data[CARD];
      if (!target || typeof cardId !== "string") return;
      const [from, to] = [dayOf(source.data[DAY]), dayOf(target.data[DAY])];
      if (from !== to) onDrop({ cardId, from, to });
    },
  });
}

function dayOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
