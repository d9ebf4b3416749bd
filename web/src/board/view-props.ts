import type { Card, LiveBoard, Snapshot } from "../../../client/index.ts";
import type { May } from "./access.ts";
import type { Look, SetLook } from "./look.ts";

/** What a kind of view shows a board by. */
export interface ViewProps {
  readonly state: Snapshot;
  /** Those of its cards that are not filtered out. */
  readonly shown: readonly Card[];
  readonly board: LiveBoard;
  readonly may: May;
  readonly look: Look;
  readonly setLook: SetLook;
}
