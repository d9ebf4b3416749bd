import { announce } from "@atlaskit/pragmatic-drag-and-drop-live-region";
import { autoScrollForElements } from "@atlaskit/pragmatic-drag-and-drop-auto-scroll/element";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Card } from "../../../../client/index.ts";
import { texts } from "../../texts.ts";
import { lanesTexts } from "../../texts/lanes.ts";
import { saysOf } from "../../ui/form.tsx";
import { AddColumn } from "../add-column.tsx";
import { ColumnHead } from "../column-head.tsx";
import { cardDomId } from "../card.tsx";
import { monitorCards } from "../dragging.ts";
import { useKnown } from "../known.ts";
import { lanesOf } from "../lanes-of.ts";
import type { Direction } from "../places.ts";
import { Refusal } from "../refusal.tsx";
import { Spacer } from "../spacer.tsx";
import type { ViewProps } from "../view-props.ts";
import { laneChange, valuesIn } from "./lane-change.ts";
import { LaneCell } from "./lane-cell.tsx";
import {
  cellOf,
  type GridLane,
  type GridRow,
  gridOf,
  type InLane,
  type LanePlace,
  neighbourIn,
  rowsOf,
  steppedIn,
} from "./lane-grid.ts";

/** About what lines take, in pixels, until they were measured. */
const HEIGHTS: Readonly<Record<GridRow["kind"], number>> = { name: 44, cards: 92, end: 52 };

