import { Flow, type Outlet } from "../../server/core/live/flow.ts";
import type { Opening } from "../../server/core/live/follow.ts";
import type { Place, StreamLog } from "../../server/core/live/stream-log.ts";
import type { Database } from "./database.ts";
import type { Frame } from "./line.ts";
import type { Link } from "./link.ts";
import { openStream } from "./state.ts";

/** What a run is put together from: a test may put a broken one in the place of one of these. */
export interface Parts {
  readonly log: (log: StreamLog, database: Database, link: Link) => StreamLog;
  readonly createFlow: (outlet: Outlet) => Flow;
  /** The statement that opens a watch. */
  readonly open: (
    database: Database,
    link: Link,
    watch: { streamId: string; userId: string },
  ) => (cursor: Place | undefined, reset: boolean) => Promise<Opening>;
  /** Whether a client takes what its connection brings. */
  readonly isTaken: (frame: Frame) => boolean;
}

export const SOUND: Parts = {
  log: (log) => log,
  createFlow: (outlet) => new Flow(outlet),
  open: (database, link, watch) => (cursor, reset) =>
    link.ask(() => openStream(database.state, { ...watch, cursor, reset })),
  isTaken: () => true,
};
