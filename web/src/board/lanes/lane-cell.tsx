import { memo, useEffect, useRef, useState } from "react";
import type { Card, LiveBoard, Snapshot } from "../../../../client/index.ts";
import { AddCard, type NewCardValues } from "../add-card.tsx";
import { CardView, type CardViewProps } from "../card.tsx";
import { makeColumnTarget } from "../dragging.ts";
import { cellOf, type GridLane } from "./lane-grid.ts";

export interface LaneCellProps extends Pick<CardViewProps, "canMove" | "isChosen" | "known" | "handlers"> {
  readonly column: Snapshot["columns"][number];
  readonly lane: GridLane;
  /** Undefined below the last card of the column in this lane. */
  readonly card: Card | undefined;
  readonly before: string | null;
  readonly blocked: number;
  readonly board: LiveBoard;
  /** At the end of the lane: what a card begins with that is made there; undefined: none is. */
  readonly values?: NewCardValues | undefined;
  /** Which of the lines of its lane it is in. */
  readonly isFirst: boolean;
  readonly isEnd: boolean;
}

/** What of a column stands in a line of a lane. Cards are dropped into it, at the end of the column in the lane. */
export const LaneCell = memo(function LaneCell({
  column,
  lane,
  card,
  board,
  values,
  isFirst,
  isEnd,
  ...rest
}: LaneCellProps) {
  const element = useRef<HTMLTableCellElement>(null);
  const latest = useRef(lane);
  const [isOver, setOver] = useState(false);
  const { canMove } = rest;
  useEffect(() => {
    latest.current = lane;
  });
  useEffect(() => {
    if (!element.current || !canMove) return undefined;
    return makeColumnTarget(element.current, {
      columnId: column.id,
      lane: lane.id,
      last: () => cellOf(latest.current, column.id).at(-1)?.id ?? null,
      onOver: setOver,
    });
  }, [column.id, lane.id, canMove]);
  return (
    <td
      ref={element}
      className={`border-x border-line px-2 py-1 align-top ${isOver ? "bg-accent/10" : "bg-surface/60"} ${isFirst ? "rounded-t-xl border-t" : ""} ${isEnd ? "rounded-b-xl border-b" : ""}`}
    >
      {card && (
        <div className="group relative">
          <CardView card={card} lane={lane.id} boardId={board.boardId} {...rest} />
        </div>
      )}
      {values && <AddCard column={column} board={board} lane={lane.name} values={values} />}
    </td>
  );
});
