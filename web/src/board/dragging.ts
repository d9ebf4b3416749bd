import { combine } from "@atlaskit/pragmatic-drag-and-drop/combine";
import {
  draggable,
  dropTargetForElements,
  monitorForElements,
} from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import {
  attachClosestEdge,
  type Edge,
  extractClosestEdge,
} from "@atlaskit/pragmatic-drag-and-drop-hitbox/closest-edge";
import type { Place } from "./places.ts";

/** A card that is dragged, and what it is dragged over, by the names of their data. */
const CARD = "cardId";
const LANE = "laneId";

interface Handlers {
  readonly onDragging: (isDragging: boolean) => void;
  /** At which of its edges the dragged one would stand. */
  readonly onEdge: (edge: Edge | null) => void;
}

interface CardPlace {
  readonly cardId: string;
  readonly columnId: string;
  /** Of a board that is cut into lanes. */
  readonly lane?: string | undefined;
  /** The card before it in its column. */
  readonly before: () => string | null;
}

/** Lets a card be dragged, and others be dropped above and below it. */
export function makeDraggable(
  element: HTMLElement,
  { cardId, columnId, lane, before }: CardPlace,
  { onDragging, onEdge }: Handlers,
) {
  return combine(
    draggable({
      element,
      getInitialData: () => ({ [CARD]: cardId, [LANE]: lane }),
      onDragStart: () => onDragging(true),
      onDrop: () => onDragging(false),
    }),
    dropTargetForElements({
      element,
      canDrop: ({ source }) => typeof source.data[CARD] === "string" && source.data[CARD] !== cardId,
      getData: ({ input }) =>
        attachClosestEdge(
          { columnId, [LANE]: lane, above: before(), cardId },
          { element, input, allowedEdges: ["top", "bottom"] },
        ),
      onDrag: ({ self }) => onEdge(extractClosestEdge(self.data)),
      onDragLeave: () => onEdge(null),
      onDrop: () => onEdge(null),
    }),
  );
}

interface ColumnPlace extends Pick<CardPlace, "columnId" | "lane"> {
  readonly last: () => string | null;
  readonly onOver: (isOver: boolean) => void;
}

/** Lets cards be dropped at the end of a column. */
export function makeColumnTarget(element: HTMLElement, { columnId, lane, last, onOver }: ColumnPlace) {
  return dropTargetForElements({
    element,
    canDrop: ({ source }) => typeof source.data[CARD] === "string",
    getData: () => ({ columnId, [LANE]: lane, last: last() }),
    onDragEnter: () => onOver(true),
    onDragLeave: () => onOver(false),
    onDrop: () => onOver(false),
  });
}

/** Lets cards be dropped on what a lane is called: in it they stay where they are in their column. */
export function makeLaneTarget(element: HTMLElement, lane: string, onOver: (isOver: boolean) => void) {
  return dropTargetForElements({
    element,
    canDrop: ({ source }) => typeof source.data[CARD] === "string" && source.data[LANE] !== lane,
    getData: () => ({ [LANE]: lane }),
    onDragEnter: () => onOver(true),
    onDragLeave: () => onOver(false),
    onDrop: () => onOver(false),
  });
}

interface Dropped {
  readonly onMove: (cardId: string, place: Place, from: string | undefined) => void;
  readonly onLane?: (cardId: string, lane: string, from: string | undefined) => void;
}

/** Says where a dragged card was dropped, or on which lane, and from which lane it came. */
export function monitorCards({ onMove, onLane }: Dropped) {
  return monitorForElements({
    canMonitor: ({ source }) => typeof source.data[CARD] === "string",
    onDrop({ source, location }) {
      const [target] = location.current.dropTargets;
      const cardId = source.data[CARD];
      if (!target || typeof cardId !== "string") return;
      const [place, lane, from] = [placeOf(target.data), textIn(target.data, LANE), textIn(source.data, LANE)];
      if (!place && lane !== undefined) onLane?.(cardId, lane, from);
      // Behind itself it stays where it is, but for another lane.
      if (place && (place.after !== cardId || lane !== from)) onMove(cardId, place, from);
    },
  });
}

function placeOf(data: Record<string | symbol, unknown>): Place | undefined {
  const [columnId, lane] = [textIn(data, "columnId"), textIn(data, LANE)];
  if (columnId === undefined) return undefined;
  const after = { top: data["above"], bottom: data[CARD] }[String(extractClosestEdge(data))] ?? data["last"];
  return { columnId, after: typeof after === "string" ? after : null, ...(lane !== undefined && { lane }) };
}

function textIn(data: Record<string | symbol, unknown>, name: string): string | undefined {
  const value = data[name];
  return typeof value === "string" ? value : undefined;
}
