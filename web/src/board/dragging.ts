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

interface Handlers {
  readonly onDragging: (isDragging: boolean) => void;
  /** At which of its edges the dragged one would stand. */
  readonly onEdge: (edge: Edge | null) => void;
}

interface CardPlace {
  readonly cardId: string;
  readonly columnId: string;
  /** The card before it in its column. */
  readonly before: () => string | null;
}

/** Lets a card be dragged, and others be dropped above and below it. */
export function makeDraggable(
  element: HTMLElement,
  { cardId, columnId, before }: CardPlace,
  { onDragging, onEdge }: Handlers,
) {
  return combine(
    draggable({
      element,
      getInitialData: () => ({ [CARD]: cardId }),
      onDragStart: () => onDragging(true),
      onDrop: () => onDragging(false),
    }),
    dropTargetForElements({
      element,
      canDrop: ({ source }) => typeof source.data[CARD] === "string" && source.data[CARD] !== cardId,
      getData: ({ input }) =>
        attachClosestEdge({ columnId, above: before(), cardId }, { element, input, allowedEdges: ["top", "bottom"] }),
      onDrag: ({ self }) => onEdge(extractClosestEdge(self.data)),
      onDragLeave: () => onEdge(null),
      onDrop: () => onEdge(null),
    }),
  );
}

/** Lets cards be dropped at the end of a column. */
export function makeColumnTarget(
  element: HTMLElement,
  { columnId, last, onOver }: { columnId: string; last: () => string | null; onOver: (isOver: boolean) => void },
) {
  return dropTargetForElements({
    element,
    canDrop: ({ source }) => typeof source.data[CARD] === "string",
    getData: () => ({ columnId, last: last() }),
    onDragEnter: () => onOver(true),
    onDragLeave: () => onOver(false),
    onDrop: () => onOver(false),
  });
}

/** Says where a dragged card was dropped. */
export function monitorCards(onMove: (cardId: string, place: Place) => void) {
  return monitorForElements({
    canMonitor: ({ source }) => typeof source.data[CARD] === "string",
    onDrop({ source, location }) {
      const [target] = location.current.dropTargets;
      const cardId = source.data[CARD];
      if (!target || typeof cardId !== "string") return;
      const place = placeOf(target.data);
      if (place && place.after !== cardId) onMove(cardId, place);
    },
  });
}

function placeOf(data: Record<string | symbol, unknown>): Place | undefined {
  const columnId = data["columnId"];
  if (typeof columnId !== "string") return undefined;
  const after = { top: data["above"], bottom: data[CARD] }[String(extractClosestEdge(data))] ?? data["last"];
  return { columnId, after: typeof after === "string" ? after : null };
}
