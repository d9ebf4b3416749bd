import { announce } from "@atlaskit/pragmatic-drag-and-drop-live-region";
import { autoScrollForElements } from "@atlaskit/pragmatic-drag-and-drop-auto-scroll/element";
import type { Virtualizer } from "@tanstack/react-virtual";
import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import type { Card, LiveBoard, Snapshot } from "../../../../client/index.ts";
import { texts } from "../../texts.ts";
import { lanesTexts } from "../../texts/lanes.ts";
import { saysOf } from "../../ui/form.tsx";
import { cardDomId } from "../card-handlers.ts";
import { monitorCards } from "../dragging.ts";
import type { Direction, Place } from "../places.ts";
import { laneChange } from "./lane-change.ts";
import { type GridLane, type GridRow, type InLane, type LanePlace, neighbourIn, steppedIn } from "./lane-grid.ts";

/** What a board in lanes shows. */
interface Shown {
  readonly state: Snapshot;
  readonly by: Snapshot["laneBy"];
  readonly lanes: readonly GridLane[];
  readonly folded: ReadonlySet<string>;
  readonly rows: readonly GridRow[];
  readonly lines: Virtualizer<HTMLElement, Element>;
}

interface Means {
  readonly board: LiveBoard;
  /** Whether cards may be put into other lanes. */
  readonly canChange: boolean;
  readonly scroller: RefObject<HTMLElement | null>;
}

/** How cards are moved within lanes and between them, by mouse and keyboard. What is refused is said, and put back. */
export function useLaneMoves(shown: Shown, { board, canChange, scroller }: Means) {
  const [refused, setRefused] = useState<string>();
  // What is looked at when something happens, and needs no rendering: handlers stay the same, and so do all cards.
  const latest = useRef(shown);
  useEffect(() => {
    latest.current = shown;
  });

  const move = useCallback(
    ({ lane, card }: InLane, place: LanePlace) => {
      const { state, by } = latest.current;
      const refuse = (error: unknown) => setRefused(texts.board.refused(card.title, saysOf(error)));
      const isOther = place.lane.id !== lane.id;
      const change = isOther ? laneChange(state, by, card, { from: lane.key, to: place.lane.key }) : undefined;
      if (isOther && (!change || !canChange)) {
        setRefused(lanesTexts.cannot(card.title, place.lane.name));
        return false;
      }
      setRefused(undefined);
      if (change) board.updateTask({ taskId: card.id, ...change }).done.catch(refuse);
      const { columnId, after } = place;
      if (columnId !== card.columnId || after !== undefined) {
        board.move({ taskId: card.id, columnId, ...(after !== undefined && { after }) }).done.catch(refuse);
      }
      return true;
    },
    [board, canChange],
  );
  const focus = useCallback((laneId: string, cardId: string) => {
    const { rows, lines } = latest.current;
    const at = rows.findIndex(
      ({ kind, lane, index }) =>
        kind === "cards" &&
        lane.id === laneId &&
        Array.from(lane.cells.values()).some((cell) => cell[index]?.id === cardId),
    );
    if (at === -1) return;
    const element = () => document.getElementById(cardDomId(cardId, laneId));
    if (!element()) lines.scrollToIndex(at);
    // At once, if it is there: the next key is for that card, however soon it comes.
    if (element()) element()?.focus();
    else requestAnimationFrame(() => element()?.focus());
  }, []);
  const step = useCallback(
    (card: Card, to: Direction, laneId?: string) => {
      const { state, lanes } = latest.current;
      const lane = lanes.find(({ id }) => id === laneId);
      const place = lane && steppedIn({ columns: state.columns, lanes }, { lane, card }, to);
      if (!place || !move({ lane, card }, place)) return;
      requestAnimationFrame(() => focus(place.lane.id, card.id));
      const column = state.columns.find(({ id }) => id === place.columnId);
      announce(lanesTexts.movedTo(card.title, column?.name ?? "", place.lane.name));
    },
    [move, focus],
  );
  const look = useCallback(
    (card: Card, to: Direction, laneId?: string) => {
      const { state, lanes, folded } = latest.current;
      const lane = lanes.find(({ id }) => id === laneId);
      const open = lanes.filter(({ id }) => !folded.has(id));
      const next = lane && neighbourIn({ columns: state.columns, lanes: open }, { lane, card }, to);
      if (next) focus(next.lane.id, next.card.id);
    },
    [focus],
  );

  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    /** Without a place it stays where it is in its column. */
    const drop = (cardId: string, [from, to]: readonly (string | undefined)[], place?: Place) => {
      const { state, lanes } = latest.current;
      const card = state.tasks.find(({ id }) => id === cardId);
      const [before, lane] = [from, to].map((laneId) => lanes.find(({ id }) => id === laneId));
      if (!card || !before || !lane) return;
      const spot = place ? { columnId: place.columnId, after: place.after } : { columnId: card.columnId };
      // In a task of its own: the drop has taken as long as the main thread may be busy without being felt.
      setTimeout(() => move({ lane: before, card }, { lane, ...spot }));
    };
    const stops = [
      autoScrollForElements({ element }),
      monitorCards({
        onMove: (cardId, place, from) => drop(cardId, [from, place.lane], place),
        onLane: (cardId, to, from) => drop(cardId, [from, to]),
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [move, scroller]);
  return { refused, refuse: setRefused, forget: () => setRefused(undefined), step, look };
}
