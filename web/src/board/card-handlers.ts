import type { MouseEvent } from "react";
import type { Card } from "../../../client/index.ts";
import type { Direction } from "./places.ts";

/** How a card is chosen: by itself, by a tap where others are chosen already, or with what is between it and another one. */
export type Choosing = "toggle" | "tap" | "range" | "up" | "down";

/**
 * What is done with a card where it is shown, which is in `lane` where the board is cut into lanes. They stay the same, so
 * that no card is rendered again for them.
 */
export interface CardHandlers {
  readonly onStep: (card: Card, to: Direction, lane?: string) => void;
  readonly onLook: (card: Card, to: Direction, lane?: string) => void;
  /** Whether it was; else the card is opened, or the browser does what it does with a link. */
  readonly onChoose: (card: Card, how: Choosing, lane?: string) => boolean;
  /** Undefined for who may change nothing of it. */
  readonly onEdit: ((card: Card, lane?: string) => void) | undefined;
}

/** By which a card is found in the page; where there are lanes, it may be in several. */
export function cardDomId(cardId: string, lane = ""): string {
  return `card-${lane}${cardId}`;
}

/** After the card stands where it was moved to. */
export function focusCard(cardId: string, lane?: string): void {
  requestAnimationFrame(() => document.getElementById(cardDomId(cardId, lane))?.focus());
}

/** How a click chooses; undefined: it opens. */
export function choosingBy({ ctrlKey, metaKey, shiftKey, nativeEvent }: MouseEvent): Choosing | undefined {
  if (shiftKey) return "range";
  if (ctrlKey || metaKey) return "toggle";
  return nativeEvent instanceof PointerEvent && nativeEvent.pointerType === "touch" ? "tap" : undefined;
}
