import type { ComponentType } from "react";
import { texts } from "../texts.ts";
import { later } from "../ui/later.tsx";
import { ColumnsOrLanes } from "./columns-or-lanes.tsx";
import type { ViewKind } from "./look.ts";
import { TaskList } from "./task-list.tsx";
import type { ViewProps } from "./view-props.ts";

interface Kind {
  readonly id: ViewKind;
  readonly name: string;
  readonly View: ComponentType<ViewProps>;
}

// Nobody waits for these to see a board.
const Calendar = later("calendar", async () => (await import("./calendar/calendar.tsx")).Calendar);
const Timeline = later("timeline", async () => (await import("./timeline/timeline.tsx")).Timeline);

const { views } = texts.list;

/** As what a board is shown, in the order in which one chooses. */
export const VIEW_KINDS: Readonly<Record<ViewKind, Kind>> = {
  board: { id: "board", name: views.board, View: ColumnsOrLanes },
  list: { id: "list", name: views.list, View: TaskList },
  calendar: { id: "calendar", name: views.calendar, View: Calendar },
  timeline: { id: "timeline", name: views.timeline, View: Timeline },
};