/** The columns of a board, cut into lanes by what its cards have in common. */
export function LaneBoard({ state, shown, board, may, look }: ViewProps) {
  const [refused, setRefused] = useState<string>();
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const scroller = useRef<HTMLElement>(null);
  const { known, blockers } = useKnown(state);
  const { columns } = state;
  const by = lanesOf(state, look.lanes);
  const lanes = useMemo(() => gridOf(state, shown, by), [state, shown, by]);
  const counts = useMemo(() => countByColumn(shown), [shown]);
  const rows = useMemo(() => rowsOf(lanes, folded), [lanes, folded]);
  const [canMove, canChange, canCreate] = [may("task:move"), may("task:update"), may("task:create")];
  const lines = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => HEIGHTS[rows[index]?.kind ?? "cards"],
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 6,
  });
  // What is looked at when something happens, and needs no rendering: handlers stay the same, and so do all cards.
  const latest = useRef({ state, by, lanes, rows, lines, folded });
  useEffect(() => {
    latest.current = { state, by, lanes, rows, lines, folded };
  });

  const move = useCallback(
    ({ lane, card }: InLane, place: LanePlace) => {
      const { state, by } = latest.current;
      const refuse = (error: unknown) => setRefused(texts.board.refused(card.title, saysOf(error)));
      const isOther = place.lane.id !== lane.id;
      const change = isOther ? laneChange(state, by, card, { from: lane.key, to: place.lane.key }) : undefined;
      if (isOther && (!change || !canChange)) {
        setRefused(lanesTexts.cannot(card.title, place.lane.name));
        return;
      }
      setRefused(undefined);
      if (change) board.updateTask({ taskId: card.id, ...change }).done.catch(refuse);
      const { columnId, after } = place;
      if (columnId === card.columnId && after === undefined) return;
      board.move({ taskId: card.id, columnId, ...(after !== undefined && { after }) }).done.catch(refuse);
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
      if (!place) return;
      move({ lane, card }, place);
      requestAnimationFrame(() => focus(place.lane.id, card.id));
      const column = state.columns.find(({ id }) => id === place.columnId);
      announce(lanesTexts.movedTo(card.title, column?.name ?? "", place.lane.name));
    },
    [move, focus],
  );
  const lookAt = useCallback(
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
    const stops = [
      autoScrollForElements({ element }),
      monitorCards((cardId, { lane: to, ...place }, from) => {
        const { state, lanes } = latest.current;
        const card = state.tasks.find(({ id }) => id === cardId);
        const [before, lane] = [from, to].map((laneId) => lanes.find(({ id }) => id === laneId));
        // In a task of its own: the drop has taken as long as the main thread may be busy without being felt.
        if (card && before && lane) setTimeout(() => move({ lane: before, card }, { lane, ...place }));
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [move]);

  const fold = (laneId: string) => {
    const next = new Set(folded);
    if (!next.delete(laneId)) next.add(laneId);
    setFolded(next);
  };
  const seen = lines.getVirtualItems();
  const [above, below] = [seen[0]?.start ?? 0, lines.getTotalSize() - (seen.at(-1)?.end ?? 0)];
  const width = columns.length + Number(may("column:create"));
  return (
    <>
      <Refusal says={refused} onClose={() => setRefused(undefined)} />
      <main ref={scroller} className="min-h-0 flex-1 overflow-auto px-3 pb-3">
        <p id="card-keys" className="sr-only">
          {lanesTexts.keys}
        </p>
        <table
          aria-rowcount={rows.length + 1}
          className="table-fixed border-separate border-spacing-x-1.5 border-spacing-y-0 text-left"
          style={{ width: `${String(width * 18)}rem` }}
        >
          <thead className="sticky top-0 z-20 bg-ground">
            <tr>
              {columns.map((column) => (
                <th key={column.id} scope="col" className="px-2 py-2 font-normal">
                  <div className="flex items-center">
                    <ColumnHead {...{ column, columns, board, may }} count={counts.get(column.id) ?? 0} />
                  </div>
                </th>
              ))}
              {may("column:create") && (
                <td className="px-2 py-1 align-top">
                  <AddColumn board={board} />
                </td>
              )}
            </tr>
          </thead>
          <tbody>
            <Spacer height={above} />
            {seen.map(({ index, key }) => {
              const row = rows[index];
              if (!row) return null;
              const { kind, lane } = row;
              return (
                <tr key={key} ref={lines.measureElement} data-index={index} aria-rowindex={index + 2}>
                  {kind === "name" ? (
                    <th scope="colgroup" colSpan={columns.length} className="pt-3 pb-1 font-normal">
                      <LaneName lane={lane} isFolded={folded.has(lane.id)} onFold={() => fold(lane.id)} />
                    </th>
                  ) : (
                    columns.map((column) => {
                      const cell = cellOf(lane, column.id);
                      const card = kind === "cards" ? cell[row.index] : undefined;
                      return (
                        <LaneCell
                          key={column.id}
                          {...{ column, lane, card, board, canMove, known }}
                          before={cell[row.index - 1]?.id ?? null}
                          blocked={blockers.get(card?.id ?? "") ?? 0}
                          isFirst={row.index === 0}
                          isEnd={kind === "end"}
                          values={kind === "end" && canCreate ? valuesIn(state, by, lane.key) : undefined}
                          onStep={step}
                          onLook={lookAt}
                        />
                      );
                    })
                  )}
                </tr>
              );
            })}
            <Spacer height={below} />
          </tbody>
        </table>
      </main>
    </>
  );
}

/** What a lane is called; a press folds and unfolds it. */
function LaneName({ lane, isFolded, onFold }: { lane: GridLane; isFolded: boolean; onFold: () => void }) {
  return (
    <button
      type="button"
      aria-expanded={!isFolded}
      onClick={onFold}
      className="sticky left-3 flex max-w-[80vw] items-baseline gap-2 rounded-md px-2 py-1 text-left hover:bg-surface"
    >
      <span aria-hidden="true" className="text-quiet">
        {isFolded ? "▸" : "▾"}
      </span>
      <span className="truncate font-semibold">{lane.name}</span>
      <span className="text-sm text-quiet">
        <span aria-hidden="true">{lane.count}</span>
        <span className="sr-only">{texts.board.cards(lane.count)}</span>
      </span>
    </button>
  );
}

/** A card is counted once, in however many lanes it is. */
function countByColumn(cards: readonly Card[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { columnId } of cards) counts.set(columnId, (counts.get(columnId) ?? 0) + 1);
  return counts;
}
