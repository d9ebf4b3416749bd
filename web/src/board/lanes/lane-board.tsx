import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Card, Snapshot } from "../../../../client/index.ts";
import { texts } from "../../texts.ts";
import { lanesTexts } from "../../texts/lanes.ts";
import { AddColumn } from "../add-column.tsx";
import { CardWorkPlace, CHOOSING } from "../card-work.tsx";
import { ColumnHead } from "../column-head.tsx";
import { makeLaneTarget } from "../dragging.ts";
import { useKnown } from "../known.ts";
import { lanesOf } from "../lanes-of.ts";
import { Refusal } from "../refusal.tsx";
import { Spacer } from "../spacer.tsx";
import { useCardWork } from "../use-card-work.ts";
import type { ViewProps } from "../view-props.ts";
import { valuesIn } from "./lane-change.ts";
import { LaneCell, type LaneCellProps } from "./lane-cell.tsx";
import { cellOf, type GridLane, type GridRow, gridOf, rowsOf } from "./lane-grid.ts";
import { useLaneMoves } from "./use-lane-moves.ts";

/** About what lines take, in pixels, until they were measured. */
const HEIGHTS: Readonly<Record<GridRow["kind"], number>> = { name: 44, cards: 92, end: 52 };

const NONE: readonly Card[] = [];

/** The columns of a board, cut into lanes by what its cards have in common. */
export function LaneBoard({ state, shown, board, may, look }: ViewProps) {
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
  const {
    refused,
    refuse,
    forget,
    step,
    look: lookAt,
  } = useLaneMoves({ state, by, lanes, rows, lines, folded }, { board, canChange, scroller });
  const latest = useRef(lanes);
  useEffect(() => {
    latest.current = lanes;
  });
  const listOf = useCallback((card: Card, laneId?: string) => {
    const lane = latest.current.find(({ id }) => id === laneId);
    return lane ? cellOf(lane, card.columnId) : NONE;
  }, []);
  const work = useCardWork({ state, shown, may, listOf }, { onStep: step, onLook: lookAt });

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
      <Refusal says={refused} onClose={forget} />
      <main
        ref={scroller}
        className={`min-h-0 flex-1 scroll-pt-14 overflow-auto px-3 ${work.taskIds.length > 0 ? CHOOSING : "pb-3"}`}
      >
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
                      <LaneName
                        lane={lane}
                        canMove={canMove}
                        isFolded={folded.has(lane.id)}
                        onFold={() => fold(lane.id)}
                      />
                    </th>
                  ) : (
                    <RowCells
                      row={row}
                      columns={columns}
                      {...{ board, canMove, known, blockers }}
                      chosen={work.chosen}
                      handlers={work.handlers}
                      values={kind === "end" && canCreate ? valuesIn(state, by, lane.key) : undefined}
                    />
                  )}
                </tr>
              );
            })}
            <Spacer height={below} />
          </tbody>
        </table>
        <CardWorkPlace {...{ state, board, may, work }} onRefused={refuse} />
      </main>
    </>
  );
}

interface RowProps extends Pick<LaneCellProps, "board" | "canMove" | "known" | "values" | "handlers"> {
  readonly row: GridRow;
  readonly columns: Snapshot["columns"];
  readonly blockers: ReadonlyMap<string, number>;
  readonly chosen: ReadonlySet<string>;
}

/** What the columns have in a line of a lane. */
function RowCells({ row: { kind, lane, index }, columns, blockers, chosen, ...rest }: RowProps) {
  return columns.map((column) => {
    const cell = cellOf(lane, column.id);
    const card = kind === "cards" ? cell[index] : undefined;
    return (
      <LaneCell
        key={column.id}
        {...{ column, lane, card }}
        before={cell[index - 1]?.id ?? null}
        blocked={blockers.get(card?.id ?? "") ?? 0}
        isChosen={card !== undefined && chosen.has(card.id)}
        isFirst={index === 0}
        isEnd={kind === "end"}
        {...rest}
      />
    );
  });
}

interface NameProps {
  readonly lane: GridLane;
  readonly isFolded: boolean;
  readonly canMove: boolean;
  readonly onFold: () => void;
}

/** What a lane is called; a press folds and unfolds it. Cards are dropped on it, too. */
function LaneName({ lane, isFolded, canMove, onFold }: NameProps) {
  const element = useRef<HTMLDivElement>(null);
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    if (!element.current || !canMove) return undefined;
    return makeLaneTarget(element.current, lane.id, setOver);
  }, [lane.id, canMove]);
  return (
    <div ref={element} className={`rounded-md ${isOver ? "bg-accent/10" : ""}`}>
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
    </div>
  );
}

/** A card is counted once, in however many lanes it is. */
function countByColumn(cards: readonly Card[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { columnId } of cards) counts.set(columnId, (counts.get(columnId) ?? 0) + 1);
  return counts;
}
