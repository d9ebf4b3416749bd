import type { Card, LiveBoard, Snapshot } from "../../../client/index.ts";
import type { May } from "../board/access.ts";

/** What one changes shows at once; what is refused is said, and taken back. */
export type Change = (change: { done: Promise<unknown> }) => void;

export interface TaskProps {
  readonly state: Snapshot;
  readonly board: LiveBoard;
  readonly card: Card;
  /** Id → name. */
  readonly people: ReadonlyMap<string, string>;
  readonly may: May;
  readonly change: Change;
}
