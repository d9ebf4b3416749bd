import { later } from "../ui/later.tsx";
import { Columns } from "./columns.tsx";
import { lanesOf } from "./lanes-of.ts";
import type { ViewProps } from "./view-props.ts";

const LaneBoard = later("lanes", async () => (await import("./lanes/lane-board.tsx")).LaneBoard);

/** The columns of a board: whole, or cut into lanes where there is something by which. */
export function ColumnsOrLanes(props: ViewProps) {
  return lanesOf(props.state, props.look.lanes) === null ? <Columns {...props} /> : <LaneBoard {...props} />;
}
