import { announce } from "@atlaskit/pragmatic-drag-and-drop-live-region";
import { autoScrollForElements } from "@atlaskit/pragmatic-drag-and-drop-auto-scroll/element";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Card, Snapshot } from "../../../client/index.ts";
import { texts } from "../texts.ts";
import { saysOf } from "../ui/form.tsx";
import { AddColumn } from "./add-column.tsx";
import { cardDomId, focusCard } from "./card-handlers.ts";
import { CardWorkPlace, CHOOSING } from "./card-work.tsx";
import { ColumnView } from "./column.tsx";
import { monitorCards } from "./dragging.ts";
import { useKnown } from "./known.ts";
import { type Direction, grouping, neighbour, type Place, stepped } from "./places.ts";
import { Refusal } from "./refusal.tsx";
import { useCardWork } from "./use-card-work.ts";
import type { ViewProps } from "./view-props.ts";

const NONE: readonly Card[] = [];

/** The columns of a board, and everything by which cards are moved among them. */
export function Columns({ state, shown, board, may }: ViewProps) {
  const [refused, setRefused] = useState<string>();
  const scroller = useRef<HTMLDivElement>(null);
  // Whatever changes on a board, most of its columns and cards stay as they are, and are not rendered again.
  const [group] = useState(grouping);
  const grouped = useMemo(() => group(state, shown), [group, state, shown]);
  const { known, blockers } = useKnown(state);
  // What is looked at when something happens, and needs no rendering: handlers stay the same, and so do all cards.
  const latest = useRef({ state, grouped });
  useEffect(() => {
    latest.current = { state, grouped };
  });

  const move = useCallback(
    (card: Card, place: Place) => {
      board.move({ taskId: card.id, ...place }).done.catch((error: unknown) => {
        setRefused(texts.board.refused(card.title, saysOf(error)));
      });
    },
    [board],
  );
  const step = useCallback(
    (card: Card, to: Direction) => {
      const place = stepped(latest.current.state, latest.current.grouped, card, to);
      if (!place) return;
      move(card, place);
      focusCard(card.id);
      announceMove(latest.current, card, place);
    },
    [move],
  );
  const look = useCallback((card: Card, to: Direction) => {
    const next = neighbour(latest.current.state, latest.current.grouped, card, to);
    // At once: the next key is for that card, however soon it comes.
    if (next) document.getElementById(cardDomId(next.id))?.focus();
  }, []);
  const listOf = useCallback((card: Card) => latest.current.grouped.get(card.columnId) ?? NONE, []);
  const work = useCardWork({ state, shown, may, listOf }, { onStep: step, onLook: look });
  const { chosen, chosenNow, taskIds, handlers } = work;
  const drop = useCallback(
    (card: Card, place: Place) => {
      const together = chosenNow();
      if (!together.has(card.id) || together.size === 1) move(card, place);
      else {
        const { state, grouped } = latest.current;
        const ids = state.tasks.filter(({ id }) => together.has(id)).map(({ id }) => id);
        const after = behind(grouped.get(place.columnId) ?? NONE, place.after, together);
        board
          .moveTasks({ taskIds: ids, columnId: place.columnId, after })
          .done.catch((error: unknown) => setRefused(saysOf(error)));
      }
    },
    [board, move, chosenNow],
  );

  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const stops = [
      autoScrollForElements({ element }),
      monitorCards({
        onMove(cardId, place) {
          const card = latest.current.state.tasks.find(({ id }) => id === cardId);
          // In a task of its own: the drop has taken as long as the main thread may be busy without being felt.
          if (card) setTimeout(() => drop(card, place));
        },
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [drop]);

  return (
    <>
      <Refusal says={refused} onClose={() => setRefused(undefined)} />
      <main
        ref={scroller}
        className={`relative flex min-h-0 flex-1 items-stretch gap-3 overflow-x-auto px-3 pt-3 ${taskIds.length > 0 ? CHOOSING : "pb-3"}`}
      >
        <p id="card-keys" className="sr-only">
          {texts.board.keys}
        </p>
        {state.columns.map((column) => (
          <ColumnView
            key={column.id}
            column={column}
            columns={state.columns}
            cards={grouped.get(column.id) ?? NONE}
            board={board}
            may={may}
            known={known}
            blockers={blockers}
            chosen={chosen}
            handlers={handlers}
          />
        ))}
        {may("column:create") && <AddColumn board={board} />}
        <CardWorkPlace {...{ state, board, may, work }} onRefused={setRefused} />
      </main>
    </>
  );
}

/** The card of a column behind which others come: `after`, or what stands before it if that is one of them. */
function behind(column: readonly Card[], after: string | null, moved: ReadonlySet<string>): string | null {
  const place = column.findIndex(({ id }) => id === after);
  return column.slice(0, place + 1).findLast(({ id }) => !moved.has(id))?.id ?? null;
}

function announceMove(
  { state, grouped }: { state: Snapshot; grouped: ReadonlyMap<string, readonly Card[]> },
  card: Card,
  place: Place,
): void {
  const column = state.columns.find(({ id }) => id === place.columnId);
  const others = (grouped.get(place.columnId) ?? []).filter(({ id }) => id !== card.id);
  const index = others.findIndex(({ id }) => id === place.after) + 1;
  announce(texts.board.movedTo(card.title, column?.name ?? "", index + 1, others.length + 1));
}
